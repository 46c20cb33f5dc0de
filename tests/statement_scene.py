"""Decisions of every kind, and a database that takes entries as the public one does."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from staydown_web.accounts.models import Platform, User
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal
from staydown_web.review.models import Decision, Task
from staydown_web.review.services import Terms, decide, make_decisions_firm
from staydown_web.screening.models import Copy, Verdict
from web_servers import Served, serving

FACTS = "The picture shows a person in an intimate way. A person decided."


def make_copy(platform: Platform, now: datetime, *, state: str = "seen", **more: Any) -> Copy:
    """A copy on the platform."""
    made_id = new_id()
    values = {
        "source": "notice",
        "verdict": Verdict.HOLD,
        "group": made_id.hex * 2,
        "content_ref": f"post-{made_id.hex[:6]}",
        "url_box": seal(b"http://127.0.0.1:8161/media/1.jpg", context=f"copy:{made_id}"),
        "content_kind": "photo",
        "seen_at": now,
        "state_at": now,
    }
    return Copy.objects.create(id=made_id, platform=platform, state=state, **{**values, **more})


def make_task(platform: Platform, now: datetime, *copies: Copy, **more: Any) -> Task:
    """A task that waits for a reviewer."""
    task = Task.objects.create(
        **{
            "number": f"R-{new_id().hex[:8]}",
            "source": "notice",
            "platform": platform,
            "group": copies[0].group if copies else "",
            "made_at": now,
            **more,
        }
    )
    task.copies.set(copies)
    return task


def decide_firmly(
    task: Task,
    user: User,
    now: datetime,
    *,
    outcome: str = "remove",
    grounds: tuple[str, ...] = ("us-tida",),
    facts: str = FACTS,
    terms: Terms | None = None,
) -> Decision:
    """A decision past its minute."""
    fresh = Task.objects.get(pk=task.pk)
    made = decide(
        task=fresh,
        outcome=outcome,
        grounds=list(grounds),
        facts=facts,
        user=user,
        now=now,
        terms=terms,
    )
    make_decisions_firm(now + timedelta(minutes=2))
    made.refresh_from_db()
    return made


@dataclass
class Database:
    """Their API as their repository says it is: batches, single questions, unique ids.

    Attributes:
        served: the server.
        stored: ``puid`` -> how often it was stored.
        answers: statuses to give instead of working, the next first; ``cut`` hangs up without
            storing, ``cut_after`` stores and hangs up, ``late`` stores and says 502.
        refuses: ``puid`` that it finds invalid.
        calls: what was asked, as ``POST 3`` or ``GET``.
    """

    stored: dict[str, int] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    payloads: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    served: Served | None = None

    @property
    def url(self) -> str:
        assert self.served is not None
        return f"{self.served.origin}/api/v1"

    def reply(self, peer: socket.socket, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        method, path, _version = head.split(b"\r\n")[0].decode().split(" ")
        token = re.search(rb"(?i)\r\nauthorization: Bearer (\S+)", head)
        with self.lock:
            self.tokens.add(token.group(1).decode() if token else "")
            if method == "GET":
                status = self._existing(path)
            else:
                status = self._store(path, json.loads(body)["statements"])
        if status:
            reason = "X" if status != 429 else "X\r\nRetry-After: 3600"
            answer = (
                f"HTTP/1.1 {status} {reason}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}"
            )
            with suppress(OSError):
                peer.sendall(answer.encode())

    def _existing(self, path: str) -> int:
        self.calls.append("GET")
        name = path.removeprefix("/api/v1/statement/existing-puid/")
        if self.answers and self.answers[0] == "get_500":
            self.answers.pop(0)
            return 500
        return 302 if name in self.stored else 404

    def _store(self, path: str, entries: list[dict[str, Any]]) -> int:
        assert path == "/api/v1/statements"
        self.calls.append(f"POST {len(entries)}")
        order = self.answers.pop(0) if self.answers else ""
        if order == "cut":
            return 0
        if order.isdigit():
            return int(order)
        names = [entry["puid"] for entry in entries]
        if not 1 <= len(names) <= 100 or set(names) & (self.refuses | set(self.stored)):
            return 422
        for name in names:
            self.stored[name] = self.stored.get(name, 0) + 1
        self.payloads += entries
        return {"cut_after": 0, "late": 502}.get(order, 201)


@contextmanager
def transparency_database() -> Iterator[Database]:
    """The database on a port of this machine."""
    database = Database()
    with serving(database.reply) as served:
        database.served = served
        yield database
