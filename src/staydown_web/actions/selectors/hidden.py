"""What a website said that it has hidden, and has still to remove."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from staydown_web.actions.models import Order
from staydown_web.actions.selectors.orders import REMOVALS
from staydown_web.cases.models import Case
from staydown_web.screening.models import Copy

_OPEN = (Order.State.WAITING, Order.State.CANCELLED)


def hidden_places(case: Case) -> frozenset[UUID]:
    """Addresses of a case at which all is hidden by the website's last word, until it is removed.

    A copy that lies elsewhere and goes by the same decision counts as well.

    Cost: three queries; one where nothing was found.
    """
    places = dict(case.locations.filter(copy__isnull=False).values_list("pk", "copy"))
    if not places:
        return frozenset()
    waiting = Order.objects.filter(what__in=REMOVALS, state=Order.State.WAITING)
    mine = waiting.filter(copy__in=places.values())
    together: defaultdict[UUID | None, set[UUID]] = defaultdict(set)
    rows = waiting.filter(decision__in=mine.values("decision"))
    for decision, copy in rows.values_list("decision", "copy"):
        together[decision].add(copy)
    said = Order.objects.filter(copy__in=set().union(*together.values())).exclude(state__in=_OPEN)
    last = {one.copy_id: (one.what, one.state) for one in said.order_by("seq")}
    hidden = {copy for copy, word in last.items() if word == (Order.What.HOLD, Order.State.DONE)}
    goes = {copy for of_one in together.values() if of_one <= hidden for copy in of_one}
    stays = {copy for of_one in together.values() if not of_one <= hidden for copy in of_one}
    return frozenset(pk for pk, copy in places.items() if copy in goes - stays)


def was_never_public(copy: Copy, before: str) -> bool:
    """Whether a copy was out of sight from the first moment: an upload that was held as it came.

    What was out of sight by an order, as for a second reviewer, was public before.

    Args:
        copy: any.
        before: how it stood before it was decided, of ``Copy.State``.
    """
    if copy.source != Copy.Source.UPLOAD or before != Copy.State.HELD:
        return False
    shown = Order.objects.filter(copy=copy, what__in=(Order.What.HOLD, Order.What.RESTORE))
    return not shown.exclude(state=Order.State.CANCELLED).exists()
