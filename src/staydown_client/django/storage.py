"""A storage around any other: what is saved is checked first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from os import PathLike
from typing import Any

from asgiref.sync import sync_to_async
from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible
from django.utils.module_loading import import_string

from staydown_client.django.guarding import check_file


@deconstructible
class CheckedStorage(Storage):
    """Checks in ``save``; everything else is the other storage's.

    Args:
        storage: the other storage, or how to make it: ``{"BACKEND": "…", "OPTIONS": {…}}``, as in
            the setting ``STORAGES``.
    """

    def __init__(self, storage: Storage | Mapping[str, Any]) -> None:
        self.storage = storage if isinstance(storage, Storage) else _made(storage)

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Check, then save.

        Raises:
            UploadRefusedError: it may not be stored; nothing was.
        """
        file = content if isinstance(content, File) else File(content, name)
        check_file(file)
        return self.storage.save(name, file, max_length)

    async def asave(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """See ``save``; in a thread of its own."""
        saving = sync_to_async(self.save, thread_sensitive=False)
        return await saving(name, content, max_length)

    def open(self, name: str, mode: str = "rb") -> File[Any]:
        """As the other storage."""
        return self.storage.open(name, mode)

    def delete(self, name: str) -> None:
        """As the other storage."""
        self.storage.delete(name)

    def exists(self, name: str) -> bool:
        """As the other storage."""
        return self.storage.exists(name)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        """As the other storage."""
        return self.storage.listdir(path)

    def size(self, name: str) -> int:
        """As the other storage."""
        return self.storage.size(name)

    def url(self, name: str | None) -> str:
        """As the other storage."""
        return self.storage.url(name)

    def path(self, name: str) -> str:
        """As the other storage."""
        return self.storage.path(name)

    def get_valid_name(self, name: str) -> str:
        """As the other storage."""
        return self.storage.get_valid_name(name)

    def get_alternative_name(self, file_root: str, file_ext: str) -> str:
        """As the other storage."""
        return self.storage.get_alternative_name(file_root, file_ext)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """As the other storage."""
        return self.storage.get_available_name(name, max_length)

    def generate_filename(self, filename: str | PathLike[str]) -> str:
        """As the other storage."""
        return self.storage.generate_filename(filename)

    def get_accessed_time(self, name: str) -> datetime:
        """As the other storage."""
        return self.storage.get_accessed_time(name)

    def get_created_time(self, name: str) -> datetime:
        """As the other storage."""
        return self.storage.get_created_time(name)

    def get_modified_time(self, name: str) -> datetime:
        """As the other storage."""
        return self.storage.get_modified_time(name)

    def __getattr__(self, name: str) -> Any:
        if name == "storage":
            raise AttributeError(name)
        return getattr(self.storage, name)


def _made(how: Mapping[str, Any]) -> Storage:
    made: Storage = import_string(how["BACKEND"])(**how.get("OPTIONS", {}))
    return made
