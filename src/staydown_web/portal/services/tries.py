"""Wrong words at the door: how often in a row, and the pause that is on, for every number alike.

What is told rests on nothing but what this form sent before, signed, in a hidden field: nobody
learns whether a number exists, or what somebody else did with it. It counts as ``open_case`` does,
so that whoever alone tries a number that exists is told the truth. Nothing is stored.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.core import signing
from django.utils.crypto import salted_hmac

from staydown_web.cases.services.opening import clean_number, pause_after

_SALT: Final = "portal.tries"
_LASTS: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong tries at one number by one form.

    Attributes:
        token: for the hidden field of the next form.
        until: the whole minute in which the pause that is on has ended; None where there is none.
        minutes: how long it is still, rounded up; 0 where there is none.
    """

    token: str
    until: datetime | None
    minutes: int


def note_wrong_try(*, token: str, number: str, now: datetime) -> Tries:
    """Count one more wrong try.

    Args:
        token: that came with the form; one that is not ours, too old or of another number is as
            none.
        number: as typed.
        now: aware, UTC.
    """
    mark = salted_hmac(_SALT, clean_number(number), algorithm="sha256").hexdigest()[:32]
    failures, end = _so_far(token, mark)
    if now.timestamp() >= end:  # as in ``open_case``: within a pause nothing is counted
        failures += 1
        pause = pause_after(failures)
        end = (now + pause).timestamp() if pause else 0.0
    made = signing.dumps([mark, failures, end], salt=_SALT)
    left = end - now.timestamp()
    if left <= 0:
        return Tries(made, None, 0)
    until = datetime.fromtimestamp(math.ceil(end / 60) * 60, UTC)
    return Tries(made, until, math.ceil(left / 60))


def _so_far(token: str, mark: str) -> tuple[int, float]:
    """Failures and the end of the last pause, in seconds of the epoch; 0 for none."""
    try:
        known, failures, end = signing.loads(token, salt=_SALT, max_age=_LASTS)
    except signing.BadSignature:
        return 0, 0.0
    return (failures, end) if known == mark else (0, 0.0)
