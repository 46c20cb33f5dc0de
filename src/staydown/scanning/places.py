"""Where files to scan lie: the records and the protocol that folders and object stores share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from staydown.errors import SourceError
from staydown.media_names import is_expected

Content = str | bytes | BinaryIO
"""What ``isolate`` can read: a path, the bytes, or a binary file."""


@dataclass(frozen=True, slots=True)
class FileRef:
    """One file to scan.

    Attributes:
        name: as people see it: what they wrote, and the way below it.
        address: absolute; the same for the same file in every run.
        size: bytes.
        version: changes when the content does: modification time in ns, or the store's tag.
        chosen: True where the caller named this very file; False where it was found in a folder.
        place: who opens it.
    """

    name: str
    address: str
    size: int
    version: str
    chosen: bool
    place: Place

    @property
    def is_expected(self) -> bool:
        """Whether it is reported where it is no media: see ``media_names``."""
        return is_expected(self.name, chosen=self.chosen)


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A folder, or what is called as a file, that cannot be read; it is missing from the scan.

    Attributes:
        name: as people see it.
        error: why.
    """

    name: str
    error: SourceError
    place: Place

    def as_file(self) -> FileRef:
        """The folder as a row among the files, for results."""
        return FileRef(self.name, f"unlisted:{self.name}", 0, "", chosen=True, place=self.place)


class Place(Protocol):
    """A folder or the part of an object store below a prefix."""

    is_remote: bool
    """True where opening means a download, so that more of them should run at once."""

    @property
    def root(self) -> str:
        """An absolute path or an address; the same place on every machine that reaches it."""
        ...

    def files(self) -> Iterator[FileRef | Unlisted]:
        """Every file below, in order of name.

        Raises:
            SourceError: there is nothing at this address, or it cannot be reached.
        """
        ...

    def open(self, file: FileRef) -> AbstractContextManager[Content]:
        """The content of a file.

        Raises:
            SourceError: it cannot be read any more.
            ContentTooLargeError: more bytes than any limit allows.
        """
        ...
