"""JSON bodies of calls: what is read is all that was sent, or the body is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.base.errors import BodyError
from staydown_web.screening.forms.requests import parse_json

KEYS = st.text(max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(KEYS, VALUES, max_size=5), st.booleans())
def test_a_whole_body_is_read_as_it_was_sent(data: dict[str, Any], is_escaped: bool) -> None:
    assert parse_json(json.dumps(data, ensure_ascii=is_escaped).encode()) == data


@given(st.dictionaries(KEYS, VALUES, min_size=1, max_size=5), VALUES, st.booleans(), st.data())
def test_a_field_that_comes_twice_is_refused(
    data: dict[str, Any], value: Any, is_deep: bool, drawn: st.DataObject
) -> None:
    name = drawn.draw(st.sampled_from(sorted(data)))
    again = f"{{{json.dumps(name)}:{json.dumps(value)},{json.dumps(data)[1:]}"
    body = f'{{"checks":[{again}]}}' if is_deep else again
    with pytest.raises(BodyError, match="comes twice"):
        parse_json(body.encode())


@pytest.mark.parametrize(
    "body",
    [
        r'{"a":"\u0022\u0022","a":1}',  # as many quotes go out as came in
        r'{"a\u0062":1,"ab":2}',
        '{"signals":[1],"signals":[]}',
    ],
)
def test_nothing_hides_it(body: str) -> None:
    with pytest.raises(BodyError, match="comes twice"):
        parse_json(body.encode())


def test_a_body_nested_deeper_than_a_writer_goes_is_read_or_refused() -> None:
    assert parse_json(b'{"a":' + b"[" * 300 + b"]" * 300 + b"}")
    with pytest.raises(BodyError):
        parse_json(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def test_what_is_wrong_is_said_with_its_place() -> None:
    with pytest.raises(BodyError, match=r"surrogate.*column"):
        parse_json(b'{"a":"\\ud800"}')
