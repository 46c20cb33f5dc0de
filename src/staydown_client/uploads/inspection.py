"""One request: its body is taken in piece by piece, and the files in it come out as they end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from staydown_client.uploads.forms import FormReader, MalformedError, PartData, PartEnd, PartStart
from staydown_client.uploads.rules import FileCheck, Refusal, Rules, Upload
from staydown_client.uploads.sniffing import (
    SNIFF_BYTES,
    begins_like_media,
    is_said_to_be_media,
    is_wanted,
)
from staydown_client.uploads.spool import Spool


class RefusedError(Exception):
    """This request does not reach the application."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


class Body(Enum):
    """What a body may be, by what its headers say."""

    FORM = "form"
    FILE = "file"
    OTHER = "other"
    """Looked at by its first bytes alone."""


@dataclass(slots=True)
class IncomingFile:
    """A file of an upload. It is closed by whoever checks it."""

    field: str
    spool: Spool


def kind_of_body(content_types: list[str], content_encodings: list[str]) -> Body:
    """What a body may be.

    Raises:
        RefusedError: readers could take it for different things.
    """
    if len(content_types) > 1 or any(
        encoding.strip().lower() not in {"", "identity"} for encoding in content_encodings
    ):
        raise RefusedError(Refusal.MALFORMED)
    said = (content_types or [""])[0].strip().lower()
    if said.startswith("multipart/form-data"):
        return Body.FORM
    if "multipart" in said.partition(";")[0]:
        raise RefusedError(Refusal.MALFORMED)
    return Body.FILE if is_said_to_be_media(said) else Body.OTHER


class Inspection:
    """What is known of one request.

    Args:
        rules: what the platform chose.
        kind: what its body may be.
        content_type: the header of the request.

    Raises:
        RefusedError: a form that cannot be read in one way only.
    """

    def __init__(self, rules: Rules, kind: Body, content_type: str) -> None:
        self._rules = rules
        self._kind = kind
        self._checked: list[FileCheck] = []
        self._part: _Part | None = None
        self._reader: FormReader | None = None
        if kind is Body.FORM:
            try:
                self._reader = FormReader(content_type, most_parts=rules.most_parts)
            except MalformedError:
                raise RefusedError(Refusal.MALFORMED) from None
        self.body = Spool(rules.memory_bytes)

    @property
    def is_harmless(self) -> bool:
        """Whether enough came in to say that this is no form and no file."""
        if self._kind is not Body.OTHER or self.body.size < SNIFF_BYTES:
            return False
        return not self._is_media_body()

    def feed(self, data: bytes) -> Iterator[IncomingFile]:
        """Take a piece of the body; the files that end in it come out.

        Raises:
            RefusedError: too large, or malformed.
        """
        if self.body.size + len(data) > self._rules.max_body_bytes:
            raise RefusedError(Refusal.TOO_LARGE)
        self.body.write(data)
        if self._reader is not None and data:
            yield from self._read(self._reader, data)

    def finish(self) -> Iterator[IncomingFile]:
        """Say that the body is at its end.

        Raises:
            RefusedError: malformed, or not whole.
        """
        if self._reader is not None:
            if self.body.size:
                yield from self._read(self._reader, b"")
        elif self.body.size and self._is_media_body():
            whole = Spool(self._rules.memory_bytes)
            for piece in self.body.pieces():
                whole.write(piece)
            yield IncomingFile("", whole)

    def note(self, checked: FileCheck) -> None:
        """Keep what came of a file.

        Raises:
            RefusedError: it may not reach the application.
        """
        self._checked.append(checked)
        refusal = self._rules.refusal_of(checked)
        if refusal is not None:
            raise RefusedError(refusal)

    def upload(self) -> Upload:
        """What the application is told."""
        return self._rules.upload_of(tuple(self._checked))

    def close(self) -> None:
        """Let go of everything."""
        self.body.close()
        if self._part is not None:
            self._part.spool.close()

    def _is_media_body(self) -> bool:
        if self._kind is Body.FILE:
            return True
        return begins_like_media(self.body.head(SNIFF_BYTES))

    def _read(self, reader: FormReader, data: bytes) -> Iterator[IncomingFile]:
        """Events of the form, as files; no data means the end."""
        try:
            for event in reader.feed(data) if data else reader.finish():
                match event:
                    case PartStart():
                        self._part = _Part(event, Spool(self._rules.memory_bytes))
                    case PartData() if self._part is not None:
                        self._part.spool.write(event.data)
                    case PartEnd() if self._part is not None:
                        yield from self._ended(self._part)
        except MalformedError:
            raise RefusedError(Refusal.MALFORMED) from None

    def _ended(self, part: _Part) -> Iterator[IncomingFile]:
        self._part = None
        if part.spool.size and part.is_wanted(is_every_file=self._rules.files == "all"):
            yield IncomingFile(part.start.field, part.spool)
        else:
            part.spool.close()


@dataclass(slots=True)
class _Part:
    start: PartStart
    spool: Spool

    def is_wanted(self, *, is_every_file: bool) -> bool:
        return is_wanted(
            self.spool.head(SNIFF_BYTES),
            self.start.content_type,
            is_file=self.start.is_file,
            is_every_file=is_every_file,
        )
