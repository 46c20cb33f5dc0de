"""``staydown backup``: the database as it is at one moment, and the keys that open it, apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from staydown_web.base.errors import ConfigError
from staydown_web.base.ids import new_id
from staydown_web.config.backup.archives import Member, part_of, write_archive
from staydown_web.config.backup.databases import copy_database, database_name
from staydown_web.config.backup.fitting import key_files, marks_of

KIND_DATABASE: Final = "database"
KIND_KEYS: Final = "keys"
CHECKPOINTS: Final = "audit/checkpoints.jsonl"
_FILES_OF_HOME = (".demonstration", "rdap/*.json")
"""What else of the home cannot be made again from the database; small."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Backup:
    """What was made.

    Attributes:
        backup_id: names both files.
        path: of the database and what goes with it.
        size_bytes: of it.
        events: how many events of the audit it holds at least.
        keys_path: of the keys; None where they were not asked for.
        case_keys: how many keys of cases it holds.
    """

    backup_id: str
    path: Path
    size_bytes: int
    events: int
    keys_path: Path | None
    case_keys: int


def make_backup(target: Path, keys_target: Path | None, *, now: datetime, say: Say) -> Backup:
    """Copy this installation while it runs.

    The database comes first: a case that is filed meanwhile has its key in the copy of the keys
    already, and one that is erased meanwhile is forgotten by the copy too.

    Args:
        target: a file that is not there yet, or a folder, which gets a file named by the moment.
        keys_target: the same for the keys, in another folder; None leaves them out.
        now: the moment, aware UTC.
        say: takes sentences for the person at the terminal.

    Raises:
        ConfigError: what cannot be done, and what to do.
    """
    from django.conf import settings

    from staydown_web.audit.models import ChainHead
    from staydown_web.audit.services import record_event
    from staydown_web.base.errors import StorageFailedError
    from staydown_web.base.keys import keys_kept
    from staydown_web.base.sealing import installation_keys
    from staydown_web.screening.services import take_in_findings

    path = _file_of(target, "staydown", now)
    keys_path = None if keys_target is None else _file_of(keys_target, "staydown-keys", now)
    refuse_together(path, keys_path)
    keys, made_id = installation_keys(), str(new_id())
    home = Path(settings.STAYDOWN_HOME)
    facts: dict[str, Any] = {"id": made_id, "made_at": now.isoformat(), "kind": KIND_DATABASE}
    facts |= {"version": _version(), "database": database_name()}
    with keys_kept(keys.folder), part_of(path, ".database") as part:
        # Before the database: what the copy names outside must be in the copy inside.
        outside = _read(home / CHECKPOINTS)
        head = ChainHead.objects.first()
        facts["audit"] = {"seq": head.seq, "digest": head.digest} if head else {"seq": 0}
        say("The database is copied.")
        try:
            take_in_findings()
        except StorageFailedError:
            say("findings.journal cannot be used and is left out; `staydown doctor` says more.")
        copy_database(part)
        facts["keys"] = marks_of(keys.folder, made_id)
        count = 0
        if keys_path is not None:
            files = key_files(keys.folder, with_cases=True)
            count = sum(name.startswith("cases/") for name in files)
            rows = [Member(name, data=one.data, at=one.at) for name, one in files.items()]
            same = {name: facts[name] for name in ("id", "made_at", "version")}
            write_archive(keys_path, rows, {**same, "kind": KIND_KEYS}, key=keys.field)
            say(f"The keys are in {keys_path}.")
        members = [Member(database_name(), part), *_of_home(home)]
        if outside:
            members.append(Member(CHECKPOINTS, data=outside))
        write_archive(path, members, facts, key=keys.field)
    size = path.stat().st_size
    made = Backup(made_id, path, size, int(facts["audit"]["seq"]), keys_path, count)
    said = {"backup": made_id, "with_keys": keys_path is not None, "megabytes": size >> 20}
    record_event(what="backup_made", actor="system", at=now, facts=said)
    return made


def refuse_together(path: Path, keys_path: Path | None) -> None:
    """Keep the keys away from what they open.

    Raises:
        ConfigError: both files would lie in one folder.
    """
    if keys_path is not None and path.parent.resolve() == keys_path.parent.resolve():
        raise ConfigError(
            "the keys would lie beside the database that they open, and who finds one finds both; "
            "name another folder with --keys-to, best on another machine"
        )


def _file_of(target: Path, name: str, now: datetime) -> Path:
    path = target.absolute()
    if path.is_dir():
        path /= f"{name}-{now:%Y%m%dT%H%M%SZ}.tar"
    if path.exists():
        raise ConfigError(f"{path} is there already; name another file")
    if not path.parent.is_dir():
        raise ConfigError(f"there is no folder {path.parent}; make it first")
    return path


def _of_home(home: Path) -> list[Member]:
    found = sorted(path for pattern in _FILES_OF_HOME for path in home.glob(pattern))
    files = (one for one in found if one.is_file())
    return [Member(one.relative_to(home).as_posix(), data=_read(one)) for one in files]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _version() -> str:
    from staydown import __version__

    return __version__
