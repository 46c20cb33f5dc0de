"""A form, read as it comes in, and only where every reader would read it alike.

What counts is that the application sees the same files as we do. Frameworks differ in how they read
what no browser writes: line feeds alone, headers on two lines, files in base64, two boundaries. A
request of that kind is refused, whatever it holds. Source: ADR-0074.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from staydown_client.errors import SettingError

try:
    from multipart import MultipartError, PushMultipartParser
except ImportError:  # none at all, or the namesake that python-multipart brings along
    PushMultipartParser = None

_BOUNDARY: Final = r"[0-9A-Za-z'()+_,\-./:=?]{1,70}"
_FORM: Final = re.compile(
    rf'multipart/form-data *; *boundary=(?:"({_BOUNDARY})"|([0-9A-Za-z\'+_\-.]{{1,70}}))'
    r"(?: *; *charset=(?:utf-8|\"utf-8\"))?",
    re.IGNORECASE,
)
_AS_IT_IS: Final = frozenset(("", "binary", "8bit", "7bit"))
_MOST_HEADERS: Final = 16


class MalformedError(Exception):
    """A form that readers could read in different ways, or that is not whole."""


@dataclass(frozen=True, slots=True)
class PartStart:
    """A field or file begins."""

    field: str
    is_file: bool
    content_type: str


@dataclass(frozen=True, slots=True)
class PartData:
    """A piece of its content."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnd:
    """It is whole."""


Event = PartStart | PartData | PartEnd


def require_parser() -> None:
    """See that forms can be read.

    Raises:
        SettingError: the package ``multipart`` is not installed.
    """
    if PushMultipartParser is None:
        raise SettingError("forms need a package more: pip install 'multipart>=2'")


class FormReader:
    """Reads one form.

    Args:
        content_type: the header of the request.
        most_parts: fields and files.

    Raises:
        MalformedError: a content type that can be read in more than one way.
    """

    def __init__(self, content_type: str, *, most_parts: int) -> None:
        said = _FORM.fullmatch(content_type.strip())
        if said is None:
            raise MalformedError
        boundary = (said[1] or said[2]).encode()
        self._mark = b"--" + boundary
        self._marks = _Marks(self._mark)
        self._parts = 0
        self._head = self._held = b""
        self._parser: Any = PushMultipartParser(
            boundary,
            max_segment_count=most_parts,
            max_header_count=_MOST_HEADERS,
            strict=True,
        )

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take a piece of the body.

        Raises:
            MalformedError: see there.
        """
        self._marks.feed(data)
        if len(self._head) < len(self._mark) + 2:
            self._head = (self._head + data)[: len(self._mark) + 2]
        # The parser takes nothing after the end, and the line break there may come by itself.
        data = self._held + data
        self._held = data[-2:]
        yield from self._parse(data[:-2])

    def finish(self) -> Iterator[Event]:
        """Say that the body is at its end.

        Raises:
            MalformedError: it is not whole, or its boundary is somewhere that we did not cut.
        """
        if self._held != b"\r\n":
            yield from self._parse(self._held)
        try:
            self._parser.close()
        except MultipartError:
            raise MalformedError from None
        if not self._head.removeprefix(b"\r\n").startswith(self._mark):
            raise MalformedError
        if not self._marks.ends_with((b"--", b"--\r\n")):
            raise MalformedError
        # One before each part and one at the end. Another reader may cut at any other, too.
        if self._marks.count != self._parts + 1:
            raise MalformedError

    def _parse(self, data: bytes) -> Iterator[Event]:
        if not data:
            return
        try:
            for event in self._parser.parse(data):
                if event is None:
                    yield PartEnd()
                elif isinstance(event, bytes | bytearray):
                    yield PartData(bytes(event))
                else:
                    self._parts += 1
                    yield _start_of(event)
        except MultipartError:
            raise MalformedError from None


def _start_of(segment: Any) -> PartStart:
    seen = set()
    for name, value in segment.headerlist:
        if name in seen or any(c in value for c in "\r\n\0"):
            raise MalformedError
        seen.add(name)
        if name == "Content-Transfer-Encoding" and value.strip().lower() not in _AS_IT_IS:
            raise MalformedError
    # Any content type beside text is a file to some framework, also without a name.
    content_type = segment.header("Content-Type", "") or ""
    is_file = segment.filename is not None or "filename" in (
        segment.header("Content-Disposition", "") or ""
    )
    return PartStart(segment.name or "", is_file, content_type)


class _Marks:
    """Counts how often a mark occurs in a stream, over the edges of its pieces."""

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        self._tail = b""
        self.count = 0

    def feed(self, data: bytes) -> None:
        """Take a piece."""
        before = _occurrences(self._tail, self._mark)
        seen = self._tail + data
        self.count += _occurrences(seen, self._mark) - before
        self._tail = seen[-len(self._mark) - 4 :]

    def ends_with(self, endings: tuple[bytes, ...]) -> bool:
        """Whether the stream ends in the mark and one of these."""
        return self._tail.endswith(tuple(self._mark + ending for ending in endings))


def _occurrences(data: bytes, mark: bytes) -> int:
    """How often a mark occurs, also where occurrences overlap."""
    count, at = 0, data.find(mark)
    while at >= 0:
        count += 1
        at = data.find(mark, at + 1)
    return count
