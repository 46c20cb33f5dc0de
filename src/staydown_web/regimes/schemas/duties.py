"""What a regime lays on a platform, whom it must tell, and how far a duty reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Answer(StrEnum):
    """What a law says to a question that a person has to decide."""

    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"
    """The text does not say, or was not read; a lawyer has to."""


class Reading(StrEnum):
    """How a source was read."""

    TEXT = "text"
    """The words of the law, or of the rules."""
    SECONDARY = "secondary"
    """Somebody else's account of them."""
    NOT_READ = "not_read"
    """Named, because the rule is there; its text was not at hand."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something that a platform has to do.

    Attributes:
        id: stable over all regimes, such as ``complaints``; code asks by it.
        words: what, in plain English.
        source: where the rule is.
    """

    id: str
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class SizeRule:
    """What platforms of one size need not do.

    Attributes:
        size: ``micro``, ``small``, ``medium``, ``large`` or ``very_large``.
        exempt_from: ids of duties.
        words: the rule in plain English.
        source: where the rule is.
    """

    size: str
    exempt_from: tuple[str, ...]
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Telling:
    """Somebody whom the platform has to tell something.

    Attributes:
        whom: ``notifier``, ``uploader``, ``authority``, ``staff`` or ``public``.
        when: ``receipt``, ``decision``, ``restore``, ``complaint``, ``misuse``, ``danger``,
            ``yearly`` or ``always``.
        what: in plain English.
        source: where the rule is.
        duty: id of the duty it belongs to; empty where it is good practice alone.
        deadline: id of the deadline by which; empty where none is named.
    """

    whom: str
    when: str
    what: str
    source: str
    duty: str = ""
    deadline: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether the duty reaches copies of one kind of match.

    Attributes:
        kind: of match: ``identical``, ``same``, ``part`` or ``altered``.
        answer: yes, no, or not settled.
        words: why, in plain English.
        source: where the rule is.
    """

    kind: str
    answer: Answer
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class GroundRule:
    """Whether a regime lets something stay up on a ground.

    Attributes:
        id: of the ground, see ``Ground``.
        answer: whether this law admits it.
        words: why, in plain English.
        source: where the rule is.
    """

    id: str
    answer: Answer
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that a ground needs before somebody may decide on it.

    Attributes:
        id: stable within the ground.
        label: what a reviewer confirms, in plain English.
        from_whom: who has it: ``reviewer``, ``uploader`` or ``notifier``.
    """

    id: str
    label: str
    from_whom: str


@dataclass(frozen=True, slots=True)
class Ground:
    """Why something reported may stay up or come back. Shared by all regimes.

    Attributes:
        id: stable, such as ``satire``; kept with decisions.
        label: as the decision form shows it, in plain English.
        help: what to weigh, in plain English.
        needs: what has to be there, in the order in which it is asked.
        asks_notifier: whether the notifier is asked before somebody decides on it.
        keeps_entry: whether the reported picture stays in the bank as it is.
    """

    id: str
    label: str
    help: str
    needs: tuple[Proof, ...]
    asks_notifier: bool
    keeps_entry: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Where a regime was read.

    Attributes:
        title: name of the text.
        where: its citation or public address.
        read_on: the day.
        reading: whether its own words were read.
    """

    title: str
    where: str
    read_on: date
    reading: Reading = Reading.TEXT
