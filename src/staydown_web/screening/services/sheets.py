"""What one finding adds to the database: rows drawn up first, written in somebody's turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from staydown_web.audit.services import NewEvent, record_events
from staydown_web.banks.models import Response
from staydown_web.base.ids import new_ordered_id
from staydown_web.base.rows import PreparedRead, insert_rows
from staydown_web.base.sealing import seal
from staydown_web.screening.models import Copy, Hit, Verdict
from staydown_web.screening.services.copies import url_context
from staydown_web.screening.services.findings import Finding, Pending, Place, Stored

COPY: Final = (
    *("id", "platform", "source", "state", "verdict", "group", "content_ref", "account_blind"),
    *("url_box", "content_kind", "check_id", "api_key", "repeats", "seen_at", "state_at"),
)
HIT: Final = ("id", "copy", "entry", "kind", "score", "response", "evidence", "at")
ANSWER: Final = ("api_key", "token_digest", "request_digest", "answer", "at")
_EVENTS = {Copy.State.HELD: "copy_held", Copy.State.BLOCKED: "copy_blocked"}


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of one finding.

    Attributes:
        copy: of ``Copy``, in the order of ``COPY``; None where the copy is known already.
        hits: of ``Hit``, in the order of ``HIT``.
        events: of the audit.
        answer: of ``RememberedCheck``, in the order of ``ANSWER``; None without idempotency key.
    """

    copy: tuple[Any, ...] | None
    hits: list[tuple[Any, ...]]
    events: list[NewEvent] = field(default_factory=list)
    answer: tuple[Any, ...] | None = None


def draw_up(one: Pending, prior: Stored | None) -> tuple[Stored, Sheet]:
    """What is stored of a finding, and what that takes.

    Args:
        one: the finding; it takes over the number of the first check of the same content.
        prior: what is stored of the same content at the same place, or None.
    """
    finding = one.finding
    if prior is not None and prior.state == finding.state:
        one.check_id = prior.check_id or one.check_id
        return prior, Sheet(None, _hit_rows(finding, prior.copy_id), answer=_answer_row(one))
    stored = Stored(one.copy_id, str(finding.state), one.check_id)
    sheet = Sheet(
        _copy_row(finding, stored),
        _hit_rows(finding, stored.copy_id),
        _events_of(finding, stored.copy_id),
        _answer_row(one),
    )
    return stored, sheet


def write_sheets(sheets: Sequence[Sheet]) -> None:
    """Add the rows, inside the caller's transaction; answers are the caller's."""
    insert_rows(Copy, COPY, [sheet.copy for sheet in sheets if sheet.copy is not None])
    hits = [row for sheet in sheets for row in sheet.hits]
    insert_rows(Hit, HIT, hits, ignore_conflicts=True)
    # Last: whoever records an event holds the chain until the transaction ends.
    record_events([event for sheet in sheets for event in sheet.events])


def known_places(findings: Sequence[Finding]) -> dict[Place, Stored]:
    """What is stored already of the same content at the same place, the newest of each."""
    groups = list(dict.fromkeys(f.group for f in findings))
    return {tuple(row[:5]): Stored(*row[5:]) for row in _PLACES.rows(groups)}


def is_stored(finding: Finding, copy_id: UUID | None) -> bool:
    """Whether the newest copy of some content is this one, in the same state, with all its hits."""
    stored = known_places([finding]).get(finding.place)
    if stored is None or stored.copy_id != copy_id or stored.state != finding.state:
        return False
    return finding.signature <= {tuple(row) for row in _HITS.rows([stored.copy_id])}


def blocking_entries(finding: Finding) -> list[UUID]:
    """The entries because of which an upload was stopped."""
    return [j.facts.entry_id for j in finding.judged if j.speaks and j.response == Response.BLOCK]


def _places_query(groups: Sequence[str]) -> QuerySet[Copy, Any]:
    copies = Copy.objects.filter(group__in=groups).exclude(source=Copy.Source.NOTICE)
    # Several that are taken in together have one moment; ids are in order of time.
    return copies.order_by("seen_at", "pk").values_list(
        *("platform_id", "source", "group", "content_ref", "account_blind"),
        *("pk", "state", "check_id"),
    )


_PLACES = PreparedRead(_places_query, "group {}".format)


def _hits_query(copies: Sequence[UUID]) -> QuerySet[Hit, Any]:
    hits = Hit.objects.filter(copy__in=copies)
    return hits.values_list("entry_id", "kind", "response")


_HITS = PreparedRead(_hits_query, lambda n: UUID(int=n))


def _answer_row(one: Pending) -> tuple[Any, ...] | None:
    finding = one.finding
    if not finding.token or finding.key_id is None:
        return None
    return (finding.key_id, finding.token, finding.request, answer_of(one), finding.now)


def answer_of(one: Pending) -> dict[str, object]:
    """What is remembered for the same idempotency key; ``by`` says which check it came from."""
    return {
        "verdict": str(one.finding.verdict),
        "check_id": str(one.check_id),
        "matches": list(one.finding.matches),
        "by": str(one.copy_id),
    }


def _copy_row(finding: Finding, stored: Stored) -> tuple[Any, ...]:
    url = finding.url
    return (
        stored.copy_id,
        finding.platform_id,
        str(finding.source),
        stored.state,
        str(finding.verdict),
        finding.group,
        finding.content_ref,
        finding.account,
        seal(url.encode(), context=url_context(stored.copy_id)) if url else None,
        finding.content_kind,
        stored.check_id,
        finding.key_id,
        0,
        finding.now,
        finding.now,
    )


def _hit_rows(finding: Finding, copy_id: UUID) -> list[tuple[Any, ...]]:
    return [
        (
            new_ordered_id(),
            copy_id,
            j.facts.entry_id,
            str(j.match.kind),
            j.match.score,
            str(j.response),
            j.match.evidence.to_dict(),
            finding.now,
        )
        for j in finding.judged
    ]


def _events_of(finding: Finding, copy_id: UUID) -> list[NewEvent]:
    what = _EVENTS.get(finding.state)
    if what is None or finding.verdict == Verdict.CLEAR:
        return []
    entries = [j.facts.entry_id for j in finding.judged if j.speaks]
    if finding.state == Copy.State.BLOCKED:
        entries = blocking_entries(finding)
    return [
        NewEvent(
            what,
            finding.actor,
            finding.now,
            subject=f"copy:{copy_id}",
            facts={"entries": entries[:100]},
        )
    ]
