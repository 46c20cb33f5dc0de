"""The platform's own storage: posts in one JSON file, media beside it."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path


class State(StrEnum):
    """What visitors get of a post."""

    SHOWN = "shown"
    HELD = "held"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Post:
    """One picture or video that somebody posted.

    Attributes:
        id: the platform's own id; what Staydown calls ``content_ref``.
        caption: the uploader's words.
        account: who posted it.
        ending: of the media file, with the dot.
        state: what visitors get.
        token: part of the address by which Staydown alone reaches a post that waits unseen.
    """

    id: str
    caption: str
    account: str
    ending: str
    state: State
    token: str

    @property
    def is_video(self) -> bool:
        """Whether it is a video."""
        return self.ending in {".mp4", ".webm", ".mov", ".mkv"}


class Posts:
    """All posts; changes are on disk when a call returns.

    Args:
        folder: where they lie; made when missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, folder / "posts.json"
        (folder / "media").mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.Lock()
        self._posts: dict[str, Post] = {}
        if self._file.exists():
            data = json.loads(self._file.read_text(encoding="utf-8"))
            rows = (Post(**{**row, "state": State(row["state"])}) for row in data["posts"])
            self._posts = {post.id: post for post in rows}

    def newest_first(self) -> list[Post]:
        """Every post."""
        return list(reversed(self._posts.values()))

    def get(self, post_id: str) -> Post | None:
        """One post, or None."""
        return self._posts.get(post_id)

    def media(self, post: Post) -> Path:
        """Where its bytes lie; gone once the post is removed."""
        return self._folder / "media" / f"{post.id}{post.ending}"

    def add(self, post: Post, data: bytes) -> None:
        """Store a post and its bytes."""
        self._add([(post, data)])

    def seed(self, rows: Iterable[tuple[Post, bytes]]) -> None:
        """Fill an empty platform; with all of them or, where the disk is full, with none."""
        if not self._posts:
            self._add(list(rows))

    def _add(self, rows: list[tuple[Post, bytes]]) -> None:
        with self._lock:
            for post, data in rows:
                self.media(post).write_bytes(data)
            self._posts |= {post.id: post for post, _data in rows}
            self._save()

    def obey(self, *, post_id: str, what: str) -> bool:
        """Carry out an order; a second time changes nothing.

        An upload that was refused is kept nowhere: it is blocked already, and without an id of ours
        there is nothing to show again either.

        Returns:
            False where there is no such post, and it might be somewhere; and where what is to be
            shown again was removed, because its bytes are gone.
        """
        with self._lock:
            post = self._posts.get(post_id)
            if post is None:
                return what == "block" or (what == "restore" and not post_id)
            if what == "restore" and post.state is State.REMOVED:
                return False
            self._posts[post_id] = replace(post, state=state_after(what, post.state))
            if self._posts[post_id].state is State.REMOVED:
                self.media(post).unlink(missing_ok=True)
            self._save()
            return True

    def _save(self) -> None:
        data = {"posts": [asdict(post) for post in self._posts.values()]}
        made = self._file.with_suffix(".new")
        made.write_text(json.dumps(data, indent=1), encoding="utf-8")
        made.replace(self._file)


def state_after(what: str, state: State) -> State:
    """What an order makes of a post; what is removed stays removed."""
    if state is State.REMOVED:
        return state
    return {
        "block": State.HELD,
        "hold": State.HELD,
        "remove": State.REMOVED,
        "restore": State.SHOWN,
    }.get(what, state)


def new_post_id() -> str:
    """An id that nobody guesses."""
    return secrets.token_hex(5)


def new_token() -> str:
    """A token of 128 bits for an address that is given to Staydown alone."""
    return secrets.token_hex(16)
