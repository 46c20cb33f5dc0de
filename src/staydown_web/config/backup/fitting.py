"""Which keys a backup needs: told by marks that say nothing of the keys."""

from __future__ import annotations

import hmac
import os
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from staydown_web.base.errors import ConfigError
from staydown_web.base.keys import KEY_BYTES

_NOT_KEPT = (".new-", ".lock")
_PROVEN_WITHOUT = ("signing/", "federation/")
"""Keys of which the public half is enough for what they signed."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file among the keys.

    Attributes:
        data: its bytes.
        at: when it was made, Unix time in whole seconds: how old a key is.
    """

    data: bytes
    at: int


def key_files(folder: Path, *, with_cases: bool) -> dict[str, KeyFile]:
    """Every file of a folder of keys by its name, with slashes; what goes meanwhile is left out.

    Args:
        folder: of an installation's keys.
        with_cases: False leaves out the keys of cases.
    """
    found: dict[str, KeyFile] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.name.startswith(_NOT_KEPT) or (name.startswith("cases/") and not with_cases):
            continue
        try:
            if path.is_file():
                found[name] = KeyFile(path.read_bytes(), int(path.stat().st_mtime))
        except FileNotFoundError:  # a case was erased meanwhile
            continue
    return found


def marks_of(folder: Path, backup_id: str) -> dict[str, str]:
    """A mark of each key of the installation, by which it is recognised and not found out."""
    return {
        name: _mark(one.data, backup_id)
        for name, one in key_files(folder, with_cases=False).items()
        if name.endswith(".key") and len(one.data) == KEY_BYTES
    }


def refuse_other_keys(folder: Path, marks: Mapping[str, str], backup_id: str) -> None:
    """See that every key is there that a backup was made with.

    Raises:
        ConfigError: one is missing, or is another.
    """
    held = key_files(folder, with_cases=False)
    for name, mark in sorted(marks.items()):
        one = held.get(name)
        if one is None:
            public = str(Path(name).with_suffix(".pub"))
            if name.startswith(_PROVEN_WITHOUT) and public in held:
                continue
            raise ConfigError(
                f"these keys are not those of the backup: {name} is missing; take a copy of the "
                "keys that was made with the backup, or soon after it"
            )
        if not hmac.compare_digest(_mark(one.data, backup_id), mark):
            raise ConfigError(f"these keys are of another installation: {name} is another one")


def copy_keys(source: Path, target: Path) -> None:
    """Copy a folder of keys that somebody had put aside, for its owner alone.

    Raises:
        ConfigError: it is no such folder.
    """
    refuse_no_folder(source)
    for name, one in key_files(source, with_cases=True).items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_bytes(one.data)
        os.utime(path, (one.at, one.at))


def refuse_no_folder(source: Path) -> None:
    """See that a folder is one of keys, as far as its names tell.

    Raises:
        ConfigError: it is no such folder.
    """
    if not (source / "cases").is_dir():
        raise ConfigError(f"{source} is no folder of keys: it has no folder cases")


def empty_folder(folder: Path, *, but: Collection[str]) -> None:
    """Remove everything in a folder, but for some names."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name in but:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _mark(key: bytes, backup_id: str) -> str:
    return hmac.digest(key, b"staydown backup fit/1\n" + backup_id.encode(), "sha256").hex()
