"""People and programs that use a service while it is under fault, and keep what they were told."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import re
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from media_files import MEDIA
from torture.faults.clerk import LAW, SITE, Clerk, drawn
from torture.faults.frame import Ledger

_NUMBER = re.compile(r"C-[2-9A-HJ-NP-TV-Z]{4}-[2-9A-HJ-NP-TV-Z]{4}")
_WAIT_S = 0.3
_SEEN_WITHIN_S = 1.0
"""An entry is enforced everywhere within a second of its receipt."""

_MOST_ASKED = 20
"""Uploads of one reported picture: with thirty an hour it is flooded, and put aside on purpose."""

_PHOTO = (MEDIA / "bridge.jpg").read_bytes()


class Line:
    """A way to the service: one connection a call, so that each meets what is there now."""

    def __init__(self, host: str, port: int, *, timeout_s: float = 30.0) -> None:
        self.host, self.port, self.timeout_s = host, port, timeout_s

    def __call__(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (names in lower case) and body; status 0 where no answer came."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout_s)
        try:
            connection.request(method, path, body, {**(headers or {}), "Connection": "close"})
            answer = connection.getresponse()
            given = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, given, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, {}, b""
        finally:
            connection.close()

    def status(self, path: str) -> int:
        """The status alone."""
        return self("GET", path)[0]


class Crowd:
    """Everybody who uses the service.

    Attributes:
        missed: notices of which a check said "clear" after they had been acknowledged.
        bare: answers that were an error of ours without being an outage, by path and status.
        statuses: of all answers, to see what people met; 0 is no answer at all.
        outages: codes of outages that were told.
    """

    def __init__(
        self,
        line: Line,
        ledger: Ledger,
        clerk: Clerk,
        prepared: Mapping[str, Any],
        checks_line: Line,
    ) -> None:
        self.line, self.ledger, self.clerk = line, ledger, clerk
        self.checks_line = checks_line
        self.clerk_lock = threading.Lock()
        self.missed: list[str] = []
        self.bare: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.outages: Counter[str] = Counter()
        self._prepared = prepared
        self._numbers = itertools.count(1)
        self._acknowledged: list[tuple[int, float]] = []
        self._asked: Counter[int] = Counter()
        self._deciding: set[str] = set()
        self._gone = threading.Event()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def come(self, *, persons: int, reviewers: int, uploaders: int) -> None:
        """Begin, each in a thread."""
        work: list[Callable[[], None]] = [self._file] * persons + [self._upload] * uploaders
        work += [lambda s=s: self._decide(s) for s in self._prepared["sessions"][:reviewers]]
        work += [self._send_media]
        self._threads = [
            threading.Thread(target=self._repeat, args=(one,), daemon=True) for one in work
        ]
        for thread in self._threads:
            thread.start()

    def leave(self) -> None:
        """Everybody ends what they are at, which may fail; then nobody writes any more."""
        self._gone.set()
        for thread in self._threads:
            thread.join(self.line.timeout_s * 2)
            assert not thread.is_alive(), "somebody waits for an answer for ever"

    def _repeat(self, work: Callable[[], None]) -> None:
        while not self._gone.is_set():
            work()
            self._gone.wait(random.uniform(0.02, _WAIT_S))

    # ---- notices ----

    def _file(self) -> None:
        """File a notice; the same draft again until there is a receipt."""
        with self._lock:
            number = next(self._numbers)
        item = str(number)
        body = urlencode({"document": json.dumps(self.document(number)), **_form_token()})
        for kind in ("notice", "entry", "notice event"):
            self.ledger.ask(kind, item)
        while not self._gone.is_set():
            status, _, page = self._call("POST", "/notice/send/", body.encode(), _as_person(number))
            found = _NUMBER.search(page.decode("utf-8", "replace"))
            if status == 200 and found:
                self.ledger.acknowledge("number", found[0])
                for kind in ("notice", "entry", "notice event"):
                    self.ledger.acknowledge(kind, item)
                with self._lock:
                    self._acknowledged.append((number, time.monotonic()))
                return
            if status and status not in {429, 503}:
                self._note_bare("/notice/send/", status)
                return
            self._gone.wait(_WAIT_S)

    def document(self, number: int) -> dict[str, Any]:
        """A notice that is complete in law, about a picture that is not there."""
        return {
            "version": 1,
            "token": secrets.token_hex(16),
            "adult_in_picture": True,
            "way": "published",
            "acts_as": "self",
            "language": "en",
            "regimes": [LAW],
            "urls": [f"{SITE}/p/{number}"],
            "files": [
                {
                    "name": "a.jpg",
                    "size_bytes": 1000,
                    "modified_on": "2026-03-14",
                    "fingerprint": {
                        "version": 1,
                        "kind": "photo",
                        "signals": [{"type": "pdq", "value": drawn(number), "quality": 100}],
                    },
                }
            ],
            "answers": {
                "statement": "This is me.",
                "place": "",
                "name": "",
                "email": f"p{number}@mail.example",
                "phone": "",
                "authority": "",
                "is_good_faith": True,
                "declarations": [],
                "signature": "Ana Example",
                "text_digests": {LAW: self._prepared["text_digest"]},
            },
            "withdrawal_mode": "immediate",
            "safe_contact": "",
        }

    # ---- uploads ----

    def _upload(self) -> None:
        """Ask about a copy of something that was reported; the same upload until it is answered."""
        with self._lock:
            known = [one for one in self._acknowledged if self._asked[one[0]] < _MOST_ASKED]
            number, acknowledged_at = random.choice(known) if known else (0, 0.0)
            self._asked[number] += 1
            ref = f"u{next(self._numbers)}"
        self.ledger.ask("upload", ref)
        while not self._gone.is_set():
            is_due = time.monotonic() - acknowledged_at > _SEEN_WITHIN_S
            status, verdict = self.check(number, ref)
            if status == 200:
                if verdict != "clear":
                    self.ledger.acknowledge("upload", ref)
                elif is_due:
                    self.missed.append(str(number))
                return
            if status and status not in {429, 503}:
                self._note_bare("/api/v1/check", status)
                return
            self._gone.wait(_WAIT_S)

    def check(self, number: int, ref: str) -> tuple[int, str]:
        """Status and verdict of a check of a drawn picture."""
        signal = {"type": "pdq", "value": drawn(number), "quality": 100}
        asked = {"signals": [signal], **({"content_ref": ref} if ref else {})}
        headers = {**self._key(), "Content-Type": "application/json"}
        status, _, answer = self._call(
            "POST", "/api/v1/check", json.dumps(asked).encode(), headers, self.checks_line
        )
        return status, json.loads(answer)["verdict"] if status == 200 else ""

    def is_held(self) -> bool:
        """Whether what has been known from the start is stopped."""
        self.ledger.ask("upload", "probe")
        return self.check(0, "probe")[1] in {"hold", "block"}

    def _send_media(self) -> None:
        self.opens_media()

    def opens_media(self) -> bool:
        """Whether a real picture, sent as a file, is opened and answered."""
        edge = secrets.token_hex(8)
        field = 'Content-Disposition: form-data; name="media"; filename="a.jpg"'
        head = f"--{edge}\r\n{field}\r\nContent-Type: image/jpeg\r\n\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
        body = head + _PHOTO + f"\r\n--{edge}--\r\n".encode()
        status, _, answer = self._call("POST", "/api/v1/check", body, {**self._key(), **kind})
        if status >= 400 and status not in {429, 503} and b"decode_" not in answer:
            self._note_bare("/api/v1/check media", status)
        return status == 200

    def _key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._prepared['key']}"}

    # ---- decisions ----

    def _decide(self, session: str) -> None:
        """Decide a task that waits; again until the service says so."""
        with self.clerk_lock:
            waiting = self.clerk("tasks")
        with self._lock:
            free = [number for number in waiting if number not in self._deciding]
            if not free:
                number = ""
            else:
                number = free[0]
                self._deciding.add(number)
        if not number:
            self._gone.wait(1.0)
            return
        for kind in ("decision", "decision event"):
            self.ledger.ask(kind, number)
        fields = {
            "outcome": "remove",
            "grounds": LAW,
            "facts": "It shows a person.",
            **_form_token(),
        }
        headers = {**_as_person(0), "Cookie": f"session={session}; form={_FORM}"}
        body, path = urlencode(fields).encode(), f"/staff/review/{number}/decide/"
        is_again = False
        while not self._gone.is_set():
            status, given, _ = self._call("POST", path, body, headers)
            if status == 302 and "sign-in" not in given.get("location", ""):
                for kind in ("decision", "decision event"):
                    self.ledger.acknowledge(kind, number)
                return
            if status == 409 and is_again:
                return  # the first try was stored, and only its answer was lost
            if status == 302:  # signed out, as where the date jumped beyond the end of a session
                self._gone.wait(1.0)
                continue
            if status and status not in {429, 503}:
                self._note_bare(path.replace(number, "…"), status)
                return
            is_again = True
            self._gone.wait(_WAIT_S)

    # ---- all ----

    def _call(
        self,
        method: str,
        path: str,
        body: bytes,
        headers: Mapping[str, str],
        line: Line | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        status, given, answer = (line or self.line)(method, path, body, headers)
        with self._lock:
            self.statuses[status] += 1
        if status == 503:
            if "retry-after" not in given:
                self._note_bare(f"{path} without Retry-After", status)
            code = re.search(rb"(database_\w+|storage_failed|[a-z]+_busy|bank_not_ready)", answer)
            with self._lock:
                self.outages[code[0].decode() if code else "other"] += 1
        return status, given, answer

    def _note_bare(self, path: str, status: int) -> None:
        with self._lock:
            self.bare.append(f"{path} {status}")


_FORM = secrets.token_hex(16)
"""The secret of a form, which browser and page hold alike."""


def _form_token() -> dict[str, str]:
    return {"csrfmiddlewaretoken": _FORM}


def _as_person(number: int) -> dict[str, str]:
    """Headers of a browser with an address of its own."""
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"form={_FORM}",
        "X-Forwarded-For": f"198.51.{number // 250 % 250}.{number % 250 + 1}",
    }
