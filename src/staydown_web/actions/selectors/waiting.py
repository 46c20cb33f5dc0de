"""What "Send now what waits" leaves: counted by why it is not sent, and said in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.actions.models import Delivery, Endpoint
from staydown_web.actions.selectors.orders import (
    CLAIM,
    given_up_deliveries,
    held_deliveries,
    later_deliveries,
    unsent_orders,
)


@dataclass(frozen=True, slots=True)
class Left:
    """What waits for a platform and was not sent with the rest.

    Attributes:
        soon: at this endpoint; they come by themselves within two minutes.
        given_up: at this endpoint; a person sends them again.
        elsewhere: at other endpoints of the platform, which have their own page.
        unsent: orders without a message; they are sent as soon as an endpoint works.
    """

    soon: int
    given_up: int
    elsewhere: int
    unsent: int


def left_waiting(endpoint: Endpoint, now: datetime) -> Left:
    """What still waits once an endpoint's messages were brought forward, at this moment."""
    due = Delivery.objects.filter(state=Delivery.State.DUE)
    others = Delivery.objects.filter(endpoint__platform=endpoint.platform_id)
    others = others.exclude(endpoint=endpoint)
    waiting = Q(pk__in=later_deliveries(now)) | Q(pk__in=held_deliveries())
    is_soon = Q(next_try_at__gt=now, next_try_at__lte=now + CLAIM)
    return Left(
        soon=due.filter(is_soon, endpoint=endpoint).count(),
        given_up=given_up_deliveries().filter(endpoint=endpoint).count(),
        elsewhere=others.filter(waiting | Q(pk__in=given_up_deliveries())).count(),
        unsent=unsent_orders().filter(platform=endpoint.platform_id).count(),
    )


def sent_words(sent: int, left: Left) -> str:
    """What was sent off now, and what still waits and why."""
    said = ngettext("%(n)d message is sent now.", "%(n)d messages are sent now.", sent)
    parts = [said % {"n": sent} if sent else _("Nothing was there to be sent now.")]
    whys = (
        (left.soon, _soon(left.soon)),
        (left.given_up, _given_up(left.given_up)),
        (left.elsewhere, _elsewhere(left.elsewhere)),
        (left.unsent, _unsent(left.unsent)),
    )
    parts += [words % {"n": n} for n, words in whys if n]
    return " ".join(
        parts if len(parts) > 1 else [*parts, _("Nothing else waits for this platform.")]
    )


def _soon(n: int) -> str:
    return ngettext(
        "%(n)d more is on its way already, or goes by itself within two minutes.",
        "%(n)d more are on their way already, or go by themselves within two minutes.",
        n,
    )


def _given_up(n: int) -> str:
    return ngettext(
        "%(n)d was given up before; “Send again what was given up” sends it.",
        "%(n)d were given up before; “Send again what was given up” sends them.",
        n,
    )


def _elsewhere(n: int) -> str:
    return ngettext(
        "%(n)d waits at another endpoint of this platform; see the page of that one.",
        "%(n)d wait at other endpoints of this platform; see the pages of those.",
        n,
    )


def _unsent(n: int) -> str:
    return ngettext(
        "%(n)d order has no message yet; it is sent once an endpoint works.",
        "%(n)d orders have no message yet; they are sent once an endpoint works.",
        n,
    )
