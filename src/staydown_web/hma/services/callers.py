"""Who makes one of HMA's calls: a key, or in the keyless mode a program on this machine."""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from staydown_web.accounts.models import Platform
from staydown_web.accounts.selectors import default_platform
from staydown_web.accounts.services import authenticate
from staydown_web.base.errors import KeyMissingError, NotAllowedError

KEYLESS_SCOPES: Final = frozenset({"check", "match:detail", "banks:read", "banks:write"})
"""What a program without a key may do, and with banks that are not sensitive alone."""
_FROM_ELSEWHERE = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_FORWARDED",
    "HTTP_X_REAL_IP",
    "HTTP_VIA",
    "HTTP_ORIGIN",
    "HTTP_SEC_FETCH_SITE",
)
"""Headers that proxies and browsers send: whoever asks through one is not on this machine."""


@dataclass(frozen=True, slots=True)
class HmaCaller:
    """The program behind a call.

    Attributes:
        actor: how the audit names it.
        scopes: what it may do.
        platform_id: whose program it is; None for a keyless one.
        is_keyless: whether it brought no key.
    """

    actor: str
    scopes: frozenset[str]
    platform_id: UUID | None = None
    is_keyless: bool = False

    @property
    def platform(self) -> Platform | None:
        """Whose program it is; of a keyless one the default platform, if there is one."""
        if self.platform_id is None:
            return default_platform()
        return Platform.objects.filter(pk=self.platform_id).first()

    @property
    def sees_distances(self) -> bool:
        """Whether it may learn how near a match is."""
        return "match:detail" in self.scopes


def caller_of(meta: Mapping[str, Any], *scopes: str) -> HmaCaller:
    """Who calls, where they may do what takes one of these scopes.

    Args:
        meta: the request's headers as Django has them, and ``REMOTE_ADDR``.
        scopes: any of them is enough.

    Raises:
        KeyMissingError: no key, and the keyless mode does not hold for this call.
        KeyUnknownError, NotAllowedError, RateLimitedError: as ``authenticate``.
    """
    key = _key_of(meta)
    if key:
        return _with_key(key, scopes)
    if not is_keyless(meta):
        raise KeyMissingError(
            "no API key; send it as `Authorization: Bearer KEY`, as `X-API-Key`, or as the "
            "password of HTTP Basic"
        )
    if not KEYLESS_SCOPES & set(scopes):
        raise NotAllowedError(f"this takes a key with the scope {scopes[0]}")
    return HmaCaller("system", KEYLESS_SCOPES, is_keyless=True)


def is_keyless(meta: Mapping[str, Any]) -> bool:
    """Whether this call may come without a key: the mode is on, and the program on this machine."""
    if not settings.STAYDOWN_HMA_KEYLESS or settings.ENVIRONMENT.behind_proxy:
        return False
    if any(meta.get(name) for name in _FROM_ELSEWHERE):
        return False
    # A page of another site whose name leads here is no program of this machine either.
    host, _ = split_domain_port(str(meta.get("HTTP_HOST") or meta.get("SERVER_NAME", "")))
    if not validate_host(host, settings.ALLOWED_HOSTS):
        return False
    try:
        return ipaddress.ip_address(str(meta.get("REMOTE_ADDR", ""))).is_loopback
    except ValueError:
        return False


def _with_key(key: str, scopes: tuple[str, ...]) -> HmaCaller:
    for number, scope in enumerate(scopes, 1):
        try:
            caller = authenticate(f"Bearer {key}", scope)
        except NotAllowedError:
            if number == len(scopes):
                raise
            continue
        return HmaCaller(caller.actor, caller.scopes, caller.platform_id)
    raise NotAllowedError("this call takes a scope that no key has")


def _key_of(meta: Mapping[str, Any]) -> str:
    """The key, from whichever header the client could set; empty for none."""
    kind, _, value = str(meta.get("HTTP_AUTHORIZATION", "")).strip().partition(" ")
    value = value.strip()
    if kind.lower() == "bearer":
        return value
    if kind.lower() == "basic":
        try:
            name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return value
        return password or name
    return str(meta.get("HTTP_X_API_KEY", "")).strip() or value
