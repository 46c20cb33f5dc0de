"""Uploaded media go into anonymous memory, piece by piece, and never onto a disk."""

from __future__ import annotations

import fcntl
import os
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from staydown.errors import ContentTooLargeError
from staydown_web.base.errors import InputError

FIELD = "media"
SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL
_CHUNK = 1 << 20


class MemoryFile(UploadedFile):  # type: ignore[type-arg] # not generic at run time
    """An upload in anonymous memory that nobody can change any more.

    Attributes:
        path: opens it, in this process, until ``close``.
    """

    def __init__(self, descriptor: int, size: int) -> None:
        super().__init__(file=os.fdopen(descriptor, "rb"), name=FIELD, size=size)
        self.path = f"/proc/self/fd/{descriptor}"


class MemoryUploadHandler(FileUploadHandler):
    """Takes the one file of a check into memory, up to a limit; other files are passed over.

    Args:
        max_bytes: the most that is taken.

    Attributes:
        others: the fields of files that were passed over.
    """

    chunk_size = _CHUNK

    def __init__(self, request: Any = None, *, max_bytes: int) -> None:
        super().__init__(request)
        self._max_bytes = max_bytes
        self._descriptor = -1
        self._size = 0
        self._is_taken = False
        self.others: set[str] = set()

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(field_name, *args, **kwargs)
        if field_name != FIELD or self._is_taken:
            self.others.add(field_name)
            raise SkipFile
        self._is_taken = True
        flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
        self._descriptor, self._size = os.memfd_create("staydown-upload", flags), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Take a piece.

        Raises:
            ContentTooLargeError: more than the limit.
        """
        self._size += len(raw_data)
        if self._size > self._max_bytes:
            self.upload_interrupted()
            raise too_large(self._max_bytes)
        left = memoryview(raw_data)
        while left:
            left = left[os.write(self._descriptor, left) :]
        return None

    def file_complete(self, file_size: int) -> MemoryFile | None:
        """End a file, and seal it."""
        if self._descriptor < 0:
            return None
        descriptor, self._descriptor = self._descriptor, -1
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, SEALS)
        return MemoryFile(descriptor, file_size)

    def upload_interrupted(self) -> None:
        """Let go of what came so far."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def too_large(max_bytes: int) -> InputError:
    """The error for an upload above the limit."""
    return ContentTooLargeError(
        f"the upload is larger than {max_bytes >> 20} MiB; send its fingerprint instead"
    )
