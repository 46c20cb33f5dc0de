"""From looks to what is known: one odd look changes nothing, two that agree do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from staydown_web.escalation.models import Watch
from staydown_web.escalation.services.watching_rules import Said, is_there, watching_rules

State = Watch.State


@dataclass(frozen=True, slots=True)
class LastLook:
    """The newest look that is kept of a link: what it said, and when."""

    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """What follows from one more look.

    Attributes:
        state: what is known now.
        is_kept: whether the look is evidence of something new, to be kept.
        round: how many looks said the same since.
        pause: until the next.
        is_change: whether another state is known than before.
    """

    state: State
    is_kept: bool
    round: int
    pause: timedelta
    is_change: bool = False


def judge(
    *,
    known: str,
    round_: int,
    last: LastLook | None,
    said: Said,
    is_same_file: bool,
    now: datetime,
) -> Judged:
    """What is known after a look. Source: ADR-0085.

    The first look of all counts at once, but for one that says "gone". Later ones count when the
    look before said the same, at least an hour ago; or at once, where the server says "gone for
    good" (410), or gives a file of the very kind and size that was there before.

    Args:
        known: what was known so far.
        round_: how many looks said so.
        last: the newest look that is kept.
        said: what this one says.
        is_same_file: kind and size are those of the file that was there.
        now: the moment of the look.
    """
    rules = watching_rules()
    # A look that says something else than the one before is kept, so that a third that agrees
    # with the first does not make two of them.
    is_other = last is None or last.state != said.state
    if _is_agreed(known, said):
        more = round_ + 1
        return Judged(State(known), is_other, more, rules.pause_after(more))
    is_back = known == State.GONE and is_there(said.state)
    is_sure = said.is_final or (is_back and is_same_file)
    is_first = known == State.NEW and said.state != State.GONE
    is_twice = last is not None and not is_other and now - last.at >= rules.confirm
    if not (is_sure or is_first or is_twice):
        return Judged(State(known), is_other, round_, rules.confirm)
    state = State.BACK if is_back else said.state
    return Judged(state, is_kept=True, round=0, pause=rules.pause_after(0), is_change=True)


def _is_agreed(known: str, said: Said) -> bool:
    """Whether a look says what is known.

    What is gone and then cannot be reached is still gone: only what shows something is back.
    """
    if known == State.GONE:
        return not is_there(said.state)
    return said.state == known or (known == State.BACK and said.state == State.THERE)
