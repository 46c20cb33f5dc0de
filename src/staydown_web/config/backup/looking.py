"""What stands in the way of a restore: all of it is told before anything is touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from staydown_web.base.errors import ConfigError
from staydown_web.config.backup.archives import read_manifest
from staydown_web.config.backup.databases import SQLITE_NAME, program
from staydown_web.config.backup.fitting import refuse_no_folder
from staydown_web.config.backup.making import KIND_DATABASE, KIND_KEYS
from staydown_web.config.environment import Environment

MARK: Final = ".restoring"
NEW_MARK: Final = f"{MARK}.new"
EMPTY_HAS: Final = frozenset({"lost+found"})
_T = TypeVar("_T")


def look(
    source: Path, keys_source: Path, environment: Environment, *, is_begun: bool
) -> dict[str, Any]:
    """Read what a restore is made of, and see that it has a place.

    Args:
        source: the file of the database.
        keys_source: the file of the keys, or a folder of keys.
        environment: what the settings say.
        is_begun: whether an earlier restore left something, which is cleared away first.

    Returns:
        The manifest of the database, not yet proven.

    Raises:
        ConfigError: everything that does not fit, each with what to do.
    """
    found: list[str] = []
    manifest = _tried(found, lambda: read_manifest(source))
    _tried(found, lambda: _refuse_no_keys(keys_source))
    if manifest is not None:
        found += _unfit(manifest, environment)
    if not is_begun:
        found += taken_places(environment)
    if manifest is None or found:
        raise several(found)
    return manifest


def taken_places(environment: Environment) -> list[str]:
    """The places that a restore wants empty and that are not, each with what to do."""
    home, keys = environment.home, environment.keys
    folders = {home: "STAYDOWN_HOME"}
    if keys != home / "keys" or not _is_taken(home):
        folders[keys] = "STAYDOWN_KEYS"
    found = [
        f"{folder} is not empty; a backup is restored where nothing is yet: set {name} to "
        "another folder"
        for folder, name in folders.items()
        if _is_taken(folder)
    ]
    target = sqlite_path(environment)
    if target is not None and target.exists() and not target.is_relative_to(home):
        found.append(f"{target} is there already; name another one in DATABASE_URL")
    return found


def sqlite_path(environment: Environment) -> Path | None:
    """The file of an SQLite database; None for a database server."""
    import dj_database_url

    if not environment.database_url.startswith("sqlite"):
        return None
    return Path(str(dj_database_url.parse(environment.database_url)["NAME"])).absolute()


def several(found: list[str]) -> ConfigError:
    """One error that says one thing, or all of several."""
    if len(found) == 1:
        return ConfigError(found[0])
    rows = ". ".join(f"({n}) {one}" for n, one in enumerate(found, 1))
    return ConfigError(f"{len(found)} things stand in the way: {rows}")


def _is_taken(folder: Path) -> bool:
    left = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    return bool(left - EMPTY_HAS - {MARK, NEW_MARK})


def _unfit(manifest: Mapping[str, Any], environment: Environment) -> list[str]:
    if manifest.get("kind") != KIND_DATABASE:
        return ["this file holds keys; give it with --keys, and the database before it"]
    found: list[str] = []
    is_sqlite = manifest["database"] == SQLITE_NAME
    if is_sqlite != environment.database_url.startswith("sqlite"):
        remedy = "unset DATABASE_URL" if is_sqlite else "set DATABASE_URL to an empty one"
        kind = "SQLite" if is_sqlite else "PostgreSQL"
        found.append(f"this is a backup of {kind}; {remedy}")
    if not is_sqlite:
        _tried(found, lambda: program("pg_restore"))
    return found


def _refuse_no_keys(source: Path) -> None:
    if source.is_dir():
        refuse_no_folder(source)
    elif read_manifest(source).get("kind") != KIND_KEYS:
        raise ConfigError(f"{source} holds no keys; it is the file that --keys-to wrote")


def _tried(found: list[str], look_at: Callable[[], _T]) -> _T | None:
    try:
        return look_at()
    except ConfigError as error:
        found.append(str(error))
        return None
