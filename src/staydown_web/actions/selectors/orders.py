"""Reads of orders, of their messages and of endpoints."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet

from staydown_web.accounts.models import Platform
from staydown_web.actions.models import Attempt, Delivery, Endpoint, Order, Parcel
from staydown_web.base.errors import FetchRefusedError, RecordNotFoundError
from staydown_web.base.fetching import origin_of
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import unseal
from staydown_web.cases.services.places import origins_of
from staydown_web.regimes.selectors import FALLBACK
from staydown_web.review.models import Decision
from staydown_web.review.selectors.grounds import ground_words
from staydown_web.screening.models import Copy

OF_SITE = "site_rules"
"""The reason of an order that follows from no law, as the API has it."""
REMOVALS = frozenset({Order.What.REMOVE, Order.What.BLOCK})
CLAIM = timedelta(minutes=2)
"""How long a worker has a message in hand; one that dies leaves it to the next after this."""
_PAGE = 25


@dataclass(frozen=True, slots=True)
class Counts:
    """How many orders stand where, for the tabs."""

    all: int
    waiting: int
    failed: int
    undelivered: int
    unsent: int


def order_facts(order: Order) -> dict[str, Any]:
    """What a platform learns of an order, by message and by polling alike."""
    copy = order.copy
    return {
        "id": str(order.pk),
        "seq": order.seq,
        "what": order.what,
        "state": order.state,
        "content_ref": copy.content_ref,
        "content_url": copy_url(copy),
        "check_id": str(copy.check_id) if copy.check_id else None,
        "made_at": order.made_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "reason": order.reason,
        "grounds": _grounds(order),
        **_restriction(order),
    }


def reasons_in_words(order: Order) -> list[str]:
    """Every ground of the decision behind an order, in words; else the law that was given."""
    ids = list(order.decision.grounds) if order.decision else []
    law = FALLBACK if order.reason == OF_SITE else order.reason
    return ground_words(ids) or ground_words([law])


def _grounds(order: Order) -> list[str]:
    """Ids of the laws and rules by which something is removed, the first counts most."""
    if order.decision is None or order.what not in REMOVALS:
        return []
    return list(order.decision.grounds)


def is_restricting(order: Order) -> bool:
    """Whether an order carries out the restriction that was decided, as a hold before it does not.

    A removal does, and the hold of a decision that holds.
    """
    is_held = order.decision is not None and order.decision.outcome == Decision.Outcome.HOLD
    return order.what in REMOVALS or (order.what == Order.What.HOLD and is_held)


def _restriction(order: Order) -> dict[str, Any]:
    """How far a removal reaches, as the reviewer chose it."""
    decision = order.decision
    if decision is None or order.what not in REMOVALS:
        return {"restriction": "", "scope": "", "until": None}
    ends_on = decision.ends_on.isoformat() if decision.ends_on else None
    return {"restriction": decision.restriction, "scope": decision.scope, "until": ends_on}


def copy_url(copy: Copy) -> str:
    """The address of a copy on its platform; empty where it has none."""
    return unseal(copy.url_box, context=f"copy:{copy.pk}").decode() if copy.url_box else ""


def orders_after(
    *, platform_id: UUID, after: int, limit: int = 100, only_waiting: bool = False
) -> list[Order]:
    """A platform's orders in their order, those taken back left out.

    Of those that wait, the ones that a later order for the same content replaced are left out too.
    """
    orders = _waiting() if only_waiting else Order.objects.exclude(state=Order.State.CANCELLED)
    orders = orders.filter(platform_id=platform_id, seq__gt=after)
    return list(orders.select_related("copy", "decision").order_by("seq")[:limit])


def order_named(*, order_id: UUID, platform_id: UUID | None = None) -> Order:
    """One order; of one platform alone where that is given.

    Raises:
        RecordNotFoundError: no such order.
    """
    orders = Order.objects.select_related("copy", "platform", "decision__task")
    if platform_id is not None:
        orders = orders.filter(platform_id=platform_id)
    found = orders.filter(pk=order_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such order")
    return found


def answer_note(order: Order) -> str:
    """What the platform wrote with its answer."""
    if order.answer_box is None:
        return ""
    return unseal(order.answer_box, context=f"order:{order.pk}").decode()


def allowed_origins(platform: Platform) -> list[str]:
    """Origins that a platform lists as its own, in the form by which they are compared."""
    found = []
    for origin in origins_of(platform):
        with suppress(FetchRefusedError):  # a slip in one line keeps nothing else from being sent
            found.append(origin_of(origin))
    return found


def endpoint_url(endpoint: Endpoint) -> str:
    """Where an endpoint is."""
    return unseal(endpoint.url_box, context=f"endpoint-url:{endpoint.pk}").decode()


def endpoint_named(endpoint_id: UUID) -> Endpoint:
    """One endpoint.

    Raises:
        RecordNotFoundError: no such endpoint.
    """
    found = Endpoint.objects.select_related("platform").filter(pk=endpoint_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such endpoint")
    return found


def endpoints() -> QuerySet[Endpoint]:
    """All endpoints, those that work first, with how many messages wait or were given up.

    Of one that is off those wait that are sent when it is switched on again.
    """
    dead, held = Q(deliveries__in=given_up_deliveries()), Q(deliveries__in=held_deliveries())
    return (
        Endpoint.objects.select_related("platform")
        .annotate(
            due=Count("deliveries", filter=Q(deliveries__state=Delivery.State.DUE) | held),
            dead=Count("deliveries", filter=dead),
        )
        .order_by("-is_active", "platform__name", "made_at")
    )


def order_counts() -> Counts:
    """How many orders stand where."""
    return Counts(
        all=Order.objects.count(),
        waiting=_waiting().count(),
        failed=Order.objects.filter(state=Order.State.FAILED).count(),
        undelivered=_undelivered().count(),
        unsent=unsent_orders().count(),
    )


def orders_page(*, tab: str, number: int) -> Page[Order]:
    """One page of orders, newest first, with their messages."""
    orders = {
        "waiting": _waiting(),
        "failed": Order.objects.filter(state=Order.State.FAILED),
        "undelivered": _undelivered(),
        "unsent": unsent_orders(),
    }.get(tab, Order.objects.all())
    shown: QuerySet[Order] = (
        orders.annotate(is_replaced=Exists(_later_orders()))
        .select_related("copy", "platform", "decision__task")
        .prefetch_related(Prefetch("deliveries", _with_held(Delivery.objects.all())))
        .order_by("-seq")
    )
    return Paginator(shown, _PAGE).get_page(number)


def deliveries_of(*, order: Order) -> QuerySet[Delivery]:
    """The messages of an order with their tries, oldest first."""
    tries = Prefetch("attempts", Attempt.objects.order_by("at"))
    messages = _with_held(order.deliveries.select_related("endpoint"))
    return messages.prefetch_related(tries).order_by("made_at")


def latest_deliveries(*, endpoint: Endpoint, limit: int = 25) -> QuerySet[Delivery]:
    """The last messages of an endpoint with their tries, newest first."""
    tries = Prefetch("attempts", Attempt.objects.order_by("at"))
    messages = _with_held(endpoint.deliveries.select_related("order", "parcel"))
    return messages.prefetch_related(tries).order_by("-made_at")[:limit]


def missed_orders(endpoint: Endpoint) -> QuerySet[Order]:
    """Orders that a platform has neither received nor fetched and that have no message here yet."""
    here = Delivery.objects.filter(order=OuterRef("pk"), endpoint=endpoint)
    return _unreached().filter(~Exists(here), platform_id=endpoint.platform_id)


def waiting_since(endpoint: Endpoint, ended_at: datetime | None) -> QuerySet[Delivery]:
    """Messages that waited when an endpoint was switched off, and that still ask for something."""
    return _still_asking(Delivery.objects.filter(endpoint=endpoint, done_at=ended_at))


def held_deliveries() -> QuerySet[Delivery]:
    """The same at all endpoints that are off: each is sent when its endpoint is switched on."""
    waited = Delivery.objects.filter(endpoint__is_active=False, done_at=F("endpoint__ended_at"))
    return _still_asking(waited)


def given_up_deliveries() -> QuerySet[Delivery]:
    """Messages that were given up and that a person can send again: their order still holds."""
    dead = Delivery.objects.filter(state=Delivery.State.DEAD).exclude(pk__in=held_deliveries())
    holds = standing(Order.objects.exclude(state=Order.State.CANCELLED))
    return dead.filter(Q(order__isnull=True) | Q(order__in=holds))


def missed_parcels(endpoint: Endpoint, now: datetime) -> QuerySet[Parcel]:
    """The same for parcels; none older than messages are kept, for it may have been delivered."""
    messages = Delivery.objects.filter(parcel=OuterRef("pk"))
    here, sent = messages.filter(endpoint=endpoint), messages.filter(state=Delivery.State.SENT)
    young = Parcel.objects.filter(made_at__gte=now - keeps("deliveries"))
    return young.filter(~Exists(here), ~Exists(sent), platform_id=endpoint.platform_id)


def later_deliveries(now: datetime) -> QuerySet[Delivery]:
    """Messages that wait for their next try longer than a worker could have them in hand.

    Those whose order counts no more are left out, and those of endpoints that are off.
    """
    waiting = Delivery.objects.filter(
        state=Delivery.State.DUE, next_try_at__gt=now + CLAIM, endpoint__is_active=True
    )
    return waiting.filter(Q(order__isnull=True) | Q(order__in=standing(Order.objects.all())))


def unsent_orders() -> QuerySet[Order]:
    """Orders that are sent as soon as an endpoint of their platform works.

    They have no message, or one that has waited since its endpoint was switched off.
    """
    messages = Delivery.objects.filter(order=OuterRef("pk")).exclude(pk__in=held_deliveries())
    used = Endpoint.objects.filter(platform=OuterRef("platform"))
    return _unreached().filter(~Exists(messages), Exists(used))


def unsent_among(orders: Iterable[Order]) -> frozenset[UUID]:
    """Ids of those that are sent as soon as an endpoint of their platform works."""
    ids = [order.pk for order in orders]
    return frozenset(unsent_orders().filter(pk__in=ids).values_list("pk", flat=True))


def is_outdated(order: Order) -> bool:
    """Whether something else was ordered for the copy since, as when a complaint was right."""
    return replaced_by(order) is not None


def standing(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Those of orders after which nothing else was ordered for the copy: the last word counts.

    What was removed and given back since is only given back, whatever the platform had missed:
    that is how it must stand, whether or not it heard of the removal.
    """
    return orders.filter(~Exists(_later_orders()))


def replaced_by(order: Order) -> Order | None:
    """The order that holds for the content in place of this one; None where this one holds."""
    newer = Order.objects.filter(copy_id=order.copy_id, seq__gt=order.seq)
    return newer.exclude(state=Order.State.CANCELLED).order_by("-seq").first()


def failed_removals(order: Order) -> QuerySet[Order]:
    """Removals of an order's decision that the platform could not do and that still hold."""
    if order.decision_id is None:
        return Order.objects.none()
    failed = Order.objects.filter(state=Order.State.FAILED, what__in=REMOVALS)
    return standing(failed.filter(decision_id=order.decision_id))


def repeatable_removals(order: Order) -> QuerySet[Order]:
    """Those of them that can be ordered again: nobody has decided anew of what failed.

    Of that the new decision counts: what it removes it orders itself, and what it keeps stays.
    """
    anew = Decision.objects.filter(
        Q(outcome=Decision.Outcome.RESTORE) | Q(task__failed_order__isnull=False),
        task__copies=OuterRef("copy"),
        undone_at__isnull=True,
        decided_at__gt=OuterRef("made_at"),
    )
    return failed_removals(order).filter(~Exists(anew))


def _later_orders(of: str = "") -> QuerySet[Order]:
    """Orders for the same copy after an outer one, or after the order ``of`` an outer row."""
    newer = Order.objects.filter(copy=OuterRef(f"{of}copy"), seq__gt=OuterRef(f"{of}seq"))
    return newer.exclude(state=Order.State.CANCELLED)


def _waiting() -> QuerySet[Order]:
    """Orders that the platform still has to answer; those that another replaced wait for nobody."""
    return standing(Order.objects.filter(state=Order.State.WAITING))


def _unreached() -> QuerySet[Order]:
    """Orders that still hold and that the platform has neither received nor fetched."""
    messages = Delivery.objects.filter(order=OuterRef("pk"))
    sent = messages.filter(state=Delivery.State.SENT)
    # Seen without any try means that its program fetched it.
    tried = messages.filter(Q(tries__gt=0) | Q(attempts__isnull=False))
    waiting = Order.objects.filter(state=Order.State.WAITING)
    return standing(waiting.filter(~Exists(sent)).filter(Q(seen_at__isnull=True) | Exists(tried)))


def _still_asking(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    dead = deliveries.filter(state=Delivery.State.DEAD)
    return dead.filter(Q(order__isnull=True) | Q(order__in=_unreached()))


def _with_held(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Messages, each with two facts of how it stands.

    ``is_held``: it waits until its endpoint is switched on. ``is_replaced``: something else was
    ordered for the content since, so it is not sent any more.
    """
    return deliveries.annotate(
        is_held=Exists(held_deliveries().filter(pk=OuterRef("pk"))),
        is_replaced=Exists(_later_orders("order__")),
    )


def _undelivered() -> QuerySet[Order]:
    """Orders that wait and still hold, with a message that was given up."""
    dead = Delivery.objects.filter(order=OuterRef("pk"), state=Delivery.State.DEAD)
    given_up = dead.exclude(pk__in=held_deliveries())
    return standing(Order.objects.filter(Exists(given_up), state=Order.State.WAITING))
