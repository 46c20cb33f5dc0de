"""Hooks made and ended. The secret is given once; a digest of it is all that is kept."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from staydown_web.accounts.models import Platform
from staydown_web.accounts.services import create_api_key, revoke_api_key
from staydown_web.audit.services import record_event
from staydown_web.base.errors import FetchRefusedError, FieldsError, RecordNotFoundError
from staydown_web.base.fetching import is_never_reached, origin_of
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal, unseal
from staydown_web.hooks.models import Hook
from staydown_web.screening.services.media import max_media_bytes

WAIT_S = 20
"""Below the 30 s that pict-rs waits and the 60 s of most proxies, so that ours is the answer."""
MOST_WAIT_S = 300
MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """Where a bucket is, and how it is opened.

    Attributes:
        endpoint: scheme, host and port of the store; among the platform's own media origins.
        bucket: its name.
        region: as the store calls it; ``us-east-1`` where it calls it nothing.
        access_key, secret_key: of a user who may read, write and delete there.
    """

    endpoint: str
    bucket: str
    region: str
    access_key: str
    secret_key: str


@transaction.atomic
def create_hook(
    *,
    platform: Platform,
    name: str,
    kind: str,
    on_failure: str,
    on_hold: str,
    on_refuse: str = "",
    max_bytes: int = MAX_BYTES,
    wait_s: int = WAIT_S,
    takes_private: bool = False,
    place: BucketPlace | None = None,
    actor: str,
    now: datetime,
) -> tuple[Hook, str]:
    """Make a hook.

    Args:
        platform: whose uploads it is asked about.
        name: what people call it.
        kind: who calls; one of ``Hook.Kind``.
        on_failure: ``open`` or ``closed``; there is no default.
        on_hold: ``store`` or ``refuse``; there is no default.
        on_refuse: for a bucket: what becomes of an object; one of ``Hook.Refusal``.
        max_bytes: the largest file that is looked at; a larger one counts as a failure.
        wait_s: seconds until the failure choice is answered; less than the caller waits.
        takes_private: for chats: whether files of private rooms are looked at too.
        place: for a bucket.
        actor: who asks.
        now: the moment, aware UTC.

    Returns:
        The hook, and its secret, which is shown once.

    Raises:
        FieldsError: something is missing or wrong.
    """
    wrong = _wrong_choices(kind, on_failure, on_hold, max_bytes, wait_s)
    is_bucket = kind == Hook.Kind.BUCKET
    if is_bucket:
        wrong |= _wrong_place(platform, on_refuse, place)
    if takes_private and kind != Hook.Kind.CHAT:
        wrong["takes_private"] = "for chat rooms alone"
    if wrong:
        raise FieldsError(wrong)
    key, secret = create_api_key(
        platform=platform, name=name, scopes=["check"], per_minute=0, actor=actor, now=now
    )
    hook_id = new_id()
    box = _sealed(place, hook_id) if is_bucket and place else None
    hook = Hook.objects.create(
        id=hook_id,
        key=key,
        kind=kind,
        on_failure=on_failure,
        on_hold=on_hold,
        on_refuse=on_refuse if is_bucket else "",
        max_bytes=max_bytes,
        wait_s=wait_s,
        takes_private=takes_private,
        bucket_box=box,
    )
    record_event(
        what="hook_created",
        actor=actor,
        at=now,
        subject=f"hook:{hook.pk}",
        facts={
            "platform": platform.pk,
            "key": key.pk,
            "kind": kind,
            "on_failure": on_failure,
            "on_hold": on_hold,
            "takes_private": takes_private,
        },
    )
    return hook, secret


@transaction.atomic
def choose_again(
    *, hook_id: UUID, on_failure: str, on_hold: str, actor: str, now: datetime
) -> None:
    """Change what a failure and a hold mean; every process knows within a second.

    Raises:
        FieldsError: no such choice.
        RecordNotFoundError: no such hook, or one that was ended.
    """
    wrong = _wrong_choices(Hook.Kind.WEBHOOK, on_failure, on_hold, MAX_BYTES, WAIT_S)
    if wrong:
        raise FieldsError(wrong)
    living = Hook.objects.filter(pk=hook_id, key__revoked_at__isnull=True)
    if not living.update(on_failure=on_failure, on_hold=on_hold):
        raise RecordNotFoundError("no such hook, or it was ended")
    record_event(
        what="hook_changed",
        actor=actor,
        at=now,
        subject=f"hook:{hook_id}",
        facts={"on_failure": on_failure, "on_hold": on_hold},
    )


@transaction.atomic
def end_hook(*, hook_id: UUID, actor: str, now: datetime) -> None:
    """Answer a hook's secret no more, from the next second on.

    Raises:
        RecordNotFoundError: no such hook.
        RecordConflictError: it was ended before.
    """
    hook = Hook.objects.filter(pk=hook_id).first()
    if hook is None:
        raise RecordNotFoundError("no such hook")
    revoke_api_key(key_id=hook.key_id, actor=actor, now=now)


def open_place(hook: Hook) -> BucketPlace:
    """Where the bucket of a hook is.

    Raises:
        SealError: the keys of this installation are not those it was sealed with.
        RecordNotFoundError: the hook has no bucket.
    """
    if hook.bucket_box is None:
        raise RecordNotFoundError("this hook has no bucket")
    return BucketPlace(**json.loads(unseal(hook.bucket_box, context=f"hook:{hook.pk}")))


def place_of(hook_id: UUID) -> BucketPlace:
    """The same, by the id of the hook."""
    return open_place(Hook.objects.get(pk=hook_id))


def _sealed(place: BucketPlace, hook_id: UUID) -> bytes:
    return seal(json.dumps(asdict(place)).encode(), context=f"hook:{hook_id}")


def _wrong_choices(
    kind: str, on_failure: str, on_hold: str, max_bytes: int, wait_s: int
) -> dict[str, str]:
    most = max_media_bytes()
    checks: dict[str, tuple[bool, Any]] = {
        "kind": (kind in Hook.Kind.values, "one of: " + ", ".join(Hook.Kind.values)),
        "on_failure": (on_failure in Hook.Failure.values, "open or closed: say which"),
        "on_hold": (on_hold in Hook.Hold.values, "store or refuse: say which"),
        "max_bytes": (1 <= max_bytes <= most, f"1 to {most}"),
        "wait_s": (1 <= wait_s <= MOST_WAIT_S, f"1 to {MOST_WAIT_S} seconds"),
    }
    return {name: remedy for name, (is_right, remedy) in checks.items() if not is_right}


def _wrong_place(platform: Platform, on_refuse: str, place: BucketPlace | None) -> dict[str, str]:
    wrong = {}
    if on_refuse not in Hook.Refusal.values:
        wrong["on_refuse"] = "one of: " + ", ".join(Hook.Refusal.values)
    if place is None or not all(asdict(place).values()):
        return wrong | {"bucket": "endpoint, name, region, access key and secret key"}
    try:
        origin = origin_of(place.endpoint)
        is_of_no_use = is_never_reached(place.endpoint, is_owned=True)
    except FetchRefusedError:
        said = _("Write a whole address, such as https://store.example, and no user name.")
        return wrong | {"endpoint": said}
    if origin not in {origin_of(o) for o in platform.media_origins}:
        wrong["endpoint"] = _("Use an address on an origin that the platform lists as its own.")
    elif is_of_no_use:
        wrong["endpoint"] = _("Nothing is ever sent to this address. Use another one.")
    return wrong
