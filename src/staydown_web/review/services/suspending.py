"""A notifier is warned, suspended by two people, let go again, and can complain. ADR-0055.

Source: DSA Art. 23(2) and (3): after a warning, case by case, for a reasonable time, against those
who often send notices that are plainly unfounded. It holds no notice back: see
``cases.services.suspensions``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from staydown_web.accounts.models import Approval, User
from staydown_web.accounts.services import ask_approval
from staydown_web.audit.services import record_event
from staydown_web.base.errors import (
    FieldsError,
    NotAllowedError,
    RecordConflictError,
    RecordNotFoundError,
)
from staydown_web.base.lengths import too_long
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import seal
from staydown_web.cases.models import Case, Message, Suspension
from staydown_web.cases.services import send_message
from staydown_web.cases.services.suspensions import LIVING, release_set_aside
from staydown_web.review.selectors.notifiers import (
    approval_waits,
    cases_by,
    history_of,
    notifier_in,
    notifier_of,
)
from staydown_web.review.selectors.suspension_words import (
    lifted_words,
    stays_words,
    suspended_words,
    warning_words,
)
from staydown_web.review.selectors.tellings import ENDED

SUSPENSION = "notifier_suspension"
LEAST_REFUSED = 2
"""One refused notice is a mistake, or a hard case; "frequently" begins after it."""
WARNING_LASTS = timedelta(days=180)
LEAST_AFTER_WARNING = timedelta(days=1)
MOST_DAYS = 180
MOST_CHARACTERS = 2000
KEEP_SUSPENSION_WORDS = keeps("suspension_words")
"""What both sides wrote, after it ended: as long as the words of other complaints."""


@transaction.atomic
def warn_notifier(*, case: Case, text: str, user: User, now: datetime) -> Suspension:
    """Warn whoever filed a case; they read it on the page of the case, and get one neutral letter.

    Args:
        case: one of theirs, that lives.
        text: what was wrong, in the lead's words; 1 to 2,000 characters.
        user: a lead reviewer.
        now: the moment, aware UTC.

    Raises:
        FieldsError: no text, or too long a one.
        RecordConflictError: nobody can be recognised behind the case, fewer than two of their
            notices were refused as not true, or they were warned before.
    """
    text = _clean(text, "text")
    notifier = notifier_of(case)
    if notifier is None:
        raise RecordConflictError("no address was confirmed, so nobody can be recognised")
    history = history_of(notifier)
    if len(history.refused) < LEAST_REFUSED or history.suspension is not None:
        raise RecordConflictError("a warning needs two refused notices, and no warning before it")
    made = Suspension(
        blind=notifier.blind,
        team=notifier.team,
        case=case,
        filed=history.filed,
        refused=len(history.refused),
        warned_by=user,
        warned_at=now,
        until=now + WARNING_LASTS,
    )
    made.text_box = seal(text.encode(), context=f"suspension-text:{made.pk}")
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise RecordConflictError("they were warned before") from None
    _record("notifier_warned", made, f"user:{user.pk}", now, refused=made.refused, filed=made.filed)
    _say(made, warning_words, user, now, text)
    return made


@transaction.atomic
def ask_suspension(
    *, suspension: Suspension, days: int, reason: str, user: User, now: datetime
) -> Approval:
    """Ask that a warned notifier is suspended; another lead reviewer grants it.

    Args:
        suspension: a warning that holds.
        days: for how long, 1 to 180.
        reason: for the second person; names nobody.
        user: a lead reviewer.
        now: the moment, aware UTC.

    Raises:
        FieldsError: another number of days.
        RecordConflictError: not warned, warned less than a day ago, no notice was refused that came
            after the warning, or somebody asked before.
    """
    if not 1 <= days <= MOST_DAYS:
        raise FieldsError({"days": _("Choose 1 to %(most)d days.") % {"most": MOST_DAYS}})
    _check_warned(suspension, now)
    history = history_of(notifier_in(suspension))
    if not history.refused_since:
        raise RecordConflictError("no notice that came after the warning was refused")
    if approval_waits(suspension.pk):
        raise RecordConflictError("a second person was asked before")
    facts = {
        "suspension": str(suspension.pk),
        "days": days,
        "filed": history.filed,
        "refused": len(history.refused),
    }
    return ask_approval(what=SUSPENSION, facts=facts, reason=reason, user=user, now=now)


@transaction.atomic
def carry_out_suspension(*, approval: Approval, actor: str, now: datetime) -> Suspension:
    """Suspend a warned notifier, as two people decided.

    Args:
        approval: granted, and used in the caller's transaction.
        actor: who granted it.
        now: the moment, aware UTC.

    Raises:
        RecordConflictError: the warning has ended, or they are suspended already.
    """
    rows = Suspension.objects.filter(pk=approval.facts["suspension"])
    until = now + timedelta(days=int(approval.facts["days"]))
    changed = rows.filter(state=Suspension.State.WARNED, until__gt=now).update(
        state=Suspension.State.SUSPENDED,
        asked_by=approval.asked_by_id,
        granted_by=approval.answered_by_id,
        suspended_at=now,
        until=until,
    )
    if not changed:
        raise RecordConflictError("the warning has ended, or they are suspended already")
    suspension = _loaded(rows)
    _record("notifier_suspended", suspension, actor, now, until=until)
    _say(suspension, suspended_words, suspension.asked_by, now)
    return suspension


@transaction.atomic
def lift_suspension(*, suspension: Suspension, user: User, now: datetime) -> int:
    """End a warning or suspension before its time; what was set aside by it counts again.

    Returns:
        How many entries count again.

    Raises:
        RecordConflictError: it has ended before.
    """
    return _lift(suspension, user, now)


@transaction.atomic
def appeal_suspension(
    *, suspension: Suspension, text: str, now: datetime, case: Case | None = None
) -> None:
    """The notifier does not agree with a suspension; another lead answers.

    Args:
        suspension: of whoever filed the case.
        text: what they say, 1 to 2,000 characters; kept sealed.
        now: the moment, aware UTC.
        case: from whose page it is sent; none for a helpline.

    Raises:
        FieldsError: no text, or too long a one.
        RecordConflictError: not suspended any more, or complained before.
    """
    text = _clean(text, "text")
    rows = Suspension.objects.filter(
        pk=suspension.pk, state=Suspension.State.SUSPENDED, appeal=Suspension.Appeal.NONE
    )
    changed = rows.update(
        appeal=Suspension.Appeal.OPEN,
        appealed_at=now,
        appeal_box=seal(text.encode(), context=f"suspension-appeal:{suspension.pk}"),
        case=case or suspension.case,
    )
    if not changed:
        raise RecordConflictError("it has ended, or was complained about before")
    _record("suspension_appealed", suspension, "person", now)


@transaction.atomic
def answer_suspension_appeal(
    *, suspension: Suspension, is_lifted: bool, text: str, user: User, now: datetime
) -> None:
    """Answer a notifier's complaint about a suspension.

    Args:
        suspension: with an open complaint.
        is_lifted: whether it ends now.
        text: why, for them; 1 to 2,000 characters.
        user: a lead who neither asked for it nor granted it.
        now: the moment, aware UTC.

    Raises:
        FieldsError: no text, or too long a one.
        NotAllowedError: one of the two who suspended.
        RecordConflictError: answered before, or none waits.
    """
    text = _clean(text, "text")
    if user.pk in {suspension.asked_by_id, suspension.granted_by_id}:
        raise NotAllowedError("somebody answers who did not decide on the suspension")
    outcome = Suspension.Appeal.LIFTED if is_lifted else Suspension.Appeal.STANDS
    rows = Suspension.objects.filter(pk=suspension.pk, appeal=Suspension.Appeal.OPEN)
    changed = rows.update(
        appeal=outcome,
        answered_by=user,
        answered_at=now,
        answer_box=seal(text.encode(), context=f"suspension-answer:{suspension.pk}"),
    )
    if not changed:
        raise RecordConflictError("this was answered before")
    _record("suspension_answered", suspension, f"user:{user.pk}", now, outcome=outcome)
    if is_lifted and Suspension.objects.filter(pk=suspension.pk, state__in=LIVING).exists():
        _lift(suspension, user, now, text)
    else:
        _say(_loaded(rows_of(suspension)), stays_words, user, now, text)


def end_suspensions(now: datetime) -> int:
    """End warnings and suspensions whose time is over.

    Returns:
        How many.
    """
    over = Suspension.objects.filter(state__in=LIVING, until__lte=now)
    return sum(_end(suspension, now) for suspension in over[:50])


def forget_suspensions(now: datetime) -> int:
    """Erase what both sides wrote, six months after it ended; dates and counts stay.

    Returns:
        How many.
    """
    old = Suspension.objects.filter(ended_at__lte=now - KEEP_SUSPENSION_WORDS)
    held = Q(text_box__isnull=False) | Q(appeal_box__isnull=False) | Q(answer_box__isnull=False)
    over = old.filter(held).exclude(appeal=Suspension.Appeal.OPEN)
    # One that was answered late is read for as long.
    over = over.exclude(answered_at__gt=now - KEEP_SUSPENSION_WORDS)
    return over.update(text_box=None, appeal_box=None, answer_box=None)


def rows_of(suspension: Suspension) -> Any:
    """The row of a suspension, for a conditional UPDATE."""
    return Suspension.objects.filter(pk=suspension.pk)


@transaction.atomic
def _end(suspension: Suspension, now: datetime) -> int:
    living = rows_of(suspension).filter(state__in=LIVING, until__lte=now)
    if not living.update(state=Suspension.State.ENDED, ended_at=now):
        return 0
    _record("suspension_ended", suspension, "system", now)
    return 1


def _lift(suspension: Suspension, user: User, now: datetime, text: str = "") -> int:
    living = rows_of(suspension).filter(state__in=LIVING)
    if not living.update(state=Suspension.State.LIFTED, ended_at=now, ended_by=user):
        raise RecordConflictError("it has ended before")
    lifted, actor = _loaded(rows_of(suspension)), f"user:{user.pk}"
    released = release_set_aside(suspension=lifted, actor=actor, now=now)
    _record("suspension_lifted", lifted, actor, now, entries=released)
    _say(lifted, lifted_words, user, now, text)
    return released


def _check_warned(suspension: Suspension, now: datetime) -> None:
    warned = rows_of(suspension).filter(state=Suspension.State.WARNED, until__gt=now)
    if not warned.filter(warned_at__lte=now - LEAST_AFTER_WARNING).exists():
        raise RecordConflictError("a suspension comes after a warning that is a day old, at least")


def _say(
    suspension: Suspension, words: Any, user: User | None, now: datetime, text: str = ""
) -> None:
    """One message on the page of a case of theirs that lives; its letter follows by itself.

    A helpline reads it in its console instead: on the page of a case its client would.
    """
    if suspension.team_id is not None:
        return
    case = suspension.case
    if case is None or case.state in ENDED or case.erased_at is not None:
        case = cases_by(notifier_in(suspension)).exclude(state__in=ENDED).first()
    if case is None or user is None:
        return
    with override(case.language):
        line = words(suspension) + (f"\n\n{text}" if text else "")
    send_message(
        case=case, sender=Message.Sender.STAFF, text=line, now=now, actor=f"user:{user.pk}"
    )


def _loaded(rows: Any) -> Suspension:
    found: Suspension | None = rows.select_related("case", "team", "asked_by").first()
    if found is None:
        raise RecordNotFoundError("there is no such suspension")
    return found


def _clean(text: str, field: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise FieldsError(
            {field: _("Write between 1 and %(most)d letters.") % {"most": MOST_CHARACTERS}}
        )
    if len(text) > MOST_CHARACTERS:
        raise FieldsError({field: too_long(text, MOST_CHARACTERS)})
    return text


def _record(what: str, suspension: Suspension, actor: str, now: datetime, **facts: Any) -> None:
    record_event(
        what=what,
        actor=actor,
        at=now,
        case_id=suspension.case_id,
        subject=f"suspension:{suspension.pk}",
        facts=facts,
    )
