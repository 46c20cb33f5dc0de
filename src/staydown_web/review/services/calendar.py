"""A private address at which a member of staff subscribes to the time limits."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.ids import new_token
from staydown_web.base.sealing import digest_token
from staydown_web.cases.models import CalendarFeed


@transaction.atomic
def make_feed(*, user: User, now: datetime) -> str:
    """Make a new address; the one before stops working.

    Returns:
        The token of the address; shown once and kept nowhere.
    """
    token = new_token()
    CalendarFeed.objects.update_or_create(
        user=user, defaults={"digest": digest_token(token), "made_at": now}
    )
    _record("calendar_made", user, now)
    return token


@transaction.atomic
def end_feed(*, user: User, now: datetime) -> bool:
    """Let the address stop working.

    Returns:
        False where there was none.
    """
    gone, _rows = CalendarFeed.objects.filter(user=user).delete()
    if gone:
        _record("calendar_ended", user, now)
    return bool(gone)


def _record(what: str, user: User, now: datetime) -> None:
    record_event(what=what, actor=f"user:{user.pk}", at=now, subject=f"user:{user.pk}")
