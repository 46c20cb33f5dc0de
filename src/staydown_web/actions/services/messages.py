"""The text of a webhook message and its signatures, by the rules of Standard Webhooks."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime

import orjson
from standardwebhooks.webhooks import Webhook

from staydown_web.actions.models import Delivery, Endpoint, Order, Parcel
from staydown_web.actions.selectors import order_facts
from staydown_web.base.sealing import seal, unseal

SECRET_BYTES = 32


def new_secret() -> str:
    """A secret as both sides keep it: ``whsec_`` and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sealed_secret(endpoint: Endpoint, secret: str) -> bytes:
    """The secret as the database keeps it."""
    return seal(secret.encode(), context=f"endpoint:{endpoint.pk}")


def body_of(delivery: Delivery) -> bytes:
    """The JSON text of a message: the same at each try but for the state of its order.

    An order says what to do with which content and by which law; nothing about who asked.
    """
    if delivery.parcel is not None:
        return _parcel_body(delivery.parcel)
    if delivery.order is None:
        return orjson.dumps(
            {"type": "endpoint.test", "timestamp": _moment(delivery.made_at), "data": {}}
        )
    order: Order = delivery.order
    return orjson.dumps(
        {
            "type": "order.made",
            "timestamp": _moment(order.made_at),
            "data": order_facts(order),
        }
    )


def _parcel_body(parcel: Parcel) -> bytes:
    data = orjson.loads(unseal(parcel.box, context=f"parcel:{parcel.pk}"))
    return orjson.dumps({"type": parcel.what, "timestamp": _moment(parcel.made_at), "data": data})


def headers_of(delivery: Delivery, body: bytes, now: datetime) -> dict[str, str]:
    """Id, moment and signatures; two signatures while an old secret still counts."""
    endpoint = delivery.endpoint
    boxes = [endpoint.secret_box]
    until = endpoint.old_secret_until
    if endpoint.old_secret_box is not None and until is not None and until > now:
        boxes.append(endpoint.old_secret_box)
    message_id = str(delivery.pk)
    signatures = [_sign(endpoint, box, message_id, body, now) for box in boxes]
    return {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _sign(
    endpoint: Endpoint, box: bytes | memoryview, message_id: str, body: bytes, now: datetime
) -> str:
    secret = unseal(box, context=f"endpoint:{endpoint.pk}").decode()
    # The library takes the numbers of the clock as UTC, whatever zone they are in.
    signed: str = Webhook(secret).sign(message_id, now.astimezone(UTC), body.decode())
    return signed


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
