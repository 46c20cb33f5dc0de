"""What lies sealed on disk: the agreement, the copy with what changed since, and a fetch under way.

A copy is a pair of files with one number: the whole of it, and the pages of changes after it. A new
pair is durable before the old one goes.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from staydown.errors import ConfigError
from staydown.formats.replica_pages import ReplicaPage
from staydown_client.edge.errors import SealedFileError
from staydown_client.edge.local_copy import LocalCopy
from staydown_client.edge.memory import Standing
from staydown_client.edge.sealed_log import SealedLog, sync_folder


class Disk:
    """The folder of sealed files.

    Args:
        folder: made where it is missing, for its owner alone.

    Raises:
        ConfigError: it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.chmod(0o700)
        except OSError as error:
            raise ConfigError(f"{folder} cannot be written: {error.strerror}") from None
        self.folder = folder
        self._owner = _own(folder)
        self._key = b""
        self._changes: SealedLog | None = None
        self._fetch: SealedLog | None = None

    def unlock(self, key: bytes) -> None:
        """Use a key from now on."""
        self._key = key

    @property
    def is_unlocked(self) -> bool:
        """Whether the key is known."""
        return bool(self._key)

    @property
    def key(self) -> bytes:
        """The key of every file here."""
        return self._key

    @property
    def changes_size(self) -> int:
        """Bytes of changes since the copy was saved."""
        return self._changes.size if self._changes is not None else 0

    def agreement(self) -> dict[str, Any] | None:
        """What was agreed, and when the hub was last heard; None where there is nothing.

        Raises:
            SealedFileError: damaged, or of another key.
        """
        try:
            log = SealedLog.open(self.folder / "agreement", self._key)
        except FileNotFoundError:
            return None
        log.close()
        return log.header

    def keep_agreement(self, agreement: dict[str, Any]) -> None:
        """Keep what was agreed."""
        made = self.folder / ".agreement"
        log = SealedLog.create(made, self._key, agreement)
        log.close()
        made.replace(self.folder / "agreement")
        sync_folder(self.folder)

    def restore(self, copy: LocalCopy, *, is_live: bool) -> bool:
        """Bring the copy in memory to what lies here: the whole of it, or what it lacks.

        Args:
            copy: what is in memory.
            is_live: whether a keeper that died left a copy there which still answers.

        Returns:
            False where nothing lies here.

        Raises:
            SealedFileError: damaged.
        """
        number = self._newest()
        if number is None:
            return False
        try:
            self._changes = SealedLog.open(self._changes_path(number), self._key)
        except FileNotFoundError:
            raise SealedFileError("the changes after a sealed copy are missing") from None
        pages = [ReplicaPage.from_bytes(record) for record in self._changes.records()]
        places = [str(self._changes.header["cursor"]), *(page.next for page in pages)]
        at = 0
        if is_live and copy.facts.note("number") == str(number) and copy.reopen():
            # The last page once more: its keeper may have died before everybody felt it.
            found = copy.facts.note("cursor")
            at = max(places.index(found) - 1, 0) if found in places else -1
        if not copy.is_there or at < 0:
            # It answers again when it holds what was taken back since.
            copy.destroy(Standing.EMPTY)
            saved = SealedLog.open(self._copy_path(number), self._key)
            try:
                copy.restore(saved)
            finally:
                saved.close()
            at = 0
        for page in pages[at:]:
            copy.apply(page)
        return True

    def save(self, copy: LocalCopy) -> None:
        """Seal the whole copy as it is now; the older files go."""
        number = (self._newest() or 0) + 1
        copy.facts.keep(number=str(number))
        made = self.folder / ".copy"
        log = SealedLog.create(made, self._key, {"number": number})
        try:
            copy.save(log)
        finally:
            log.close()
        if self._changes is not None:
            self._changes.close()
        # The changes first: a copy counts as soon as it has its name.
        header = {"number": number, "cursor": copy.facts.note("cursor")}
        self._changes = SealedLog.create(self._changes_path(number), self._key, header)
        made.replace(self._copy_path(number))
        sync_folder(self.folder)
        self._remove_older(number)

    def note(self, page: bytes) -> None:
        """Keep a page of changes; durable when this returns."""
        if self._changes is None:
            raise SealedFileError("there is no sealed copy to which changes could be added")
        self._changes.append(page)

    def fetched(self) -> tuple[str, str, bool] | None:
        """How far a fetch got that was cut short: cursor, where to go on, whether it was whole.

        None where there is none, or it cannot be used.
        """
        try:
            self._close_fetch()
            self._fetch = SealedLog.open(self.folder / "fetch", self._key)
            after, is_whole = "", False
            for record in self._fetch.records():
                page = ReplicaPage.from_bytes(record)
                after, is_whole = page.next, not page.has_more
        except FileNotFoundError:
            return None
        except SealedFileError:
            self.drop_fetch()
            return None
        return str(self._fetch.header["cursor"]), after, is_whole

    def begin_fetch(self, cursor: str) -> None:
        """Begin to keep pages of all entries, as of a cursor."""
        self._close_fetch()
        self._fetch = SealedLog.create(self.folder / "fetch", self._key, {"cursor": cursor})

    def keep_fetched(self, page: bytes) -> None:
        """Keep one page of a fetch; durable when this returns."""
        if self._fetch is None:
            raise SealedFileError("no fetch was begun")
        self._fetch.append(page)

    def fetched_pages(self) -> Iterator[ReplicaPage]:
        """Every page of the fetch."""
        log = SealedLog.open(self.folder / "fetch", self._key)
        try:
            for record in log.records():
                yield ReplicaPage.from_bytes(record)
        finally:
            log.close()

    def drop_fetch(self) -> None:
        """Forget a fetch."""
        self._close_fetch()
        (self.folder / "fetch").unlink(missing_ok=True)

    def drop_copy(self) -> None:
        """Forget the sealed copy."""
        if self._changes is not None:
            self._changes.close()
            self._changes = None
        self._remove_older(None)

    def destroy(self) -> None:
        """Remove everything that belongs to the agreement; it was sealed, and its key goes too."""
        self.drop_fetch()
        self.drop_copy()
        for name in ("agreement", ".agreement", ".copy", "reports"):
            (self.folder / name).unlink(missing_ok=True)
        sync_folder(self.folder)
        self._key = b""

    def _newest(self) -> int | None:
        found = [p.name.removeprefix("copy-") for p in self.folder.glob("copy-*")]
        return max((int(n) for n in found if n.isdecimal()), default=None)

    def _remove_older(self, number: int | None) -> None:
        for path in (*self.folder.glob("copy-*"), *self.folder.glob("changes-*")):
            if number is None or path.name.rpartition("-")[2] != f"{number:012d}":
                path.unlink(missing_ok=True)
        sync_folder(self.folder)

    def _copy_path(self, number: int) -> Path:
        return self.folder / f"copy-{number:012d}"

    def _changes_path(self, number: int) -> Path:
        return self.folder / f"changes-{number:012d}"

    def close(self) -> None:
        """Let go of the folder."""
        self._close_fetch()
        if self._changes is not None:
            self._changes.close()
            self._changes = None
        os.close(self._owner)

    def _close_fetch(self) -> None:
        if self._fetch is not None:
            with suppress(OSError):
                self._fetch.close()
            self._fetch = None


def _own(folder: Path) -> int:
    """Hold the folder as its one user, until the process ends."""
    fd = os.open(folder / "owner", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise ConfigError(f"another edge replica uses {folder}; give each its own") from None
    return fd
