"""Bytes that came in, kept until the request is over: in memory, then in a file without a name."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, Self, cast

CHUNK = 1 << 16


class Spool:
    """Takes bytes, and gives them back from the start.

    Args:
        memory_bytes: more than that goes to a temporary file, which has no name and is gone with
            the process.
    """

    def __init__(self, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._file: BinaryIO = io.BytesIO()
        self.size = 0
        self.is_on_disk = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, data: bytes) -> None:
        """Take a piece."""
        if not self.is_on_disk and self.size + len(data) > self._memory_bytes:
            self._roll_over()
        self._file.write(data)
        self.size += len(data)

    def opened(self) -> BinaryIO:
        """A binary file at its start. Others that were opened before share its place."""
        self._file.seek(0)
        return self._file

    def head(self, size: int) -> bytes:
        """The first bytes. The next that is written still goes to the end."""
        head = self.opened().read(size)
        self._file.seek(0, io.SEEK_END)
        return head

    def pieces(self) -> Iterator[bytes]:
        """All that was taken, in pieces."""
        self._file.seek(0)
        while piece := self._file.read(CHUNK):
            yield piece

    def close(self) -> None:
        """Let go of everything."""
        self._file.close()

    def _roll_over(self) -> None:
        taken = cast("io.BytesIO", self._file)
        # On Linux it never has a name; what is unlinked is gone however the process ends.
        self._file = cast("BinaryIO", tempfile.TemporaryFile(buffering=CHUNK))  # noqa: SIM115
        self._file.write(taken.getbuffer())
        self.is_on_disk = True
