"""The one file of a form, into anonymous memory, whatever its field is called."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import SkipFile

from staydown_web.screening.forms.uploads import FIELD, MemoryUploadHandler


class AnyFieldHandler(MemoryUploadHandler):
    """Takes the first file of a form; of the others it knows the names of their fields alone.

    Attributes:
        fields: the field of each file, in order.
    """

    def __init__(self, request: Any = None, *, max_bytes: int) -> None:
        super().__init__(request, max_bytes=max_bytes)
        self.fields: list[str] = []

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        self.fields.append(field_name)
        if len(self.fields) > 1:
            raise SkipFile
        super().new_file(FIELD, *args, **kwargs)
