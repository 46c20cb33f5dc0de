"""Links on sites that we do not serve are looked at again and again, ever more rarely. ADR-0085."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from staydown_web.audit.selectors import events_after
from staydown_web.audit.services import move_cursor
from staydown_web.base.errors import FetchRefusedError, SealError
from staydown_web.cases.models import Case, Location
from staydown_web.cases.services.places import url_of
from staydown_web.escalation.mapping.way_out import WayOut
from staydown_web.escalation.mapping.ways import Ways, system_ways
from staydown_web.escalation.models import Look, Report, Watch
from staydown_web.escalation.services.sites import site_of_url
from staydown_web.escalation.services.watching_judging import Judged, LastLook, judge
from staydown_web.escalation.services.watching_looks import look_at, mark_of
from staydown_web.escalation.services.watching_news import tell_change
from staydown_web.escalation.services.watching_rules import Answered, is_there, read_answer
from staydown_web.escalation.services.watching_turns import Taken, end_turn, line_up, take_turns

READER: Final = "watched_places"
_KINDS: Final = (
    *("notice_valid", "location_elsewhere", "providers_agreed", "clock_breached"),
    "notice_timed",
)
_ENDED: Final = (Case.State.WITHDRAWN, Case.State.CLOSED)
_FIRST: Final = Report.Purpose.FIRST_NOTICE
_AT_ONCE: Final = 24
"""Looks at a time, each at another site: as many can wait for slow ones."""
_SAID: Final[dict[str, str]] = {Watch.State.BACK: Watch.State.THERE}
"""What a look that is kept under another name said."""
_PLACES: Final = 500
_EVENTS: Final = 100


def watch_due_places(now: datetime) -> int:
    """Watch the places of cases of which something new is known, some at a time.

    Returns:
        How many events were dealt with.
    """
    news = events_after(reader=READER, kinds=_KINDS, limit=_EVENTS)
    if news:
        watch_places(case_ids={event.case_id for event in news if event.case_id}, now=now)
        move_cursor(reader=READER, seq=news[-1].seq)
    return len(news)


def watch_left_places(now: datetime) -> int:
    """All places that should be watched and are not, some at a time, whatever the news."""
    return watch_places(case_ids=None, now=now)


def watch_places(*, case_ids: Iterable[UUID] | None, now: datetime) -> int:
    """Begin to watch places, of these cases or of all.

    Returns:
        How many; at most 500 where no case is named.
    """
    places = _to_watch()
    if case_ids is not None:
        places = places.filter(case_id__in=set(case_ids))
    rows = places.order_by("case_id", "position").select_related("case")
    return sum(_watch(one, now) for one in (rows if case_ids is not None else rows[:_PLACES]))


def look_at_due(
    *,
    now: datetime,
    clock: Callable[[], datetime],
    ways: Ways | None = None,
    second: WayOut | None = None,
) -> int:
    """Look at links whose turn it is: one of each site, several sites side by side.

    Args:
        now: whose turn it is.
        clock: reads the moment at which each look is noted.
        ways: out; None: those of this installation.
        second: another way out, asked where the first does not find the link there.

    Returns:
        How many were dealt with: looked at, or not to be looked at any more.
    """
    taken = {one: _url_of(one.watch.location) for one in take_turns(now=now, most=_AT_ONCE)}
    urls = {one: url for one, url in taken.items() if url}
    for one in taken.keys() - urls.keys():
        _stop(one, clock())
    if urls:
        first = (ways or system_ways()).fetcher
        # The threads wait for the net alone; what they bring is written here, one after the other.
        with ThreadPoolExecutor(max_workers=len(urls)) as pool:
            looks = {pool.submit(_look, url, first, second): one for one, url in urls.items()}
            for done in as_completed(looks):
                _note(looks[done], *done.result(), clock())
    return len(taken)


def _to_watch() -> QuerySet[Location]:
    """Places on sites that we do not serve, and those whose platform let its time run out."""
    is_late = Q(platform__isnull=False, case__notices__clocks__breached_at__isnull=False)
    # Where nothing was found it may be all the same, or come, until somebody has decided.
    is_decided = Q(state=Location.State.NOT_FOUND, item__isnull=False) & ~Q(item__answer="")
    is_ours_done = Q(state=Location.State.REMOVED) | is_decided
    return (
        Location.objects.filter(
            Q(state=Location.State.ELSEWHERE) | (is_late & ~is_ours_done),
            Q(watch__isnull=True) | Q(watch__next_look_at__isnull=True),
            # A notice for another site lacks but a link on a platform of ours: that site was told.
            Q(case__valid_at__isnull=False)
            | Q(reports__report__purpose=_FIRST, reports__report__delivered_at__isnull=False),
            case__providers_agreed_at__isnull=False,
            url_box__isnull=False,
        )
        .exclude(case__state__in=_ENDED)
        .distinct()
    )


@transaction.atomic
def _watch(location: Location, now: datetime) -> int:
    url = _url_of(location)
    try:
        site = site_of_url(url=url, now=now) if url else None
    except FetchRefusedError:
        site = None
    if site is None:
        return 0
    turn = line_up(site=site, case=location.case, now=now)
    made, is_new = Watch.objects.get_or_create(
        location=location,
        defaults={"site": site, "turn": turn, "next_look_at": now, "state_at": now},
    )
    if not is_new:
        Watch.objects.filter(pk=made.pk).update(turn=turn, next_look_at=now, round=0)
    return 1


def _url_of(location: Location) -> str:
    """The address, where it may still be looked at; else empty."""
    case = location.case
    is_ended = case.state in _ENDED or case.erased_at is not None
    if is_ended or case.providers_agreed_at is None:
        return ""
    try:
        return url_of(location)
    except SealError:  # the case was erased meanwhile
        return ""


def _look(url: str, first: WayOut, second: WayOut | None) -> tuple[Answered, Answered | None]:
    answered = look_at(url, way=first)
    if second is None or is_there(read_answer(answered).state):
        return answered, None
    return answered, look_at(url, way=second, name="second")


@transaction.atomic
def _stop(taken: Taken, now: datetime) -> None:
    mine = Watch.objects.filter(pk=taken.watch.pk, next_look_at=taken.due_at)
    mine.update(next_look_at=None)
    end_turn(taken=taken, is_silent=False, asked_s=0, now=now)


@transaction.atomic
def _note(taken: Taken, answered: Answered, second: Answered | None, now: datetime) -> None:
    """Write what a look gave, give the site back, and tell what changed."""
    watch, said = taken.watch, read_answer(answered, second)
    mark = mark_of(answered)
    row = watch.looks.order_by("-at", "-pk").first()
    judged = judge(
        known=watch.state,
        round_=watch.round,
        last=LastLook(_SAID.get(row.state, row.state), row.at) if row else None,
        said=said,
        is_same_file=bool(mark) and watch.looks.filter(mark=mark).exists(),
        now=now,
    )
    if not _move(taken, judged, now):
        return
    if judged.is_kept:
        facts = answered.facts if second is None else {**answered.facts, "second": second.facts}
        # The look by which it is known to be back says so: what was stopped can begin anew by it.
        is_back = judged.is_change and judged.state == Watch.State.BACK
        state = judged.state if is_back else said.state
        Look.objects.create(watch=watch, state=state, facts=facts, mark=mark, at=now)
    end_turn(taken=taken, is_silent=answered.is_silent, asked_s=answered.retry_after_s, now=now)
    if judged.is_change:
        tell_change(watch=watch, before=watch.state, state=judged.state, now=now)


def _move(taken: Taken, judged: Judged, now: datetime) -> bool:
    values = {"state": judged.state, "state_at": now} if judged.is_change else {}
    mine = Watch.objects.filter(pk=taken.watch.pk, next_look_at=taken.due_at)
    return bool(
        mine.update(round=judged.round, next_look_at=now + judged.pause, looked_at=now, **values)
    )
