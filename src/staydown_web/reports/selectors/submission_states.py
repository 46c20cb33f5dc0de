"""How the entries for the public database stand, in words for the people who look after them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Min, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.base.wording import colon
from staydown_web.reports.models import Submission

State = Submission.State
_RETRY: Final = "retry"
_WAITS: Final = frozenset({State.WAITING, State.UNSURE})
_ROWS: Final[tuple[tuple[str, Any, str, str, Any], ...]] = (
    (
        State.WAITING,
        State.WAITING.label,
        "wait",
        "i-dot",
        gettext_lazy("It goes with the next batch. Nothing to do."),
    ),
    (
        State.SENDING,
        State.SENDING.label,
        "wait",
        "i-dot",
        gettext_lazy("It is being sent now. Nothing to do."),
    ),
    (
        _RETRY,
        gettext_lazy("To be tried again"),
        "now",
        "i-half",
        gettext_lazy("The database did not answer, or did not take it. We try again by ourselves."),
    ),
    (
        State.SENT,
        State.SENT.label,
        "done",
        "i-check",
        gettext_lazy("The database has it. Nothing to do."),
    ),
    (
        State.STOPPED,
        State.STOPPED.label,
        "heed",
        "i-look",
        gettext_lazy("Its facts could lead to a person. Write them anew; it is in the list above."),
    ),
    (
        State.REFUSED,
        State.REFUSED.label,
        "heed",
        "i-look",
        gettext_lazy("The database says that it is not right. It is in the list above."),
    ),
    (
        State.GIVEN_UP,
        State.GIVEN_UP.label,
        "heed",
        "i-look",
        gettext_lazy("No answer came for days. Send it again from the list above."),
    ),
)


@dataclass(frozen=True, slots=True)
class StateRow:
    """One state of entries.

    Attributes:
        label: its name.
        tone: colour of its chip; ``icon`` likewise.
        count: how many are in it.
        words: what happens next.
    """

    label: str
    tone: str
    icon: str
    count: int
    words: str


def state_rows() -> list[StateRow]:
    """Every state, with how many entries are in it. Those that concern no one in the EU are out."""
    is_again = Q(state=State.WAITING, tries__gt=0) | Q(state=State.UNSURE)
    rows = Submission.objects.exclude(why__in=("outside_eea", "minor"))
    counts: dict[str, int] = dict(rows.exclude(is_again).values_list("state").annotate(Count("pk")))
    counts[_RETRY] = rows.filter(is_again).count()
    return [
        StateRow(str(label), tone, icon, counts.get(state, 0), str(words))
        for state, label, tone, icon, words in _ROWS
    ]


def next_try() -> datetime | None:
    """When the first entry that failed is tried again; None where none waits for that."""
    waiting = Submission.objects.filter(state__in=_WAITS, tries__gt=0)
    found: datetime | None = waiting.aggregate(at=Min("next_try_at"))["at"]
    return found


def state_words(row: Submission) -> str:
    """The state of one entry, and why, for the list of those that a person looks at."""
    why = {
        "schema": _("it does not have the form that the database asks for"),
        "no_answer": _("the database did not answer for days"),
        "invalid": _("the database says that it is not right"),
    }
    known = why.get(row.why) or (
        _("its facts could lead to a person") if row.state == State.STOPPED else ""
    )
    state = row.get_state_display()
    return f"{state}{colon()}{known}" if known else state


def listed(rows: Iterable[Submission]) -> list[tuple[Submission, str]]:
    """Entries with their state in words."""
    return [(row, state_words(row)) for row in rows]
