"""What came up while nothing could be sent: messages for it, once an endpoint works again.

``endpoint.behind_since`` says that an endpoint has something to catch up with: it was added,
switched on again, or a person asked. The worker then makes the messages, some at a time and in
order. A message exists once for each endpoint and order, so a second run makes none twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from staydown_web.actions.models import Delivery, Endpoint, Order
from staydown_web.actions.selectors import missed_orders, missed_parcels, standing
from staydown_web.audit.services import record_event
from staydown_web.base.jobs import each_apart

AT_ONCE = 100
KEEPS_LOOKING = timedelta(minutes=1)
"""An order that was being made when the endpoint began to work is seen only a moment later."""


def catch_up(now: datetime) -> int:
    """Make the messages that endpoints have missed, at most ``AT_ONCE`` of a kind for each.

    Returns:
        How many messages were made.
    """
    behind = Endpoint.objects.filter(is_active=True, behind_since__isnull=False)
    return each_apart(behind.order_by("behind_since"), lambda found: _catch_up(found, now))


def fall_behind(endpoint: Endpoint, now: datetime) -> None:
    """Have the worker look for what an endpoint has missed; the caller has the transaction."""
    Endpoint.objects.filter(pk=endpoint.pk, is_active=True).update(behind_since=now)


def make_due(deliveries: QuerySet[Delivery], now: datetime) -> int:
    """Let messages that ended be sent again, as if for the first time.

    Those are left out whose order was taken back, or was followed by another for the same content.
    The caller has the transaction, and records the event.

    Returns:
        How many.
    """
    again = deliveries.exclude(state=Delivery.State.DUE).exclude(order__state=Order.State.CANCELLED)
    again = again.filter(Q(order__isnull=True) | Q(order__in=standing(Order.objects.all())))
    # An UPDATE takes no joined condition on either database: ids first, the state again in it.
    ids = list(again.values_list("pk", flat=True))
    rows = Delivery.objects.filter(pk__in=ids).exclude(state=Delivery.State.DUE)
    return rows.update(state=Delivery.State.DUE, tries=0, next_try_at=now, done_at=None)


@transaction.atomic
def _catch_up(endpoint: Endpoint, now: datetime) -> int:
    rows = Endpoint.objects.filter(pk=endpoint.pk, is_active=True)
    # Locked where the database has row locks: it must not be switched off in between.
    if rows.select_for_update().first() is None:
        return 0
    orders = list(missed_orders(endpoint).order_by("seq")[:AT_ONCE])
    parcels = list(missed_parcels(endpoint, now).order_by("made_at", "pk")[:AT_ONCE])
    made = [
        *(Delivery(endpoint=endpoint, order=o, next_try_at=now, made_at=now) for o in orders),
        *(Delivery(endpoint=endpoint, parcel=p, next_try_at=now, made_at=now) for p in parcels),
    ]
    if not made:
        rows.filter(behind_since__lte=now - KEEPS_LOOKING).update(behind_since=None)
        return 0
    Delivery.objects.bulk_create(made)
    record_event(
        what="endpoint_caught_up",
        actor="system",
        at=now,
        subject=f"endpoint:{endpoint.pk}",
        facts={
            "platform": endpoint.platform_id,
            "orders": len(orders),
            "parcels": len(parcels),
        },
    )
    return len(made)
