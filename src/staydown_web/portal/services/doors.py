"""Opening a case's page in a browser and closing it again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from staydown_web.base.ids import new_token
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import digest_token
from staydown_web.cases.models import Case
from staydown_web.cases.services import cancel_withdrawal
from staydown_web.cases.services.veiling import taken_back_until
from staydown_web.portal.models import OpenPage

IDLE: Final = keeps("open_page")
"""Short, because the device may be shared with the person she hides it from."""

LONGEST: Final = timedelta(hours=2)


@transaction.atomic
def open_page(*, case: Case, now: datetime) -> str:
    """Remember that a browser has the case open.

    Returns:
        The token for its cookie; it is not stored.
    """
    token = new_token()
    OpenPage.objects.create(
        case=case,
        token_digest=digest_token(token),
        is_unveiled=case.is_unveiled,
        opened_at=now,
        used_at=now,
    )
    return token


def opened_case(*, token: str, now: datetime) -> Case | None:
    """The case that a browser has open; each call keeps it open a little longer.

    Returns:
        The case with ``is_unveiled`` as when it was opened; None where the token is unknown, was
        closed, or rested for too long, and once the time of a page that says "taken back" is over.
    """
    if not token:
        return None
    rows = OpenPage.objects.filter(
        token_digest=digest_token(token),
        used_at__gt=now - IDLE,
        opened_at__gt=now - LONGEST,
    ).exclude(case__phrase_hash="")  # words that open nothing any more: a page of them neither
    if not rows.update(used_at=now):
        return None
    row = rows.select_related("case").get()
    row.case.is_unveiled = row.is_unveiled
    until = taken_back_until(row.case, is_unveiled=row.is_unveiled)
    return None if until is not None and until <= now else row.case


@transaction.atomic
def stop_withdrawal(*, case: Case, now: datetime, actor: str) -> str:
    """Stop a withdrawal during its pause; windows that are open go on saying that all is over.

    Whoever forced it may sit at the window in which it was asked.

    Args:
        case: from ``case_of_withdrawal``, or chosen by a helpline.
        now: the moment, aware UTC.
        actor: ``user:<id>`` of a helpline; ``contact`` for the case's safe contact.

    Returns:
        The new phrase; shown once and kept nowhere.

    Raises:
        RecordConflictError: there is no withdrawal to stop.
    """
    phrase = cancel_withdrawal(case=case, now=now, actor=actor)
    OpenPage.objects.filter(case=case).update(is_unveiled=False)
    return phrase


def close_page(*, token: str) -> bool:
    """Close the page that this token opened.

    Returns:
        True where it was open.
    """
    return bool(token) and bool(
        OpenPage.objects.filter(token_digest=digest_token(token)).delete()[0]
    )


def clear_pages(now: datetime) -> int:
    """Delete the rows of pages that rested for too long.

    Returns:
        How many rows went.
    """
    rested = Q(used_at__lte=now - IDLE) | Q(opened_at__lte=now - LONGEST)
    return OpenPage.objects.filter(rested).delete()[0]
