"""What a check found, on its way to the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

from staydown_web.base.ids import new_ordered_id
from staydown_web.screening.models import Copy, Verdict
from staydown_web.screening.services.judging import Judged

Place = tuple[UUID, str, str, str, str]
Signature = frozenset[tuple[UUID, str, str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, to be stored.

    Attributes:
        platform_id, key_id, actor: who asked.
        source: how the content came to be checked.
        group: blind digest of the exact bytes.
        content_ref, account, url: as given; the account as a blind digest.
        content_kind: photo or video.
        judged: the matches that count; at least one.
        verdict: what the caller is told.
        matches: what the caller is shown.
        token, request: blind digests of the idempotency key and the request; empty for none.
        now: the moment, aware UTC.
    """

    platform_id: UUID
    key_id: UUID | None
    actor: str
    source: Copy.Source
    group: str
    content_ref: str
    account: str
    url: str
    content_kind: str
    judged: list[Judged]
    verdict: Verdict
    matches: tuple[Mapping[str, Any], ...]
    token: str
    request: str
    now: datetime

    @property
    def place(self) -> Place:
        """Findings of one place are the same content again."""
        return (self.platform_id, str(self.source), self.group, self.content_ref, self.account)

    @property
    def signature(self) -> Signature:
        """What was found, to see whether it is the same again."""
        return frozenset(
            (j.facts.entry_id, str(j.match.kind), str(j.response)) for j in self.judged
        )

    @property
    def state(self) -> Copy.State:
        """What holds for the content once the caller does as told."""
        if self.verdict == Verdict.CLEAR:
            return Copy.State.SEEN
        if self.verdict == Verdict.HOLD or self.source == Copy.Source.LIBRARY:
            # What is in the library is online already: a person decides, also where it matches
            # an entry that blocks uploads.
            return Copy.State.HELD
        return Copy.State.BLOCKED


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database holds of some content.

    Attributes:
        copy_id: the copy.
        state: what holds for it.
        check_id: the first check of it.
    """

    copy_id: UUID
    state: str
    check_id: UUID | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a finding.

    Attributes:
        check_id: of the first check of this content.
        copy_id: what is stored of it; None where an earlier answer was given again.
        answer: the earlier answer, where the idempotency key was known.
    """

    check_id: UUID
    copy_id: UUID | None
    answer: Mapping[str, Any] | None = None


@dataclass(slots=True, eq=False)
class Pending:
    """A finding on its way to the database.

    Attributes:
        finding: what was found.
        is_awaited: whether somebody waits for it.
        copy_id: of the copy, where it is the first of its content; tells it from all others.
        check_id: what the caller is told; that of the first check of the same content.
        tries: how often it was tried to store it.
        result, error: what became of it, once ``is_done``.
        bell: what the thread that waits for it listens to; None where none does.
    """

    finding: Finding
    is_awaited: bool
    copy_id: UUID = field(default_factory=new_ordered_id)
    check_id: UUID = field(default_factory=new_ordered_id)
    tries: int = 0
    result: Recorded | None = None
    error: BaseException | None = None
    is_done: bool = False
    bell: Lock | None = None


@dataclass(slots=True)
class Repeat:
    """The same content, checked again.

    Attributes:
        copy_id: what is stored of it.
        finding: what was found each time.
        count: how many times since it was last written down.
    """

    copy_id: UUID
    finding: Finding
    count: int = 0
