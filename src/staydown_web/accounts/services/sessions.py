"""Open sessions of staff: who is let in where, and ending what is not one's own doing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django_otp import DEVICE_ID_SESSION_KEY

from staydown_web.accounts.beginnings import BEGAN
from staydown_web.accounts.models import SignIn, User
from staydown_web.accounts.selectors import SESSION_LASTS, colleague
from staydown_web.audit.services import record_event

_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrom", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def is_session_over(session: SessionBase, *, now: datetime) -> bool:
    """Whether its owner signed in too long ago.

    A session from before this was kept is as old as the list of its owner says; one that shows
    there no beginning and was let in with both factors is over.
    """
    if text := session.get(BEGAN):
        return now >= datetime.fromisoformat(text) + SESSION_LASTS
    found = SignIn.objects.filter(session_id=session.session_key).first()
    if found is not None:
        return now >= found.began_at + SESSION_LASTS
    return DEVICE_ID_SESSION_KEY in session


def note_session(*, user: User, session_key: str, agent: str, now: datetime) -> None:
    """Write down that a session was let in with both factors.

    Args:
        user: who.
        session_key: the row of the session, as it is after it was made anew.
        agent: what the browser says of itself; only its family and system are kept.
        now: the moment.
    """
    SignIn.objects.update_or_create(
        session_id=session_key,
        defaults={"user": user, "browser": browser_in_words(agent), "began_at": now},
    )


def browser_in_words(agent: str) -> str:
    """A family and a system, such as ``Firefox, Linux``; empty where neither is known.

    Derivatives name what they derive from too, so the first that fits in each list counts.
    """
    found = [
        next((words for mark, words in known if mark in agent), "")
        for known in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(words for words in found if words)


@transaction.atomic
def end_sessions(*, user: User, sign_in_ids: Iterable[UUID], now: datetime) -> int:
    """End some of one's own sessions; ids of anybody else's do nothing.

    Returns:
        How many were open until now.
    """
    found = Session.objects.filter(sign_in__user=user, sign_in__id__in=list(sign_in_ids))
    return _end(found.values_list("pk", flat=True), of=user, by=user, now=now)


@transaction.atomic
def end_all_sessions(*, user_id: UUID, actor: User, keep: str = "", now: datetime) -> int:
    """End every session of a colleague.

    Args:
        user_id: whose.
        actor: who wants it.
        keep: the key of a session that stays, such as the actor's own.
        now: the moment.

    Returns:
        How many were open until now.

    Raises:
        RecordNotFoundError: nobody has this id.
    """
    user = colleague(user_id)
    found = Session.objects.filter(sign_in__user=user).exclude(pk=keep)
    return _end(found.values_list("pk", flat=True), of=user, by=actor, now=now)


def _end(keys: Iterable[str], *, of: User, by: User, now: datetime) -> int:
    wanted = list(keys)
    if not wanted:
        return 0
    Session.objects.filter(pk__in=wanted).delete()
    record_event(
        what="sessions_ended",
        actor=f"user:{by.pk}",
        at=now,
        subject=f"user:{of.pk}",
        facts={"sessions": len(wanted)},
    )
    return len(wanted)
