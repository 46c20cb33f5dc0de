"""Tasks come in: from copies that wait for a person, and from the places that valid cases name."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from staydown_web.accounts.models import Platform
from staydown_web.banks.models import Entry
from staydown_web.base.jobs import each_apart
from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.services import settle_item
from staydown_web.cases.services.erasing import REASON
from staydown_web.cases.services.suspensions import ASIDE_WITHIN
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors.items import CONFIRMING_KINDS, items_of
from staydown_web.review.selectors.tellings import waiting_decisions
from staydown_web.review.selectors.undoing import TAKEN_FOR
from staydown_web.review.services.addresses import NEWER_THAN, looked_since, taken_down
from staydown_web.review.services.hearing import hear_joined
from staydown_web.review.services.led import ANSWERED, hear_led, join_removal
from staydown_web.review.services.making import (
    AT_ONCE,
    LIVING,
    make_bare_task,
    make_task,
    refresh_task,
)
from staydown_web.review.services.unseen import drop_found
from staydown_web.screening.models import Copy, Hit


def take_in_copies(now: datetime) -> int:
    """Make tasks of held copies, or let them join the task of their group.

    Returns:
        How many copies were taken in.

    Cost: it runs twice a second, so it reads held copies alone, by the index of platform and state.
    """
    return _take_in_waiting(_copies_without_task(Copy.State.HELD), now)


def take_in_altered(now: datetime) -> int:
    """The same for altered copies, which the platform was told to let through.

    Returns:
        How many copies were taken in.
    """
    altered = Hit.objects.filter(copy=OuterRef("pk"), kind="altered")
    return _take_in_waiting(_copies_without_task(Copy.State.SEEN).filter(Exists(altered)), now)


def take_in_set_aside(now: datetime) -> int:
    """The same for what a suspended notifier brought: it holds nothing until somebody looks.

    Returns:
        How many copies were taken in.
    """
    aside = Hit.objects.filter(
        copy=OuterRef("pk"),
        entry__state=Entry.State.SEED,
        entry__quarantined_at__lte=F("entry__created_at") + ASIDE_WITHIN,
    )
    return _take_in_waiting(_copies_without_task(Copy.State.SEEN).filter(Exists(aside)), now)


def take_in_locations(now: datetime) -> int:
    """Make tasks of the places that valid cases name.

    A place where the picture was found brings its copy. A place that does not answer still needs a
    person: the deadline runs, and a colleague can look on the platform itself. See ``addresses``
    for places that stand for no item.

    Returns:
        How many places were taken in.
    """
    # A copy can join an older task: what was decided there after the place was found is about it.
    # So is what waited when the copy joined: whoever named the place is told of it, and can answer.
    waited = Q(decisions__told_at__isnull=False, decisions__undone_at__isnull=True) & (
        Q(decisions__made_firm_at__isnull=True)
        | Q(decisions__made_firm_at__gte=OuterRef("state_at"))
    )
    of_copy = Task.objects.filter(copies=OuterRef("copy_id")).filter(
        Q(state__in=OPEN_STATES)
        | Q(made_at__gte=OuterRef("added_at"))
        | Q(decisions__decided_at__gte=OuterRef("state_at"))
        | waited
    )
    of_item = looked_since(OuterRef("state_at")).filter(item_id=OuterRef("item_id"))
    looked_at = Q(state__in=(Location.State.FOUND, Location.State.UNREACHABLE))
    nothing = Q(state=Location.State.NOT_FOUND, state_at__gt=now - NEWER_THAN)
    new = Location.objects.filter(case__valid_at__isnull=False, case__state__in=LIVING)
    new = new.select_related("case", "item", "copy__platform", "platform")
    found = new.filter(looked_at, ~Exists(of_copy), copy__isnull=False).exclude(ANSWERED)
    unseen = new.filter(looked_at | nothing, ~Exists(of_item), copy=None, item__isnull=False)
    waiting = [(p.copy, p) for p in found.order_by("added_at")[:AT_ONCE] if p.copy]
    taken = each_apart(waiting, lambda pair: _take_in(*pair, now)) + hear_led(new, now)
    bare = unseen.order_by("added_at")[:AT_ONCE]
    return taken + each_apart(bare, lambda place: _take_in_link(place, now))


def closed_copies() -> QuerySet[Copy]:
    """Copies of a task that matched what was closed for a minor, or whose case was."""
    marked = Q(hits__entry__changes__reason=REASON)
    closed = Q(tasks__case__closed_for=Case.ClosedFor.MINOR)
    return Copy.objects.filter(marked | closed, tasks=OuterRef("pk"))


@transaction.atomic
def drop_needless(now: datetime) -> int:
    """Let go of tasks whose reason is gone: the request was taken back and nothing is held by it.

    Or nobody has to look for what it is about any more, as a copy of it is in another task. Where
    it was closed, because somebody may be under 18, a person still looks at each copy.

    Returns:
        How many were dropped.
    """
    reasons = Hit.objects.filter(copy__tasks=OuterRef("pk")).exclude(
        entry__state=Entry.State.WITHDRAWN
    )
    held = Copy.objects.filter(tasks=OuterRef("pk"), state=Copy.State.HELD)
    gone = Task.objects.filter(state__in=OPEN_STATES).filter(
        Q(case__isnull=True) | Q(case__state__in=(Case.State.WITHDRAWN, Case.State.CLOSED))
    )
    needless = gone.filter(~Exists(reasons), ~Exists(held), ~Exists(closed_copies()))
    ids = list(needless.values_list("pk", flat=True)[:AT_ONCE])
    dropped = Task.objects.filter(pk__in=ids, state__in=OPEN_STATES)
    gone_now = {"state": Task.State.DROPPED, "done_at": now, "taken_by": None, "taken_at": None}
    return dropped.update(**gone_now) + drop_found(now)


def free_left_tasks(now: datetime) -> int:
    """Free the tasks that somebody took and left.

    Returns:
        How many are free again.
    """
    left = Task.objects.filter(state__in=OPEN_STATES, taken_at__lt=now - TAKEN_FOR)
    return left.update(taken_by=None, taken_at=None)


def _copies_without_task(state: Copy.State) -> QuerySet[Copy]:
    platforms = list(Platform.objects.values_list("pk", flat=True))
    return Copy.objects.filter(platform__in=platforms, state=state, tasks__isnull=True)


def _take_in_waiting(waiting: QuerySet[Copy], now: datetime) -> int:
    ranked = waiting.select_related("platform").order_by("seen_at")
    return each_apart(ranked[:AT_ONCE], lambda copy: _take_in(copy, None, now))


def _take_in(copy: Copy, place: Location | None, now: datetime) -> int:
    try:
        with transaction.atomic():
            if place is not None and join_removal(place, copy, now):
                return 1
            task = _task_for(copy, place, now)
            task.copies.add(copy)
            if place is not None:
                _name_place(task, place)
            _look_again(task, now)
            hear_joined(task, now)
            refresh_task(task)
    except IntegrityError:
        return 0  # another process made the task of this group; the next run joins it
    return 1


def _look_again(task: Task, now: datetime) -> None:
    """What was kept because nothing was found is in review again, now that a copy is there."""
    unseen = Decision.objects.filter(
        task__copies__isnull=True, outcome=Decision.Outcome.RESTORE, made_firm_at__isnull=False
    )
    for item in items_of(task):
        if item.state == Item.State.KEPT and unseen.filter(task__item=item).exists():
            settle_item(item=item, state=Item.State.IN_REVIEW, actor="system", now=now)


def _task_for(copy: Copy, place: Location | None, now: datetime) -> Task:
    """The open task of its group; that of its place, if nothing was found before; or a new one."""
    # Locked where the database has row locks: a decision must not pass by while a copy joins.
    open_tasks = Task.objects.select_for_update(of=("self",)).filter(
        state__in=OPEN_STATES, platform=copy.platform
    )
    task = open_tasks.filter(group=copy.group).first() if copy.group else None
    if task is None and place is not None:
        bare = open_tasks.filter(case=place.case, group="", copies__isnull=True)
        task = bare.filter(item=place.item).first() if place.item else bare.first()
        if task is not None:
            Task.objects.filter(pk=task.pk).update(group=copy.group)
    if task is None and place is None:
        task = _task_of_unseen(open_tasks, copy)
    if task is None and copy.group:
        # While a person can answer, what comes is out of sight and shares what becomes of it.
        waiting = Task.objects.filter(platform=copy.platform, group=copy.group)
        task = waiting.filter(decisions__in=waiting_decisions()).first()
    if task is not None:
        return task
    item = _item_at(place, copy) if place else _first_item(copy)
    case = place.case if place else (item.case if item else None)
    return make_task(
        source=Task.Source(copy.source),
        platform=copy.platform,
        case=case,
        item=item,
        group=copy.group,
        now=now,
    )


def _task_of_unseen(open_tasks: QuerySet[Task], copy: Copy) -> Task | None:
    """The task in which somebody looks for what this is a plain copy of; it is found now."""
    plain = Q(
        item__claims__ended_at__isnull=True,
        item__claims__entry__hits__copy=copy,
        item__claims__entry__hits__kind__in=CONFIRMING_KINDS,
    )
    found = open_tasks.filter(plain, group="", copies__isnull=True)
    ids = list(found.order_by("due_at", "made_at").values_list("pk", flat=True)[:1])
    Task.objects.filter(pk__in=ids).update(group=copy.group)
    return Task.objects.filter(pk__in=ids).first()


def _name_place(task: Task, place: Location) -> None:
    """A notice that names the copy's address is what the task is about from now on."""
    Task.objects.filter(pk=task.pk).update(source=Task.Source.NOTICE)
    Task.objects.filter(pk=task.pk, case__isnull=True).update(case=place.case, item=place.item)


@transaction.atomic
def _take_in_link(place: Location, now: datetime) -> int:
    platform = place.platform or place.case.platform
    if platform is None or looked_since(place.state_at).filter(item=place.item).exists():
        return 0
    by_hand = taken_down(place)
    if by_hand is not None:
        # As it was when it was taken down there: nobody has to look again.
        Location.objects.filter(pk=place.pk).update(state_at=by_hand.at)
        return 0
    make_bare_task(platform=platform, case=place.case, item=place.item, now=now)
    return 1


def _item_at(place: Location, copy: Copy) -> Item | None:
    """What a place shows: as the person said, as the copy matches, or the case's only item."""
    if place.item is not None:
        return place.item
    items = Item.objects.filter(case=place.case).exclude(state=Item.State.WITHDRAWN)
    claimed = items.filter(claims__ended_at__isnull=True, claims__entry__hits__copy=copy)
    matched = claimed.order_by("position").first()
    if matched is not None:
        return matched
    only = list(items.order_by("position")[:2])
    return only[0] if len(only) == 1 else None


def _first_item(copy: Copy) -> Item | None:
    """The item with the nearest deadline among those that claim what the copy matches."""
    claimed = Item.objects.filter(
        claims__ended_at__isnull=True, claims__entry__hits__copy=copy, case__erased_at__isnull=True
    )
    ranked = claimed.select_related("case").order_by("case__due_at", "case__filed_at", "position")
    dated = ranked.filter(case__due_at__isnull=False).first()
    return dated or ranked.first()
