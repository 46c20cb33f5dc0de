"""Lines of a text from outside: numbered, bounded, and forgiving about how lines end."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from staydown.errors import ListFormatError

MAX_LINE_BYTES: Final = 64 * 1024 * 1024
"""A line longer than this is no list: the fingerprint of ten hours of video takes 50 MB."""


@dataclass(slots=True)
class Lines:
    """The lines of one list, without blank lines, comments (``#``) and line ends.

    Attributes:
        stream: where the bytes come from; read line by line, never as a whole.
        name: what the caller calls the list, for messages.
        number: number of the line that was read last, from 1; 0 before the first.
    """

    stream: BinaryIO
    name: str
    number: int = 0
    _again: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The next line that holds something.

        Raises:
            ListFormatError: the line is no UTF-8, holds a zero byte, or is too long.
        """
        if self._again:
            return self._again.pop()
        while raw := self.stream.readline(MAX_LINE_BYTES + 1):
            self.number += 1
            text = self._decode(raw)
            if text.strip() and not text.startswith("#"):
                return text
        raise StopIteration

    def peek(self) -> str | None:
        """The next line without taking it, or None at the end."""
        line = next(self, None)
        if line is not None:
            self._again.append(line)
        return line

    def fail(self, sentence: str) -> ListFormatError:
        """An error at the line that was read last; the sentence holds the remedy, no values."""
        return ListFormatError(f"{self.name}, line {self.number}: {sentence}")

    def _decode(self, raw: bytes) -> str:
        if len(raw) > MAX_LINE_BYTES:
            raise self.fail("the line is longer than 64 MiB. Put one row on each line.")
        if self.number == 1:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise self.fail("this is not UTF-8 text. Save the list as UTF-8.") from None
        if "\0" in text:
            raise self.fail("this is not text. Give a list of hashes, not a picture or a bank.")
        return text.rstrip("\r\n")
