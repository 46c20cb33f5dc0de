"""Where what a statement is about is or was on its platform."""

from __future__ import annotations

from django.db.models import Q

from staydown_web.actions.selectors import copy_url
from staydown_web.cases.models import Location
from staydown_web.cases.services.places import url_of
from staydown_web.reports.models import Statement
from staydown_web.review.selectors.claims import cases_of

_MOST = 50


def places_of(statement: Statement) -> list[str]:
    """Addresses by which the platform can know whom it tells, opened; the caller records it.

    That of its copy. Without a copy those that the notice gave for it on this platform and that no
    other copy was found at; empty where it gave words alone, and once the case was erased.
    """
    if statement.copy is not None:
        return list(filter(None, [copy_url(statement.copy)]))
    decision = statement.decision
    if len(decision.before.get("copies", ())) > 1:
        return []  # its record is gone, and which of them it was is not known any more
    task = decision.task
    living = cases_of(task).filter(erased_at__isnull=True).values("pk")
    places = Location.objects.filter(
        case__in=living, platform=task.platform_id, copy__isnull=True, url_box__isnull=False
    )
    if task.item_id is not None:
        places = places.filter(Q(item=task.item_id) | Q(item__isnull=True))
    found = (url_of(place) for place in places.order_by("added_at", "position")[:_MOST])
    return list(dict.fromkeys(found))
