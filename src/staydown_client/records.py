"""What the service answers, as frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Verdict(StrEnum):
    """What to do with an upload."""

    CLEAR = "clear"
    """Go on."""
    HOLD = "hold"
    """Keep it out of sight; a person will decide, and an order follows."""
    BLOCK = "block"
    """Do not publish it; a person has confirmed what it is a copy of."""


class MatchKind(StrEnum):
    """Which kind of copy it is."""

    IDENTICAL = "identical"
    SAME = "same"
    PART = "part"
    ALTERED = "altered"


class OrderKind(StrEnum):
    """What is to be done with a piece of content."""

    BLOCK = "block"
    HOLD = "hold"
    REMOVE = "remove"
    RESTORE = "restore"


class OrderState(StrEnum):
    """What became of an order."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Match:
    """One entry that an upload is a copy of.

    Attributes:
        score: 0..1.
        evidence: where and how it matches, as the service says it.
        bank: the short name of the bank.
        response: what the bank's policy asks for: log, hold or block.
    """

    entry_id: UUID
    kind: MatchKind
    score: float
    evidence: Mapping[str, Any]
    bank: str
    response: str


@dataclass(frozen=True, slots=True)
class Check:
    """The answer to a check.

    Attributes:
        check_id: names this check; orders about the upload carry it.
        matches: best first; None where the key lacks the scope ``match:detail``.
        ignored_signals: types of signals of the fingerprint that the service is too old to read.
    """

    verdict: Verdict
    check_id: UUID
    matches: tuple[Match, ...] | None = None
    ignored_signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why one of many was not done; ``code`` is one of docs/errors.md."""

    code: str
    status: int
    detail: str


@dataclass(frozen=True, slots=True)
class StoredCheck:
    """What the service keeps of a check that held or blocked."""

    check_id: UUID
    verdict: Verdict
    state: str
    source: str
    content_ref: str
    seen_at: datetime
    state_at: datetime
    matches: tuple[Match, ...] | None = None


@dataclass(frozen=True, slots=True)
class HitPage:
    """Stored checks, oldest first; ``next`` is what to give as ``after``."""

    hits: tuple[StoredCheck, ...]
    next: str


@dataclass(frozen=True, slots=True)
class Order:
    """One thing to do with one piece of content.

    Attributes:
        seq: grows; ask for those after the last one you saw.
        content_ref, content_url: your own id and address of it; empty where not known.
        check_id: the check that found it, where one did.
        grounds: ids of laws and rules, the first counts most.
        restriction: "removed" (delete it), "disabled" (keep it where nobody can open it) or "".
        scope: where it holds: "world", "eea", "uk", "us" or "".
        until: the last day it holds; None where it has no end.
    """

    id: UUID
    seq: int
    what: OrderKind
    state: OrderState
    content_ref: str
    content_url: str
    check_id: UUID | None
    made_at: datetime
    reason: str
    grounds: tuple[str, ...]
    restriction: str
    scope: str
    until: date | None


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Orders in their order; ``next`` is what to give as ``after``."""

    orders: tuple[Order, ...]
    next: int


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of reasons, to be handed on to whoever uploaded the content.

    Attributes:
        content_ref, content_url: your own id and address of it; empty where not known.
        link: its page, for the uploader alone.
        texts: language -> the whole statement as plain text.
        ends_on: the last day; None where it has no end.
        check_id: the check that found it, where one did.
    """

    id: UUID
    state: str
    made_at: datetime
    content_ref: str
    content_url: str
    restriction: str
    scope: str
    duration: str
    ends_on: date | None
    automation: str
    grounds: tuple[str, ...]
    link: str
    texts: Mapping[str, str]
    check_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class StatementPage:
    """Statements in their order; ``next`` is what to give as ``after``."""

    statements: tuple[Statement, ...]
    next: UUID | None
