"""Lines of a text from outside: numbered, bounded, and forgiving about how lines end."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from staydown.errors import ListFormatError
from staydown.types.candidates import MAX_ENTRY_ID_BYTES

MAX_LINE_BYTES: Final = 64 * 1024 * 1024
"""A line longer than this is no list: the fingerprint of ten hours of video takes 50 MB."""

MAX_TAG_BYTES: Final = 200


@dataclass(slots=True)
class Lines:
    """The lines of one list, without blank lines, comments (``#``) and line ends.

    Attributes:
        stream: where the bytes come from; read line by line, never as a whole.
        name: what the caller calls the list, for messages.
        number: number of the line that was taken last, from 1; 0 before the first.
    """

    stream: BinaryIO
    name: str
    number: int = 0
    _read: int = 0
    _waiting: list[tuple[int, str]] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The next line that holds something.

        Raises:
            ListFormatError: the line is no UTF-8, holds a zero byte, or is too long.
        """
        if not self._wait_for(1):
            raise StopIteration
        self.number, text = self._waiting.pop(0)
        return text

    def peek(self, count: int = 1) -> str:
        """The next lines, joined, without taking them; empty at the end of the list.

        Raises:
            ListFormatError: as for taking them.
        """
        self._wait_for(count)
        return "\n".join(text for _, text in self._waiting[:count])

    def _wait_for(self, count: int) -> bool:
        """Read ahead until so many lines wait; False where the list ends before the first."""
        while len(self._waiting) < count and (raw := self.stream.readline(MAX_LINE_BYTES + 1)):
            self._read += 1
            text = self._decode(raw)
            if text.strip() and not text.startswith("#"):
                self._waiting.append((self._read, text))
        return bool(self._waiting)

    def fail(self, sentence: str) -> ListFormatError:
        """An error at the line that was read last; the sentence holds the remedy, no values."""
        return ListFormatError(f"{self.name}, line {self.number}: {sentence}")

    def _decode(self, raw: bytes) -> str:
        if len(raw) > MAX_LINE_BYTES:
            raise self._fail_at("the line is longer than 64 MiB. Put one row on each line.")
        if self._read == 1:
            raw = raw.removeprefix(codecs.BOM_UTF8)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            raise self._fail_at("this is not UTF-8 text. Save the list as UTF-8.") from None
        if "\0" in text:
            raise self._fail_at("this is not text. Give a list of hashes, not a picture.")
        return text.rstrip("\r\n")

    def _fail_at(self, sentence: str) -> ListFormatError:
        self.number = self._read
        return self.fail(sentence)


def checked_id(lines: Lines, text: str) -> str:
    """The id of a row.

    Raises:
        ListFormatError: it is empty, too long for a bank, or no UTF-8.
    """
    if not 0 < _size(text) <= MAX_ENTRY_ID_BYTES:
        raise lines.fail(f"the id is not a text of 1 to {MAX_ENTRY_ID_BYTES} bytes of UTF-8.")
    return text


def checked_tags(lines: Lines, tags: Iterable[str]) -> tuple[str, ...]:
    """The tags of a row, each once.

    Raises:
        ListFormatError: one is too long, or no UTF-8.
    """
    kept = tuple(dict.fromkeys(tag for tag in tags if tag))
    if not all(0 < _size(tag) <= MAX_TAG_BYTES for tag in kept):
        raise lines.fail(f"a tag is not a text of 1 to {MAX_TAG_BYTES} bytes of UTF-8.")
    return kept


def _size(text: str) -> int:
    """How many bytes of UTF-8; 0 where it holds what JSON can write and UTF-8 cannot."""
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        return 0
