"""Name and password, with pauses that grow; all processes count in one table."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import authenticate
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from staydown_web.accounts.models import SignInCount, User
from staydown_web.base.errors import RateLimitedError
from staydown_web.base.sealing import blind

_FORGET_AFTER = timedelta(hours=24)
_FIRST_S = 5
_LONGEST_S = 15 * 60
"""A quarter of an hour: 100 guesses a day, and a colleague who was locked out comes back."""


def check_password(
    *, request: HttpRequest, name: str, password: str, address: str, now: datetime
) -> User | None:
    """Who this is, or None; the same answer and the same work for a name that nobody has.

    The attempt is counted before the password is looked at, so that many requests at the same
    moment cannot share one guess.

    Raises:
        RateLimitedError: too many failures; ``sign_in_wait_s`` says how long to wait.
    """
    name = name.strip().lower()
    counts = _counts(name, address)
    _count(counts, now)
    user = authenticate(request, username=name, password=password)
    if isinstance(user, User):
        # The address stays counted: one known password must not reset guesses at others.
        SignInCount.objects.filter(blind=counts[0][0]).delete()
        SignInCount.objects.filter(blind=counts[1][0]).delete()
        SignInCount.objects.filter(blind=counts[2][0], failures__gt=0).update(
            failures=F("failures") - 1
        )
        return user
    return None


def sign_in_wait_s(*, name: str, address: str, now: datetime) -> int:
    """Seconds until the next attempt is looked at; 0 for now."""
    keys = [key for key, _ in _counts(name.strip().lower(), address)]
    until = [
        row.blocked_until
        for row in SignInCount.objects.filter(blind__in=keys)
        if row.blocked_until is not None
    ]
    return max([0, *(int((moment - now).total_seconds()) + 1 for moment in until if moment > now)])


def _counts(name: str, address: str) -> list[tuple[str, int]]:
    """What is counted, each with the failures that are free of a pause.

    A name from one address gets a pause soon. The name alone and the address alone get one late,
    so that a stranger cannot easily lock a colleague out.
    """
    return [
        (blind(f"{name}\x00{address}".encode(), purpose="sign-in:both"), 4),
        (blind(name.encode(), purpose="sign-in:name"), 30),
        (blind(address.encode(), purpose="sign-in:address"), 30),
    ]


@transaction.atomic
def _count(counts: list[tuple[str, int]], now: datetime) -> None:
    SignInCount.objects.filter(last_at__lt=now - _FORGET_AFTER).delete()
    for key, free in counts:
        row, _ = SignInCount.objects.get_or_create(blind=key, defaults={"last_at": now})
        rows = SignInCount.objects.filter(blind=key, failures=row.failures)
        open_rows = rows.exclude(blocked_until__gt=now)
        if not open_rows.update(**_counted(row.failures + 1, free, now)):
            raise RateLimitedError("too many failed sign-ins; wait, then try again")


def _counted(failures: int, free: int, now: datetime) -> dict[str, Any]:
    over = failures - free
    pause_s = 0 if over <= 0 else min(_LONGEST_S, _FIRST_S * 2 ** min(over - 1, 10))
    until = now + timedelta(seconds=pause_s) if pause_s else None
    return {"failures": failures, "last_at": now, "blocked_until": until}
