"""Uploads, notices and reviews at a steady pace, beside checks: what people do with a service."""

from __future__ import annotations

import random
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlencode

from api_client import form
from load_scene import HOST, Scene

_TOKEN = "a" * 32
_TASK = re.compile(r'href="(/staff/review/[^"/]+/)"')
KEEPS_PACE = 0.9
_FIELD = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Seen:
    """What came of one kind of request.

    Attributes:
        times_ms: of the answers that were as wanted.
        refused: answers that asked to come back later.
        failed: all others, by what they were.
    """

    times_ms: list[float] = field(default_factory=list)
    refused: int = 0
    failed: dict[str, int] = field(default_factory=dict)


class People:
    """Threads that each do one thing again and again.

    Args:
        scene: the service.
        uploads: a second.
        notices: a second.
        reviews: pages of reviewers a second.
        photo: what is uploaded.
    """

    def __init__(
        self, scene: Scene, *, uploads: float, notices: float, reviews: float, photo: Path
    ) -> None:
        self.seen = {name: Seen() for name in ("upload", "notice", "review")}
        self._scene, self._over = scene, threading.Event()
        kind, body = form(photo.read_bytes(), "")
        self._upload = ({"Content-Type": kind}, body)
        works = (("upload", uploads), ("notice", notices), ("review", reviews))
        self._threads = [
            threading.Thread(target=self._repeat, args=(name, rate, n), daemon=True)
            for name, rate in works
            for n in range(max(1, round(rate * 2)) if rate > 0 else 0)
        ]
        self._shares = {name: max(1, round(rate * 2)) for name, rate in works}
        self._rates, self._began = dict(works), time.monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self) -> dict[str, Seen]:
        """End them; what came of it."""
        self._over.set()
        self._ended = time.monotonic()
        for thread in self._threads:
            thread.join(120)
        return self.seen

    def served(self) -> bool:
        """Whether all that was asked was answered as it came, seen after ``stop``.

        Each kind is asked by so few at once that answers which take too long make it come less
        often.
        """
        asked_s = self._ended - self._began
        return all(
            not one.refused
            and not one.failed
            and len(one.times_ms) >= KEEPS_PACE * self._rates[name] * asked_s - 1
            for name, one in self.seen.items()
        )

    def _repeat(self, name: str, rate: float, n: int) -> None:
        step_s, drawn = self._shares[name] / rate, random.Random(f"{name}{n}")
        work = {"upload": self._upload_one, "notice": self._file, "review": self._review}[name]
        due = time.monotonic() + drawn.random() * step_s
        while not self._over.wait(max(0.0, due - time.monotonic())):
            self._note(name, due, work)
            due = max(due + step_s, time.monotonic())

    def _note(self, name: str, due: float, work) -> None:
        seen = self.seen[name]
        try:
            status = work()
        except (OSError, HTTPException) as error:
            status = type(error).__name__
        spent_ms = (time.monotonic() - due) * 1e3
        if status in {200, 302}:
            seen.times_ms.append(round(spent_ms, 1))
        elif status in {429, 503}:
            seen.refused += 1
        else:
            seen.failed[str(status)] = seen.failed.get(str(status), 0) + 1

    def _upload_one(self) -> int:
        headers, body = self._upload
        key = self._scene.keys["uploads"]
        return self._ask(
            "POST", "/api/v1/check", body, {**headers, "Authorization": f"Bearer {key}"}
        )[0]

    def _file(self) -> int:
        """A notice about a link, from an address of its own."""
        number = secrets.randbelow(1 << 24)
        fields = {
            "csrfmiddlewaretoken": _TOKEN,
            "token": secrets.token_hex(16),
            "age": "adult",
            "urls": f"http://127.0.0.1:8161/p/{number}",
            "acts_as": "self",
            "email": f"person{number}@mail.example",
            "is_good_faith": "on",
            "signature": "Ana Example",
            "withdrawal_mode": "immediate",
        }
        headers = {
            "Content-Type": _FIELD,
            "Cookie": f"form={_TOKEN}",
            "X-Forwarded-For": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}",
        }
        return self._ask("POST", "/notice/plain/", urlencode(fields).encode(), headers)[0]

    def _review(self) -> int:
        """The queue, and the first task in it."""
        headers = {"Cookie": f"session={self._scene.session}"}
        status, page = self._ask("GET", "/staff/queue/", b"", headers)
        found = _TASK.search(page) if status == 200 else None
        return self._ask("GET", found.group(1), b"", headers)[0] if found else status

    def _ask(self, method: str, path: str, body: bytes, headers: dict) -> tuple[int, str]:
        line = HTTPConnection(HOST, self._scene.port, timeout=60)
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            line.close()
