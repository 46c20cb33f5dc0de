"""Endpoints: added, tried, given a new secret, switched off and on; people hear of the dead."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Delivery, Endpoint
from staydown_web.actions.selectors import allowed_origins, waiting_since
from staydown_web.actions.services.catching_up import fall_behind, make_due
from staydown_web.actions.services.messages import new_secret, sealed_secret
from staydown_web.audit.services import record_event
from staydown_web.base.errors import FetchError, FetchRefusedError, FieldsError, RecordConflictError
from staydown_web.base.fetching import is_never_reached, origin_of
from staydown_web.base.ids import new_id
from staydown_web.base.mailing import is_ready, send_neutral
from staydown_web.base.sealing import seal

OLD_SECRET_COUNTS_FOR = timedelta(days=1)
MOST_ENDPOINTS = 5
_LONGEST_URL = 500


@transaction.atomic
def add_endpoint(
    *, platform: Platform, url: str, actor: str, now: datetime
) -> tuple[Endpoint, str]:
    """Add a place to send orders to; what the platform missed until now is sent there too.

    Args:
        platform: whose it is.
        url: https; http only where the platform lists the origin as its own.
        actor: who asks.
        now: the moment, aware UTC.

    Returns:
        The endpoint, and its secret, which is shown once.

    Raises:
        FieldsError: an address that we do not send to, or too many endpoints.
    """
    _check_url(platform, url)
    if platform.endpoints.filter(is_active=True).count() >= MOST_ENDPOINTS:
        said = _("This platform has %(n)d endpoints already. Switch one off first.")
        raise FieldsError({"url": said % {"n": MOST_ENDPOINTS}})
    made, secret = Endpoint(id=new_id(), platform=platform, made_at=now), new_secret()
    made.url_box = seal(url.encode(), context=f"endpoint-url:{made.pk}")
    made.secret_box = sealed_secret(made, secret)
    made.save(force_insert=True)
    fall_behind(made, now)
    _record("endpoint_added", made, actor, now)
    return made, secret


@transaction.atomic
def rotate_secret(*, endpoint: Endpoint, actor: str, now: datetime) -> str:
    """Give an endpoint a new secret; for a day both sign, so that no message is refused.

    Returns:
        The new secret, which is shown once.
    """
    secret = new_secret()
    old = Endpoint.objects.get(pk=endpoint.pk).secret_box
    Endpoint.objects.filter(pk=endpoint.pk).update(
        secret_box=sealed_secret(endpoint, secret),
        old_secret_box=old,
        old_secret_until=now + OLD_SECRET_COUNTS_FOR,
    )
    _record("secret_rotated", endpoint, actor, now)
    return secret


@transaction.atomic
def send_test(*, endpoint: Endpoint, actor: str, now: datetime) -> Delivery:
    """Send a message that asks for nothing; its outcome shows in the log of the endpoint.

    Raises:
        RecordConflictError: the endpoint is off.
    """
    if not Endpoint.objects.filter(pk=endpoint.pk, is_active=True).exists():
        raise RecordConflictError("this endpoint is switched off; switch it on first")
    waiting = endpoint.deliveries.filter(
        order__isnull=True, parcel__isnull=True, state=Delivery.State.DUE
    )
    again = waiting.order_by("-made_at").first()
    if again is not None:
        Delivery.objects.filter(pk=again.pk).update(next_try_at=now)
        return again
    made = Delivery.objects.create(endpoint=endpoint, next_try_at=now, made_at=now)
    _record("test_asked", endpoint, actor, now)
    return made


@transaction.atomic
def end_endpoint(*, endpoint: Endpoint, why: Endpoint.Ended, actor: str, now: datetime) -> bool:
    """Send nothing there any more; what waits is sent when it is switched on again.

    Returns:
        False where it was off before.
    """
    ended = Endpoint.objects.filter(pk=endpoint.pk, is_active=True).update(
        is_active=False,
        ended=why,
        ended_at=now,
        # Who switches it off by hand needs no letter about it.
        alerted_at=now if why == Endpoint.Ended.STAFF else None,
    )
    if not ended:
        return False
    waiting = endpoint.deliveries.filter(state=Delivery.State.DUE)
    held = waiting.update(state=Delivery.State.DEAD, done_at=now)
    _record("endpoint_ended", endpoint, actor, now, why=why, waiting=held)
    return True


@transaction.atomic
def resume_endpoint(*, endpoint: Endpoint, actor: str, now: datetime) -> bool:
    """Send there again, also what waited when it was switched off, and what came up meanwhile.

    What was given up before that waits for a person. What the platform has fetched or answered
    since, and what counts no more, is left out.

    Returns:
        False where it was on.
    """
    ended_at = Endpoint.objects.values_list("ended_at", flat=True).get(pk=endpoint.pk)
    resumed = Endpoint.objects.filter(pk=endpoint.pk, is_active=False).update(
        is_active=True, ended="", ended_at=None, failing_since=None, alerted_at=None
    )
    if resumed:
        again = make_due(waiting_since(endpoint, ended_at), now)
        fall_behind(endpoint, now)
        _record("endpoint_resumed", endpoint, actor, now, sent_again=again)
    return bool(resumed)


def alert_about_endpoints(now: datetime) -> int:
    """Write to the administrators about endpoints that ended by themselves, once each.

    Returns:
        How many endpoints they were told of; 0 where no mail server is set: the page says it too.
    """
    ended = Endpoint.objects.filter(is_active=False, alerted_at__isnull=True)
    if not ended.exists() or not is_ready():
        return 0
    link = settings.STAYDOWN_URL + reverse("actions:endpoints")
    admins = User.objects.filter(role=User.Role.ADMIN, is_active=True).exclude(email="")
    has_reached = False
    for admin in admins:
        try:
            send_neutral(
                to=admin.email, template="staff_alert", language="en", context={"link": link}
            )
            has_reached = True
        except (FetchError, FetchRefusedError):
            continue
    if not has_reached:
        return 0
    told = list(ended.values_list("pk", flat=True))
    return Endpoint.objects.filter(pk__in=told, alerted_at__isnull=True).update(alerted_at=now)


def _check_url(platform: Platform, url: str) -> None:
    try:
        origin = origin_of(url)
    except FetchRefusedError:
        said = _(
            "Write a whole address, such as https://platform.example/orders, and no user name."
        )
        raise FieldsError({"url": said}) from None
    if len(url) > _LONGEST_URL:
        raise FieldsError(
            {"url": _("Use an address of at most %(n)d characters.") % {"n": _LONGEST_URL}}
        )
    if "#" in url:
        raise FieldsError({"url": _("Leave out the # and what follows it.")})
    is_owned = origin in allowed_origins(platform)
    if not is_owned:
        _check_open(origin)
    if is_never_reached(url, is_owned=True):
        raise FieldsError({"url": _("Nothing is ever sent to this address. Use another one.")})
    if is_owned or not is_never_reached(url, is_owned=False):
        return
    said = _(
        "This address lies in a private or reserved network. Use one on an origin that the "
        "platform lists as its own, or list its origin there first."
    )
    raise FieldsError({"url": said})


def _check_open(origin: str) -> None:
    """An origin that the platform does not list: https on its usual port."""
    if not origin.startswith("https://"):
        said = _(
            "Use an address that starts with https://, or one on an origin that the platform lists "
            "as its own."
        )
        raise FieldsError({"url": said})
    if not origin.endswith((":443", ":80")):
        said = _(
            "Use an address without a port, or one on an origin that the platform lists as its own."
        )
        raise FieldsError({"url": said})


def _record(what: str, endpoint: Endpoint, actor: str, now: datetime, **facts: object) -> None:
    record_event(
        what=what,
        actor=actor,
        at=now,
        subject=f"endpoint:{endpoint.pk}",
        facts={"platform": endpoint.platform_id, **facts},
    )
