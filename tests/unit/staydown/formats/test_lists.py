from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lists
from staydown.errors import ListFormatError
from staydown.formats import ListFormat, guess_format

PDQ = "ab" * 32


@pytest.mark.parametrize(
    ("line", "form"),
    [
        ('{"version":1,"kind":"photo","signals":[]}', ListFormat.FINGERPRINTS),
        ('{"id":"x","tags":[],"version":1,"kind":"photo","signals":[]}', ListFormat.FINGERPRINTS),
        ('{"file":"a","error":{}}', ListFormat.FINGERPRINTS),
        ("hash,quality,tags", ListFormat.CSV),
        (f"{PDQ},87,x", ListFormat.CSV),
        ("signal_type,signal_str,collab,category,tags", ListFormat.CSV),
        ("md5", ListFormat.CSV),
        ("md5 " + "ab" * 16, ListFormat.HASHES),
        (PDQ, ListFormat.HASHES),
        (PDQ + "  a.jpg", ListFormat.HASHES),
        ('{"type":"HASH_PDQ","indicator":"x"}', ListFormat.JSON),
        ('{"data":[', ListFormat.JSON),
        ("{", ListFormat.JSON),
        ('[{"type":"HASH_PDQ"}]', ListFormat.JSON),
        (json.dumps([f"{PDQ},100,0.000"]), ListFormat.VPDQ),
        ("[", ListFormat.VPDQ),
        ("[]", ListFormat.VPDQ),
        ('{"vpdq":[]}', ListFormat.VPDQ),
        ('{"0": {"quality": 100}}', ListFormat.VPDQ),
        ('{"0": {', ListFormat.VPDQ),
    ],
)
def test_the_first_line_tells_the_format(line: str, form: ListFormat) -> None:
    assert guess_format(line) is form


def test_an_empty_list_holds_nothing() -> None:
    assert lists.read("\ufeff\n# only a comment\n")[0] == []


noise = st.binary(max_size=200) | st.text(
    st.sampled_from('{}[]",:;#\n\r\t 0123456789abcdefpdqmd5hash.-e'), max_size=200
).map(str.encode)


@given(noise, st.none() | st.sampled_from(ListFormat))
def test_noise_never_raises_anything_but_a_list_error(raw: bytes, form: ListFormat | None) -> None:
    with contextlib.suppress(ListFormatError):
        lists.read(raw, form)
