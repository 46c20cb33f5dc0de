"""The addresses behind a task: what is known of each, and what else may be the same post."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.banks.models import Entry
from staydown_web.base.errors import SealError
from staydown_web.cases.models import Location
from staydown_web.cases.services.looking import UNSEEN
from staydown_web.cases.services.places import url_of
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors.claims import cases_of
from staydown_web.review.selectors.items import CONFIRMING_KINDS, tasks_with
from staydown_web.screening.models import Copy
from staydown_web.screening.selectors import url_of as url_of_copy

_MOST_ADDRESSES = 50
_MOST_KIN = 5
_NAMED_OF = 200
"""How many of the newest copies that notices named are compared by their address, as each has to be
unsealed. Older ones are found by likeness, or by the number that the platform gave its post."""
_MIN_NAME = 3
"""A shorter part of an address, such as a page's number, says too little."""


@dataclass(frozen=True, slots=True)
class Given:
    """One address that a living case gave on the task's platform.

    Attributes:
        id: of the location.
        url: as given, unsealed.
        words: what is known of it.
        is_unseen: nothing could be looked at there, and this task is about it.
        is_own: what this task is about was given with it.
    """

    id: str
    url: str
    words: str
    is_unseen: bool
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Kin:
    """Another task that may be about the same post or picture.

    Attributes:
        number: of the task.
        why: in words.
        words: what was decided there, or that it waits.
    """

    number: str
    why: str
    words: str


def given_of(task: Task) -> list[Given]:
    """Addresses that living cases gave on this task's platform, what this task is about first."""
    living = cases_of(task).filter(erased_at__isnull=True).values("pk")
    places = Location.objects.filter(case__in=living, url_box__isnull=False)
    here = places.filter(Q(platform=task.platform) | Q(platform__isnull=True))
    mine = {place.pk for place in places_to_see(task)}
    found = [
        Given(
            str(place.pk),
            url_of(place),
            _known(place),
            is_unseen=place.pk in mine,
            is_own=task.item_id is not None and place.item_id == task.item_id,
        )
        for place in here.order_by("added_at", "position")[:_MOST_ADDRESSES]
    ]
    return sorted(found, key=lambda one: not one.is_unseen)


def places_to_see(task: Task) -> QuerySet[Location]:
    """The addresses at which nothing could be looked at, and which a task without a copy is for."""
    if task.item_id is None or task.copies.exists():
        return Location.objects.none()
    return Location.objects.filter(item=task.item_id, state__in=UNSEEN, url_box__isnull=False)


def unseen_words(task: Task, *, has_copies: bool) -> str:
    """How many links of its case could not be looked at, where it gave several; else empty.

    Args:
        task: with its case and the case's places at hand.
        has_copies: what it is about was found, so that those links are another task's.
    """
    places = list(task.case.locations.all()) if task.case else []
    unseen = [place for place in places if place.state in UNSEEN and place.copy_id is None]
    if not unseen or len(places) < 2:
        return ""
    facts = {"n": len(unseen), "links": len(places)}
    if has_copies or all(place.item_id not in (None, task.item_id) for place in unseen):
        said = ngettext(
            "Elsewhere in this case: %(n)d link could not be looked at",
            "Elsewhere in this case: %(n)d links could not be looked at",
            len(unseen),
        )
    else:
        said = ngettext(
            "%(n)d of %(links)d links could not be looked at",
            "%(n)d of %(links)d links could not be looked at",
            len(unseen),
        )
    return said % facts


def kin_of(task: Task) -> list[Kin]:
    """Of a task without a copy: tasks of copies that may be what its addresses stand for."""
    places = list(places_to_see(task))
    names = {name for place in places for name in _names(url_of(place))}
    copies = Copy.objects.filter(platform=task.platform)
    posts = set(copies.filter(content_ref__in=names).values_list("pk", flat=True)) if names else ()
    named = {copy.pk for copy in _noticed(copies) if names & set(_names(_url(copy)))}
    alike = Q(
        copies__hits__entry__claims__item__case=task.case_id,
        copies__hits__entry__claims__ended_at__isnull=True,
        copies__hits__kind__in=CONFIRMING_KINDS,
    )
    others = Task.objects.filter(platform=task.platform).exclude(pk=task.pk)
    same_post = others.filter(copies__in=[*posts, *named]).distinct().order_by("-made_at")
    same_picture = others.filter(alike).distinct().order_by("-made_at")
    found = dict.fromkeys(same_post[:_MOST_KIN], _("Its post has the same name"))
    if task.case_id:
        for one in same_picture[:_MOST_KIN]:
            found.setdefault(one, _why_alike(one, task))
    return [Kin(one.number, why, _standing(one)) for one, why in found.items()]


def _why_alike(one: Task, task: Task) -> str:
    """Why another task may be about the same picture: a case can have given addresses alone."""
    given = Q(
        copies__hits__entry__claims__item__case=task.case_id,
        copies__hits__entry__claims__ended_at__isnull=True,
        copies__hits__entry__origin=Entry.Origin.NOTICE,
        copies__hits__kind__in=CONFIRMING_KINDS,
    )
    if Task.objects.filter(given, pk=one.pk).exists():
        return _("A copy of a picture that this case gave")
    if one.copies.filter(locations__case=task.case_id).exists():
        return _("It lies at another address that this case gave")
    return _("A copy of what lies at another address that this case gave")


def found_in(task: Task) -> list[str]:
    """Numbers of the tasks that have a copy of what a task without one was for, newest first."""
    if task.item_id is None or task.copies.exists():
        return []
    numbers = {
        number: made_at
        for tasks in tasks_with(task.item_id)
        for number, made_at in tasks.distinct()
        .order_by("-made_at")
        .values_list("number", "made_at")[:_MOST_KIN]
    }
    return sorted(numbers, key=lambda number: numbers[number], reverse=True)


def _noticed(copies: QuerySet[Copy]) -> Iterable[Copy]:
    noticed = copies.filter(source=Copy.Source.NOTICE, url_box__isnull=False)
    return noticed.order_by("-seen_at")[:_NAMED_OF]


def _url(copy: Copy) -> str:
    try:
        return url_of_copy(copy)
    except SealError:
        return ""


def _names(url: str) -> list[str]:
    """The last part of an address, with and without its ending: how sites name a post."""
    last = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", last)
    return [name for name in dict.fromkeys((last, stem)) if len(name) >= _MIN_NAME]


def _known(place: Location) -> str:
    what = str(place.get_reason_display() if place.reason else place.get_state_display())
    if place.reason == Location.Reason.GONE:
        what = _("Nothing is there")  # whether there ever was anything, nobody knows
    if place.media_box is None:
        return what
    if place.state == Location.State.FOUND:
        return _("Found where a reviewer said that it lies, at another address")
    return _("At the address where a reviewer said that it lies: %(what)s") % {"what": what}


def _standing(task: Task) -> str:
    decision = task.decisions.filter(undone_at__isnull=True).order_by("-decided_at").first()
    if task.state in OPEN_STATES:
        return _("waits in the queue")
    if decision is None:
        return str(Task.State(task.state).label)
    if decision.outcome == Decision.Outcome.REMOVE and decision.made_firm_at is None:
        return _("decided a moment ago: %(what)s") % {"what": decision.outcome_words}
    return decision.outcome_words
