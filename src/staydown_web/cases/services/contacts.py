"""Ways to reach someone: one neutral message each, and no other before it was confirmed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q, QuerySet

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
    ask_contact(contact=contact, now=now)
    return contact


def replace_notifier(*, case: Case, address: str, now: datetime) -> None:
    """Take an address of the person instead of the one before; one given again is asked again.

    Of the one before stays what it cannot be read from: without it, changing to and fro would get
    an address as many first messages as somebody likes.
    """
    mark = address_blind(address)
    given = case.contacts.filter(role=Contact.Role.NOTIFIER)
    _retire(given.exclude(blind=mark))
    contact = given.filter(blind=mark).first()
    if contact is None:
        add_contact(case=case, role=Contact.Role.NOTIFIER, address=address, now=now)
        return
    if contact.box is None:
        contact.box = seal_for_case(case.pk, address, context=f"contact:{contact.pk}")
    if contact.state == Contact.State.FAILED or is_link_over(contact, now):
        contact.state, contact.asked_at, contact.token_digest = Contact.State.NEW, None, ""
    contact.save()
    ask_contact(contact=contact, now=now)


@transaction.atomic
def ask_contact(*, contact: Contact, now: datetime) -> bool:
    """Line up the one first message to a contact that has not got it, unless it has had enough.

    Returns:
        Whether one was lined up.
    """
    unasked = Contact.objects.filter(pk=contact.pk, state=Contact.State.NEW, token_digest="")
    if not unasked.exists() or _has_had_enough(contact.blind, now):
        return False
    token = new_token()
    if not unasked.update(token_digest=digest_token(token)):
        return False
    contact.token_digest = digest_token(token)
    template = FIRST_TEMPLATES[Contact.Role(contact.role)]
    write_letter(contact=contact, template=template, token=token, now=now)
    return True


def waiting_contacts(now: datetime) -> QuerySet[Contact]:
    """Contacts that had had enough first messages when they were given, and may get one now.

    To the person herself none goes while a withdrawal waits, or once one was stopped.
    """
    enough = (
        _first_letters(now)
        .values("contact__blind")
        .annotate(count=Count("id"))
        .filter(count__gte=MOST_FIRST_LETTERS)
    )
    is_veiled = Q(case__withdrawal_due_at__isnull=False) | ~Q(case__veiled_phrase_hash="")
    return (
        Contact.objects.filter(state=Contact.State.NEW, token_digest="", box__isnull=False)
        .exclude(case__state__in=(Case.State.WITHDRAWN, Case.State.CLOSED))
        .exclude(is_veiled, role=Contact.Role.NOTIFIER)
        .exclude(blind__in=enough.values("contact__blind"))
        .order_by("id")
    )


def is_link_over(contact: Contact, now: datetime) -> bool:
    """Whether the link in the first message to a contact has ended, and was never used."""
    asked_at = contact.asked_at
    is_asked = contact.state == Contact.State.ASKED
    return is_asked and asked_at is not None and asked_at <= now - TOKEN_LIFE


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


def _retire(contacts: QuerySet[Contact]) -> None:
    """Forget addresses; what counts their letters, and who confirmed one, stays."""
    Letter.objects.filter(contact__in=contacts, state=Letter.State.DUE).update(
        state=Letter.State.DEAD, token_box=None
    )
    open_states = (Contact.State.NEW, Contact.State.ASKED)
    contacts.filter(state__in=open_states).update(state=Contact.State.FAILED)
    contacts.update(box=None, token_digest="")


def _first_letters(now: datetime) -> QuerySet[Letter]:
    return Letter.objects.filter(
        template__in=FIRST_TEMPLATES.values(), made_at__gt=now - FIRST_LETTERS_WITHIN
    )


def _has_had_enough(mark: str, now: datetime) -> bool:
    return _first_letters(now).filter(contact__blind=mark).count() >= MOST_FIRST_LETTERS
