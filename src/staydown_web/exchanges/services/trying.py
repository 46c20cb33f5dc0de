"""Dry runs: a list on the clear uploads that were kept, counted and forgotten. Source: ADR-0071."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Least

from staydown import Fingerprint, Match, Signal, SignalType
from staydown.errors import StaydownError
from staydown.types import ContentKind
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Response
from staydown_web.banks.selectors import EntryFacts, entry_facts
from staydown_web.banks.services import match_entries
from staydown_web.base.errors import RecordConflictError
from staydown_web.exchanges.models import DryRun, DryRunDay, DryRunEntry, Exchange
from staydown_web.exchanges.services.making import POLICY
from staydown_web.screening.selectors import Kept, kept_days, kept_uploads

PIECE = 500
"""So many uploads are looked at between two commits: a fraction of a second's work."""
_KEEPS_RUNS = 5
_ORDER = (Response.LOG, Response.HOLD, Response.BLOCK)
_COLUMN = {Response.LOG: "logged", Response.HOLD: "held", Response.BLOCK: "blocked"}


@dataclass(slots=True)
class _Counted:
    """What a piece of uploads came to."""

    responses: Counter[Response] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    distances: Counter[str] = field(default_factory=Counter)
    entries: Counter[UUID] = field(default_factory=Counter)
    nearest: dict[UUID, int] = field(default_factory=dict)


@transaction.atomic
def ask_dry_run(*, exchange: Exchange, days: int, actor: str, now: datetime) -> DryRun:
    """Ask what a list would have done to the clear uploads of the last days.

    Args:
        exchange: the list.
        days: how far back, today included; 1..14.
        actor: who asks.
        now: the moment, aware UTC.

    Raises:
        RecordConflictError: nothing was kept, or a dry run of this list is under way.
    """
    rows = kept_days(since=(now - timedelta(days=days - 1)).date())
    if not any(row.kept for row in rows):
        raise RecordConflictError("no upload is kept on which the list could be tried")
    is_on = exchange.state == Exchange.State.ON
    policy = {
        name: str(getattr(exchange.bank, name) if is_on else exchange.policy[name])
        for name in POLICY
    }
    run = DryRun(exchange=exchange, policy=policy, asked_at=now)
    run.most = sum(row.kept for row in rows)
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError:
        raise RecordConflictError("a dry run of this list is under way") from None
    DryRunDay.objects.bulk_create(
        DryRunDay(
            run=run,
            platform_id=row.platform_id,
            day=row.day,
            seen=row.seen,
            other=row.other,
            kept=row.kept,
        )
        for row in rows
    )
    old = exchange.dry_runs.order_by("-asked_at").values_list("pk", flat=True)[_KEEPS_RUNS:]
    DryRun.objects.filter(pk__in=list(old)).delete()
    record_event(
        what="list_tried",
        actor=actor,
        at=now,
        subject=f"exchange:{exchange.pk}",
        facts={"days": days, "uploads": run.most},
    )
    return run


def run_dry_runs(*, now: datetime) -> int:
    """Do the next piece of the oldest dry run.

    Returns:
        How many uploads were looked at; 0 where nothing waits.
    """
    DryRun.objects.filter(state=DryRun.State.WAITING).update(state=DryRun.State.RUNNING)
    run = DryRun.objects.filter(state=DryRun.State.RUNNING).order_by("asked_at").first()
    if run is None:
        return 0
    day = run.days.filter(is_done=False).order_by("day", "pk").first()
    if day is None:
        _end(run, DryRun.State.DONE, now)
        return 0
    try:
        return _do_piece(run, day, now)
    except StaydownError as error:
        if error.retryable:
            raise
        _end(run, DryRun.State.FAILED, now, error_code=error.code)
        return 0


def _do_piece(run: DryRun, day: DryRunDay, now: datetime) -> int:
    piece = kept_uploads(
        platform_id=day.platform_id, day=day.day, after_lot=day.after_lot, limit=PIECE
    )
    counted = _count(run, piece)
    with transaction.atomic():
        if _note_piece(day, piece, counted):
            _note_entries(run, counted)
            DryRun.objects.filter(pk=run.pk).update(looked=F("looked") + len(piece))
    is_last = not run.days.filter(is_done=False).exists()
    if is_last:
        _end(run, DryRun.State.DONE, now)
    return len(piece)


def _end(run: DryRun, state: DryRun.State, now: datetime, *, error_code: str = "") -> None:
    running = DryRun.objects.filter(pk=run.pk, state=DryRun.State.RUNNING)
    running.update(state=state, done_at=now, error_code=error_code)


def _count(run: DryRun, piece: Sequence[Kept]) -> _Counted:
    """Match each upload as a check would, with this list alone."""
    found = [match_entries(_fingerprint(upload)) for upload in piece]
    ids = {UUID(match.entry_id) for matches in found for match in matches}
    bank_id = run.exchange.bank_id
    policy = {name.removeprefix("on_"): str(does) for name, does in run.policy.items()}
    mine = {
        id_: replace(facts, policy=policy)
        for id_, facts in entry_facts(list(ids)).items()
        if facts.bank_id == bank_id
    }
    counted = _Counted()
    for matches in found:
        _count_one([m for m in matches if UUID(m.entry_id) in mine], mine, counted)
    return counted


def _count_one(matches: list[Match], facts: dict[UUID, EntryFacts], counted: _Counted) -> None:
    if not matches:
        return
    asked = [facts[UUID(m.entry_id)].response_to(m.kind) for m in matches]
    counted.responses[max(asked, key=_ORDER.index)] += 1
    counted.kinds[str(matches[0].kind)] += 1
    counted.distances[str(min(_bits(m) for m in matches))] += 1
    for match in matches:
        id_, bits = UUID(match.entry_id), _bits(match)
        counted.entries[id_] += 1
        counted.nearest[id_] = min(bits, counted.nearest.get(id_, bits))


def _fingerprint(upload: Kept) -> Fingerprint:
    signal = Signal(SignalType.PDQ, upload.raw.hex())
    return Fingerprint(ContentKind.PHOTO, (signal,))


def _bits(match: Match) -> int:
    return match.evidence.distance or 0


def _note_piece(day: DryRunDay, piece: Sequence[Kept], counted: _Counted) -> bool:
    """Write what a piece of a day came to; False where another worker did so before."""
    changes: dict[str, Any] = {
        _COLUMN[response]: F(_COLUMN[response]) + count
        for response, count in counted.responses.items()
    }
    is_done = len(piece) < PIECE
    return bool(
        DryRunDay.objects.filter(pk=day.pk, after_lot=day.after_lot, is_done=False).update(
            after_lot=piece[-1].lot if piece else day.after_lot,
            looked=F("looked") + len(piece),
            kinds=dict(Counter(day.kinds) + counted.kinds),
            distances=dict(Counter(day.distances) + counted.distances),
            is_done=is_done,
            **changes,
        )
    )


def _note_entries(run: DryRun, counted: _Counted) -> None:
    known = set(
        DryRunEntry.objects.filter(run=run, entry__in=list(counted.entries)).values_list(
            "entry_id", flat=True
        )
    )
    for entry_id in known:
        DryRunEntry.objects.filter(run=run, entry_id=entry_id).update(
            uploads=F("uploads") + counted.entries[entry_id],
            nearest=Least(F("nearest"), counted.nearest[entry_id]),
        )
    DryRunEntry.objects.bulk_create(
        DryRunEntry(run=run, entry_id=id_, uploads=n, nearest=counted.nearest[id_])
        for id_, n in counted.entries.items()
        if id_ not in known
    )
