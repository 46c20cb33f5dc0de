"""A case passes from one caseworker to a colleague of the same helpline, and nothing is lost.

The giver has the case until the colleague accepts. Where the giver is absent, the lead of the team
gives it to somebody else, and the audit says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from staydown_web.accounts.models import User
from staydown_web.accounts.selectors import teammates
from staydown_web.base.errors import FieldsError, NotAllowedError, RecordConflictError
from staydown_web.base.sealing import seal_for_case
from staydown_web.cases.models import Access, HandOver
from staydown_web.cases.services.events import Events

MOST_NOTE = 1000


def offer_case(*, access: Access, user: User, taker: User, note: str, now: datetime) -> HandOver:
    """Offer a case to a colleague.

    Args:
        access: that the caseworker has.
        user: who has it.
        taker: the colleague.
        note: what they should know; sealed under the case's key.
        now: the moment, aware UTC.

    Raises:
        FieldsError: the colleague is not of this helpline, or the note is too long.
        RecordConflictError: another has it now, or it is offered already.
    """
    _check_taker(user, taker)
    if len(note) > MOST_NOTE:
        raise FieldsError({"note": _("Write at most %(most)d letters.") % {"most": MOST_NOTE}})
    made = HandOver(
        access=access, giver=user, taker=taker, by=user, state=HandOver.State.OFFERED, made_at=now
    )
    if note.strip():
        made.note_box = seal_for_case(access.case_id, note.strip(), context=f"handover:{made.pk}")
    try:
        with transaction.atomic():
            if not _mine(access, user).select_for_update().exists():
                raise RecordConflictError("only who has the case can hand it over")
            made.save(force_insert=True)
            _record(made, "handover_offered", user, now)
    except IntegrityError:
        raise RecordConflictError("this case is offered to a colleague already") from None
    return made


@transaction.atomic
def accept_case(*, hand_over: HandOver, user: User, now: datetime) -> None:
    """The colleague has the case from now on, with everything in it.

    Raises:
        RecordConflictError: it was taken back, given to another, or ended.
    """
    # The access first, as everybody does who changes both: the other order can lock each other out.
    given = Access.objects.filter(
        pk=hand_over.access_id, holder=hand_over.giver_id, state=Access.State.TAKEN
    )
    if not given.update(holder=user):
        raise RecordConflictError("this case has ended, or another colleague has it")
    if not _answer(hand_over, HandOver.State.ACCEPTED, now, taker=user):
        raise RecordConflictError("this offer was taken back")
    _record(hand_over, "handover_accepted", user, now)


@transaction.atomic
def decline_hand_over(*, hand_over: HandOver, user: User, now: datetime) -> None:
    """The colleague does not take it; the giver keeps it.

    Raises:
        RecordConflictError: it was taken back before.
    """
    if not _answer(hand_over, HandOver.State.DECLINED, now, taker=user):
        raise RecordConflictError("this offer was taken back")
    _record(hand_over, "handover_declined", user, now)


@transaction.atomic
def take_back(*, hand_over: HandOver, user: User, now: datetime) -> None:
    """The giver takes an offer back that was not accepted yet.

    Raises:
        RecordConflictError: it was accepted or declined before.
    """
    if not _answer(hand_over, HandOver.State.TAKEN_BACK, now, giver=user):
        raise RecordConflictError("your colleague answered before")
    _record(hand_over, "handover_taken_back", user, now)


@transaction.atomic
def reassign(*, accesses: Sequence[Access], taker: User, lead: User, now: datetime) -> int:
    """The lead of the team gives cases of an absent colleague to another one.

    Args:
        accesses: of the lead's own helpline.
        taker: who has them from now on.
        lead: of the team.
        now: the moment, aware UTC.

    Returns:
        How many changed hands; those that the taker has already, or that ended, did not.

    Raises:
        NotAllowedError: this caseworker does not lead the team.
        FieldsError: the taker is not of this helpline.
    """
    if not lead.leads_team:
        raise NotAllowedError("only the lead of the team gives cases to somebody else")
    _check_taker(None, taker, team_of=lead)
    return sum(_reassign(access, taker, lead, now) for access in accesses)


def _reassign(access: Access, taker: User, lead: User, now: datetime) -> bool:
    giver = access.holder_id
    if giver is None or giver == taker.pk or access.team_id != lead.team_id:
        return False
    held = Access.objects.filter(pk=access.pk, holder=giver, state=Access.State.TAKEN)
    if not held.update(holder=taker):
        return False
    HandOver.objects.filter(access=access, state=HandOver.State.OFFERED).update(
        state=HandOver.State.LAPSED, answered_at=now
    )
    made = HandOver.objects.create(
        access=access,
        giver_id=giver,
        taker=taker,
        by=lead,
        state=HandOver.State.REASSIGNED,
        made_at=now,
        answered_at=now,
    )
    _record(made, "handover_reassigned", lead, now)
    return True


def _check_taker(giver: User | None, taker: User, team_of: User | None = None) -> None:
    of = team_of or giver
    is_mate = of is not None and teammates(of).filter(pk=taker.pk).exists()
    if not is_mate or taker == giver:
        raise FieldsError({"taker": _("Choose a colleague of your helpline.")})


def _answer(hand_over: HandOver, state: str, now: datetime, **who: User) -> int:
    offered = HandOver.objects.filter(pk=hand_over.pk, state=HandOver.State.OFFERED, **who)
    return offered.update(state=state, answered_at=now)


def _mine(access: Access, user: User) -> QuerySet[Access]:
    return Access.objects.filter(pk=access.pk, holder=user, state=Access.State.TAKEN)


def _record(hand_over: HandOver, what: str, user: User, now: datetime) -> None:
    access = Access.objects.only("case_id").get(pk=hand_over.access_id)
    events = Events(access.case_id, f"user:{user.pk}", now)
    facts = {"giver": hand_over.giver_id, "taker": hand_over.taker_id}
    events.add(what, f"handover:{hand_over.pk}", **facts)
    events.record()
