"""Whose turn it is to be looked at: sites take turns, and on a site its cases do. ADR-0085.

A site is held by moving its turn on with one conditional UPDATE; who moved it looks at one link of
it and gives it back. So two workers never look at one site at once, a site with very many links
gets one look each few seconds and no more, and nothing is ever sorted or counted: each step reads
the first row of an index.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from staydown_web.cases.models import Case
from staydown_web.escalation.models import CaseTurn, Site, SiteTurn, Watch
from staydown_web.escalation.services.watching_rules import watching_rules

LEASE = timedelta(minutes=3)
"""Longer than one look can take by two ways: a worker that dies loses its turn then."""
_NEXT = timedelta(microseconds=1)
_MOST_STALE = 5
_MOST_FAILURES = 20


@dataclass(frozen=True, slots=True)
class Taken:
    """A link to look at, its site in hand.

    Attributes:
        watch: with its location and case.
        due_at: when it was due; whoever looks at it later finds another moment.
        held_until: as the site's turn says while it is in hand.
    """

    watch: Watch
    due_at: datetime
    held_until: datetime


def line_up(*, site: Site, case: Case, now: datetime) -> CaseTurn:
    """The turn of a case's links on a site, due at once; inside the caller's transaction."""
    mine = _locked(site.pk, now)
    turn, is_new = CaseTurn.objects.get_or_create(site=site, case=case, defaults={"at": now})
    if not is_new and (turn.at is None or turn.at > now):
        CaseTurn.objects.filter(pk=turn.pk).update(at=now)
    soonest = max(mine.free_at, now)
    if mine.at is None or mine.at > soonest:
        SiteTurn.objects.filter(pk=site.pk).update(at=soonest)
    return turn


def take_turns(*, now: datetime, most: int) -> list[Taken]:
    """One link of each site whose turn it is, longest waiting first.

    Cost: some index look-ups for each, however many links there are.
    """
    due = SiteTurn.objects.filter(at__lte=now).order_by("at").values_list("pk", "at")[:most]
    taken = [_take(site_id, at, now) for site_id, at in list(due) if at is not None]
    return [one for one in taken if one is not None]


def end_turn(*, taken: Taken, is_silent: bool, asked_s: int, now: datetime) -> None:
    """Give a site back after a look; inside the transaction that moved the link's next look on.

    Args:
        taken: what was in hand.
        is_silent: the site gave no answer: the next look waits longer each time.
        asked_s: how long the site asks to be left alone, at most a day is kept.
        now: the moment.
    """
    mine = _locked(taken.watch.site_id, now)
    _settle_case(taken.watch.turn_id, now)
    if mine.free_at != taken.held_until:
        return  # the lease ran out, and somebody else has the site in hand
    failures = min(mine.failures + 1, _MOST_FAILURES) if is_silent else 0
    _settle_site(mine.pk, now + _pause(failures, asked_s), failures)


def _pause(failures: int, asked_s: int) -> timedelta:
    rules = watching_rules()
    usual = min(rules.site_pause * (1 << failures), rules.longest_site_pause)
    return max(usual, min(timedelta(seconds=asked_s), timedelta(days=1)))


def _take(site_id: UUID, at: datetime, now: datetime) -> Taken | None:
    held_until = now + LEASE
    mine = SiteTurn.objects.filter(pk=site_id, at=at)
    if not mine.update(at=held_until, free_at=held_until):
        return None
    for _ in range(_MOST_STALE):
        turn = CaseTurn.objects.filter(site_id=site_id, at__lte=now).order_by("at").first()
        if turn is None:
            break
        watch = (
            Watch.objects.filter(turn=turn, next_look_at__lte=now)
            .select_related("location__case")
            .order_by("next_look_at")
            .first()
        )
        if watch is not None and watch.next_look_at is not None:
            return Taken(watch, watch.next_look_at, held_until)
        with transaction.atomic():
            _settle_case(turn.pk, now)
    with transaction.atomic():
        _settle_site(_locked(site_id, now).pk, now)
    return None


def _locked(site_id: UUID, now: datetime) -> SiteTurn:
    """The site's turn, locked where the database has row locks: a link that comes is not missed."""
    SiteTurn.objects.get_or_create(site_id=site_id, defaults={"free_at": now})
    return SiteTurn.objects.select_for_update().get(pk=site_id)


def _settle_case(turn_id: UUID | None, now: datetime) -> None:
    """After its look a case stands behind all that are due, those of this very moment too."""
    rows = Watch.objects.filter(turn_id=turn_id, next_look_at__isnull=False)
    soonest = rows.order_by("next_look_at").values_list("next_look_at", flat=True).first()
    CaseTurn.objects.filter(pk__in=[turn_id]).update(
        at=max(soonest, now + _NEXT) if soonest else None
    )


def _settle_site(site_id: UUID, free_at: datetime, failures: int | None = None) -> None:
    rows = CaseTurn.objects.filter(site_id=site_id, at__isnull=False)
    soonest = rows.order_by("at").values_list("at", flat=True).first()
    values = {"at": max(soonest, free_at) if soonest else None, "free_at": free_at}
    SiteTurn.objects.filter(pk=site_id).update(
        **values, **({} if failures is None else {"failures": failures})
    )
