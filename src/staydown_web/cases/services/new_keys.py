"""The key of a new case or client, made before the transaction that needs it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from staydown_web.base.errors import DatabaseBusyError
from staydown_web.base.keys import erase_case_key, make_case_key
from staydown_web.base.outages import outage_of
from staydown_web.base.sealing import installation_keys


@contextmanager
def new_key(holder_id: UUID) -> Iterator[None]:
    """Make a key for the block; it goes again where nothing that it sealed can have been stored.

    A database that stops answering may have stored everything and only not said so. Then the key
    stays: without it, a notice would be there that nobody can read. Where nothing was stored, the
    sweep of left keys takes it. Source: ADR-0090.

    Args:
        holder_id: of the case or client.

    Raises:
        SealError: there is such a key already.
        StorageFailedError: the disk of the keys is full or read-only.
    """
    folder = installation_keys().folder
    make_case_key(folder, holder_id)
    try:
        yield
    except BaseException as error:
        outage = outage_of(error)
        if outage is None or isinstance(outage, DatabaseBusyError):
            erase_case_key(folder, holder_id)
        raise
