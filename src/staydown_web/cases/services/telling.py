"""Places told by other means than through this service: marked, answered, taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from staydown_web.accounts.models import User
from staydown_web.accounts.selectors import team_of
from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal_for_case
from staydown_web.cases.models import Location, Telling
from staydown_web.cases.selectors.helplines import accesses_of
from staydown_web.cases.services.events import Events

MOST_NOTE = 500
UNDO_WITHIN = timedelta(hours=24)
"""A slip is noticed on the same day; later a mark is part of what happened. Source: ADR-0060."""
ASK_AGAIN_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Told:
    """How places were told.

    Attributes:
        how: of ``Telling.How``.
        on: the day.
        ask_again_on: when to look whether they answered; None: a week after that day.
        note: in the helpline's words; at most 500 letters.
    """

    how: str
    on: date
    ask_again_on: date | None = None
    note: str = ""


@transaction.atomic
def mark_told(
    *, locations: Sequence[Location], told: Told, user: User, now: datetime
) -> tuple[UUID, int]:
    """Mark places as told; of those that were told and are silent, note that they were asked again.

    Args:
        locations: of cases that the caseworker works on.
        told: how and when.
        user: the caseworker.
        now: the moment, aware UTC.

    Returns:
        The batch, by which what is new is undone, and how many were marked or asked again.

    Raises:
        FieldsError: field -> what to do.
    """
    told = clean_told(told, now)
    batch = new_id()
    rows = [_telling(location, told, user, batch, now) for location in locations]
    # What is marked already, perhaps by a colleague at this moment, stays as it is.
    Telling.objects.bulk_create(rows, ignore_conflicts=True)
    counts = _by_case(Telling.objects.filter(batch=batch))
    for case_id, count in counts.items():
        _record(case_id, "places_told", batch, user, now, how=told.how, count=count)
    again = _ask_again(locations, told, batch, user, now)
    return batch, sum(counts.values()) + again


@transaction.atomic
def undo_told(*, batch: UUID, user: User, now: datetime) -> int:
    """Take back what one press marked.

    Returns:
        How many places count as not told again.

    Raises:
        RecordConflictError: too much time has gone, another marked it, all of it was answered, or
            somebody else has the case by now.
    """
    rows = _undoable(user, now).filter(batch=batch)
    counts = _by_case(rows)
    if not rows.update(undone_at=now, note_box=None):
        raise RecordConflictError("this can be undone on the same day, by who marked it")
    for case_id, count in counts.items():
        _record(case_id, "places_told_undone", batch, user, now, count=count)
    return sum(counts.values())


def last_told(*, user: User, now: datetime) -> tuple[UUID, int] | None:
    """What somebody marked last and can still take back: its batch, and how many places."""
    newest = _undoable(user, now).order_by("-made_at").first()
    if newest is None:
        return None
    return newest.batch, _undoable(user, now).filter(batch=newest.batch).count()


@transaction.atomic
def mark_answered(*, telling: Telling, on: date, user: User, now: datetime) -> None:
    """Note that a place answered.

    Raises:
        FieldsError: the day is before it was told, or still to come.
        RecordConflictError: it was noted before, or the mark was taken back.
    """
    if on < telling.told_on or on > now.date():
        raise FieldsError({"on": _("Give a day between the day you told them and today.")})
    waiting = Telling.objects.filter(
        pk=telling.pk, undone_at__isnull=True, answered_on__isnull=True
    )
    if not waiting.update(answered_on=on):
        raise RecordConflictError("this answer was noted before")
    _record(telling.location.case_id, "place_answered", telling.batch, user, now)


def clean_told(told: Told, now: datetime) -> Told:
    """How places were told, as it is stored.

    Raises:
        FieldsError: field -> what to do.
    """
    wrong: dict[str, str] = {}
    if told.how not in Telling.How.values:
        wrong["how"] = _("Choose how you told them.")
    if told.on > now.date():
        wrong["on"] = _("This day is still to come. Give the day on which you told them.")
    again = told.ask_again_on or told.on + ASK_AGAIN_AFTER
    if again < told.on:
        wrong["ask_again_on"] = _("Give a day after the one on which you told them.")
    if len(told.note) > MOST_NOTE:
        wrong["note"] = _("Write at most %(most)d letters.") % {"most": MOST_NOTE}
    if wrong:
        raise FieldsError(wrong)
    return Told(told.how, told.on, again, told.note.strip())


def _ask_again(
    locations: Sequence[Location], told: Told, batch: UUID, user: User, now: datetime
) -> int:
    silent = Telling.objects.filter(
        location__in=locations,
        undone_at__isnull=True,
        answered_on__isnull=True,
        ask_again_on__lte=now.date(),
        told_on__lte=told.on,
    ).exclude(batch=batch)
    counts = _by_case(silent)
    silent.update(ask_again_on=told.ask_again_on)
    for case_id, count in counts.items():
        _record(case_id, "places_asked_again", batch, user, now, how=told.how, count=count)
    return sum(counts.values())


def _undoable(user: User, now: datetime) -> QuerySet[Telling]:
    rows = Telling.objects.filter(made_by=user, made_at__gt=now - UNDO_WITHIN)
    # A case that was handed over or given back meanwhile is a colleague's, or nobody's.
    rows = rows.filter(location__case__in=accesses_of(user).values("case"))
    return rows.filter(undone_at__isnull=True, answered_on__isnull=True)


def _by_case(rows: QuerySet[Telling]) -> dict[UUID, int]:
    return dict(sorted(Counter(rows.values_list("location__case_id", flat=True)).items()))


def _telling(location: Location, told: Told, user: User, batch: UUID, now: datetime) -> Telling:
    row = Telling(
        batch=batch,
        location=location,
        team=team_of(user),
        made_by=user,
        how=told.how,
        told_on=told.on,
        ask_again_on=told.ask_again_on,
        made_at=now,
    )
    if told.note:
        row.note_box = seal_for_case(location.case_id, told.note, context=f"telling:{row.pk}")
    return row


def _record(
    case_id: UUID, what: str, batch: UUID, user: User, now: datetime, /, **facts: object
) -> None:
    events = Events(case_id, f"user:{user.pk}", now)
    events.add(what, f"batch:{batch}", **facts)
    events.record()
