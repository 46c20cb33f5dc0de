"""A page that says "taken back": when it is shown, and until when it opens."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import Q

from staydown_web.base.retention import keeps
from staydown_web.cases.models import Case

KEEP_PHRASE: Final = keeps("recovery_words")
"""How long a page that says "ended" can be opened. Source: ADR-0028."""
SPENT: Final = "!"
"""In the place of words from before a stopped withdrawal, once they open nothing any more: that
there were some is still known, because no letter may tell that the case goes on."""


def is_shown_ended(case: Case, *, is_unveiled: bool) -> bool:
    """Whether the page says that the case was taken back, whether it was or only seems so."""
    is_pausing = case.withdrawal_due_at is not None
    is_veiled = bool(case.veiled_phrase_hash) and not is_unveiled
    return case.state == Case.State.WITHDRAWN or is_pausing or is_veiled


def taken_back_until(case: Case, *, is_unveiled: bool) -> datetime | None:
    """Until when a page that says "taken back" opens; None for one that does not say so.

    It counts from the asking alone: neither a pause, nor that it was stopped, nor a notice that is
    kept behind a removal makes it longer or shorter. Source: ADR-0029.
    """
    asked = case.withdrawal_asked_at or case.closed_at
    if asked is None or not is_shown_ended(case, is_unveiled=is_unveiled):
        return None
    return asked + KEEP_PHRASE


def forget_taken_back(now: datetime) -> int:
    """Forget words that opened a page which said "taken back", once its time is over.

    Returns:
        How many cases had some.
    """
    over = Case.objects.filter(withdrawal_asked_at__lte=now - KEEP_PHRASE)
    ended = over.filter(state=Case.State.WITHDRAWN).exclude(phrase_hash="", veiled_phrase_hash="")
    stopped = over.filter(~Q(state=Case.State.WITHDRAWN), withdrawal_due_at=None).exclude(
        veiled_phrase_hash__in=("", SPENT)
    )
    count = stopped.update(veiled_phrase_hash=SPENT)
    return count + ended.update(phrase_hash="", veiled_phrase_hash="")
