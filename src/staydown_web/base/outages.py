"""What the service stands on fails: told apart by what can be done, and once met by a second try.

A database that restarts, is taken over or is busy, and a disk that is full, are no defects: who
meets one is told so and when to come back. Where a request had changed nothing yet, it is answered
once more before anybody is told. Source: ADR-0090.
"""

from __future__ import annotations

import errno
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from django.db import Error, close_old_connections, connection, transaction
from django.http import HttpRequest, HttpResponseBase
from django.http.request import RawPostDataException

from staydown_web.base.errors import (
    DatabaseBusyError,
    DatabaseUnreachableError,
    OutageError,
    StorageFailedError,
)

_DISK = {errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO}
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_SQLITE_DISK = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
}
# PostgreSQL, Appendix A: classes of SQLSTATE, and the single states that matter here.
_ROLLED_BACK: Final = {"40001", "40P01"}
_BUSY: Final = {*_ROLLED_BACK, "55P03", "57014"}
_UNREACHABLE: Final = {"25006", "57P01", "57P02", "57P03", "57P05"}
_DISK_CLASSES: Final = ("53100", "58", "XX001", "XX002")
_READS = re.compile(
    r"\s*(SELECT|BEGIN|SAVEPOINT|RELEASE|ROLLBACK|PRAGMA|SET|SHOW)\b", re.IGNORECASE
)

_AGAIN_WITHIN_S = 2.0
"""Who has waited for longer is told at once: the second try could take as long again."""

Answer = Callable[[HttpRequest], HttpResponseBase]


def outage_of(error: BaseException | None) -> OutageError | None:
    """The deliberate error that stands for a failure of the database or of a disk.

    Returns:
        None for everything else: defects among them, which must not look like an outage.
    """
    if isinstance(error, OutageError):
        return error
    if isinstance(error, OSError):
        return StorageFailedError() if error.errno in _DISK else None
    if not isinstance(error, Error):
        return None
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
    return _of_postgresql(cause)


def _of_sqlite(code: int) -> OutageError | None:
    if code in _SQLITE_BUSY:
        return DatabaseBusyError()
    return StorageFailedError() if code in _SQLITE_DISK else None


def _of_postgresql(cause: BaseException | None) -> OutageError | None:
    state = getattr(cause, "sqlstate", None)
    if state is None:
        # The client library itself: no connection, or one that broke.
        is_lost = type(cause).__name__ in {"OperationalError", "InterfaceError"} or (
            type(cause).__name__.endswith("Timeout")
        )
        return DatabaseUnreachableError() if is_lost else None
    if state.startswith(_DISK_CLASSES):
        return StorageFailedError()
    if state in _BUSY or state.startswith("53"):
        return DatabaseBusyError(is_rolled_back=state in _ROLLED_BACK)
    if state in _UNREACHABLE or state.startswith("08"):
        return DatabaseUnreachableError()
    return None


class _Watch:
    """Notices whether a request has changed anything that a second try would change again."""

    def __init__(self) -> None:
        self.has_written = self.has_committed = False

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - as Django
        if not (isinstance(sql, str) and _READS.match(sql)):
            self._note()
        return execute(sql, params, many, context)

    def _note(self) -> None:
        self.has_written = True
        if connection.in_atomic_block:
            # Called only if the transaction becomes durable.
            transaction.on_commit(self._commit, robust=True)
        else:
            self._commit()

    def _commit(self) -> None:
        self.has_committed = True

    def allows(self, outage: OutageError) -> bool:
        """Whether nothing stays of the first try, for sure.

        A connection that broke after something was written may have broken after its commit.
        """
        if not outage.retryable or self.has_committed:
            return False
        return not self.has_written or outage.is_rolled_back


def answer_patiently(answer: Answer, request: HttpRequest) -> HttpResponseBase:
    """Answer a request; once more where the database failed and nothing had been changed yet.

    Args:
        answer: gives a response whose ``outage`` is the error, where it was one.
        request: its body is taken from memory the second time.
    """
    watch, begun = _Watch(), time.monotonic()
    with connection.execute_wrapper(watch):
        response = answer(request)
    outage = getattr(response, "outage", None)
    if outage is None:
        return response
    is_quick = time.monotonic() - begun < _AGAIN_WITHIN_S
    if not (is_quick and watch.allows(outage) and _rewind(request)):
        return response
    close_old_connections()
    return answer(request)


def _rewind(request: HttpRequest) -> bool:
    """Make what was sent readable again; False where it was read and is gone."""
    for file in getattr(request, "_files", {}).values():
        with suppress(OSError, ValueError):
            file.seek(0)
    if hasattr(request, "_post"):
        return True
    try:
        _ = request.body
    except RawPostDataException:
        return False
    return True
