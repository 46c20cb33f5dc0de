"""What was found, and what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from staydown_web.banks.models import Entry
from staydown_web.base.errors import FieldsError, RecordNotFoundError
from staydown_web.base.sealing import unseal
from staydown_web.screening.models import (
    Copy,
    Flood,
    Hit,
    Keeping,
    KeptDay,
    KeptUpload,
    Verdict,
)
from staydown_web.screening.services.copies import url_context
from staydown_web.screening.services.kept import kept_context


def hits_of(copy: Copy) -> list[Hit]:
    """The matches of a copy, surest first."""
    return list(copy.hits.select_related("entry__bank").order_by("-score", "id"))


def copies_waiting(after: datetime | None = None) -> QuerySet[Copy]:
    """Copies that a person should look at, oldest first: held ones, and altered ones.

    Args:
        after: only those that were seen later.
    """
    waiting = Copy.objects.filter(
        Q(state=Copy.State.HELD) | Q(state=Copy.State.SEEN, hits__kind="altered")
    )
    if after is not None:
        waiting = waiting.filter(seen_at__gt=after)
    return waiting.order_by("seen_at", "id").distinct()


def check_named(*, platform_id: UUID, check_id: UUID, sees_details: bool) -> Copy:
    """What is stored of a check of a platform.

    Args:
        platform_id: whose.
        check_id: which.
        sees_details: whether the caller may learn of what was only noted, such as altered copies.

    Raises:
        RecordNotFoundError: nothing, or of another platform: the two are never told apart.
    """
    copies = Copy.objects.filter(platform_id=platform_id, check_id=check_id)
    copy = (copies if sees_details else copies.exclude(verdict=Verdict.CLEAR)).first()
    if copy is None:
        raise RecordNotFoundError("nothing is stored of this check: it was clear, or is not yours")
    return copy


def copies_after(*, platform_id: UUID, after: str, limit: int) -> tuple[list[Copy], str]:
    """Copies of a platform that were held or blocked, oldest first.

    Args:
        platform_id: whose.
        after: what the call before gave; empty for the start.
        limit: how many at most.

    Returns:
        The copies, and what to send for those that follow.

    Raises:
        FieldsError: ``after`` is not what a call gave.
    """
    copies = Copy.objects.filter(platform_id=platform_id, check_id__isnull=False).exclude(
        verdict=Verdict.CLEAR
    )
    if after:
        seen_at, copy_id = _place_of(after)
        copies = copies.filter(Q(seen_at__gt=seen_at) | Q(seen_at=seen_at, pk__gt=copy_id))
    found = list(copies.order_by("seen_at", "pk")[:limit])
    if not found:
        return [], after
    last = found[-1]
    return found, f"{last.seen_at.timestamp():.6f}.{last.pk}"


def _place_of(after: str) -> tuple[datetime, UUID]:
    try:
        seconds, _, rest = after.partition(".")
        micros, _, copy_id = rest.partition(".")
        at = datetime.fromtimestamp(int(seconds), UTC).replace(microsecond=int(micros))
        return at, UUID(copy_id)
    except (ValueError, OverflowError, OSError):
        raise FieldsError({"after": "the `next` of the answer before"}) from None


def url_of(copy: Copy) -> str:
    """The address of a copy; empty where there is none."""
    if copy.url_box is None:
        return ""
    return unseal(copy.url_box, context=url_context(copy.pk)).decode()


def open_floods() -> QuerySet[Flood]:
    """Floods that nobody has looked at, newest first; none of an entry that stops nothing now."""
    over = (Entry.State.DISPUTED, Entry.State.WITHDRAWN)
    waiting = Flood.objects.filter(seen_at__isnull=True).exclude(entry__state__in=over)
    return waiting.select_related("entry__bank").order_by("-at")


@dataclass(frozen=True, slots=True)
class Kept:
    """A clear upload that was kept: its lot, the hour, and its ``pdq`` as 32 bytes."""

    lot: int
    hour: datetime
    raw: bytes


def keepings(now: datetime) -> dict[UUID, Keeping]:
    """Platforms whose clear uploads are kept now, by their ids."""
    return {row.platform_id: row for row in Keeping.objects.filter(until__gt=now)}


def kept_days(*, since: date) -> list[KeptDay]:
    """How many clear uploads there were while they were kept, by day, oldest first."""
    days = KeptDay.objects.filter(day__gte=since).select_related("platform")
    return list(days.order_by("day", "platform__name"))


def kept_uploads(
    *, platform_id: UUID, day: date, after_lot: int = -1, limit: int = 1_000
) -> list[Kept]:
    """Clear uploads of a platform and day that were kept, by their lots.

    Args:
        platform_id: of whom.
        day: of when, in UTC.
        after_lot: the lot of the last one of the piece before; -1 for the start.
        limit: how many at most.
    """
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    rows = KeptUpload.objects.filter(
        platform_id=platform_id,
        hour__gte=start,
        hour__lt=start + timedelta(days=1),
        lot__gt=after_lot,
    )
    return [
        Kept(lot, hour, unseal(box, context=kept_context(platform_id, hour)))
        for lot, hour, box in rows.order_by("lot").values_list("lot", "hour", "box")[:limit]
    ]
