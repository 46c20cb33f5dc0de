"""One file of a backup: a tar with a manifest, whole or not there at all.

The manifest comes first. It names every other member with its length and SHA-256, and carries a
code over all of that by a key of the installation, so that nobody without the keys can make a
backup that passes for one of ours. Source: ADR-0096.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from staydown_web.base.errors import ConfigError
from staydown_web.base.keys import sync_folder

MANIFEST = "manifest.json"
FORMAT = "staydown-backup/1"
_PART = ".staydown-backup."
_READ = 1 << 20
_MOST_MANIFEST = 256 << 20
_CODE = "code"


@dataclass(frozen=True, slots=True)
class Member:
    """A file to put into an archive.

    Attributes:
        name: in the archive, with slashes.
        path: of its bytes; None where they are given.
        data: its bytes, where it has no path.
        at: when it was changed last, Unix time in whole seconds; 0 where that does not matter.
    """

    name: str
    path: Path | None = None
    data: bytes = b""
    at: int = 0


@contextmanager
def part_of(target: Path, suffix: str = "") -> Iterator[Path]:
    """A hidden file beside a target, for work in progress; gone afterwards, however it ends.

    What a killed backup left in the same folder is removed first.
    """
    remove_left_parts(target.parent)
    part = target.parent / f"{_PART}{os.getpid()}{suffix}"
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def remove_left_parts(folder: Path) -> int:
    """Remove what backups that were killed left in a folder; gives how many files."""
    gone = 0
    for path in folder.glob(f"{_PART}*"):
        number = path.name.removeprefix(_PART).partition(".")[0]
        if number.isdigit() and int(number) != os.getpid() and not _lives(int(number)):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def write_archive(
    target: Path, members: Iterable[Member], facts: Mapping[str, Any], *, key: bytes
) -> dict[str, Any]:
    """Write an archive; whole, durable and for its owner alone when this returns.

    Args:
        target: must not be there yet.
        members: files to put in.
        facts: plain JSON values for the manifest.
        key: makes the manifest's code.

    Returns:
        The manifest.

    Raises:
        ConfigError: the target is there already, or cannot be written.
    """
    rows = list(members)
    manifest = {**facts, "format": FORMAT, "files": [_described(row) for row in rows]}
    manifest[_CODE] = _code(manifest, key)
    text = json.dumps(manifest, indent=1, sort_keys=True).encode()
    try:
        with part_of(target, ".tar") as part:
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                _fill(file, text, rows)
                file.flush()
                os.fsync(file.fileno())
            os.link(part, target)  # never in place of another backup
        sync_folder(target.parent)
    except FileExistsError:
        raise ConfigError(f"{target} is there already; name another file") from None
    except OSError as error:
        raise ConfigError(f"{target} cannot be written: {error.strerror}") from None
    return manifest


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of an archive, not yet proven.

    Raises:
        ConfigError: not a file of ours, or of a later version.
    """
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r|") as tar:
            first = tar.next()
            if first is None or first.name != MANIFEST or first.size > _MOST_MANIFEST:
                raise ConfigError(f"{path} is no backup of Staydown")
            held = tar.extractfile(first)
            manifest = json.loads(held.read()) if held is not None else None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None
    except (tarfile.TarError, ValueError):
        raise ConfigError(f"{path} is no backup of Staydown, or its beginning is damaged") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), list):
        raise ConfigError(f"{path} is no backup of Staydown")
    if manifest.get("format") != FORMAT:
        raise ConfigError(f"{path} was made by a later version; restore it with that one")
    return manifest


def is_of_key(manifest: Mapping[str, Any], key: bytes) -> bool:
    """Whether whoever wrote a manifest held this key, and nobody changed it since."""
    return hmac.compare_digest(str(manifest.get(_CODE, "")), _code(manifest, key))


def unpack(path: Path, folder: Path, *, manifest: Mapping[str, Any]) -> list[Path]:
    """Put the members of an archive into a folder, each proven against the manifest.

    Args:
        path: the archive.
        folder: must be there; gets the files, with the rights of their owner alone.
        manifest: from ``read_manifest``.

    Raises:
        ConfigError: a member is damaged, missing, or one that the manifest does not name.
    """
    wanted = {str(row["name"]): row for row in manifest["files"]}
    made: list[Path] = []
    try:
        with path.open("rb") as file, tarfile.open(fileobj=file, mode="r|") as tar:
            for info in tar:
                if info.name == MANIFEST and not made:
                    continue
                row = wanted.pop(info.name, None)
                held = tar.extractfile(info) if info.isreg() else None
                if row is None or held is None:
                    raise ConfigError(f"{path} holds something that its manifest does not name")
                made.append(_unpack_one(held, folder, info.name, row))
    except (tarfile.TarError, EOFError):
        raise ConfigError(f"{path} is damaged, or was cut off") from None
    if wanted:
        raise ConfigError(f"{path} was cut off: {len(wanted)} of its files are missing")
    for parent in {one.parent for one in made}:
        sync_folder(parent)
    return made


def _unpack_one(held: Any, folder: Path, name: str, row: Mapping[str, Any]) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or any(part in {"..", "/", "."} for part in parts) or name.startswith("/"):
        raise ConfigError("a backup names a file outside its folder; nobody made it with Staydown")
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, length = hashlib.sha256(), 0
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        while piece := held.read(_READ):
            digest.update(piece)
            length += len(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    if (length, digest.hexdigest()) != (row.get("bytes"), row.get("sha256")):
        raise ConfigError("a file in the backup is damaged: its digest is another")
    if row.get("at"):
        os.utime(target, (int(row["at"]), int(row["at"])))
    return target


def _described(row: Member) -> dict[str, Any]:
    with _opened(row) as file:
        digest, length = hashlib.sha256(), 0
        while piece := file.read(_READ):
            digest.update(piece)
            length += len(piece)
    found = {"name": row.name, "bytes": length, "sha256": digest.hexdigest()}
    return {**found, "at": row.at} if row.at else found


def _opened(row: Member) -> BinaryIO:
    return io.BytesIO(row.data) if row.path is None else row.path.open("rb")


def _fill(file: BinaryIO, text: bytes, rows: Iterable[Member]) -> None:
    with tarfile.open(fileobj=file, mode="w|") as tar:
        tar.addfile(_info(MANIFEST, len(text)), io.BytesIO(text))
        for row in rows:
            with _opened(row) as member:
                size = member.seek(0, os.SEEK_END)
                member.seek(0)
                tar.addfile(_info(row.name, size), member)


def _info(name: str, size: int) -> tarfile.TarInfo:
    """A plain file without owner or moment, for its owner alone."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    return info


def _code(manifest: Mapping[str, Any], key: bytes) -> str:
    bare = {name: value for name, value in manifest.items() if name != _CODE}
    text = json.dumps(bare, sort_keys=True, separators=(",", ":")).encode()
    return hmac.digest(key, b"staydown backup manifest/1\n" + text, "sha256").hex()


def _lives(pid: int) -> bool:
    with suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
    return True
