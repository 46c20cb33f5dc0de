"""Writes of this room: orders, their answers, endpoints, and the messages that carry orders."""

from staydown_web.actions.services.answering import answer_order
from staydown_web.actions.services.catching_up import catch_up
from staydown_web.actions.services.delivering import (
    deliver_due,
    replay_delivery,
    replay_given_up,
    send_all_now,
    send_now,
)
from staydown_web.actions.services.endpoints import (
    add_endpoint,
    alert_about_endpoints,
    end_endpoint,
    resume_endpoint,
    rotate_secret,
    send_test,
)
from staydown_web.actions.services.keeping import forget_old_rows
from staydown_web.actions.services.ordering import make_orders, note_seen
from staydown_web.actions.services.parcels import send_parcel
from staydown_web.actions.services.repeating import order_again

__all__ = [
    "add_endpoint",
    "alert_about_endpoints",
    "answer_order",
    "catch_up",
    "deliver_due",
    "end_endpoint",
    "forget_old_rows",
    "make_orders",
    "note_seen",
    "order_again",
    "replay_delivery",
    "replay_given_up",
    "resume_endpoint",
    "rotate_secret",
    "send_all_now",
    "send_now",
    "send_parcel",
    "send_test",
]
