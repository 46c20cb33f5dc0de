"""The second factor: codes from an app by time, and ten spare codes on paper."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from staydown_web.accounts.models import User
from staydown_web.accounts.selectors import device_wait_s
from staydown_web.audit.services import record_event
from staydown_web.base.errors import RateLimitedError
from staydown_web.base.sealing import blind

BACKUP_CODES = 10
_LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
_GROUPS, _GROUP = 2, 5
_STORED = 16
"""Characters of a digest that fit django-otp's column: 64 bits, behind a key and a throttle."""


def begin_factor(*, user: User) -> TOTPDevice:
    """The device that waits for its first code; the same one until it is confirmed."""
    device = TOTPDevice.objects.filter(user=user, confirmed=False).order_by("pk").first()
    return device or TOTPDevice.objects.create(user=user, name="app", confirmed=False)


@transaction.atomic
def confirm_factor(*, user: User, code: str, now: datetime) -> tuple[TOTPDevice, list[str]] | None:
    """Take the first code of a new device.

    Returns:
        The device and the spare codes, which are shown once; None where the code is wrong.

    Raises:
        RateLimitedError: a wrong code came a moment ago; this one was not looked at.
    """
    waiting = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False)
    device = waiting.order_by("pk").first()
    if device is None or not _fits(device, _digits(code), now):
        return None
    TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    _record(user, "factor_set", now)
    return device, renew_backup_codes(user=user, now=now)


@transaction.atomic
def renew_backup_codes(*, user: User, now: datetime) -> list[str]:
    """Ten new spare codes; the old ones stop working. Only digests are kept."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="paper", confirmed=True)
    codes = [_new_code() for _ in range(BACKUP_CODES)]
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=_stored(user, code)) for code in codes
    )
    _record(user, "backup_codes_made", now)
    return codes


@transaction.atomic
def check_code(
    *, user: User, code: str, now: datetime, what: str = "user_signed_in"
) -> TOTPDevice | StaticDevice | None:
    """The device whose code this is; None where it is wrong or was used before.

    django-otp lets each device's pauses grow by itself, in the database. A code that comes in a
    pause is neither looked at nor counted.

    Args:
        user: whose code it is.
        code: of the app, or a spare one.
        now: the moment.
        what: the event that a right code is.

    Raises:
        RateLimitedError: a wrong code came a moment ago; ``retry_after_s`` says how long to wait.
    """
    digits = _digits(code)
    app = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
    if len(digits) == 6 and digits.isdigit():
        matched = app if app is not None and _fits(app, digits, now) else None
    else:
        paper = StaticDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
        found = paper is not None and _fits(paper, _stored(user, code), now)
        matched = paper if found else None
    if matched is not None:
        _record(user, what, now, by="app" if matched is app else "paper")
    return matched


def _fits(device: TOTPDevice | StaticDevice, code: str, now: datetime) -> bool:
    wait_s = device_wait_s(device, now=now)
    if wait_s:
        raise RateLimitedError(
            "a wrong code came a moment ago; wait, then send this one again", retry_after_s=wait_s
        )
    return bool(device.verify_token(code))


def _digits(code: str) -> str:
    return "".join(code.split())


def _new_code() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _stored(user: User, code: str) -> str:
    plain = "".join(c for c in code.lower() if c in _LETTERS)
    salted = hashlib.sha256(f"{user.pk}:{plain}".encode()).digest()
    return blind(salted, purpose="backup-code", digits=_STORED)


def _record(user: User, what: str, now: datetime, **facts: str) -> None:
    record_event(
        what=what, actor=f"user:{user.pk}", at=now, subject=f"user:{user.pk}", facts=facts or {}
    )
