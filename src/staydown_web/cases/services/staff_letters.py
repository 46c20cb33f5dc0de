"""Letters to staff: lined up, taken in hand, sent by the worker, noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from staydown_web.audit.services import record_event
from staydown_web.base.mailing import is_ready
from staydown_web.base.retrying import LETTER
from staydown_web.cases.models import StaffLetter
from staydown_web.cases.services.clock_warnings import staff_to_warn

BATCH = timedelta(hours=1)
"""What comes together shares a letter: a site that is up again brings back all of its links."""
LEASE = timedelta(minutes=10)
"""A worker that dies while it sends loses its turn then."""


@dataclass(frozen=True, slots=True)
class StaffSending:
    """A letter in hand: which, and to which address."""

    letter_id: UUID
    to: str


def alert_staff(now: datetime) -> int:
    """Line up one neutral letter to each lead and administrator: their pages say the rest.

    Where no mail server is set, or nobody has an address, the pages alone say it. A letter that
    still waits, or left within the hour, says it already.

    Returns:
        How many letters were lined up.
    """
    if not is_ready():
        return 0
    made = 0
    for user in staff_to_warn():
        lately = StaffLetter.objects.filter(user=user, made_at__gt=now - BATCH, made_at__lte=now)
        if not lately.filter(warnings__isnull=True).exists():
            StaffLetter.objects.create(user=user, made_at=now, next_try_at=now)
            made += 1
    return made


def take_staff_letter(*, now: datetime) -> StaffSending | None:
    """The next letter to send, taken in hand; None where nothing is due.

    Somebody who left meanwhile, or has no address any more, gets none.
    """
    due = StaffLetter.objects.filter(state=StaffLetter.State.DUE, next_try_at__lte=now)
    for letter in due.select_related("user").order_by("next_try_at", "id")[:50]:
        taken = StaffLetter.objects.filter(
            pk=letter.pk, state=StaffLetter.State.DUE, next_try_at=letter.next_try_at
        ).update(next_try_at=now + LEASE, tries=F("tries") + 1)
        if not taken:
            continue
        if letter.user.is_active and letter.user.email:
            return StaffSending(letter.pk, letter.user.email)
        _end(letter.pk, StaffLetter.State.DEAD, now)
    return None


def staff_letter_sent(*, letter_id: UUID, now: datetime) -> bool:
    """Note that the mail server took it.

    Returns:
        False where it was noted before.
    """
    return _end(letter_id, StaffLetter.State.SENT, now)


def staff_letter_failed(*, letter_id: UUID, is_retryable: bool, now: datetime) -> bool:
    """Note that it did not leave; it is tried again after a pause, in the end no more.

    Returns:
        Whether it is tried again.
    """
    letter = StaffLetter.objects.get(pk=letter_id)
    again = LETTER.next_try(tries=letter.tries, now=now) if is_retryable else None
    if again is None:
        _end(letter_id, StaffLetter.State.DEAD, now)
        return False
    StaffLetter.objects.filter(pk=letter_id, state=StaffLetter.State.DUE).update(next_try_at=again)
    return True


@transaction.atomic
def _end(letter_id: UUID, state: StaffLetter.State, now: datetime) -> bool:
    sent_at = now if state == StaffLetter.State.SENT else None
    changed = StaffLetter.objects.filter(pk=letter_id, state=StaffLetter.State.DUE).update(
        state=state, sent_at=sent_at
    )
    if changed:
        record_event(
            what=f"staff_letter_{state}", actor="system", at=now, subject=f"letter:{letter_id}"
        )
    return bool(changed)
