"""The person takes her request back: her own claim only, at once or after a pause.

The pause, chosen at filing, is for somebody who may be forced: the page looks as if all had ended,
blocking goes on, and a safe contact or a helpline can stop it unseen. ADR-0029 has the reasons.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from staydown_web.base.errors import RecordConflictError, RecordNotFoundError
from staydown_web.base.ids import new_token
from staydown_web.base.sealing import digest_token
from staydown_web.cases.models import Case, Contact, Item, Letter
from staydown_web.cases.services.clocks import refresh_clocks
from staydown_web.cases.services.contacts import WITHDRAWAL_TEMPLATE, write_letter
from staydown_web.cases.services.entries import end_claims, living_claims
from staydown_web.cases.services.erasing import erase_withdrawn
from staydown_web.cases.services.events import Events
from staydown_web.cases.services.phrases import digest_phrase, new_phrase
from staydown_web.cases.services.veiling import SPENT

COOLING = timedelta(days=7)
"""Long enough for a safe contact to read a letter. Source: ADR-0029."""


@transaction.atomic
def ask_withdrawal(*, case: Case, now: datetime, actor: str = "person") -> datetime | None:
    """Take a case back, or begin the pause before it, as was chosen at filing.

    Args:
        case: of the person who asks.
        now: the moment, aware UTC.
        actor: ``person``, or the member of staff who was asked.

    Returns:
        When the pause ends; None where it was taken back at once. Never shown to who asked: a page
        that told would tell whoever stands behind her.

    Raises:
        RecordConflictError: it was taken back or asked before.
    """
    is_cooling = case.withdrawal_mode == Case.WithdrawalMode.COOLING
    due = now + COOLING if is_cooling else None
    token = new_token() if is_cooling else ""
    changed = (
        Case.objects.filter(pk=case.pk, withdrawal_due_at__isnull=True)
        .exclude(state=Case.State.WITHDRAWN)
        .exclude(closed_for=Case.ClosedFor.MINOR)  # nothing of it is left to take back
        .update(
            withdrawal_asked_at=now,
            withdrawal_due_at=due,
            withdrawal_token_digest=digest_token(token) if token else "",
            touched_at=now,
        )
    )
    if not changed:
        raise RecordConflictError("this case was taken back before")
    # Words from before an earlier stop open nothing from here on, however this one ends: else
    # they would tell whether it was carried out or stopped too.
    veiled = Case.objects.filter(pk=case.pk).exclude(veiled_phrase_hash="")
    veiled.update(veiled_phrase_hash=SPENT)
    case.refresh_from_db()
    if is_cooling:
        for contact in case.contacts.filter(
            role=Contact.Role.SAFE, state=Contact.State.CONFIRMED, box__isnull=False
        ):
            write_letter(contact=contact, template=WITHDRAWAL_TEMPLATE, token=token, now=now)
    events = Events(case.pk, actor, now)
    events.add("withdrawal_asked", f"case:{case.pk}")
    if not is_cooling:
        _carry_out(case, now, events)
    events.record()
    return due


def case_of_withdrawal(*, token: str, now: datetime) -> Case:
    """The case whose withdrawal this link of a safe contact stops.

    Raises:
        RecordNotFoundError: no such link, or the pause is over or was stopped.
    """
    case = Case.objects.filter(
        withdrawal_token_digest=digest_token(token), withdrawal_due_at__gt=now
    ).first()
    if case is None:
        raise RecordNotFoundError("this link does not work any more; nothing was changed")
    return case


def cancel_withdrawal(*, case: Case, now: datetime, actor: str = "contact") -> str:
    """Stop a withdrawal during its pause.

    The words in use until now keep opening a page that says it was taken back, so that whoever
    forced her sees no change. New words open the true one: whoever stops it hands them to her.

    Args:
        case: from ``case_of_withdrawal``, or chosen by a helpline.
        now: the moment, aware UTC.
        actor: ``user:<id>`` of a helpline; ``contact`` for the case's safe contact.

    Returns:
        The new phrase; shown once and kept nowhere.

    Raises:
        RecordConflictError: there is no withdrawal to stop.
    """
    phrase = new_phrase()
    digest = digest_phrase(phrase)
    if actor == "contact":
        safe = case.contacts.filter(role=Contact.Role.SAFE, state=Contact.State.CONFIRMED).first()
        actor = f"contact:{safe.pk}" if safe else "system"
    with transaction.atomic():
        before = Case.objects.filter(pk=case.pk).values_list("phrase_hash", flat=True).first()
        changed = (
            Case.objects.filter(pk=case.pk, withdrawal_due_at__gt=now)
            .exclude(state=Case.State.WITHDRAWN)
            .update(
                withdrawal_due_at=None,
                withdrawal_token_digest="",
                phrase_hash=digest,
                veiled_phrase_hash=before or "",
                touched_at=now,
            )
        )
        if not changed:
            raise RecordConflictError("there is no withdrawal to stop")
        events = Events(case.pk, actor, now)
        events.add("withdrawal_cancelled", f"case:{case.pk}")
        events.record()
    case.refresh_from_db()
    return phrase


@transaction.atomic
def carry_out_withdrawal(*, case: Case, now: datetime, actor: str = "system") -> int:
    """End a case's claims; entries that nobody else claims leave the bank; what it held is erased.

    Args:
        case: whose withdrawal was asked, its pause over or none chosen.
        now: the moment, aware UTC.
        actor: who asked, or ``system`` after a pause.

    Returns:
        How many entries stopped matching; the others are claimed by somebody else too.

    Raises:
        RecordConflictError: nobody asked, the pause goes on, or it was carried out before.
    """
    events = Events(case.pk, actor, now)
    gone = _carry_out(case, now, events)
    events.record()
    return gone


def _carry_out(case: Case, now: datetime, events: Events) -> int:
    due = Case.objects.filter(pk=case.pk, withdrawal_asked_at__isnull=False).exclude(
        state=Case.State.WITHDRAWN
    )
    due = due.exclude(withdrawal_due_at__gt=now)
    if case.withdrawal_mode == Case.WithdrawalMode.COOLING:
        due = due.filter(withdrawal_due_at__isnull=False)
    changed = due.update(
        state=Case.State.WITHDRAWN,
        closed_at=now,
        withdrawal_due_at=None,
        withdrawal_token_digest="",
        expires_at=None,
    )
    if not changed:
        raise RecordConflictError("there is no withdrawal to carry out")
    case.refresh_from_db()
    # What was decided and can still be undone counts: the removal will rest on the notice.
    removed = Q(state=Item.State.REMOVED) | Q(answer=Item.Answer.REMOVED)
    was_removed = case.items.filter(removed).exists()
    gone = end_claims(claims=living_claims(case), actor=events.actor, now=now, reason="withdrawn")
    case.items.update(state=Item.State.WITHDRAWN, state_at=now)
    case.locations.update(next_try_at=None)
    Letter.objects.filter(contact__case=case, state=Letter.State.DUE).update(
        state=Letter.State.DEAD, token_box=None
    )
    events.add("case_withdrawn", f"case:{case.pk}", entries=len(gone))
    refresh_clocks(case=case, now=now, events=events)
    erase_withdrawn(case=case, keeps_notices=was_removed, now=now, events=events)
    return len(gone)
