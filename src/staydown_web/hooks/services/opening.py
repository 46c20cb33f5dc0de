"""Which hook a call belongs to, by its secret; remembered for less than a second."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from django.db import DatabaseError

from staydown_web.accounts.services import Caller, authenticate
from staydown_web.base.errors import KeyUnknownError
from staydown_web.base.sealing import digest_token
from staydown_web.hooks.models import Hook

_SEEN_FOR_S = 0.9
"""A change of a hook counts everywhere within a second, as a revoked key does."""
_MOST_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class OpenHook:
    """A hook as a call needs it.

    Attributes:
        hook_id, kind, on_failure, on_hold, max_bytes, wait_s, takes_private: as ``Hook`` has them.
        caller: whose program asks, for the check and what is recorded of it.
        origins: the only places that an address may lead to.
        is_reachable: False where the database does not answer and this is what was known last;
            then no check can be made, and the call is answered as a failure.
    """

    hook_id: UUID
    kind: Hook.Kind
    on_failure: Hook.Failure
    on_hold: Hook.Hold
    max_bytes: int
    wait_s: int
    takes_private: bool
    caller: Caller
    origins: tuple[str, ...]
    is_reachable: bool = True


_known: dict[str, tuple[float, OpenHook]] = {}


def open_hook(*, secret: str, kind: str) -> OpenHook:
    """The hook of a secret.

    Args:
        secret: as the caller sent it.
        kind: by the address that was called.

    Raises:
        KeyMissingError: no secret.
        KeyUnknownError: unknown, revoked, no hook's, or of another kind: all answered alike.
        RateLimitedError: more calls than the key allows.
    """
    digest = digest_token(secret)
    until, known = _known.get(digest, (0.0, None))
    try:
        caller = authenticate(f"Bearer {secret}", "check")
        if known is None or until < time.monotonic():
            known = _read(caller)
            if len(_known) >= _MOST_KEPT:
                _known.clear()
            _known[digest] = (time.monotonic() + _SEEN_FOR_S, known)
    except KeyUnknownError:
        _known.pop(digest, None)
        raise KeyUnknownError("this secret is of no hook at this address") from None
    except DatabaseError:
        if known is None:
            raise
        known = _out_of_reach(known)
    if known.kind != kind:
        raise KeyUnknownError("this secret is of no hook at this address")
    return known


def forget_hooks() -> None:
    """Read every hook anew at its next call."""
    _known.clear()


def hook_of(hook: Hook, caller: Caller | None = None) -> OpenHook:
    """A row as calls and jobs need it."""
    key = hook.key
    return OpenHook(
        hook_id=hook.pk,
        kind=Hook.Kind(hook.kind),
        on_failure=Hook.Failure(hook.on_failure),
        on_hold=Hook.Hold(hook.on_hold),
        max_bytes=hook.max_bytes,
        wait_s=hook.wait_s,
        takes_private=hook.takes_private,
        caller=caller or Caller(key.platform_id, key.pk, frozenset(key.scopes)),
        origins=tuple(key.platform.media_origins),
    )


def _read(caller: Caller) -> OpenHook:
    hook = Hook.objects.filter(key_id=caller.key_id).select_related("key__platform").first()
    if hook is None:
        raise KeyUnknownError("this secret is of no hook at this address")
    return hook_of(hook, caller)


def _out_of_reach(known: OpenHook) -> OpenHook:
    return OpenHook(
        **{n: getattr(known, n) for n in OpenHook.__slots__ if n != "is_reachable"},
        is_reachable=False,
    )
