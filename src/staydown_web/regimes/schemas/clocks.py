"""Time: the clock of a regime, its other deadlines, what may pause it, and when to warn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class ClockKind(StrEnum):
    """How long the platform has."""

    HOURS = "hours"
    """A number of hours, every hour counted, nights and holidays too."""
    PROMPT = "prompt"
    """Without undue delay: the law names no number."""
    NONE = "none"
    """No deadline."""


class Event(StrEnum):
    """What starts a deadline."""

    VALID = "valid"
    """The receipt of the last required element of a notice."""
    RECEIPT = "receipt"
    """The receipt of a notice, complete or not."""
    DECISION = "decision"
    """The moment of a decision."""
    TOLD = "told"
    """The day on which somebody was told of a decision."""
    COMPLAINT = "complaint"
    """The receipt of a complaint against a decision."""


class Unit(StrEnum):
    """In which calendar a deadline counts."""

    HOURS = "hours"
    """Every hour, nights and holidays too, counted in UTC."""
    DAYS = "days"
    """Whole days of 24 hours, holidays too."""
    MONTHS = "months"
    """Months of the calendar; the last day of a shorter month where the day is missing."""
    PROMPT = "prompt"
    """Without undue delay: no number."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When the platform must have acted.

    Attributes:
        kind: a number of hours, promptly, or no deadline.
        hours: whole hours from the receipt of the last required element; 0 unless kind is hours.
        source: where the rule is.
        words: the rule in plain English.
        starts: the event from which it counts; always the receipt of the last required element.
    """

    kind: ClockKind
    hours: int
    source: str
    words: str
    starts: Event = Event.VALID

    @property
    def length(self) -> timedelta | None:
        """The time from validity to the deadline, or None where there is none."""
        return timedelta(hours=self.hours) if self.kind is ClockKind.HOURS else None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A time beside the clock: for confirming, for telling, for a complaint.

    Attributes:
        id: stable within the regime, such as ``complaint``.
        after: the event from which it counts.
        amount: how many units; 0 where the unit is promptly.
        unit: in which calendar.
        words: the rule in plain English.
        source: where the rule is.
    """

    id: str
    after: Event
    amount: int
    unit: Unit
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Pause:
    """A reason for which the clock may stand still.

    Attributes:
        reason: stable id, such as ``waiting_for_notifier``.
        words: when that is, in plain English.
        source: where the rule is, or why no rule is against it.
    """

    reason: str
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class DueWarning:
    """When staff are warned before a deadline.

    Attributes:
        id: as the file writes it: ``half``, ``12h``, ``30m``.
        is_half: at half of the time.
        left: how long before the deadline; None where ``is_half``.
    """

    id: str
    is_half: bool
    left: timedelta | None

    def before_due(self, length: timedelta) -> timedelta:
        """How long before the deadline, for a clock of this length."""
        return length / 2 if self.left is None else self.left
