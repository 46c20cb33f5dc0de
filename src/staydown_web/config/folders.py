"""What the service writes on: where a folder, its disk or its database takes nothing, it is named.

Whoever starts a service for the first time meets this: a full disk, one that is mounted read-only,
a folder that belongs to somebody else. Each is told with its remedy.
"""

from __future__ import annotations

import errno
import os
import pwd
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from staydown.errors import ConfigError

PROBE_BYTES: Final = 1 << 20
"""What a disk must take to count as one that is not full; a first start writes several times it."""

_START_AGAIN: Final = "start again, which goes on where this stopped"
RUN_AGAIN: Final = "run the command again"
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_OF_DISKS: Final = {*_FULL, errno.EROFS, errno.EIO}
_REFUSED: Final = {errno.EACCES, errno.EPERM}
_FULL_CODE: Final = sqlite3.SQLITE_FULL
_FULL_STATE: Final = "53100"
"""``disk_full``: PostgreSQL, Appendix A."""
_BUSY_CODES: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED_CODES: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_A_PLACE: Final = {
    "STAYDOWN_HOME": "a folder",
    "STAYDOWN_KEYS": "a folder",
    "DATABASE_URL": "a file in a folder",
}


@contextmanager
def folders_named() -> Iterator[None]:
    """A folder or a disk that cannot be used is told with the setting that leads to it.

    What is no fault of a folder, a disk or a database goes on as it was: it may be a defect.

    Raises:
        ConfigError: in place of an ``OSError``, or of an error of the database.
    """
    try:
        yield
    except OSError as error:
        if not error.filename and error.errno not in _OF_DISKS:
            raise
        raise refusal_of(error) from None
    except _errors_of_database() as error:
        if not _is_outage(error):
            raise
        raise refusal_of_database(error) from None


def refusal_of_command(error: Exception) -> ConfigError | None:
    """What stopped a command, where it is a folder, a disk or a database of the service.

    None for all else, such as a file that the command was given: that is no fault of the service.
    """
    from staydown_web.base.errors import StorageFailedError
    from staydown_web.base.outages import outage_of

    if isinstance(error, OSError):
        found = _trouble_behind(error)
        return refusal_of(found, then=RUN_AGAIN) if found else None
    if not isinstance(outage_of(error), StorageFailedError):
        return None
    path = _file_of_database()
    found = _trouble_of(path) if path else None
    if found and found.errno not in _OF_DISKS | _REFUSED:
        return None  # such as a limit on the size of files: another folder does not lift it
    return refusal_of_database(error, then=RUN_AGAIN)


def _trouble_behind(error: OSError) -> OSError | None:
    """Why a folder of the service takes nothing, or a file in it; None where it is another's."""
    from staydown_web.config.environment import read_environment

    environment = read_environment()
    own = (environment.home, environment.keys)
    if error.filename:
        path = Path(os.fsdecode(error.filename)).absolute()
        is_own = any(path.is_relative_to(folder) for folder in own)
        return error if is_own and error.errno in _OF_DISKS | _REFUSED else None
    if error.errno not in _OF_DISKS:
        return None
    return next(filter(None, (trouble_in(one) for one in own if one.is_dir())), None)


def refusal_of(error: OSError, *, then: str = _START_AGAIN) -> ConfigError:
    """What a folder or file that cannot be used is told as, and what to do then."""
    path = Path(os.fsdecode(error.filename or "") or _home())
    setting, there = _setting_of(path), _folder_of(path)
    why = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return ConfigError(
            f"the disk of {there} is full ({why}); make room on it and {then}, or set {setting} to "
            "a place on another disk"
        )
    if error.errno == errno.EROFS:
        return ConfigError(
            f"the disk of {there} takes nothing ({why}); mount it for writing, or set {setting} to "
            "a place on another disk"
        )
    whose = _whose(path) if error.errno in _REFUSED else ""
    place = f"{_A_PLACE[setting]} that this user owns and can write to"
    return ConfigError(f"{path} cannot be used ({why}{whose}); set {setting} to {place}")


def refusal_of_database(error: BaseException, *, then: str = _START_AGAIN) -> ConfigError:
    """The same for a database: one in a file is as good as its folder and its disk."""
    path, code = _file_of_database(), _sqlite_code(error)
    if path is None and getattr(error.__cause__, "sqlstate", None) == _FULL_STATE:
        return ConfigError(f"the disk of the database's server is full; make room there and {then}")
    if path is None:
        return ConfigError(
            f"the database cannot be used ({type(error).__name__}); check DATABASE_URL, that its "
            "server runs, and that its user may make tables"
        )
    if code in _DAMAGED_CODES:
        return ConfigError(
            f"{path} cannot be read as a database: it is damaged, or another file; put a backup "
            "back (`staydown restore`), or set DATABASE_URL to another one"
        )
    if code not in _BUSY_CODES and (found := _trouble_of(path)):
        return refusal_of(found, then=then)
    if code == _FULL_CODE:
        full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return refusal_of(full, then=then)
    return ConfigError(
        f"the database {path} cannot be used ({type(error).__name__}); see that nothing else holds "
        "it and that its disk is whole, or set DATABASE_URL to another one"
    )


def _errors_of_database() -> tuple[type[Exception], ...]:
    """None where the first settings are read: Django is not there yet."""
    django_db = sys.modules.get("django.db.utils")
    return (django_db.Error,) if django_db else ()


def _is_outage(error: Exception) -> bool:
    from staydown_web.base.outages import outage_of

    return outage_of(error) is not None


def _sqlite_code(error: BaseException | None) -> int:
    """The primary result code of SQLite behind an error; 0 where there is none."""
    while error is not None:
        if isinstance(error, sqlite3.Error):
            return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
        error = error.__cause__ or error.__context__
    return 0


def trouble_in(folder: Path) -> OSError | None:
    """Why a folder takes nothing, seen by writing there what goes at once; None where it does."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(PROBE_BYTES))
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return OSError(error.errno, error.strerror, str(folder))
    return None


def _trouble_of(path: Path) -> OSError | None:
    """Why a database in this file can take nothing."""
    for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        if file.exists() and not os.access(file, os.W_OK):
            return _not_writable(file)
    return trouble_in(path.parent)


def _not_writable(file: Path) -> OSError:
    is_fixed = os.statvfs(file).f_flag & os.ST_RDONLY
    number = errno.EROFS if is_fixed else errno.EACCES
    return OSError(number, os.strerror(number), str(file))


def _file_of_database() -> Path | None:
    """The file of the database; None where a server has it."""
    from django.db import connection

    is_file = connection.vendor == "sqlite"
    return Path(str(connection.settings_dict["NAME"])) if is_file else None


def _home() -> Path:
    from staydown_web.config.environment import read_environment

    return read_environment().home


def _setting_of(path: Path) -> str:
    """The setting that leads to a file which cannot be used."""
    from staydown_web.config.environment import read_environment

    environment = read_environment()
    if os.environ.get("STAYDOWN_KEYS", "").strip() and path.is_relative_to(environment.keys):
        return "STAYDOWN_KEYS"
    if path.is_relative_to(environment.home) or environment.home.is_relative_to(path):
        return "STAYDOWN_HOME"
    return "DATABASE_URL"


def _folder_of(path: Path) -> Path:
    """The nearest folder that is there."""
    return next((one for one in (path, *path.parents) if os.path.isdir(one)), path)  # noqa: PTH112 - raises nothing


def _whose(path: Path) -> str:
    """Whose the nearest file or folder is that can be looked at, where that is not this user."""
    for one in (path, *path.parents):
        try:
            owner = one.stat().st_uid
        except OSError:
            continue
        if owner == os.geteuid():
            return ""
        return f": {one} belongs to {_name_of(owner)}, this is {_name_of(os.geteuid())}"
    return ""


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
