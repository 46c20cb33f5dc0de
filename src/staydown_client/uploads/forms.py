"""A form, read as it comes in, and only where every reader would read it alike.

What counts is that the application sees the same files as we do. Frameworks differ in how they read
what no browser writes: line feeds alone, headers on two lines, files in base64, two boundaries. A
request of that kind is refused, whatever it holds. Source: ADR-0074.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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
_MOST_HEADER_BYTES: Final = 16 << 10
_PIECE: Final = 1 << 16
"""Work grows with the number of parts times the size of a piece."""
_HEADERS: Final = re.compile(rb"\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*\r\n)+")


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
        self._outline = _Outline(self._mark)
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
        for at in range(0, len(data), _PIECE):
            yield from self._feed(data[at : at + _PIECE])

    def _feed(self, data: bytes) -> Iterator[Event]:
        self._outline.feed(data)
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
        self._outline.finish()
        if self._held != b"\r\n":
            yield from self._parse(self._held)
        try:
            self._parser.close()
        except MultipartError:
            raise MalformedError from None
        # Nothing stands before the first mark; one begins each part, and one ends the last.
        begins = self._head.removeprefix(b"\r\n").startswith(self._mark)
        if not begins or self._outline.marks != self._parts + 1:
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
        if name in seen:
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


class _Outline:
    """Finds every place where a reader may cut, and sees that what follows there is plain.

    The parser is forgiving within a line of headers, and so are others, in other ways.
    """

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        self._seen = b""
        self._step: Callable[[], bool] = self._find_mark
        self.marks = 0

    def feed(self, data: bytes) -> None:
        """Take a piece.

        Raises:
            MalformedError: something else than headers or the end follows a mark.
        """
        self._seen += data
        while self._step():
            pass

    def finish(self) -> None:
        """Say that the body is at its end.

        Raises:
            MalformedError: the form is not.
        """
        if self._step != self._read_end or self._seen not in {b"", b"\r\n"}:
            raise MalformedError

    def _find_mark(self) -> bool:
        at = self._seen.find(self._mark)
        if at < 0:
            # As much as a mark may have begun in.
            self._seen = self._seen[-len(self._mark) + 1 :]
            return False
        self.marks += 1
        self._seen = self._seen[at + len(self._mark) :]
        self._step = self._read_headers
        return True

    def _read_headers(self) -> bool:
        if self._seen.startswith(b"--"):
            self._seen = self._seen[2:]
            self._step = self._read_end
            return True
        end = self._seen.find(b"\r\n\r\n")
        if end < 0:
            if len(self._seen) > _MOST_HEADER_BYTES:
                raise MalformedError
            return False
        block = self._seen[: end + 2]
        if _HEADERS.fullmatch(block) is None or self._mark in block:
            raise MalformedError
        # The line break before the next mark may be the one that ends the headers.
        self._seen = self._seen[end + 2 :]
        self._step = self._find_mark
        return True

    def _read_end(self) -> bool:
        if len(self._seen) > 2:
            raise MalformedError
        return False
