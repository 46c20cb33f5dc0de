"""What was found, and what waits for a person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.sealing import unseal
from staydown_web.screening.models import Copy, Flood, Hit
from staydown_web.screening.services.copies import url_context


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


def check_named(*, platform_id: UUID, check_id: UUID) -> Copy:
    """What is stored of a check of a platform.

    Raises:
        RecordNotFoundError: nothing, or of another platform: the two are never told apart.
    """
    copy = Copy.objects.filter(platform_id=platform_id, check_id=check_id).first()
    if copy is None:
        raise RecordNotFoundError("nothing is stored of this check: it was clear, or is not yours")
    return copy


def url_of(copy: Copy) -> str:
    """The address of a copy; empty where there is none."""
    if copy.url_box is None:
        return ""
    return unseal(copy.url_box, context=url_context(copy.pk)).decode()


def open_floods() -> QuerySet[Flood]:
    """Floods that nobody has looked at, newest first."""
    return Flood.objects.filter(seen_at__isnull=True).select_related("entry").order_by("-at")
