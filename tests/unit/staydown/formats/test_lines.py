from __future__ import annotations

import io

import pytest

from staydown.errors import ListFormatError
from staydown.formats import lines as lines_module
from staydown.formats.lines import Lines


def lines_of(raw: bytes) -> list[str]:
    return list(Lines(io.BytesIO(raw), "list.txt"))


def test_line_ends_of_every_kind_blank_lines_and_comments_are_dropped() -> None:
    assert lines_of(b"a\r\n\n# note\nb\n  \nc") == ["a", "b", "c"]


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert lines_of(b"\xef\xbb\xbfa\n") == ["a"]


def test_a_byte_order_mark_later_on_is_text() -> None:
    assert lines_of("a\n\ufeffb\n".encode()) == ["a", "\ufeffb"]


def test_numbers_count_every_line_that_was_read() -> None:
    lines = Lines(io.BytesIO(b"\n# one\na\n"), "list.txt")
    assert next(lines) == "a"
    assert lines.number == 3


def test_peeking_takes_nothing() -> None:
    lines = Lines(io.BytesIO(b"a\nb\n"), "list.txt")
    assert (lines.peek(), list(lines), lines.peek()) == ("a", ["a", "b"], "")


@pytest.mark.parametrize("raw", [b"a\n\xff\xfe\n", b"a\nb\0\n"])
def test_bytes_that_are_no_text_name_the_list_and_the_line(raw: bytes) -> None:
    with pytest.raises(ListFormatError, match=r"^list\.txt, line 2: "):
        lines_of(raw)


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "MAX_LINE_BYTES", 10)
    assert lines_of(b"123456789\n") == ["123456789"]
    with pytest.raises(ListFormatError, match="line 1: the line is longer"):
        lines_of(b"12345678901\n")
