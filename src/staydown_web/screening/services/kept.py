"""What is kept of clear uploads, for the few days in which a partner's list is tried.

Off unless an administrator says so for a platform, and then only: the ``pdq`` of an upload, sealed,
and its hour. It ends by itself. Source: ADR-0071.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from staydown_web.accounts.models import Platform
from staydown_web.audit.services import record_event
from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.base.retention import keeps
from staydown_web.base.rows import insert_rows
from staydown_web.base.sealing import seal
from staydown_web.screening.models import Keeping, KeptDay, KeptUpload

ALL_LOTS = 1 << 62
"""Lots are random numbers from 0 to below this; a limit of so much keeps every upload."""
KEEPING_ENDS_AFTER = timedelta(days=30)
"""Nothing is kept for longer than a trial takes because somebody forgot to switch it off."""
MOST_DAYS = 14
LEAST_PER_DAY, MOST_PER_DAY = 100, 50_000
_ROW = ("lot", "platform", "hour", "box")


@dataclass(slots=True)
class DayTally:
    """What came in of one platform and day since the last writing.

    Attributes:
        seen: uploads with a hash that can be kept.
        other: uploads without one.
        limit: lots at or above it are not kept.
        uploads: lot, hour and hash of those to keep.
    """

    limit: int = ALL_LOTS
    seen: int = 0
    other: int = 0
    uploads: list[tuple[int, datetime, bytes]] = field(default_factory=list)

    def thin(self) -> None:
        """Keep half as many from now on, and of those that are here."""
        self.limit //= 2
        self.uploads = [one for one in self.uploads if one[0] < self.limit]


def kept_context(platform_id: UUID, hour: datetime) -> str:
    """What the hash of a kept upload is sealed for."""
    return f"kept:{platform_id}:{hour:%Y%m%d%H}"


@transaction.atomic
def keep_uploads(
    *, platform: Platform, days: int, per_day: int, actor: str, now: datetime
) -> Keeping:
    """Begin to keep what a list can be tried on; again with other numbers goes on from now.

    Args:
        platform: whose clear uploads.
        days: how long each is kept, 1..14.
        per_day: how many a day at most, 100..50,000; of more, a fair sample.
        actor: who switches it on.
        now: the moment, aware UTC. It ends by itself thirty days later.

    Raises:
        FieldsError: a number outside its range.
    """
    wrong = {}
    if not 1 <= days <= MOST_DAYS:
        wrong["days"] = f"1 to {MOST_DAYS}"
    if not LEAST_PER_DAY <= per_day <= MOST_PER_DAY:
        wrong["per_day"] = f"{LEAST_PER_DAY} to {MOST_PER_DAY}"
    if wrong:
        raise FieldsError(wrong)
    until = now + KEEPING_ENDS_AFTER
    values = {"days": days, "per_day": per_day, "began_at": now, "until": until}
    made, _ = Keeping.objects.update_or_create(platform=platform, defaults=values)
    record_event(
        what="uploads_kept",
        actor=actor,
        at=now,
        subject=f"platform:{platform.pk}",
        facts={"days": days, "per_day": per_day, "until": until},
    )
    return made


@transaction.atomic
def stop_keeping(*, platform: Platform, actor: str, now: datetime) -> int:
    """Keep nothing any more, and delete what was kept.

    Returns:
        How many uploads were deleted.

    Raises:
        RecordConflictError: nothing is kept of this platform.
    """
    if not Keeping.objects.filter(platform=platform).delete()[0]:
        raise RecordConflictError("nothing is kept of this platform's uploads")
    return _forget(platform.pk, actor, now)


@transaction.atomic
def purge_kept(*, now: datetime) -> int:
    """End what has run out, and delete uploads and counts past their days.

    Returns:
        How many uploads were deleted.
    """
    gone = 0
    ended = Keeping.objects.filter(until__lte=now)
    for platform_id in list(ended.values_list("platform_id", flat=True)):
        ended.filter(platform_id=platform_id).delete()
        gone += _forget(platform_id, "system", now)
    for kept in Keeping.objects.all():
        oldest = now - min(timedelta(days=kept.days), keeps("kept_uploads"))
        mine = KeptUpload.objects.filter(platform_id=kept.platform_id)
        # By the beginning of its hour: no upload is kept longer than was said.
        gone += mine.filter(hour__lt=oldest).delete()[0]
        KeptDay.objects.filter(platform_id=kept.platform_id, day__lt=oldest.date()).delete()
    return gone


@transaction.atomic
def write_kept(
    tallies: Mapping[tuple[UUID, date], DayTally], *, now: datetime
) -> dict[tuple[UUID, date], int]:
    """Write what came in, for those platforms that still want it.

    Returns:
        The limit of each platform and day from now on.
    """
    wanted = {
        row.platform_id: row
        for row in Keeping.objects.filter(platform__in={p for p, _ in tallies}, until__gt=now)
    }
    limits = {}
    for (platform_id, day), tally in tallies.items():
        if platform_id in wanted:
            per_day = wanted[platform_id].per_day
            limits[platform_id, day] = _write_day(platform_id, day, tally, per_day)
    return limits


def _write_day(platform_id: UUID, day: date, tally: DayTally, per_day: int) -> int:
    start = {"limit": ALL_LOTS}
    row, _ = KeptDay.objects.get_or_create(platform_id=platform_id, day=day, defaults=start)
    days = KeptDay.objects.filter(pk=row.pk)
    # The update comes first: it holds the row against other processes until this is committed.
    days.update(seen=F("seen") + tally.seen, other=F("other") + tally.other)
    limit = min(days.values_list("limit", flat=True).get(), tally.limit)
    uploads = [one for one in tally.uploads if one[0] < limit]
    insert_rows(KeptUpload, _ROW, _sealed(platform_id, uploads), ignore_conflicts=True)
    mine = _uploads_of(platform_id, day)
    if limit < row.limit:
        mine.filter(lot__gte=limit).delete()
    count = mine.count()
    while count > per_day:
        limit //= 2
        mine.filter(lot__gte=limit).delete()
        count = mine.count()
    days.update(kept=count, limit=limit)
    return limit


def _sealed(
    platform_id: UUID, uploads: Sequence[tuple[int, datetime, bytes]]
) -> list[tuple[int, UUID, datetime, bytes]]:
    return [
        (lot, platform_id, hour, seal(raw, context=kept_context(platform_id, hour)))
        for lot, hour, raw in uploads
    ]


def _uploads_of(platform_id: UUID, day: date) -> QuerySet[KeptUpload]:
    start = datetime.combine(day, time.min, UTC)
    mine = KeptUpload.objects.filter(platform_id=platform_id)
    return mine.filter(hour__gte=start, hour__lt=start + timedelta(days=1))


def _forget(platform_id: UUID, actor: str, now: datetime) -> int:
    gone, _ = KeptUpload.objects.filter(platform_id=platform_id).delete()
    KeptDay.objects.filter(platform_id=platform_id).delete()
    record_event(
        what="uploads_forgotten",
        actor=actor,
        at=now,
        subject=f"platform:{platform_id}",
        facts={"count": gone},
    )
    return int(gone)
