"""Pictures of valid notices of which nobody has found a copy: a person looks for them. ADR-0034.

The time of the law runs for them too. An address that shows something else or nothing, a place in
words, a picture that was added later: software cannot say that it is not on the site.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from staydown_web.accounts.models import Platform
from staydown_web.base.jobs import each_apart
from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.services.binding import known_elsewhere, served_places
from staydown_web.cases.services.looking import UNSEEN
from staydown_web.review.models import OPEN_STATES, Task
from staydown_web.review.selectors.items import tasks_with
from staydown_web.review.selectors.tellings import waiting_decisions
from staydown_web.review.services.making import AT_ONCE, LIVING, make_bare_task


def unseen_items() -> QuerySet[Item]:
    """Items that wait, with nothing on its way or in the queue by which a person would decide them.

    Where an address has still to be looked at it may be there; addresses that all lie elsewhere
    are other services' to look at.
    """
    places = Location.objects.filter(case=OuterRef("case_id"), platform__isnull=False)
    coming = places.filter(state=Location.State.NEW, next_try_at__isnull=False).filter(
        Q(item=OuterRef("pk")) | Q(item__isnull=True)
    )
    looks = (
        Q(state__in=OPEN_STATES)
        | Q(made_at__gte=OuterRef("added_at"))
        | Q(decisions__in=waiting_decisions())
    )
    tasks = Task.objects.filter(looks)
    placed, plain = (found.filter(looks) for found in tasks_with(OuterRef("pk")))
    of_case = tasks.filter(case=OuterRef("case_id"), item__isnull=True, copies__isnull=True)
    return (
        Item.objects.filter(state=Item.State.RECEIVED, pk__in=_waiting_here())
        .filter(~Exists(coming), ~Exists(tasks.filter(item=OuterRef("pk"))))
        .filter(~Exists(placed), ~Exists(plain), ~Exists(of_case))
    )


def _waiting_here() -> QuerySet[Any, Any]:
    """Ids of items of valid notices of which nothing is decided, on a platform that is served here.

    An item that is known by an address alone is the task of that address's platform, if it has one:
    nobody here looks at a website that none of them serves. A picture may be on any of the case's.

    What is decided answers an item from that moment on, in whichever task its copy lies.

    Apart, and read by the index of items by state, so that the dearer questions are asked of these
    alone, however many were decided before. In parts: either of two "exists" in one condition
    makes PostgreSQL read all addresses there are.
    """
    places = Location.objects.filter(case=OuterRef("case_id"))
    here = places.filter(platform__isnull=False).exclude(state=Location.State.ELSEWHERE)
    own = Location.objects.filter(item=OuterRef("pk"))
    own_here = own.filter(platform__isnull=False).exclude(state=Location.State.ELSEWHERE)
    waiting = Item.objects.filter(
        state=Item.State.RECEIVED,
        answer=Item.Answer.NONE,
        case__valid_at__isnull=False,
        case__state__in=LIVING,
        case__withdrawal_due_at__isnull=True,
    ).exclude(case__way=Case.Way.THREATENED)
    in_words = waiting.filter(~Exists(places), case__platform__isnull=False)
    addresses, pictures = waiting.filter(content_kind=""), waiting.exclude(content_kind="")
    parts = (
        addresses.filter(~Exists(own), Exists(here)),
        addresses.filter(Exists(own_here)),
        in_words,
    )
    return pictures.filter(Exists(here)).values("pk").union(*(one.values("pk") for one in parts))


def take_in_unseen(now: datetime) -> int:
    """Make a task of each.

    Returns:
        How many.
    """
    waiting = unseen_items().select_related("case__platform").order_by("added_at", "position")
    return each_apart(waiting[:AT_ONCE], lambda item: _take_in(item, now))


def drop_found(now: datetime) -> int:
    """Let go of tasks without a copy, of what another task has a copy of: it is decided there.

    And of those about an address of a website that nobody here serves, made by an earlier release.

    Returns:
        How many were dropped.
    """
    ids = [pk for (pk,) in _found_tasks()[:AT_ONCE]]
    bare = Task.objects.filter(state__in=OPEN_STATES, item__isnull=False, copies__isnull=True)
    away = known_elsewhere(Item.objects.filter(pk__in=bare.values("item")))
    ids += bare.filter(item__in=away.values("pk")).values_list("pk", flat=True)[:AT_ONCE]
    dropped = Task.objects.filter(pk__in=ids, state__in=OPEN_STATES, copies__isnull=True)
    return dropped.update(state=Task.State.DROPPED, done_at=now, taken_by=None, taken_at=None)


def _found_tasks() -> QuerySet[Any, Any]:
    """Ids of open tasks without a copy whose item is decided in another task, or was since.

    Not those with an address at which nothing could be looked at: a copy that lies elsewhere says
    nothing of what is there.
    """
    bare = Task.objects.filter(state__in=OPEN_STATES, item__isnull=False, copies__isnull=True)
    places = Location.objects.filter(item=OuterRef("item_id"))
    coming = Q(state=Location.State.NEW, next_try_at__isnull=False)
    bare = bare.filter(~Exists(places.filter(coming | Q(state__in=UNSEEN))))
    decides = Q(state__in=OPEN_STATES) | Q(state=Task.State.DONE, done_at__gte=OuterRef("made_at"))
    placed, plain = (tasks.filter(decides) for tasks in tasks_with(OuterRef("item_id")))
    at_address = bare.filter(Exists(placed)).values_list("pk")
    return at_address.union(bare.filter(Exists(plain)).values_list("pk"))


@transaction.atomic
def _take_in(item: Item, now: datetime) -> int:
    # Locked where the database has row locks: of two workers one makes the task.
    Case.objects.select_for_update().get(pk=item.case_id)
    platform = _platform_of(item)
    if platform is None or not unseen_items().filter(pk=item.pk).exists():
        return 0
    make_bare_task(platform=platform, case=item.case, item=item, now=now)
    return 1


def _platform_of(item: Item) -> Platform | None:
    """That of its own address, else of the first one of its case that is served."""
    places = served_places(item.case).select_related("platform").order_by("added_at", "pk")
    place = places.filter(item=item).first() or places.first()
    return place.platform if place is not None else item.case.platform
