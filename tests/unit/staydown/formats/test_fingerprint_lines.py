from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lists
from staydown.errors import ListFormatError
from staydown.formats import ListEntry, ListFormat
from staydown.types import SignalType

FORM = ListFormat.FINGERPRINTS
fingerprints = lists.photos(lists.signal_of(SignalType.SHA256, 32), lists.pdq_signals) | (
    lists.timelines().map(lists.video)
)
entries = st.builds(ListEntry, fingerprints, lists.ids, lists.tags, st.booleans())
GOOD = '{"version":1,"kind":"photo","signals":[{"type":"pdq","value":"' + "ab" * 32 + '"}]}'


@given(st.lists(entries, max_size=4))
def test_reading_returns_what_was_written(entries: list[ListEntry]) -> None:
    found, left_out = lists.read(lists.write(entries, FORM), FORM)
    assert [lists.bare(e) for e in found] == [lists.bare(e) for e in entries]
    assert not left_out.counts


def test_a_fingerprint_as_the_hash_command_prints_it_is_an_entry() -> None:
    text = json.dumps({"file": "a.jpg", **json.loads(GOOD)})
    (entry,), _ = lists.read(text)
    assert entry.fingerprint.to_json() == GOOD
    assert (entry.entry_id, entry.tags, entry.line) == (None, (), 1)


def test_files_that_failed_are_left_out_and_counted() -> None:
    found, left_out = lists.read('{"file":"a","error":{"code":"decode_failed"}}\n' + GOOD)
    assert len(found) == 1
    assert str(left_out) == "files that could not be read (1)"


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        '{"signals":1}',
        GOOD.replace("ab", "zz"),
        GOOD.replace('"kind"', '"id":"","kind"'),
        GOOD.replace('"kind"', '"tags":"x","kind"'),
        GOOD.replace('"kind"', '"id":"\\ud800","kind"'),
        GOOD.replace('"kind"', '"tags":["\\ud800"],"kind"'),
        GOOD.replace('"kind"', '"tags":["' + "x" * 201 + '"],"kind"'),
    ],
)
def test_a_bad_line_is_named_without_its_values(line: str) -> None:
    with pytest.raises(ListFormatError, match=r"^list, line 2: ") as caught:
        lists.read(f"{GOOD}\n{line}\n", FORM)
    assert "abab" not in str(caught.value)
    assert "zzzz" not in str(caught.value)
