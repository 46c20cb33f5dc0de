"""Ways to reach someone: one neutral message each, and no other before it was confirmed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.ids import new_token
from staydown_web.base.sealing import blind, digest_token, seal_for_case
from staydown_web.cases.models import Case, Contact, Letter
from staydown_web.cases.services.events import Events

MOST_FIRST_LETTERS = 3
FIRST_LETTERS_WITHIN = timedelta(days=30)
"""An address gets at most this many first messages, whoever names it. Source: ADR-0028."""
NEWS_EVERY = timedelta(hours=20)
"""At most one letter with news a day."""
TOKEN_LIFE = timedelta(days=30)
WITHDRAWAL_TEMPLATE = "withdrawal_pending"
FIRST_TEMPLATES = {
    Contact.Role.NOTIFIER: "confirm_contact",
    Contact.Role.SAFE: "safe_contact_asked",
}


def address_blind(address: str) -> str:
    """By which one address is recognised over all cases, without being readable."""
    return blind(address.strip().casefold().encode(), purpose="contact")


def add_contact(*, case: Case, role: Contact.Role, address: str, now: datetime) -> Contact:
    """Store a contact and line up its one first message, unless the address has had enough."""
    mark = address_blind(address)
    contact = Contact(case=case, role=role, blind=mark)
    contact.box = seal_for_case(case.pk, address, context=f"contact:{contact.pk}")
    if Contact.objects.filter(blind=mark, state=Contact.State.REFUSED).exists():
        contact.state = Contact.State.REFUSED
    contact.save()
    if contact.state == Contact.State.NEW and not _has_had_enough(mark, now):
        token = new_token()
        contact.token_digest = digest_token(token)
        contact.save(update_fields=["token_digest"])
        write_letter(contact=contact, template=FIRST_TEMPLATES[role], token=token, now=now)
    return contact


def replace_notifier(*, case: Case, address: str, now: datetime) -> None:
    """Take another address of the person instead of the one before."""
    mark = address_blind(address)
    if case.contacts.filter(role=Contact.Role.NOTIFIER, blind=mark).exists():
        return
    case.contacts.filter(role=Contact.Role.NOTIFIER).delete()
    add_contact(case=case, role=Contact.Role.NOTIFIER, address=address, now=now)


def write_letter(*, contact: Contact, template: str, token: str, now: datetime) -> Letter:
    """Line up a letter; ``tasks.send_letters`` sends it."""
    letter = Letter(contact=contact, template=template, next_try_at=now, made_at=now)
    if token:
        letter.token_box = seal_for_case(contact.case_id, token, context=f"letter:{letter.pk}")
    letter.save()
    return letter


def write_news(*, case: Case, now: datetime, is_timed: bool = False) -> int:
    """Tell the person that her page has news, by her confirmed address; at most once a day.

    Nothing is written while a withdrawal waits, or once one was stopped: to whoever made her ask
    for it, and may read her letters, her page says that all is over.

    Args:
        case: whose page.
        now: the moment, aware UTC.
        is_timed: a time to answer runs: a letter of earlier today does not stand in for this one,
            only one that has not left yet does.

    Returns:
        How many letters were lined up.
    """
    made = 0
    for contact in case.contacts.filter(
        role=Contact.Role.NOTIFIER,
        state=Contact.State.CONFIRMED,
        box__isnull=False,
        case__withdrawal_due_at__isnull=True,
        case__veiled_phrase_hash="",
    ):
        news = contact.letters.filter(template="news")
        enough = Q(state=Letter.State.DUE) if is_timed else Q(made_at__gt=now - NEWS_EVERY)
        if not news.filter(enough).exists():
            write_letter(contact=contact, template="news", token="", now=now)
            made += 1
    return made


@transaction.atomic
def confirm_contact(*, token: str, now: datetime) -> Contact:
    """Note that whoever reads this address wants our letters. Doing it twice changes nothing.

    Raises:
        RecordNotFoundError: no such link, or it is older than 30 days, or was refused.
    """
    contact = _asked(token, now)
    changed = Contact.objects.filter(pk=contact.pk, state=Contact.State.ASKED).update(
        state=Contact.State.CONFIRMED, confirmed_at=now
    )
    if changed:
        _note(contact, "contact_confirmed", now)
        if contact.role == Contact.Role.SAFE:
            _write_of_pause(contact, now)
    contact.refresh_from_db()
    if contact.state != Contact.State.CONFIRMED:
        raise _no_link()
    return contact


@transaction.atomic
def refuse_contact(*, token: str, now: datetime) -> Contact:
    """Never write to this address again, in this case or another. Doing it twice changes nothing.

    Raises:
        RecordNotFoundError: no such link, or it is older than 30 days.
    """
    contact = _asked(token, now)
    living = Contact.objects.filter(blind=contact.blind).exclude(state=Contact.State.REFUSED)
    Letter.objects.filter(contact__blind=contact.blind, state=Letter.State.DUE).update(
        state=Letter.State.DEAD, token_box=None
    )
    if living.update(state=Contact.State.REFUSED):
        _note(contact, "contact_refused", now)
    contact.refresh_from_db()
    return contact


def _write_of_pause(contact: Contact, now: datetime) -> None:
    """Whoever agrees while a withdrawal already waits gets the link that stops it, from then on."""
    token = new_token()
    pausing = Case.objects.filter(pk=contact.case_id, withdrawal_due_at__gt=now)
    if pausing.update(withdrawal_token_digest=digest_token(token)):
        write_letter(contact=contact, template=WITHDRAWAL_TEMPLATE, token=token, now=now)


def _asked(token: str, now: datetime) -> Contact:
    contact = Contact.objects.filter(
        token_digest=digest_token(token), asked_at__gt=now - TOKEN_LIFE
    ).first()
    if contact is None:
        raise _no_link()
    return contact


def _note(contact: Contact, what: str, now: datetime) -> None:
    events = Events(contact.case_id, f"contact:{contact.pk}", now)
    events.add(what, f"contact:{contact.pk}", role=contact.role)
    events.record()


def _no_link() -> RecordNotFoundError:
    return RecordNotFoundError("this link does not work any more; nothing was changed")


def _has_had_enough(mark: str, now: datetime) -> bool:
    recent = Letter.objects.filter(
        contact__blind=mark,
        template__in=FIRST_TEMPLATES.values(),
        made_at__gt=now - FIRST_LETTERS_WITHIN,
    )
    return recent.count() >= MOST_FIRST_LETTERS
