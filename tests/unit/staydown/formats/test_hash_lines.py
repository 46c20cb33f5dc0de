from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lists
from staydown.errors import ListFormatError
from staydown.formats import ListEntry, ListFormat
from staydown.types import ContentKind, SignalType

FORM = ListFormat.HASHES
SIZES = {SignalType.SHA256: 32, SignalType.MD5: 16, SignalType.PDQ: 32}


@given(st.data(), st.sampled_from(list(SIZES)))
def test_reading_returns_what_was_written(data: st.DataObject, type_: SignalType) -> None:
    signals = data.draw(st.lists(lists.signal_of(type_, SIZES[type_]), max_size=4))
    entries = [ListEntry(lists.Fingerprint(ContentKind.PHOTO, (s,))) for s in signals]
    found, _ = lists.read(lists.write(entries, FORM, type_=type_), FORM, type_=type_)
    assert [e.fingerprint.signals[0].raw for e in found] == [s.raw for s in signals]
    assert all(e.fingerprint.signals[0].type == type_ for e in found)


def test_the_length_tells_md5_and_the_case_does_not_matter() -> None:
    (entry,), _ = lists.read("D41D8CD98F00B204E9800998ECF8427E\r\n")
    (signal,) = entry.fingerprint.signals
    assert (signal.type, signal.value) == (SignalType.MD5, "d41d8cd98f00b204e9800998ecf8427e")


def test_64_digits_need_a_type() -> None:
    with pytest.raises(ListFormatError, match=r"line 1: .*--type sha256 or --type pdq"):
        lists.read("ab" * 32)
    (entry,), _ = lists.read("ab" * 32, type_=SignalType.PDQ)
    assert entry.fingerprint.signals[0].type == SignalType.PDQ


def test_a_type_name_before_the_hash_decides() -> None:
    found, left_out = lists.read(
        f"pdq {'ab' * 32}\nvideo_md5 {'cd' * 16}\nraw_text never mind\nsha256 {'ef' * 32}\n"
    )
    assert [(e.fingerprint.kind, e.fingerprint.signals[0].type) for e in found] == [
        (ContentKind.PHOTO, SignalType.PDQ),
        (ContentKind.VIDEO, SignalType.MD5),
        (ContentKind.PHOTO, SignalType.SHA256),
    ]
    assert str(left_out) == "lines of other signal types (1)"


def test_the_output_of_sha256sum_is_read_and_its_file_names_dropped() -> None:
    text = f"{'ab' * 32}  holiday.jpg\n"
    (entry,), _ = lists.read(text, type_=SignalType.SHA256, kind=ContentKind.VIDEO)
    assert entry.fingerprint.kind is ContentKind.VIDEO
    assert "holiday" not in repr(entry)


@pytest.mark.parametrize("line", ["abc", "ab" * 20, "md5 xyz", "sha256 ab", "pdq"])
def test_other_lengths_and_digits_are_refused(line: str) -> None:
    with pytest.raises(ListFormatError, match=r"^list, line 2: "):
        lists.read(f"{'ab' * 16}\n{line}\n", FORM)


def test_entries_without_this_hash_are_counted() -> None:
    (entry,), _ = lists.read("ab" * 16)
    left_out = lists.LeftOut()
    assert lists.write([entry], FORM, type_=SignalType.SHA256, left_out=left_out) == ""
    assert str(left_out) == "entries without a signal for this format (1)"
