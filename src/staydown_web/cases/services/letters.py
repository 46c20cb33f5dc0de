"""Letters on their way: taken in hand, sent by the worker, noted. What they say is ``base``'s."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from staydown_web.base.errors import SealError
from staydown_web.base.retrying import LETTER
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Contact, Letter
from staydown_web.cases.services.contacts import FIRST_TEMPLATES, WITHDRAWAL_TEMPLATE
from staydown_web.cases.services.events import Events

LEASE = timedelta(minutes=10)
"""A worker that dies while it sends loses its turn then."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A letter in hand.

    Attributes:
        letter_id: of the letter.
        to: the address.
        template: name of the words.
        language: code of the case's language.
        token: of the link in it; empty where it has none.
        day: when a withdrawal ends, as ``2026-12-03``; empty for other letters.
    """

    letter_id: UUID
    to: str
    template: str
    language: str
    token: str
    day: str


def take_letter(*, now: datetime) -> Sending | None:
    """The next letter to send, taken in hand; one that may not be sent any more is given up.

    Returns:
        None where nothing is due.
    """
    due = Letter.objects.filter(state=Letter.State.DUE, next_try_at__lte=now)
    for letter in due.select_related("contact__case").order_by("next_try_at", "id")[:50]:
        taken = Letter.objects.filter(
            pk=letter.pk, state=Letter.State.DUE, next_try_at=letter.next_try_at
        ).update(next_try_at=now + LEASE, tries=F("tries") + 1)
        if not taken:
            continue
        sending = _unsealed(letter) if _may_be_sent(letter) else None
        if sending is not None:
            return sending
        _give_up(letter, now)
    return None


@transaction.atomic
def letter_sent(*, letter_id: UUID, now: datetime) -> None:
    """Note that the mail server took a letter; a first one leaves its contact asked."""
    letter = Letter.objects.select_related("contact").get(pk=letter_id)
    changed = Letter.objects.filter(pk=letter_id, state=Letter.State.DUE).update(
        state=Letter.State.SENT, sent_at=now, token_box=None
    )
    if not changed:
        return
    contact = letter.contact
    events = Events(contact.case_id, "system", now)
    events.add("letter_sent", f"letter:{letter_id}", template=letter.template)
    if _is_first(letter):
        asked = Contact.objects.filter(pk=contact.pk, state=Contact.State.NEW)
        if asked.update(state=Contact.State.ASKED, asked_at=now):
            events.add("contact_asked", f"contact:{contact.pk}", role=contact.role)
    events.record()


@transaction.atomic
def letter_failed(*, letter_id: UUID, is_retryable: bool, now: datetime) -> bool:
    """Note that a letter did not leave; it is tried again after a pause, in the end no more.

    Returns:
        Whether it is tried again.
    """
    letter = Letter.objects.select_related("contact").get(pk=letter_id)
    again = LETTER.next_try(tries=letter.tries, now=now) if is_retryable else None
    if again is None:
        _give_up(letter, now)
        return False
    Letter.objects.filter(pk=letter_id, state=Letter.State.DUE).update(next_try_at=again)
    return True


def _give_up(letter: Letter, now: datetime) -> None:
    changed = Letter.objects.filter(pk=letter.pk, state=Letter.State.DUE).update(
        state=Letter.State.DEAD, token_box=None
    )
    if not changed:
        return
    if _is_first(letter):
        Contact.objects.filter(pk=letter.contact_id, state=Contact.State.NEW).update(
            state=Contact.State.FAILED
        )
    events = Events(letter.contact.case_id, "system", now)
    events.add("letter_dead", f"letter:{letter.pk}", template=letter.template)
    events.record()


def _is_first(letter: Letter) -> bool:
    return letter.template in FIRST_TEMPLATES.values()


def _may_be_sent(letter: Letter) -> bool:
    """A first letter to who was never written to; every other to who confirmed.

    Of a withdrawal that was stopped or carried out meanwhile, there is nothing to tell any more.
    Whoever may read her letters, and made her take the case back, gets none that says it goes on.
    """
    case = letter.contact.case
    seems_ended = case.withdrawal_due_at is not None or case.veiled_phrase_hash
    if letter.contact.role == Contact.Role.NOTIFIER and seems_ended:
        return False
    if letter.template == WITHDRAWAL_TEMPLATE and letter.contact.case.withdrawal_due_at is None:
        return False
    want = Contact.State.NEW if _is_first(letter) else Contact.State.CONFIRMED
    return letter.contact.state == want and letter.contact.box is not None


def _unsealed(letter: Letter) -> Sending | None:
    contact, case = letter.contact, letter.contact.case
    try:
        address = unseal_for_case(case.pk, contact.box or b"", context=f"contact:{contact.pk}")
        token = ""
        if letter.token_box is not None:
            token = unseal_for_case(case.pk, letter.token_box, context=f"letter:{letter.pk}")
    except SealError:
        return None  # the case was erased while the letter waited
    day = case.withdrawal_due_at.date().isoformat() if case.withdrawal_due_at else ""
    return Sending(letter.pk, str(address), letter.template, case.language, str(token), day)
