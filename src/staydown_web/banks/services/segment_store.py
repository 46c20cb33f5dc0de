"""The object store through which sealed segments travel between machines.

It holds immutable objects and one small pointer. An object is sealed as on disk, and named by what
it holds and by its checksum; the pointer names one of them and is written last, on the condition
that nobody wrote it meanwhile where the store knows conditions. So a reader finds a whole snapshot
or none. Whoever can write there can withhold snapshots, and no more: what is sealed with another
key or was changed does not open, and an older one is brought up from the database.
Source: ADR-0087.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

from staydown.errors import ConfigError
from staydown_web.banks.services.shared_state import Progress
from staydown_web.base.errors import SealError, SegmentStoreError

POINTER: Final = "current.json"
SUFFIX: Final = ".sealed"
PIECE: Final = 8 << 20
"""Bytes that one request fetches or sends: each has its own time limit, so size has none."""
LEAST_BYTES_S: Final = 1 << 20
"""Slower than this, reading the database is the better way."""
_PATIENCE_S: Final = 20.0
_MOST_POINTER: Final = 4096
_VERSION: Final = 1
_CLIENT: Final = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(seconds=30)}
_RETRY: Final = {
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=2)},
}

Version = dict[str, str]


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which object is the current snapshot.

    Attributes:
        name: of the object.
        size: of the object, in bytes.
        sha256: of the object, 64 hex digits.
        progress: what it holds.
        made_at: when it was published, aware UTC.
        key: number of the key that it is sealed under.
        version: what the store calls this state of the pointer, for the next condition.
    """

    name: str
    size: int
    sha256: str
    progress: Progress
    made_at: datetime
    key: int = 1
    version: Version = field(default_factory=dict, compare=False)

    def to_json(self) -> bytes:
        """As it stands in the store."""
        row = {
            "version": _VERSION,
            "object": self.name,
            "size": self.size,
            "sha256": self.sha256,
            "applied": self.progress.applied,
            "anchor": self.progress.anchor.hex(),
            "removed": self.progress.removed,
            "made_at": self.made_at.isoformat(),
            "key": self.key,
        }
        return json.dumps(row, sort_keys=True).encode()

    @classmethod
    def from_json(cls, raw: bytes, version: Version) -> Self:
        """Read one.

        Raises:
            SealError: it is none.
        """
        try:
            row = json.loads(raw[:_MOST_POINTER])
            progress = Progress(
                int(row["applied"]), bytes.fromhex(row["anchor"]), int(row["removed"])
            )
            made_at = datetime.fromisoformat(row["made_at"])
            name, is_known = str(row["object"]), row["version"] == _VERSION
            size, sha256, key = int(row["size"]), str(row["sha256"]), int(row["key"])
            found = cls(name, size, sha256, progress, made_at, key, version)
        except (KeyError, TypeError, ValueError):
            raise SealError("the pointer in the store of segments cannot be read") from None
        if not is_known or "/" in name or not name.endswith(SUFFIX) or made_at.tzinfo is None:
            raise SealError("the pointer in the store of segments is none of this version")
        return found


class SegmentStore:
    """Snapshots in an object store. Connects when it is first asked.

    Args:
        url: such as ``s3://bucket/segments``; credentials, region and endpoint come from the
            environment, as usual there (``AWS_…``).
        store: an open store, for tests.
    """

    def __init__(self, url: str, *, store: Any = None) -> None:
        self._url = url
        self._open = store

    def pointer(self) -> Pointer | None:
        """Which snapshot is the current one; None where there never was any.

        Raises:
            SegmentStoreError: no answer.
            SealError: something else lies there.
        """
        found = self.pointer_bytes()
        return None if found is None else Pointer.from_json(*found)

    def pointer_bytes(self) -> tuple[bytes, Version] | None:
        """What lies where the pointer is, and what the store calls this state of it.

        Raises:
            SegmentStoreError: no answer.
        """
        obstore = _obstore()
        try:
            with _as_ours():
                found = obstore.get(self._store(), POINTER)
                raw = bytes(found.bytes())
        except FileNotFoundError:
            return None
        marks = {name: found.meta.get(name) for name in ("e_tag", "version")}
        return raw, {name: mark for name, mark in marks.items() if mark is not None}

    def move_pointer(self, pointer: Pointer, *, over: Version | None) -> bool:
        """Make a snapshot the current one.

        Args:
            pointer: which.
            over: ``version`` of the pointer that was there; None where there was none.

        Returns:
            False where somebody else was quicker.

        Raises:
            SegmentStoreError: no answer; the pointer may have been moved or not.
        """
        obstore = _obstore()
        raw, mode = pointer.to_json(), over or "create"
        try:
            with _as_ours():
                obstore.put(self._store(), POINTER, raw, mode=mode, use_multipart=False)
        except (obstore.exceptions.AlreadyExistsError, obstore.exceptions.PreconditionError):
            # A call that was answered too late was sent again, and met what it had written itself.
            found = self.pointer_bytes()
            return found is not None and found[0] == raw
        except (NotImplementedError, obstore.exceptions.NotSupportedError):
            # Folders know no conditions: the later of two wins, and both name whole objects.
            with _as_ours():
                obstore.put(self._store(), POINTER, raw, mode="overwrite", use_multipart=False)
        return True

    def put(self, name: str, path: Path) -> None:
        """Store an object; whole or not at all.

        Raises:
            SegmentStoreError: it could not be stored.
        """
        with _as_ours():
            _obstore().put(self._store(), name, path, chunk_size=PIECE, max_concurrency=2)

    def fetch(
        self, pointer: Pointer, target: Path, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Fetch an object into a new file, piece by piece.

        Args:
            pointer: which.
            target: the file; what is there is written over. After an error it may hold a part.
            clock: seconds that only grow.

        Raises:
            SegmentStoreError: no answer, gone, or so slow that reading the database is quicker.
            SealError: other bytes than were published.
        """
        digest, at, began = hashlib.sha256(), 0, clock()
        with target.open("wb") as file:
            target.chmod(0o600)
            while at < pointer.size:
                piece = self._piece(pointer.name, at, min(at + PIECE, pointer.size))
                digest.update(piece)
                file.write(piece)
                at += len(piece)
                took = clock() - began
                if took > _PATIENCE_S and at < LEAST_BYTES_S * took:
                    raise SegmentStoreError("the store of segments is too slow to start from")
        if at != pointer.size or digest.hexdigest() != pointer.sha256:
            raise SealError("an object in the store of segments is not what was published")

    def delete(self, name: str) -> None:
        """Delete an object; nothing happens where it is gone.

        Raises:
            SegmentStoreError: no answer.
        """
        obstore = _obstore()
        try:
            with _as_ours():
                obstore.delete(self._store(), name)
        except FileNotFoundError:
            return

    def objects_before(self, moment: datetime) -> list[str]:
        """Snapshots that were stored before a moment, by their names.

        Raises:
            SegmentStoreError: no answer.
        """
        with _as_ours():
            rows = [row for page in _obstore().list(self._store()) for row in page]
        names = [str(row["path"]) for row in rows if row["last_modified"] < moment]
        return [name for name in names if name.endswith(SUFFIX) and "/" not in name]

    def _piece(self, name: str, start: int, end: int) -> bytes:
        obstore = _obstore()
        try:
            with _as_ours():
                piece = bytes(obstore.get_range(self._store(), name, start=start, end=end))
        except FileNotFoundError:
            raise SegmentStoreError("a snapshot was replaced while it was fetched") from None
        if len(piece) != end - start:
            raise SealError("an object in the store of segments is shorter than was published")
        return piece

    def _store(self) -> Any:
        if self._open is None:
            more = {} if self._url.startswith("file:") else _remote_options()
            if self._url.startswith("file:"):
                more["mkdir"] = True
            with _as_ours():
                self._open = _obstore().store.from_url(self._url, **more)
        return self._open


def _remote_options() -> dict[str, Any]:
    # Options that are passed take the place of those in the environment.
    is_plain = os.environ.get("AWS_ALLOW_HTTP", "").lower() in {"1", "true"}
    return {"client_options": {**_CLIENT, "allow_http": is_plain}, "retry_config": dict(_RETRY)}


@contextmanager
def _as_ours() -> Iterator[None]:
    """Errors of stores as one of ours, but for those that say something about one object.

    What a store says can hold addresses and parts of credentials, so none of it is passed on.
    """
    errors = _obstore().exceptions
    telling = (
        FileNotFoundError,
        NotImplementedError,
        errors.AlreadyExistsError,
        errors.NotSupportedError,
        errors.PreconditionError,
    )
    refusing = (PermissionError, errors.PermissionDeniedError, errors.UnauthenticatedError)
    try:
        yield
    except errors.NotFoundError as error:
        raise FileNotFoundError(type(error).__name__) from None
    except telling:
        raise
    except refusing:
        raise SegmentStoreError(
            "the store of segments refuses our credentials; check them and STAYDOWN_SEGMENTS_URL"
        ) from None
    except (errors.BaseError, ValueError, OSError):
        raise SegmentStoreError(
            "the store of segments does not answer as it should; check STAYDOWN_SEGMENTS_URL, and "
            "that this machine reaches it"
        ) from None


def _obstore() -> Any:
    try:
        import obstore
        import obstore.exceptions
        import obstore.store
    except ImportError:
        raise ConfigError(
            "STAYDOWN_SEGMENTS_URL needs one more package: pip install 'staydown[s3]'"
        ) from None
    return obstore
