"""Addresses at which nothing could be looked at: a person looks at each of them. ADR-0034.

A page without its picture, a file that cannot be read, nothing there, no answer: software cannot
say what the platform shows to others, and the time of the law runs. Where somebody looks for a
picture of the case already, the address stands for that one; else for an item of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from staydown_web.accounts.models import Platform, User
from staydown_web.audit.models import Event
from staydown_web.base.errors import RecordConflictError, RecordNotFoundError
from staydown_web.base.jobs import each_apart
from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.services.by_hand import ByHand, last_there, taken_by_hand
from staydown_web.cases.services.looking import UNSEEN, look_at_media, stand_for
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors.addresses import places_to_see
from staydown_web.review.services.following import follow_task
from staydown_web.review.services.making import AT_ONCE, LIVING, make_bare_task
from staydown_web.review.services.unseen import unseen_items

NEWER_THAN = timedelta(days=7)
"""Addresses that were given up before this release stood for nothing, and nobody looked: the
newest of them come to a person now, and not all that there ever were."""


def unseen_addresses(now: datetime) -> QuerySet[Location]:
    """Addresses at which nothing was found, of valid notices, that stand for no item yet."""
    return _unseen_since(now - NEWER_THAN).filter(item__isnull=True)


def left_addresses(now: datetime) -> QuerySet[Location]:
    """Such addresses that stand for an item whose task a copy joined, before anybody looked there.

    The task is about the copy from then on, and shows no address to be looked at. What was decided
    without a copy is about the address: also that nothing was found, where she answered to it.
    """
    tasks = Task.objects.filter(item=OuterRef("item_id"))
    looking = Q(state__in=OPEN_STATES) | Q(made_at__gte=OuterRef("state_at"))
    bare = tasks.filter(looking, copies__isnull=True)
    decided = Decision.objects.filter(
        Q(undone_at__isnull=True) | Q(tellings__answered_at__isnull=False),
        task__item=OuterRef("item_id"),
        decided_at__gte=OuterRef("state_at"),
        outcome__in=(Decision.Outcome.REMOVE, Decision.Outcome.RESTORE),
        before__copies={},
    )
    found = _unseen_since(now - NEWER_THAN).filter(item__isnull=False)
    found = found.filter(Exists(tasks.filter(copies__isnull=False)))
    return found.filter(~Exists(bare), ~Exists(decided))


def _unseen_since(moment: datetime) -> QuerySet[Location]:
    places = Location.objects.filter(state__in=UNSEEN, copy__isnull=True)
    return places.filter(
        state_at__gt=moment,
        platform__isnull=False,
        case__valid_at__isnull=False,
        case__state__in=LIVING,
        case__withdrawal_due_at__isnull=True,
    ).exclude(case__way=Case.Way.THREATENED)


def looked_since(moment: datetime | OuterRef) -> QuerySet[Task]:
    """Tasks in which somebody looks, or has looked since: what was decided before did not."""
    decided = Q(decisions__decided_at__gte=moment, decisions__undone_at__isnull=True)
    return Task.objects.filter(Q(state__in=OPEN_STATES) | Q(made_at__gte=moment) | decided)


def take_in_addresses(now: datetime) -> int:
    """Bring each to a person.

    Returns:
        How many tasks were made.
    """
    waiting = unseen_addresses(now).select_related("platform").order_by("added_at", "position")
    made = each_apart(waiting[:AT_ONCE], lambda place: _take_in(place, now))
    return made + each_apart(overtaken_addresses()[:AT_ONCE], lambda place: _part(place, now))


def take_in_left(now: datetime) -> int:
    """Bring each to a person again whose task is about a copy now.

    Returns:
        How many tasks were made.

    Cost: it reads all addresses without a copy, so it runs less often than the others.
    """
    left = left_addresses(now).select_related("platform").order_by("added_at", "position")
    return each_apart(left[:AT_ONCE], lambda place: _split(place, now))


def overtaken_addresses() -> QuerySet[Location]:
    """Addresses that somebody has still to look at, though what they stand for was removed.

    A copy elsewhere was decided, by a task of its own: that says nothing of this address.
    """
    open_tasks = Task.objects.filter(copies__isnull=True, state__in=OPEN_STATES)
    decided = ~Q(item__answer="") | Q(item__state=Item.State.REMOVED)
    # By the tasks that are open, which are few beside the addresses there are.
    places = Location.objects.filter(item__in=open_tasks.exclude(item=None).values("item"))
    living = places.filter(case__state__in=LIVING, case__withdrawal_due_at__isnull=True)
    return living.filter(decided, state__in=UNSEEN).order_by("added_at", "position")


@transaction.atomic
def point_to_media(*, task: Task, location_id: str, url: str, user: User, now: datetime) -> None:
    """A reviewer saw it at an address that led to no picture: it is looked at where it lies.

    What is found joins the task.

    Args:
        task: an open one, free or taken by ``user``.
        location_id: of an address that the task is about.
        url: of the picture or video, as typed.
        user: who saw it.
        now: the moment, aware UTC.

    Raises:
        FieldsError: ``url`` is no address at which the platform keeps media.
        RecordNotFoundError: the task has no such address.
        RecordConflictError: a colleague has the task, it is decided, or it was found meanwhile.
    """
    free = Task.objects.filter(pk=task.pk, state__in=OPEN_STATES, copies__isnull=True)
    if not free.filter(Q(taken_by__isnull=True) | Q(taken_by=user)).exists():
        raise RecordConflictError("a colleague has taken this, or it is decided")
    places = {str(place.pk): place for place in places_to_see(task)}
    if location_id not in places:
        raise RecordNotFoundError("this task has no such address")
    actor = f"user:{user.pk}"
    look_at_media(location=places[location_id], url=url, actor=actor, now=now)


@transaction.atomic
def _take_in(place: Location, now: datetime) -> int:
    # Locked where the database has row locks: of two workers one makes the task.
    case = Case.objects.select_for_update().get(pk=place.case_id)
    platform = place.platform
    if platform is None or not unseen_addresses(now).filter(pk=place.pk).exists():
        return 0
    made = 0
    for item in unseen_items().filter(case=case).order_by("position"):
        make_bare_task(platform=platform, case=case, item=item, now=now)
        made += 1
    item = stand_for(location=place, item=_looked_for(place), now=now)
    return made + _give_task(case, item, platform, now)


@transaction.atomic
def _split(place: Location, now: datetime) -> int:
    """A task for an address whose task a copy joined: it stands for that picture no more."""
    case = Case.objects.select_for_update().get(pk=place.case_id)
    platform = place.platform
    if platform is None or not left_addresses(now).filter(pk=place.pk).exists():
        return 0
    task = _looking(place).order_by("made_at").first()
    item = stand_for(location=place, item=task.item if task is not None else None, now=now)
    return _give_task(case, item, platform, now)


@transaction.atomic
def _part(place: Location, now: datetime) -> int:
    """An item of its own for such addresses, which the task is about from now on."""
    case = Case.objects.select_for_update().get(pk=place.case_id)
    overtaken = overtaken_addresses().filter(item=place.item_id)
    places = list(overtaken)
    if place not in places:
        return 0
    tasks = Task.objects.filter(item=place.item_id, copies__isnull=True, state__in=OPEN_STATES)
    ids = list(tasks.values_list("pk", flat=True))
    item: Item | None = None
    for one in places:
        item = stand_for(location=one, item=item, now=now)
    for task in Task.objects.filter(pk__in=ids, case=case):
        Task.objects.filter(pk=task.pk).update(item=item)
        task.item = item
        follow_task(task)
    return 1


def _looked_for(place: Location) -> Item | None:
    """What somebody looks for with all addresses of the case before them, or did since."""
    since = _bare_tasks(place).filter(made_at__gte=place.state_at)
    task = (_looking(place) | since).order_by("made_at").first()
    if task is not None:
        return task.item
    by_hand = taken_down(place)
    return Item.objects.get(pk=by_hand.item_id) if by_hand is not None else None


def _looking(place: Location) -> QuerySet[Task]:
    """Open tasks in which somebody looks for what is not decided, and has the address in sight."""
    undecided = Q(item__state__in=(Item.State.RECEIVED, Item.State.IN_REVIEW), item__answer="")
    return _bare_tasks(place).filter(undecided, state__in=OPEN_STATES)


def _bare_tasks(place: Location) -> QuerySet[Task]:
    tasks = Task.objects.filter(case=place.case_id, platform=place.platform_id)
    return tasks.filter(item__isnull=False, copies__isnull=True)


def taken_down(place: Location) -> ByHand | None:
    """How it was removed there by hand before the address was looked at.

    That nothing was found there afterwards is no news, unless somebody has asked for a look since.
    """
    living = Item.objects.filter(case=place.case_id).exclude(state=Item.State.WITHDRAWN)
    items = list(living.values_list("pk", flat=True))
    last = last_there(place, items, taken_by_hand(items), since=place.added_at)
    again = Event.objects.filter(subject=f"location:{place.pk}", what="location_again")
    if last is None or again.filter(at__gt=last.at).exists():
        return None
    return last


def _give_task(case: Case, item: Item, platform: Platform, now: datetime) -> int:
    """A task of an item that nobody looks for: that of the case that names none, or a new one."""
    if Task.objects.filter(case=case, item=item, copies__isnull=True).exists():
        return 0
    open_tasks = Task.objects.filter(case=case, state__in=OPEN_STATES)
    nameless = open_tasks.filter(item__isnull=True, copies__isnull=True).first()
    if nameless is not None:
        Task.objects.filter(pk=nameless.pk).update(item=item)
        return 0
    make_bare_task(platform=platform, case=case, item=item, now=now)
    return 1
