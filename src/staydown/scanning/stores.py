"""Files of object stores (S3 and its kin), through the extra ``staydown[s3]``."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from staydown.errors import ConfigError, ContentTooLargeError, SourceError
from staydown.scanning.places import Content, FileRef, Unlisted
from staydown.types.limits import Limits

SCHEMES = ("s3", "s3a", "gs", "az", "adl", "azure", "abfs", "abfss", "http", "https", "memory")
"""Kinds of address that go to an object store."""

IN_MEMORY_BYTES = 64 << 20
"""Larger objects go through a nameless temporary file while they are fingerprinted."""


class ObjectStore:
    """Everything in an object store below an address such as ``s3://bucket/uploads``.

    Credentials, region and endpoint come from the environment (``AWS_…``), as usual there.

    Args:
        url: the address.
        limits: objects with more bytes than ``input_bytes`` are not fetched.
        store: an open store, for tests; None opens one.
    """

    is_remote = True

    def __init__(self, url: str, *, limits: Limits | None = None, store: Any = None) -> None:
        self.url = url.rstrip("/")
        self._limits = limits or Limits()
        self._obstore = _obstore()
        self._store = store if store is not None else self._connect()

    @property
    def root(self) -> str:
        """See ``Place``."""
        return self.url

    def files(self) -> Iterator[FileRef | Unlisted]:
        """See ``Place``; in the order of the store, a page at a time."""
        any_found = False
        try:
            for page in self._obstore.list(self._store):
                for row in page:
                    any_found = True
                    yield self._ref(row)
        except self._errors() as error:
            raise SourceError(f"{self.url}: {_reason(error)}") from None
        if not any_found:
            raise SourceError(f"{self.url}: nothing is stored below this address.")

    @contextmanager
    def open(self, file: FileRef) -> Iterator[Content]:
        """See ``Place``; fetched when asked for, and nowhere kept."""
        if file.size > self._limits.input_bytes:
            raise ContentTooLargeError(
                f"{file.size} bytes, more than the limit of {self._limits.input_bytes}"
            )
        path = file.address[len(self.url) + 1 :]
        try:
            found = self._obstore.get(self._store, path)
            if file.size <= IN_MEMORY_BYTES:
                yield bytes(found.bytes())
                return
            with tempfile.TemporaryFile() as spool:
                for chunk in found.stream(min_chunk_size=8 << 20):
                    spool.write(chunk)
                spool.seek(0)
                yield cast("BinaryIO", spool)
        except self._errors() as error:
            raise SourceError(_reason(error)) from None

    def _ref(self, row: Any) -> FileRef:
        version = row.get("e_tag") or row.get("version") or str(row["last_modified"])
        address = f"{self.url}/{row['path']}"
        return FileRef(address, address, row["size"], str(version), chosen=False, place=self)

    def _connect(self) -> Any:
        try:
            return self._obstore.store.from_url(self.url)
        except self._errors() as error:
            raise SourceError(f"{self.url}: {_reason(error)}") from None

    def _errors(self) -> tuple[type[Exception], ...]:
        return (self._obstore.exceptions.BaseError, ValueError, OSError)


_MACHINE = "169.254.169.254"
"""Where a machine of a cloud asks who it is: the last place in which credentials are looked for."""


def _obstore() -> Any:
    try:
        import obstore  # noqa: PLC0415 - an extra
        import obstore.exceptions  # noqa: PLC0415
        import obstore.store  # noqa: PLC0415
    except ImportError:
        raise ConfigError(
            "addresses of object stores need one more package: pip install 'staydown[s3]'"
        ) from None
    return obstore


def _reason(error: Exception) -> str:
    """The first line of a store's error, without the long chain of causes behind it."""
    if _MACHINE in str(error):
        return (
            "no credentials were given for this store, and this machine has none of its own. Set "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true where all may"
            " read it."
        )
    text = str(error).strip().splitlines() or [type(error).__name__]
    return text[0][:200]
