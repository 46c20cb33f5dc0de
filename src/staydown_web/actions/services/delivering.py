"""Messages go out, again where they must, and are never lost: given up ones can be sent again.

A message is claimed by one conditional UPDATE before it is sent, so that two workers never send
the same try; a worker that dies in between leaves it to be tried again when its claim runs out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from staydown.errors import StaydownError
from staydown_web.actions.models import Attempt, Delivery, Endpoint, Order
from staydown_web.actions.selectors import (
    CLAIM,
    allowed_origins,
    endpoint_url,
    is_outdated,
    later_deliveries,
)
from staydown_web.actions.services.catching_up import fall_behind, make_due
from staydown_web.actions.services.endpoints import end_endpoint
from staydown_web.actions.services.messages import body_of, headers_of
from staydown_web.actions.services.ordering import note_seen
from staydown_web.audit.services import record_event
from staydown_web.base.errors import RecordConflictError, RecordNotFoundError
from staydown_web.base.fetching import Answer, outcome_facts, post
from staydown_web.base.retrying import WEBHOOK

GIVE_UP_ENDPOINT_AFTER = timedelta(days=3)
"""As long as one message is tried. Source: ADR-0039."""
_AT_ONCE = 20
_TIMEOUT_S = 10.0
_GONE = 410


def deliver_due(*, now: datetime, is_failing: bool, clock: Callable[[], datetime]) -> int:
    """Send the messages that are due, oldest first.

    Args:
        now: which are due.
        is_failing: those of endpoints that failed last, or those of all others; the two are sent
            apart, so that a platform that does not answer holds up nobody else.
        clock: reads the moment of each try, because a run can take minutes.

    Returns:
        How many were tried.
    """
    due = Delivery.objects.filter(
        state=Delivery.State.DUE,
        next_try_at__lte=now,
        endpoint__is_active=True,
        endpoint__failing_since__isnull=not is_failing,
    )
    rows = due.order_by("next_try_at", "order__seq").values_list("pk", "tries")[:_AT_ONCE]
    return sum(_try(delivery_id, tries, clock) for delivery_id, tries in list(rows))


def replay_delivery(*, delivery_id: UUID, actor: str, now: datetime) -> Delivery:
    """Send a message again that was given up or delivered, with the same id.

    Raises:
        RecordNotFoundError: no such message.
        RecordConflictError: it waits already, its order was taken back, another for the same
            content followed it, or its endpoint is off.
    """
    delivery = Delivery.objects.select_related("endpoint", "order").filter(pk=delivery_id).first()
    if delivery is None:
        raise RecordNotFoundError("there is no such message")
    if not delivery.endpoint.is_active:
        raise RecordConflictError("this endpoint is switched off; switch it on first")
    if not _replay(Delivery.objects.filter(pk=delivery_id), actor, now):
        raise RecordConflictError("this message waits already, or its order counts no more")
    delivery.refresh_from_db()
    return delivery


def send_now(*, delivery_id: UUID, actor: str, now: datetime) -> Delivery:
    """Send a message in the next moment that waits for its next try.

    Raises:
        RecordNotFoundError: no such message.
        RecordConflictError: it does not wait, or is tried within two minutes anyway; or its order
            counts no more.
    """
    rows = Delivery.objects.filter(pk=delivery_id)
    if not rows.exists():
        raise RecordNotFoundError("there is no such message")
    if not _bring_forward(rows, actor, now):
        raise RecordConflictError("this message does not wait, or is tried in two minutes anyway")
    return rows.get()


def send_all_now(*, endpoint: Endpoint, actor: str, now: datetime) -> int:
    """The same for all messages that wait for their next try at an endpoint, as when it is mended.

    Returns:
        How many.
    """
    return _bring_forward(Delivery.objects.filter(endpoint=endpoint), actor, now)


@transaction.atomic
def _bring_forward(deliveries: QuerySet[Delivery], actor: str, now: datetime) -> int:
    """One that a worker has in hand is left alone: its claim ends within two minutes."""
    ids = list(deliveries.filter(pk__in=later_deliveries(now)).values_list("pk", flat=True))
    waiting = Delivery.objects.filter(
        pk__in=ids, state=Delivery.State.DUE, next_try_at__gt=now + CLAIM
    )
    # This try does not count: who asks often does not use up those that come by themselves.
    changed = waiting.update(next_try_at=now, tries=Greatest(F("tries") - 1, 1))
    if changed:
        facts = {"messages": changed}
        record_event(what="delivery_brought_forward", actor=actor, at=now, facts=facts)
    return changed


def replay_given_up(*, endpoint: Endpoint, since: datetime, actor: str, now: datetime) -> int:
    """Send again all that was given up for an endpoint since a moment, and what it never got.

    Orders that were followed by another for the same content are left out: they count no more.

    Returns:
        How many were given up and are sent again.
    """
    fall_behind(endpoint, now)
    given_up = Delivery.objects.filter(
        endpoint=endpoint, state=Delivery.State.DEAD, made_at__gte=since
    )
    return _replay(given_up, actor, now)


@transaction.atomic
def _replay(deliveries: QuerySet[Delivery], actor: str, now: datetime) -> int:
    changed = make_due(deliveries, now)
    if changed:
        facts = {"messages": changed}
        record_event(what="delivery_replayed", actor=actor, at=now, facts=facts)
    return changed


def _try(delivery_id: UUID, tries: int, clock: Callable[[], datetime]) -> int:
    at = clock()
    mine = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.DUE, tries=tries)
    if not mine.update(tries=F("tries") + 1, next_try_at=at + CLAIM):
        return 0
    # Seen first, read after: an order is taken back only while it is unseen, so one of both wins.
    order_ids = Delivery.objects.filter(pk=delivery_id).values_list("order_id", flat=True)
    note_seen(order_ids=[pk for pk in order_ids if pk], now=at)
    delivery = Delivery.objects.select_related(
        "endpoint__platform", "order__copy", "order__decision__task", "parcel"
    ).get(pk=delivery_id)
    if delivery.order is not None and _counts_no_more(delivery.order, tries):
        mine = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.DUE)
        mine.update(state=Delivery.State.DEAD, done_at=at)
        return 0
    started = time.monotonic()
    answer: Answer | None = None
    error: StaydownError | None = None
    try:
        answer = _send(delivery, at)
    except StaydownError as caught:
        error = caught
    took = int((time.monotonic() - started) * 1_000)
    _note(delivery, answer, error, took, clock())
    return 1


def _counts_no_more(order: Order, tries: int) -> bool:
    """Whether it was taken back, or comes again late, after what was ordered since."""
    return order.state == Order.State.CANCELLED or (tries > 0 and is_outdated(order))


def _send(delivery: Delivery, at: datetime) -> Answer:
    body = body_of(delivery)
    return post(
        url=endpoint_url(delivery.endpoint),
        body=body,
        headers=headers_of(delivery, body, at),
        allowed_origins=allowed_origins(delivery.endpoint.platform),
        timeout_s=_TIMEOUT_S,
    )


@transaction.atomic
def _note(
    delivery: Delivery,
    answer: Answer | None,
    error: StaydownError | None,
    took_ms: int,
    now: datetime,
) -> None:
    Attempt.objects.create(
        delivery=delivery,
        at=now,
        http_status=answer.status if answer else None,
        error_code=error.code if error else "",
        duration_ms=took_ms,
    )
    status = answer.status if answer else None
    facts = outcome_facts(tries=delivery.tries, status=status, error=error, duration_ms=took_ms)
    if answer is not None and answer.is_taken:
        _close(delivery, Delivery.State.SENT, "order_sent", facts, now)
        Endpoint.objects.filter(pk=delivery.endpoint_id).update(failing_since=None)
        return
    Endpoint.objects.filter(pk=delivery.endpoint_id, failing_since__isnull=True).update(
        failing_since=now
    )
    retry_after_s = answer.retry_after_s if answer else None
    next_try = WEBHOOK.next_try(tries=delivery.tries, now=now, retry_after_s=retry_after_s)
    if next_try is None:
        _close(delivery, Delivery.State.DEAD, "delivery_dead", facts, now)
    else:
        mine = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.DUE)
        mine.update(next_try_at=next_try)
    _judge_endpoint(delivery.endpoint_id, is_gone=status == _GONE, now=now)


def _close(
    delivery: Delivery, state: Delivery.State, what: str, facts: dict[str, object], now: datetime
) -> None:
    mine = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.DUE)
    mine.update(state=state, done_at=now)
    order, parcel = delivery.order, delivery.parcel
    subject = f"order:{order.pk}" if order else f"endpoint:{delivery.endpoint_id}"
    if parcel is not None:
        subject = parcel.subject
    if order is None and state == Delivery.State.SENT:
        what = "parcel_sent" if parcel else "test_sent"
    record_event(
        what=what,
        actor="system",
        at=now,
        case_id=order.decision.task.case_id if order and order.decision else None,
        subject=subject,
        facts={**facts, "delivery": delivery.pk},
    )


def _judge_endpoint(endpoint_id: UUID, *, is_gone: bool, now: datetime) -> None:
    endpoint = Endpoint.objects.get(pk=endpoint_id)
    since = endpoint.failing_since
    if is_gone:
        end_endpoint(endpoint=endpoint, why=Endpoint.Ended.GONE, actor="system", now=now)
    elif since is not None and now - since >= GIVE_UP_ENDPOINT_AFTER:
        end_endpoint(endpoint=endpoint, why=Endpoint.Ended.FAILING, actor="system", now=now)
