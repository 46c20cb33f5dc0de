"""What the worker does for other installations: tell them, read them, clear up."""

from __future__ import annotations

from datetime import datetime

from staydown_web.base.dates import when_sure
from staydown_web.base.jobs import Job
from staydown_web.federation.models import SeenNonce
from staydown_web.federation.services.announcing import announce_key
from staydown_web.federation.services.calling import NONCES_KEPT
from staydown_web.federation.services.joining import clear_expelled
from staydown_web.federation.services.news import tell_changes, tell_decisions
from staydown_web.federation.services.own_keys import finish_change
from staydown_web.federation.services.reading import read_members
from staydown_web.federation.services.telling import sweep_member


def tell(now: datetime) -> int:
    """Tell members how entries stand that changed."""
    return tell_changes(now) + tell_decisions(now)


def sweep(now: datetime) -> int:
    """Look through all that a member is or could be told."""
    return sweep_member(now=now)


def read(now: datetime) -> int:
    """Read what members say."""
    return read_members(now)


def clear(now: datetime) -> int:
    """Destroy what expelled members brought; finish a change of the key that was cut off."""
    finish_change(actor="system", now=now, announce=announce_key(now))
    return clear_expelled(now)


def forget_nonces(now: datetime) -> int:
    """Forget the numbers of calls that are too old to be taken again."""
    SeenNonce.objects.filter(at__lt=now - NONCES_KEPT).delete()
    return 0


JOBS = (
    Job("tell_members", 0.5, tell),
    Job("sweep_members", 5.0, sweep),
    Job("read_members", 1.0, read),
    Job("clear_members", 5.0, clear),
    Job("forget_nonces", 60.0, when_sure(forget_nonces)),
)
