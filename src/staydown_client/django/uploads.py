"""The upload handler: a file is checked when its last byte is there, before it is handed on."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler

from staydown_client.django.choices import choices
from staydown_client.django.guarding import UploadRefusedError, check_spool, note_checked
from staydown_client.uploads.rules import Refusal
from staydown_client.uploads.spool import Spool


class CheckedUploadHandler(FileUploadHandler):
    """Put it first in ``FILE_UPLOAD_HANDLERS``; the handlers after it keep the file.

    A refused file raises ``UploadRefusedError`` where ``request.FILES`` is read first, and what the
    other handlers kept of it is gone.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._spool: Spool | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        self._close()
        self._spool = Spool(choices().rules.memory_bytes)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """A piece of it; handed on unchanged.

        Raises:
            UploadRefusedError: more than ``MAX_BODY_BYTES``.
        """
        if self._spool is not None:
            if self._spool.size + len(raw_data) > choices().rules.max_body_bytes:
                self._refuse(UploadRefusedError(Refusal.TOO_LARGE))
            self._spool.write(raw_data)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """It is whole: ask.

        Raises:
            UploadRefusedError: it may not be stored.
        """
        if self._spool is None:
            return
        try:
            checked = check_spool(
                self._spool,
                field=self.field_name or "",
                content_type=self.content_type or "",
                request=self.request,
            )
        except UploadRefusedError as error:
            self._refuse(error)
        self._close()
        if checked is not None and self.request is not None:
            note_checked(self.request, checked)

    def upload_interrupted(self) -> None:
        """Whoever sent it is gone."""
        self._close()

    def _refuse(self, error: UploadRefusedError) -> None:
        self._close()
        for handler in getattr(self.request, "upload_handlers", ()):
            if handler is not self:
                handler.upload_interrupted()
        raise error

    def _close(self) -> None:
        if self._spool is not None:
            self._spool.close()
            self._spool = None
