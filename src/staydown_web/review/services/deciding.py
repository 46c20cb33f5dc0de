"""A reviewer's finding: written at once, undone within a minute, else carried out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import (
    confirm_entries,
    dispute_entries,
    doubt_again,
    quarantine_entries,
    unconfirm_entries,
)
from staydown_web.base.errors import FieldsError, NotAllowedError, RecordConflictError
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal
from staydown_web.cases.services import erase_needless
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors.claims import rests_on, taken_back_since
from staydown_web.review.selectors.items import entries_confirmed_by
from staydown_web.review.selectors.minors import is_closed_since, is_like_minors, two_people
from staydown_web.review.services.making import take_in_others
from staydown_web.review.services.noting import forget_decision, note_decision
from staydown_web.review.services.reopening import reopen_complaints
from staydown_web.review.services.terms import Terms, check_looked, set_terms
from staydown_web.screening.models import Copy
from staydown_web.screening.services import mark_copies, reopen_flood

UNDO_FOR = timedelta(seconds=60)
IN_SIGHT = (Copy.State.SEEN, Copy.State.RESTORED)
"""Everybody can see such a copy: let through, or shown again after a complaint."""


@dataclass(frozen=True, slots=True)
class Before:
    """How things stood, so that an undo gives back exactly that."""

    state: str
    handed_to: str
    copies: dict[str, str]
    entries: dict[str, str]
    aside: dict[str, str] = field(default_factory=dict)
    """Since when entries were in quarantine, in ISO 8601; those that were in none are left out."""
    doubted: dict[str, str] = field(default_factory=dict)
    """When entries in doubt had been confirmed, in ISO 8601; those that never were are left out."""
    taken_by: str = ""
    """Who had the task; empty where it was free."""

    def as_json(self) -> dict[str, Any]:
        """For ``Decision.before``."""
        return {
            "state": self.state,
            "handed_to": self.handed_to,
            "copies": self.copies,
            "entries": self.entries,
            "aside": self.aside,
            "doubted": self.doubted,
            "taken_by": self.taken_by,
        }


@transaction.atomic
def decide(
    *,
    task: Task,
    outcome: Decision.Outcome | str,
    grounds: Sequence[str],
    facts: str,
    user: User,
    now: datetime,
    confirms_altered: bool = False,
    terms: Terms | None = None,
) -> Decision:
    """Decide a task for all its identical copies.

    Removal confirms the entries that the copies match and holds the copies, in the same
    transaction; the case hears of it when the decision is firm.

    Args:
        task: an open one, free or taken by ``user``.
        outcome: of ``Decision.Outcome``.
        grounds: ids of laws or of grounds to refuse; the form checks them.
        facts: for the uploader; the form checks that they name nobody.
        user: who decides.
        now: the moment; until a minute later it can be undone.
        confirms_altered: also confirm the entries of altered matches: the reviewer says that the
            reported original is what the notice says.
        terms: how it is restricted, or what a ground to keep it was given; the usual ones where
            they are not said.

    Raises:
        RecordConflictError: a colleague was quicker.
        FieldsError: ``terms`` say that they looked at a copy that they did not open, and not why;
            or one person alone would restore what matched a picture that may show a minor.
        NotAllowedError: the second reviewer must be another person than the first.
    """
    outcome = Decision.Outcome(outcome)
    _check_second(task, user)
    before = before_of(task)
    if outcome == Decision.Outcome.RESTORE and before.state != Task.State.SECOND:
        _check_two_people(task)
    after = Task.State.SECOND if outcome == Decision.Outcome.HOLD else Task.State.DONE
    open_to_me = Task.objects.filter(pk=task.pk, state=before.state).filter(
        Q(taken_by__isnull=True) | Q(taken_by=user)
    )
    done_at = None if after == Task.State.SECOND else now
    values = {"state": after, "done_at": done_at, "taken_by": None, "taken_at": None}
    if before.state not in OPEN_STATES or not open_to_me.update(**values, handed_to=None):
        raise RecordConflictError("a colleague has taken or decided this")
    return make_decision(
        task=task,
        outcome=outcome,
        grounds=grounds,
        facts=facts,
        user=user,
        now=now,
        before=before,
        confirms_altered=confirms_altered,
        terms=terms,
    )


def make_decision(
    *,
    task: Task,
    outcome: Decision.Outcome,
    grounds: Sequence[str],
    facts: str,
    user: User,
    now: datetime,
    before: Before,
    confirms_altered: bool = False,
    reverses: Decision | None = None,
    terms: Terms | None = None,
) -> Decision:
    """The decision itself, with what takes effect at once; the caller has claimed the task.

    Args:
        task: that nobody else can decide meanwhile.
        outcome: of ``Decision.Outcome``.
        grounds: as for ``decide``.
        facts: as for ``decide``.
        user: who decides.
        now: the moment, aware UTC.
        before: how things stood when the task was claimed.
        confirms_altered: as for ``decide``.
        reverses: the decision that a complaint was about, where this one is the answer to it.
        terms: as for ``decide``.
    """
    made = Decision(
        id=new_id(),
        task=task,
        outcome=outcome,
        grounds=list(grounds),
        decided_by=user,
        decided_at=now,
        firm_at=now + UNDO_FOR,
        reverses=reverses,
    )
    terms = terms or Terms()
    check_looked(task, user, terms)
    set_terms(made, terms)
    made.facts_box = seal(facts.encode(), context=f"decision:{made.pk}") if facts else None
    made.facts_language = made.facts_language if facts else ""
    if outcome == Decision.Outcome.REMOVE:
        made.entries_confirmed = _confirm(task, confirms_altered, user, now)
    _hold_copies(before, outcome, now)
    confirmed = set(made.entries_confirmed)
    states = {key: state for key, state in before.entries.items() if key in confirmed}
    aside = {key: since for key, since in before.aside.items() if key in confirmed}
    doubted = {key: at for key, at in before.doubted.items() if key in confirmed}
    made.before = replace(before, entries=states, aside=aside, doubted=doubted).as_json()
    made.save(force_insert=True)
    note_decision(made, actor=f"user:{user.pk}", now=now)
    record_decision("decision_made", made, user, now, unopened=terms.unopened)
    return made


@transaction.atomic
def undo_decision(*, decision: Decision, user: User, now: datetime) -> None:
    """Take a decision back within its minute; everything stands as before it.

    Raises:
        RecordConflictError: the minute is over, it was undone before, a second reviewer has gone on
            from it, or it was closed since, because somebody in it may be under 18.
        NotAllowedError: somebody else decided it.
    """
    if decision.decided_by_id != user.pk:
        raise NotAllowedError("only who decided can undo")
    if is_closed_since(decision):
        raise RecordConflictError("what it is about was closed since: somebody may be under 18")
    rows = Decision.objects.filter(
        pk=decision.pk,
        undone_at__isnull=True,
        made_firm_at__isnull=True,
        told_at__isnull=True,
        firm_at__gt=now,
    )
    if not rows.update(undone_at=now):
        raise RecordConflictError("the minute to undo this is over")
    before = Before(**decision.before)
    if decision.reverses_id is None:
        _give_task_back(decision, before, now)
    else:
        reopen_complaints(reversal=decision, actor=f"user:{user.pk}", why="undone", now=now)
    _give_entries_back(before, decision.decided_at, user, now)
    _give_copies_back(before.copies, now)
    forget_decision(decision, actor=f"user:{user.pk}", now=now, is_undone=True)
    for case in taken_back_since(decision).filter(erased_at__isnull=True):
        if not rests_on(case).exists():
            erase_needless(case=case, now=now, actor=f"user:{user.pk}")
    record_decision("decision_undone", decision, user, now)


def _check_second(task: Task, user: User) -> None:
    if task.state != Task.State.SECOND:
        return
    first = task.decisions.filter(undone_at__isnull=True).order_by("-decided_at").first()
    if first is not None and first.decided_by_id == user.pk:
        raise NotAllowedError("you asked for a second reviewer; another person decides now")


def _check_two_people(task: Task) -> None:
    if is_like_minors(task):
        raise FieldsError({"outcome": two_people()})


def before_of(task: Task) -> Before:
    """How a task stands, read anew inside the transaction: the page may be minutes old."""
    fresh = Task.objects.get(pk=task.pk)
    hits = Entry.objects.filter(hits__copy__tasks=fresh).distinct()
    aside = hits.filter(state=Entry.State.SEED, quarantined_at__isnull=False)
    doubted = hits.filter(state=Entry.State.DISPUTED, confirmed_at__isnull=False)
    return Before(
        state=fresh.state,
        handed_to=str(fresh.handed_to_id or ""),
        taken_by=str(fresh.taken_by_id or ""),
        copies={str(pk): state for pk, state in fresh.copies.values_list("pk", "state")},
        entries={str(pk): state for pk, state in hits.values_list("pk", "state")},
        aside={
            str(pk): at.isoformat() for pk, at in aside.values_list("pk", "quarantined_at") if at
        },
        doubted={
            str(pk): at.isoformat() for pk, at in doubted.values_list("pk", "confirmed_at") if at
        },
    )


def _confirm(task: Task, confirms_altered: bool, user: User, now: datetime) -> list[str]:  # noqa: FBT001
    entries = entries_confirmed_by(task, with_altered=confirms_altered)
    entry_ids = list(entries.order_by("pk").values_list("pk", flat=True))
    changed = confirm_entries(entry_ids=entry_ids, actor=f"user:{user.pk}", now=now)
    return [str(entry_id) for entry_id in changed]


def _hold_copies(before: Before, outcome: Decision.Outcome, now: datetime) -> None:
    """Whatever is decided but restoring, the copies are out of sight until it is firm."""
    if outcome == Decision.Outcome.RESTORE:
        return
    seen = [UUID(pk) for pk, state in before.copies.items() if state in IN_SIGHT]
    mark_copies(copy_ids=seen, state=Copy.State.HELD, now=now)


def _give_task_back(decision: Decision, before: Before, now: datetime) -> None:
    after = Task.State.SECOND if decision.outcome == Decision.Outcome.HOLD else Task.State.DONE
    tasks = Task.objects.filter(pk=decision.task_id, state=after)
    take_in_others(decision.task, now)
    taken_at = now if before.taken_by else None
    back = {"state": before.state, "done_at": None, "taken_at": taken_at}
    if not tasks.update(
        **back, taken_by=before.taken_by or None, handed_to=before.handed_to or None
    ):
        raise RecordConflictError("a colleague has gone on from this decision")


def _give_entries_back(before: Before, decided_at: datetime, user: User, now: datetime) -> None:
    actor, states = f"user:{user.pk}", before.entries
    for pk, at in before.doubted.items():
        confirmed_at = datetime.fromisoformat(at)
        doubt_again(entry_id=UUID(pk), confirmed_at=confirmed_at, actor=actor, now=now)
    unconfirm_entries(entry_ids=[UUID(pk) for pk in states], actor=actor, now=now)
    disputed = [UUID(pk) for pk, state in states.items() if state == Entry.State.DISPUTED]
    dispute_entries(entry_ids=disputed, actor=actor, now=now)
    for pk, since in before.aside.items():
        put_aside_since = datetime.fromisoformat(since)
        if quarantine_entries(entry_ids=[UUID(pk)], actor=actor, now=now, since=put_aside_since):
            reopen_flood(entry_id=UUID(pk), since=decided_at)


def _give_copies_back(states: dict[str, str], now: datetime) -> None:
    for state in set(states.values()):
        copy_ids = [UUID(pk) for pk, was in states.items() if was == state]
        changed = Copy.objects.filter(pk__in=copy_ids).exclude(state=state)
        # What the platform has answered since is its own word, and stays.
        held = changed.filter(state=Copy.State.HELD).values_list("pk", flat=True)
        mark_copies(copy_ids=list(held), state=Copy.State(state), now=now)


def record_decision(
    what: str, decision: Decision, user: User, now: datetime, *, unopened: str = ""
) -> None:
    """The event by which orders to the platform follow; and why a copy was not opened, if so."""
    record_event(
        what=what,
        actor=f"user:{user.pk}",
        at=now,
        case_id=decision.task.case_id,
        subject=f"decision:{decision.pk}",
        facts={
            "task": decision.task_id,
            "outcome": str(decision.outcome),
            "entries": len(decision.entries_confirmed),
            "copies": len(decision.before.get("copies", {})),
            **({"unopened": str(unopened)} if unopened else {}),
        },
    )
