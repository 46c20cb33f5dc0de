"""Files of the local file system."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

from staydown.errors import SourceError
from staydown.media_names import is_named_as_media
from staydown.scanning.places import Content, FileRef, Unlisted


class Folder:
    """A folder with everything below it, or a single file.

    Hidden files are included. Links to files are followed, links to folders are not, so that a
    walk always ends. A link that leads nowhere, a pipe and the like are told where they are called
    as a picture or video is, and left out otherwise.

    Args:
        path: as the caller wrote it.
    """

    is_remote = False

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def root(self) -> str:
        """See ``Place``."""
        return os.path.abspath(self.path)  # noqa: PTH100 - links are not resolved

    def files(self) -> Iterator[FileRef | Unlisted]:
        """See ``Place``.

        Cost: one ``stat`` a file.
        """
        try:
            seen = os.stat(self.path)  # noqa: PTH116 - paths stay as the caller wrote them
        except OSError as error:
            raise SourceError(f"{self.path}: {error.strerror}. Check the path.") from None
        if stat.S_ISDIR(seen.st_mode):
            yield from self._below(self.path)
        elif stat.S_ISREG(seen.st_mode):
            yield self._ref(self.path, seen, chosen=True)
        else:
            raise SourceError(f"{self.path}: neither a file nor a folder.")

    def open(self, file: FileRef) -> AbstractContextManager[Content]:
        """See ``Place``; the path itself, which the isolated process opens safely."""
        return nullcontext(file.name)

    def _below(self, folder: str) -> Iterator[FileRef | Unlisted]:
        try:
            with os.scandir(folder) as found:
                rows = sorted(found, key=lambda row: row.name)
        except OSError as error:
            reason = SourceError(f"{error.strerror}. Check that you may read this folder.")
            yield Unlisted(folder, reason, self)
            return
        for row in rows:
            try:
                if row.is_dir(follow_symlinks=False):
                    yield from self._below(row.path)
                elif row.is_file():
                    yield self._ref(row.path, row.stat(), chosen=False)
                elif is_named_as_media(row.name) and not row.is_dir():
                    yield Unlisted(row.path, SourceError(_what_it_is(row)), self)
            except OSError as error:
                reason = SourceError(f"{error.strerror}. Mend or remove it.")
                yield Unlisted(row.path, reason, self)

    def _ref(self, path: str, seen: os.stat_result, *, chosen: bool) -> FileRef:
        address = "file://" + os.path.abspath(path)  # noqa: PTH100 - links are not resolved
        return FileRef(path, address, seen.st_size, str(seen.st_mtime_ns), chosen, self)


def _what_it_is(row: os.DirEntry[str]) -> str:
    if row.is_symlink():
        to = "to no ordinary file" if os.path.exists(row.path) else "nowhere"  # noqa: PTH110
        return f"a link that leads {to}. Mend or remove it."
    return "neither a file nor a folder. Remove it, or put the file in its place."
