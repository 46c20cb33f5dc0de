"""The queue: trusted flaggers first, then the nearest time limit, then the most severe."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.accounts.models import User
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.cases.models import Case, Clock, Location, Notice
from staydown_web.cases.services.binding import binds
from staydown_web.regimes.selectors import regimes, where_words
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors import words
from staydown_web.review.selectors.addresses import unseen_words
from staydown_web.review.selectors.claims import cases_of_tasks, is_open, lead_of
from staydown_web.review.selectors.held import HELD_FOR, held_since, place_at
from staydown_web.review.selectors.items import telling_hits
from staydown_web.review.selectors.keeping import posts_of
from staydown_web.review.selectors.limits import mark_words, share_gone, stands_still
from staydown_web.review.selectors.minors import tasks_like_minors
from staydown_web.review.selectors.talking import unread_case_ids
from staydown_web.review.selectors.tellings import pauses_until, tasks_that_wait
from staydown_web.screening.models import Copy

PAGE = 20
TABS = ("all", *Task.Source.values)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue, in words.

    ``case_number`` is of an open case, where one stands behind it.
    ``due`` is in UTC, ``time_laws`` are those whose time runs, ``warned`` is the latest warning of
    those. ``has_message`` where someone behind it wrote what nobody has read. ``more_cases`` are
    open ones besides the one that is named. Of ``copies`` each reported post counts once.
    ``is_ours``: the limit is our own, for what is held. ``is_like_minors``: it or what it matched
    was closed for one perhaps under 18. ``unseen`` says how many links nobody could look at.
    """

    number: str
    case_number: str
    left: str
    due: str
    time_laws: str
    share: int
    tone: str
    what: str
    laws: str
    why: str
    copies: int
    taken_by: str
    is_mine: bool
    is_second: bool
    waits_for_other: bool
    waits_until: datetime | None
    pauses_until: datetime | None
    is_answered: bool
    is_flagged: bool
    warned: str
    has_message: bool = False
    more_cases: int = 0
    is_ours: bool = False
    is_like_minors: bool = False
    unseen: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the queue.

    Attributes:
        rows: its lines.
        first: number of the first, from 1; 0 where there is none.
        last: number of the last.
        total: how many wait under this tab.
        at: the page's number, from 1.
        pages: how many there are.
    """

    rows: list[Row]
    first: int
    last: int
    total: int
    at: int
    pages: int


def waiting_tasks(now: datetime) -> QuerySet[Task]:
    """All that waits, in the order in which it should be decided.

    A notice of a trusted flagger comes first: DSA, Article 22. Then what is due next under a law,
    or under our own limit for what is held (``held``); where neither sets a time, or it stands
    still, what is most severe.
    """
    flagged = Location.objects.filter(copy__tasks=OuterRef("pk"), case__flagger__isnull=False)
    return (
        Task.objects.filter(state__in=OPEN_STATES)
        .annotate(
            is_flagged=Q(case__flagger__isnull=False) | Exists(flagged), place_at=place_at(now)
        )
        .order_by(
            F("is_flagged").desc(), F("place_at").asc(nulls_last=True), "-severity", "made_at", "pk"
        )
    )


def task_numbered(number: str) -> Task:
    """The task of this number.

    Raises:
        RecordNotFoundError: there is none.
    """
    found = (
        Task.objects.select_related("platform", "case", "item", "taken_by", "handed_to")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise RecordNotFoundError("no task has this number")
    return found


def tab_counts() -> dict[str, int]:
    """How many wait under each tab.

    An upload may be held in a task of a notice: that counts under both, and once under ``all``.
    """
    waiting = Task.objects.filter(state__in=OPEN_STATES)
    counts = dict.fromkeys(Task.Source.values, 0)
    counts.update(
        {row["source"]: row["n"] for row in waiting.values("source").annotate(n=Count("pk"))}
    )
    whole = sum(counts.values())
    counts[Task.Source.UPLOAD] = _under(Task.Source.UPLOAD, waiting).count()
    return {"all": whole, **counts}


def _under(tab: str, tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Those of a tab: by what brought them here, and each where an upload is held."""
    if tab != Task.Source.UPLOAD:
        return tasks.filter(source=tab)
    held = Copy.objects.filter(
        tasks=OuterRef("pk"), source=Copy.Source.UPLOAD, state=Copy.State.HELD
    )
    return tasks.filter(Q(source=tab) | Exists(held))


def queue_page(*, tab: str, at: int, user: User, now: datetime) -> Page:
    """One page under a tab.

    Args:
        tab: of ``TABS``; anything else is ``all``.
        at: from 1; numbers beyond the last give the last.
        user: who looks.
        now: the moment.
    """
    tasks = waiting_tasks(now)
    if tab in Task.Source.values:
        tasks = _under(tab, tasks)
    total = tasks.count()
    pages = max(1, -(-total // PAGE))
    at = min(max(1, at), pages)
    start = (at - 1) * PAGE
    rows = rows_of(tasks[start : start + PAGE], user, now)
    return Page(rows, start + 1 if rows else 0, start + len(rows), total, at, pages)


def handed_rows(user: User, now: datetime) -> list[Row]:
    """What colleagues handed to this reviewer."""
    return rows_of(waiting_tasks(now).filter(handed_to=user), user, now)


def waiting_rows(user: User, now: datetime) -> list[Row]:
    """What is to be restored and waits for a person's answer, the nearest end first."""
    return rows_of(tasks_that_wait(), user, now)


def free_tasks(user: User, now: datetime) -> QuerySet[Task]:
    """What a reviewer can take, in order: never what waits for another person."""
    free = waiting_tasks(now).filter(Q(taken_by__isnull=True) | Q(taken_by=user))
    mine = Decision.objects.filter(decided_by=user, undone_at__isnull=True)
    own_second = Task.objects.filter(state=Task.State.SECOND, decisions__in=mine)
    return free.exclude(pk__in=own_second.values("pk"))


def next_task(
    user: User, now: datetime, *, after: Task | None = None, among: QuerySet[Task] | None = None
) -> Task | None:
    """What to decide next: handed over first, then in order; never what waits for another person.

    Args:
        user: who asks.
        now: the moment.
        after: a task that was skipped, not to be given again at once.
        among: of which alone; any where it is not said.
    """
    free = free_tasks(user, now)
    if among is not None:
        free = free.filter(pk__in=among.values("pk"))
    if after is not None:
        free = free.exclude(pk=after.pk)
    ranked = list(free.values_list("pk", "handed_to")[:200])
    if not ranked:
        return None
    handed = [pk for pk, to in ranked if to == user.pk]
    if after is not None:
        # Skipping goes on down the queue, and comes round when its end is reached.
        order = list(waiting_tasks(now).values_list("pk", flat=True))
        behind = set(order[order.index(after.pk) + 1 :]) if after.pk in order else set()
        below = [pk for pk, _to in ranked if pk in behind]
        return Task.objects.get(pk=(below or [pk for pk, _to in ranked])[0])
    return Task.objects.get(pk=(handed or [ranked[0][0]])[0])


def place_in_queue(task: Task, now: datetime) -> tuple[int, int]:
    """Where a task stands, from 1, and how many wait; (0, n) where it does not wait."""
    order = list(waiting_tasks(now).values_list("pk", flat=True))
    return (order.index(task.pk) + 1 if task.pk in order else 0, len(order))


def rows_of(tasks: QuerySet[Task], user: User, now: datetime) -> list[Row]:
    """Lines of the queue for these tasks."""
    loaded = tasks.select_related("platform", "case", "item", "taken_by").prefetch_related(
        "copies__hits",
        "copies__locations__case",
        "case__locations",
        "case__notices__clocks__pauses",
        "case__notices__clocks__warnings",
        "decisions__tellings__case",
    )
    behind, unread = cases_of_tasks(list(loaded)), unread_case_ids()
    like_minors = tasks_like_minors(list(loaded))
    prefetch_related_objects([*set().union(*behind.values())], "notices")
    leads = {lead_of(task, behind.get(task.pk, ())) for task in loaded}
    theirs = [case for case in leads - {task.case for task in loaded} if case is not None]
    prefetch_related_objects(theirs, "notices__clocks__pauses", "notices__clocks__warnings")
    rows = []
    for task in loaded:
        cases = behind.get(task.pk, set())
        has_message = not unread.isdisjoint(case.pk for case in cases)
        row = row_of(task, user, now, has_message=has_message, cases=cases)
        rows.append(replace(row, is_like_minors=task.pk in like_minors))
    return rows


def row_of(
    task: Task,
    user: User,
    now: datetime,
    *,
    has_message: bool = False,
    cases: Collection[Case] = (),
) -> Row:
    """One line; ``cases`` are those that stand behind it, where that is to be said."""
    copies = list(task.copies.all())
    kinds = {hit.kind for hit in telling_hits(hit for copy in copies for hit in copy.hits.all())}
    shown = [copy.content_kind for copy in copies] or [task.item.content_kind if task.item else ""]
    posts = posts_of(copies)
    since, lead = held_since(task, copies, _all_clocks_of(task)), lead_of(task, cases)
    start = since or (lead and lead.valid_at) or task.made_at
    due_at = since + HELD_FOR if since else task.due_at
    second = task.state == Task.State.SECOND
    standing = [one for one in task.decisions.all() if one.undone_at is None]
    waits = [one.firm_at for one in standing if one.told_at and not one.made_firm_at]
    theirs = [clock for notice in _notices_of(task, lead) for clock in notice.clocks.all()]
    clocks = [clock for clock in theirs if clock.due_at == task.due_at] or theirs
    return Row(
        number=task.number,
        case_number=lead.number if lead else task.number,
        more_cases=sum(case != lead and is_open(case) for case in cases),
        left=_left(due_at, since, now, stands=stands_still(clocks)),
        due=words.moment(due_at, now),
        time_laws=_names(_running(theirs)) if task.due_at else "",
        share=share_gone(clocks, now)
        if clocks and not since
        else words.share_gone(start, due_at, now),
        tone=words.tone_of(due_at, now),
        what=_what(task, posts, second=second),
        laws=laws_of(task, cases),
        why=words.why_here(
            words.main_kind(kinds), is_video="video" in shown, is_link=bool(copies or _links(task))
        ),
        copies=len(posts),
        taken_by=task.taken_by.pseudonym if task.taken_by else "",
        is_mine=task.taken_by_id == user.pk,
        is_second=second,
        waits_for_other=second and any(one.decided_by_id == user.pk for one in standing),
        waits_until=waits[0] if waits else None,
        pauses_until=pauses_until(
            [one for decision in standing for one in decision.tellings.all()], now
        ),
        is_answered=any(
            telling.answered_at for one in task.decisions.all() for telling in one.tellings.all()
        ),
        is_flagged=_is_flagged(task),
        warned=mark_words(clocks, now) if task.due_at or stands_still(clocks) else "",
        has_message=has_message,
        is_ours=since is not None,
        unseen=unseen_words(task, has_copies=bool(posts)),
    )


def _left(due_at: datetime | None, since: datetime | None, now: datetime, *, stands: bool) -> str:
    """How long is left; of what is held under a limit of our own how long it has been."""
    if since is not None:
        return _("Held for %(span)s") % {"span": words.span_in_words(now - since)}
    return _("Stands still") if stands else words.time_left(due_at, now)


def _links(task: Task) -> int:
    """How many addresses of its case may show what it is about."""
    places = task.case.locations.all() if task.case else ()
    return sum(task.item_id is None or place.item_id in (None, task.item_id) for place in places)


def _all_clocks_of(task: Task) -> list[Clock]:
    notices = task.case.notices.all() if task.case else ()
    return [clock for notice in notices for clock in notice.clocks.all()]


def _notices_of(task: Task, lead: Case | None) -> list[Notice]:
    """Those of the case that leads, under laws that bind its platform."""
    notices = lead.notices.all() if lead else ()
    return [notice for notice in notices if binds(task.platform, notice.regime)]


def _is_flagged(task: Task) -> bool:
    cases = [task.case] if task.case else []
    cases += [place.case for copy in task.copies.all() for place in copy.locations.all()]
    return any(case.flagger_id is not None for case in cases)


def laws_of(task: Task, cases: Collection[Case] = ()) -> str:
    """Short names of the laws that bind its platform and under which notices are valid.

    Args:
        task: whose case that leads counts.
        cases: others behind it, which count too, but those that were taken back or have ended.
    """
    lead = lead_of(task, cases)
    joined = [case for case in cases if case != lead and is_open(case)]
    notices = [notice for case in (lead, *joined) for notice in _notices_of(task, case)]
    valid = sorted(notice.regime for notice in notices if notice.valid_at)
    return _names(valid) or _("Site rules")


def _running(clocks: Iterable[Clock]) -> list[str]:
    """The laws whose time runs, what is due next first: not every law sets one."""
    open_ = [one for one in clocks if one.ended_at is None and one.paused_at is None]
    return [law for _due_at, law in sorted((one.due_at, one.notice.regime) for one in open_)]


def _names(laws: Iterable[str]) -> str:
    known = regimes()
    shorts = [where_words(known[id_]) for id_ in laws if id_ in known and known[id_].jurisdiction]
    return ", ".join(dict.fromkeys(shorts))


def _what(task: Task, posts: Sequence[Copy], *, second: bool) -> str:
    if second:
        return _("Second look")
    if task.source == Task.Source.UPLOAD:
        return _("Upload held")
    if task.source == Task.Source.LIBRARY:
        return _("Found in the library")
    if not posts:
        return _("Notice, no copy found")
    # Those that it is about, as its screen counts them: a case may have many more.
    links = sum(copy.source == Copy.Source.NOTICE for copy in posts)
    words = ngettext("Notice, %(n)d link", "Notice, %(n)d links", links) % {"n": links}
    held = sum(one.source == Copy.Source.UPLOAD and one.state == Copy.State.HELD for one in posts)
    parts = [words if links else _("Notice")]
    if held:
        parts.append(ngettext("%(n)d upload held", "%(n)d uploads held", held) % {"n": held})
    return ", ".join(parts)
