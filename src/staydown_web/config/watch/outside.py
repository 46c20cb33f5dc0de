"""What is wrong between us and others: e-mail, platforms, partners."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import Min, Q, QuerySet

from staydown_web.actions.models import Delivery, Endpoint
from staydown_web.cases.models import Letter
from staydown_web.config.watch.troubles import Trouble
from staydown_web.exchanges.models import Exchange
from staydown_web.federation.models import Member
from staydown_web.review.selectors.foretold import unread_statements

FAILING_FOR: Final = timedelta(minutes=10)
"""Servers of others are restarted now and then; this long is no restart."""
NONE_LEFT_FOR: Final = timedelta(minutes=30)
FAILS_IN_A_ROW: Final = 3
_MOST_NAMED: Final = 5

Looked = tuple[list[Trouble], dict[str, Any]]


def look_at_mail(now: datetime) -> Looked:
    """Whether letters leave. One that its own address refuses says nothing of our mail server."""
    due = Letter.objects.filter(state=Letter.State.DUE)
    facts = {"due": due.filter(next_try_at__lte=now).count()}
    if not settings.STAYDOWN_MAIL_READY:
        return [Trouble("mail_not_set")], facts
    tried = due.filter(Q(tries__gte=2) | Q(next_try_at__lt=now - FAILING_FOR))
    count, since = tried.count(), tried.aggregate(at=Min("made_at"))["at"]
    left = Letter.objects.filter(state=Letter.State.SENT, sent_at__gte=now - NONE_LEFT_FOR)
    if not count or left.exists():
        return [], facts
    return [Trouble("letters_fail", since, {"n": count})], facts


def look_at_platforms(now: datetime) -> Looked:
    """Whether platforms take our messages, and which statements for them nobody reads."""
    waiting = Delivery.objects.filter(state=Delivery.State.DUE, endpoint__is_active=True)
    facts = {
        "due": waiting.filter(next_try_at__lte=now).count(),
        "again": waiting.filter(next_try_at__gt=now, tries__gt=0).count(),
    }
    failing = Endpoint.objects.filter(is_active=True, failing_since__lt=now - FAILING_FOR)
    ended = Endpoint.objects.filter(ended__in=[Endpoint.Ended.FAILING, Endpoint.Ended.GONE])
    ended = ended.exclude(platform__endpoints__is_active=True)
    troubles = [
        Trouble(code, rows.aggregate(at=Min(moment))["at"], {"names": _names(_platforms(rows))})
        for code, rows, moment in (
            ("platforms_fail", failing, "failing_since"),
            ("platforms_ended", ended, "ended_at"),
        )
        if rows.exists()
    ]
    if (unread := unread_statements(now)).count:
        troubles.append(Trouble("statements_unread", unread.since, {"n": unread.count}))
    return troubles, facts


def look_at_partners(now: datetime) -> Looked:
    """Whether lists of partners and feeds of other installations come."""
    read = Exchange.objects.filter(left_at=None).exclude(state=Exchange.State.OFF)
    lists = read.filter(Q(is_stopped=True) | Q(failures__gte=FAILS_IN_A_ROW))
    active = Member.objects.filter(state__in=[Member.State.ACTIVE, Member.State.PAUSED])
    broken = [Member.Pause.BROKEN, Member.Pause.RESTARTED]
    members = active.filter(Q(failures__gte=FAILS_IN_A_ROW) | Q(pause__in=broken))
    troubles = []
    if names := list(lists.order_by("name").values_list("name", flat=True)):
        since = lists.aggregate(at=Min("fetched_at"))["at"]
        troubles.append(Trouble("lists_fail", since, {"names": _names(names)}))
    if names := list(members.order_by("name").values_list("name", flat=True)):
        since = members.aggregate(at=Min("read_at"))["at"]
        troubles.append(Trouble("members_fail", since, {"names": _names(names)}))
    return troubles, {"lists": read.count(), "members": active.count()}


def _platforms(rows: QuerySet[Endpoint]) -> list[str]:
    return sorted(set(rows.values_list("platform__name", flat=True)))


def _names(names: Iterable[str]) -> str:
    """Some names, and how many more there are."""
    every = list(names)
    shown, more = every[:_MOST_NAMED], len(every) - _MOST_NAMED
    return ", ".join(shown) + (f" (+{more})" if more > 0 else "")
