"""What happened, read back from the audit: each thing's events must lead to its state.

An automaton says which event may follow in which state. So one look at a finished history finds a
change that was not recorded, an event without its change, one that came twice, and an illegal one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from staydown_web.audit.models import Event
from staydown_web.cases.models import Case, Clock, ClockWarning, Contact, Item, Letter, StaffLetter
from staydown_web.review.models import Complaint, Decision

NEW = "(new)"


@dataclass(frozen=True)
class Automaton:
    """How one kind of thing changes.

    Attributes:
        subject: the word before the colon in ``Event.subject``.
        step: state and event -> the next state, or None where that may not be.
        stands: the state of a row, as the automaton names it.
        rows: those that are there.
    """

    subject: str
    step: Callable[[str, Event], str | None]
    stands: Callable[[Any], str]
    rows: Callable[[], Iterable[Any]]


def by_table(table: Mapping[str, Mapping[str, str]]) -> Callable[[str, Event], str | None]:
    """A step by the name of the event; names in no row of the table are not its business."""
    known = {what for row in table.values() for what in row}

    def step(state: str, event: Event) -> str | None:
        if event.what not in known:
            return state
        return table.get(state, {}).get(event.what)

    return step


def _clock_step(state: str, event: Event) -> str | None:
    if event.what == "clock_ended":
        outcome = event.facts["outcome"]
        ways = {
            "running": {"kept": "kept", "void": "void"},
            "over": {"late": "late", "void": "void"},
        }
        return ways.get(state, {}).get(outcome)
    return by_table(
        {
            NEW: {"clock_started": "running"},
            "running": {
                "clock_paused": "paused",
                "clock_breached": "over",
                "clock_warned": "running",
            },
            "paused": {"clock_resumed": "running"},
            "kept": {"clock_reopened": "running"},
            "late": {"clock_reopened": "over"},
        }
    )(state, event)


def _clock_stands(clock: Clock) -> str:
    if clock.outcome:
        return clock.outcome
    if clock.breached_at is not None:
        return "over"
    return "paused" if clock.paused_at is not None else "running"


_ITEM_FROM = {
    "in_review": {NEW, "received", "removed", "kept"},
    "received": {"in_review"},
    "removed": {NEW, "received", "in_review", "kept"},
    "kept": {NEW, "received", "in_review", "removed"},
}


def _item_step(state: str, event: Event) -> str | None:
    if event.what != "item_settled":
        return state
    after = event.facts["state"]
    return after if state in _ITEM_FROM[after] else None


def _item_stands(item: Item) -> str:
    return NEW if item.state == "received" else item.state


_UNSETTLED = ("received", "in_review")


def _answer_step(state: str, event: Event) -> str | None:
    """``<state of the item>/<answer>``: what a decision said of it, until it is taken back."""
    stands, _, answer = (state if state != NEW else "received/").partition("/")
    facts, is_open = event.facts, stands in _UNSETTLED
    match event.what:
        case "answer_noted":
            after = f"{stands}/{facts['answer']}" if is_open else None
        case "answer_withdrawn":
            after = f"{stands}/" if answer and is_open else None
        case "item_settled" if facts["state"] in _UNSETTLED:
            left = answer if is_open else ""
            after = f"{facts['state']}/{left}" if facts["is_answered"] == bool(left) else None
        case "item_settled":
            after = f"{facts['state']}/{facts['state'] if facts['is_answered'] else ''}"
        case _other:
            after = state
    return NEW if after == "received/" else after


def _answer_stands(item: Item) -> str:
    stands = f"{item.state}/{item.answer}"
    return NEW if stands == "received/" else stands


def _decision_stands(decision: Decision) -> str:
    if decision.undone_at is not None:
        return "undone"
    return "firm" if decision.made_firm_at is not None else "made"


_withdrawal = by_table(
    {
        NEW: {"case_filed": "open"},
        "open": {"withdrawal_asked": "asked"},
        "asked": {"withdrawal_cancelled": "open", "case_withdrawn": "withdrawn"},
    }
)


def _withdrawal_stands(case: Case) -> str:
    if (
        case.state == Case.State.WITHDRAWN
        or Event.objects.filter(case_id=case.pk, what="case_withdrawn").exists()
    ):
        return "withdrawn"
    if case.withdrawal_due_at is not None:
        return "asked"
    return "open"


AUTOMATA = (
    Automaton("clock", _clock_step, _clock_stands, Clock.objects.all),
    Automaton(
        "item",
        _item_step,
        _item_stands,
        lambda: Item.objects.exclude(state=Item.State.WITHDRAWN),
    ),
    Automaton(
        "item",
        _answer_step,
        _answer_stands,
        lambda: Item.objects.exclude(state=Item.State.WITHDRAWN),
    ),
    Automaton(
        "decision",
        by_table(
            {
                NEW: {"decision_made": "made"},
                "made": {"decision_undone": "undone", "decision_firm": "firm"},
            }
        ),
        _decision_stands,
        Decision.objects.all,
    ),
    Automaton(
        "complaint",
        by_table(
            {
                NEW: {"complaint_filed": "open"},
                "open": {"complaint_decided": "decided", "complaint_dropped": "dropped"},
                "decided": {
                    "complaint_undone": "open",
                    "complaint_reopened": "open",
                    "complaint_settled": "settled",
                    "complaint_dropped": "dropped",
                },
            }
        ),
        lambda complaint: complaint.state,
        Complaint.objects.all,
    ),
    Automaton(
        "case",
        _withdrawal,
        _withdrawal_stands,
        lambda: Case.objects.exclude(state=Case.State.CLOSED),
    ),
    Automaton(
        "letter",
        by_table(
            {NEW: {"letter_sent": "sent", "letter_dead": "dead"}},
        ),
        lambda letter: {"due": NEW}.get(letter.state, letter.state),
        # One that ended with its case leaves no event of its own: the case's says it.
        lambda: Letter.objects.exclude(state=Letter.State.DEAD),
    ),
    Automaton(
        "letter",
        by_table({NEW: {"staff_letter_sent": "sent", "staff_letter_dead": "dead"}}),
        lambda letter: {"due": NEW}.get(letter.state, letter.state),
        StaffLetter.objects.all,
    ),
    Automaton(
        "contact",
        by_table(
            {
                NEW: {"contact_asked": "asked"},
                "asked": {"contact_confirmed": "confirmed", "contact_refused": "refused"},
                "confirmed": {"contact_refused": "refused"},
            }
        ),
        lambda contact: {"new": NEW}.get(contact.state, contact.state),
        lambda: Contact.objects.exclude(state__in=["refused", "failed"]),
    ),
)


def wrong_histories(*subjects: str) -> list[str]:
    """What the audit and the rows do not agree on; empty where every change is told, once.

    Args:
        subjects: of which things, such as ``clock``; of all where none is named.
    """
    told: dict[str, list[Event]] = {}
    for event in Event.objects.order_by("seq"):
        told.setdefault(event.subject, []).append(event)
    wrong = []
    for automaton in AUTOMATA:
        if subjects and automaton.subject not in subjects:
            continue
        for row in automaton.rows():
            name = f"{automaton.subject}:{row.pk}"
            wrong += _replay(automaton, row, name, told.get(name, []))
    return [*wrong, *_wrong_warnings()]


def _replay(automaton: Automaton, row: Any, name: str, events: list[Event]) -> list[str]:
    state = NEW
    for event in events:
        after = automaton.step(state, event)
        if after is None:
            return [f"{name}: {event.what} {event.facts} may not follow {state}"]
        state = after
    stands = automaton.stands(row)
    return [] if state == stands else [f"{name}: is {stands}, and its events end with {state}"]


def _wrong_warnings() -> list[str]:
    """Each warning has exactly one event, and each event its warning."""
    rows = Counter(
        (f"clock:{one.clock_id}", "over" if one.mark == "over" else one.mark.removeprefix("left-"))
        for one in ClockWarning.objects.all()
    )
    living = {f"clock:{pk}" for pk in Clock.objects.values_list("pk", flat=True)}
    events = Counter(
        (event.subject, str(event.facts.get("mark", "over")).removeprefix("left-"))
        for event in Event.objects.filter(what__in=["clock_warned", "clock_breached"])
        if event.subject in living
    )
    return [] if rows == events else [f"warnings: {rows - events} {events - rows}"]
