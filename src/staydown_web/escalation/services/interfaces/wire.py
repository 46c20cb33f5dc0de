"""What interfaces have in common: how a call ends, what news says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from staydown.errors import ContentTooLargeError, StaydownError
from staydown_web.base.errors import FetchError, FetchRefusedError
from staydown_web.base.fetching import Called, Fetcher

_MAX_BYTES = 256 * 1024
_TIMEOUT_S = 30.0
_LONGEST_WAIT_S = 24 * 3600
_LONGEST_SAID = 300
_LATER = {408, 425, 429}
"""The other side says itself that it did not take the call, or not yet."""


class Ended(StrEnum):
    """How a try ended."""

    TAKEN = "taken"
    LATER = "later"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Handed:
    """How the other side took a report, or did not.

    Attributes:
        ended: ``unknown`` where it may have taken it although nobody said so.
        said: what it answered, printable and short.
        why: code of why not.
        status: HTTP status; None where there was none.
        remote_id: the number that it gave.
        retry_after_s: after which it wants to be tried again; 0 where it does not say.
        error: where there was no answer.
    """

    ended: Ended
    said: str = ""
    why: str = ""
    status: int | None = None
    remote_id: str = ""
    retry_after_s: int = 0
    error: StaydownError | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What an interface says of a report that it took.

    Attributes:
        state: in its own words, short.
        text: all of it for a person to read.
        outcome: ``Report.Outcome`` value; empty where none follows from it.
        is_final: nothing more is to come.
    """

    state: str
    text: str
    outcome: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """By what a call is made.

    Attributes:
        fetcher: the way out.
        secrets: of the sender, by name.
        at: the moment.
        allowed_origins: origins that may lie in a private network; none but in tests.
    """

    fetcher: Fetcher
    secrets: Mapping[str, str]
    at: datetime
    allowed_origins: Sequence[str] = ()

    def has(self, *names: str) -> bool:
        """Whether every one of these secrets is set."""
        return all(self.secrets.get(name) for name in names)

    def call(
        self, url: str, *, method: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Called:
        """One call; see ``Fetcher.call``."""
        return self.fetcher.call(
            url=url,
            method=method,
            body=body,
            headers=headers,
            allowed_origins=self.allowed_origins,
            max_bytes=_MAX_BYTES,
            timeout_s=_TIMEOUT_S,
        )

    def hand(self, url: str, *, headers: Mapping[str, str], body: bytes) -> tuple[Handed, Any]:
        """Post a report.

        Returns:
            How it ended, and the JSON of the answer where it was taken.
        """
        try:
            called = self.call(url, method="POST", headers=headers, body=body)
        except FetchRefusedError as error:
            return Handed(Ended.REFUSED, why=error.code, error=error), None
        except FetchError as error:
            return Handed(_of_failure(error), why=error.code, error=error), None
        except ContentTooLargeError as error:
            # Only an answer of 2xx is read that far: it was taken.
            return Handed(Ended.TAKEN, said="2xx, a very long answer", error=error), None
        return _of_answer(called), json_of(called.body)


def json_of(body: bytes) -> Any:
    """JSON; None where it is none, or nested beyond reason."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def text_of(value: Any, longest: int = 200) -> str:
    """A word of an answer, printable and short; empty where it is none."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    return "".join(c if c.isprintable() else " " for c in str(value))[:longest].strip()


def count_of(value: Any) -> int:
    """A number of an answer that counts; 0 where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _of_failure(error: FetchError) -> Ended:
    if error.is_unsent:
        return Ended.LATER if error.retryable else Ended.REFUSED
    return Ended.UNKNOWN


def _of_answer(called: Called) -> Handed:
    said = f"{called.status} {text_of(called.body.decode('utf-8', 'replace'), _LONGEST_SAID)}"
    wait = _retry_after(called)
    if 200 <= called.status < 300:
        return Handed(Ended.TAKEN, said, status=called.status)
    if called.status in _LATER or (called.status == 503 and wait):
        return Handed(Ended.LATER, said, "asked_to_wait", called.status, retry_after_s=wait)
    if called.status >= 500:
        return Handed(Ended.UNKNOWN, said, "server_failed", called.status, retry_after_s=wait)
    return Handed(Ended.REFUSED, said, "refused", called.status)


def _retry_after(called: Called) -> int:
    text = called.headers.get("retry-after", "").strip()
    return min(int(text), _LONGEST_WAIT_S) if text.isascii() and text.isdigit() else 0
