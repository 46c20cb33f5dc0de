"""``staydown restore``: an empty machine becomes the installation that was backed up.

Nothing is left half. A mark in the home says that a restore is under way: as long as it lies there
no service starts, and the next ``staydown restore`` begins anew. Source: ADR-0096.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from staydown.nouns import many
from staydown_web.base.errors import ConfigError, StaydownError
from staydown_web.base.keys import sync_folder
from staydown_web.config.backup.archives import is_of_key, read_manifest, unpack
from staydown_web.config.backup.databases import POSTGRES_NAME, SQLITE_NAME
from staydown_web.config.backup.fitting import copy_keys, empty_folder, refuse_other_keys
from staydown_web.config.backup.looking import (
    EMPTY_HAS,
    MARK,
    NEW_MARK,
    look,
    several,
    sqlite_path,
    taken_places,
)
from staydown_web.config.environment import Environment, read_environment

_UNPACKED: Final = ".unpacked"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What is there again.

    Attributes:
        home: folder of the installation.
        made_at: moment of the backup, ISO 8601.
        events: how many events of the audit hold.
        checkpoints: how many signatures over them hold.
        audit_broken: why the audit does not hold; empty where it does.
        entries: how many entries the bank finds again.
        fields: how many sealed fields were opened to see that the keys fit.
        cases: how many cases there are.
        forgotten: how many of them have no key: they were erased after the backup was made.
    """

    home: Path
    made_at: str
    events: int
    checkpoints: int
    audit_broken: str
    entries: int
    fields: int
    cases: int
    forgotten: int


def is_half_restored(home: Path) -> bool:
    """Whether a restore into this home was begun and not ended."""
    return (home / MARK).exists()


def restore(
    source: Path, keys_source: Path, *, now: datetime, say: Say, accept_broken: bool = False
) -> Restored:
    """Put back a backup where nothing is yet, and prove it.

    Args:
        source: the file of the database.
        keys_source: the file of the keys, or a folder of keys that was put aside.
        now: the moment, aware UTC.
        say: takes sentences for the person at the terminal.
        accept_broken: True puts the backup back also where its audit does not hold.

    Raises:
        ConfigError: what does not fit, and what to do; then everything is as it was before. What
            can be seen without unpacking is told all at once.
    """
    os.umask(0o077)  # all of it belongs to this user alone
    environment = read_environment()
    is_begun = is_half_restored(environment.home)
    manifest = look(source, keys_source, environment, is_begun=is_begun)
    begun = _begin(environment, manifest)
    try:
        _put_keys(keys_source, environment.keys, manifest)
        say("The keys fit.")
        _put_files(source, environment, manifest)
        _start_django()
        if manifest["database"] == POSTGRES_NAME:
            _fill_postgres(environment.home / _UNPACKED / POSTGRES_NAME, begun, environment)
        say("The database is back.")
        restored = _prove(environment.home, manifest, now=now, say=say, accept=accept_broken)
    except (StaydownError, OSError, KeyboardInterrupt):
        _undo(environment, begun)
        raise
    shutil.rmtree(environment.home / _UNPACKED, ignore_errors=True)
    (environment.home / MARK).unlink()
    sync_folder(environment.home)
    return restored


def _begin(environment: Environment, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Take an empty home, or one in which a restore was cut off; gives what the mark says."""
    home, mark = environment.home, environment.home / MARK
    held: dict[str, Any] = {}
    if mark.exists():
        held = _read_mark(mark)
        _clear(environment, held)
    taken = taken_places(environment)
    if taken:
        raise several(taken)
    where = _database_of(environment)
    begun = {
        "backup": manifest["id"],
        "keys": str(environment.keys),
        "database": where,
        # Only of this very database: another one is never emptied.
        "filled": held.get("filled") is True and held.get("database") == where,
    }
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        home.chmod(0o700)
        _write_mark(home, begun)
    except OSError as error:
        raise ConfigError(f"{home} cannot be written: {error.strerror}") from None
    return begun


def _put_keys(source: Path, folder: Path, manifest: Mapping[str, Any]) -> None:
    from staydown_web.base.keys import field_keys, load_keys

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    if source.is_dir():
        copy_keys(source, folder)
        held: Mapping[str, Any] | None = None
    else:
        held = read_manifest(source)
        unpack(source, folder, manifest=held)
    (folder / "cases").mkdir(exist_ok=True, mode=0o700)
    refuse_other_keys(folder, manifest.get("keys", {}), str(manifest["id"]))
    load_keys(folder)  # each is whole, and for its owner alone
    for one in (manifest, held):
        if one is not None and not any(is_of_key(one, key) for key in field_keys(folder).values()):
            raise ConfigError("the backup was changed since it was made, or is of other keys")


def _put_files(source: Path, environment: Environment, manifest: Mapping[str, Any]) -> None:
    unpacked = environment.home / _UNPACKED
    unpacked.mkdir(mode=0o700)
    for path in unpack(source, unpacked, manifest=manifest):
        name = path.relative_to(unpacked)
        target = environment.home / name
        if str(name) == POSTGRES_NAME:
            continue
        if str(name) == SQLITE_NAME:
            target = sqlite_path(environment) or target
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.rename(target)
        sync_folder(target.parent)


def _start_django() -> None:
    import django

    from staydown_web.config.preparing import SETTINGS

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    django.setup()


def _fill_postgres(dump: Path, begun: dict[str, Any], environment: Environment) -> None:
    from staydown_web.config.backup.databases import has_tables, put_postgres

    if not begun["filled"]:
        if has_tables():
            raise ConfigError("the database is not empty; set DATABASE_URL to an empty one")
        begun["filled"] = True  # before: a kill in between must find the way back
        _write_mark(environment.home, begun)
    put_postgres(dump, is_again=has_tables())


def _prove(
    home: Path, manifest: Mapping[str, Any], *, now: datetime, say: Say, accept: bool
) -> Restored:
    """Tables of today, the audit, sealed fields, and the bank in memory and on disk."""
    from staydown_web.audit.services import make_checkpoint, record_event
    from staydown_web.config.backup.proving import audit_trouble, bank_published, cases_without_key
    from staydown_web.config.keyring.sampling import open_some
    from staydown_web.config.preparing import migrate

    if migrate():
        say("The tables are brought to this version.")
    verified, trouble = audit_trouble(manifest)
    if trouble and not accept:
        raise ConfigError(
            f"the audit in this backup does not hold: {trouble}; take another backup, or add "
            "--accept-broken-audit and look into it"
        )
    fields = open_some()
    say(trouble or f"The audit holds: {many(verified.events, 'event')}.")
    entries = bank_published()
    cases, forgotten = cases_without_key()
    facts = {"backup": str(manifest["id"]), "whole": not trouble}
    record_event(what="backup_restored", actor="system", at=now, facts=facts)
    make_checkpoint(now=now, is_due=True)
    return Restored(
        home=home,
        made_at=str(manifest["made_at"]),
        events=verified.events,
        checkpoints=verified.checkpoints,
        audit_broken=trouble,
        entries=entries,
        fields=fields,
        cases=cases,
        forgotten=forgotten,
    )


def _undo(environment: Environment, begun: Mapping[str, Any]) -> None:
    """Leave what was found: an empty home. A filled database server keeps its mark."""
    from django.apps import apps
    from django.db import connections

    if apps.ready:
        connections.close_all()
    _clear(environment, begun)
    if not begun["filled"]:
        (environment.home / MARK).unlink(missing_ok=True)


def _clear(environment: Environment, begun: Mapping[str, Any]) -> None:
    """Remove everything that a restore put into empty folders, but for its mark.

    Only where the mark names them: other folders may have been set since, with what is in them.
    """
    if begun.get("keys") == str(environment.keys):
        empty_folder(environment.keys, but=EMPTY_HAS)
    inside = environment.keys.is_relative_to(environment.home)
    if inside and begun.get("keys") != str(environment.keys) and environment.keys.is_dir():
        raise ConfigError(f"{environment.keys} is not the folder that this restore began with")
    empty_folder(environment.home, but={MARK, *EMPTY_HAS})
    database = sqlite_path(environment)
    if database is not None and begun.get("database") == _database_of(environment):
        for suffix in ("", "-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)


def _database_of(environment: Environment) -> str:
    """Which database it is, without a password."""
    path = sqlite_path(environment)
    if path is not None:
        return str(path)
    parts = urlsplit(environment.database_url)
    return f"{parts.hostname}:{parts.port}{parts.path}"


def _read_mark(mark: Path) -> dict[str, Any]:
    try:
        held = json.loads(mark.read_bytes())
    except ValueError:
        held = None
    if not isinstance(held, dict):
        raise ConfigError(f"{mark} is not ours; look into its folder, and remove it by hand")
    return held


def _write_mark(home: Path, begun: Mapping[str, Any]) -> None:
    made = home / NEW_MARK
    made.write_text(json.dumps(begun), encoding="ascii")
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(home / MARK)
    sync_folder(home)
