"""One regime: a law, or a platform's own rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from staydown_web.regimes.schemas.clocks import Clock, Deadline, DueWarning, Pause
from staydown_web.regimes.schemas.duties import Duty, GroundRule, Reach, SizeRule, Source, Telling
from staydown_web.regimes.schemas.facts import RequiredElement


class Kind(StrEnum):
    """Whose rule a regime is."""

    LAW = "law"
    TERMS = "terms"


@dataclass(frozen=True, slots=True)
class Regime:
    """One law, or one platform's own rules.

    Attributes:
        id: stable, such as ``us-tida``; the name of its file.
        version: changes with every change of the file; kept with each notice.
        kind: law or terms.
        title: full name.
        short_title: as lists show it.
        jurisdiction: such as ``US``; empty for terms.
        effective_from: the first day it binds; None where that is not confirmed.
        effective_until: the last day, None while it binds.
        ways: the ways in that it can serve: ``published``, ``threatened``, ``link``.
        who_may_file: who may give a notice, in plain English.
        elements: what a notice needs, in the order in which a form asks.
        clock: the deadline for acting.
        deadlines: the other deadlines.
        pauses: what may pause the clock; empty: nothing may.
        warnings: when staff are warned, the earliest first.
        copies: kinds of match that the duty reaches, such as ``identical``.
        reach: for every kind of match, whether the duty reaches it, and why.
        duties: what the platform has to do.
        sizes: which sizes of platform are exempt from which duties; a size that is not named is
            exempt from none.
        grounds: for every ground on which something may stay up, whether this law admits it.
        tellings: who must be told what.
        exemptions: whom it does not bind, in plain English.
        uncertain: what is not confirmed, in plain English; shown with the regime.
        texts: acts-as -> paragraphs that the notifier signs, in plain English.
        sources: where it was read.
    """

    id: str
    version: str
    kind: Kind
    title: str
    short_title: str
    jurisdiction: str
    effective_from: date | None
    effective_until: date | None
    ways: tuple[str, ...]
    who_may_file: str
    elements: tuple[RequiredElement, ...]
    clock: Clock
    deadlines: tuple[Deadline, ...]
    pauses: tuple[Pause, ...]
    warnings: tuple[DueWarning, ...]
    copies: tuple[str, ...]
    reach: tuple[Reach, ...]
    duties: tuple[Duty, ...]
    sizes: tuple[SizeRule, ...]
    grounds: tuple[GroundRule, ...]
    tellings: tuple[Telling, ...]
    exemptions: tuple[str, ...]
    uncertain: tuple[str, ...]
    texts: dict[str, tuple[str, ...]]
    sources: tuple[Source, ...]

    def is_in_force(self, on: date) -> bool | None:
        """Whether it binds on a day; None where the first day is not confirmed."""
        if self.effective_until is not None and on > self.effective_until:
            return False
        return None if self.effective_from is None else on >= self.effective_from

    @property
    def is_start_open(self) -> bool:
        """Whether it is a law whose first day is not confirmed; own rules need no first day."""
        return self.kind is Kind.LAW and self.effective_from is None

    def may_pause(self, reason: str) -> bool:
        """Whether the clock may stand still for this reason."""
        return any(pause.reason == reason for pause in self.pauses)

    def deadline(self, id_: str) -> Deadline | None:
        """A deadline beside the clock, or None where the regime has none of this id."""
        return next((one for one in self.deadlines if one.id == id_), None)

    def has_duty(self, id_: str, *, size: str = "") -> bool:
        """Whether a platform of this size has a duty; of unknown size: the full duties."""
        named = any(duty.id == id_ for duty in self.duties)
        exempt = any(rule.size == size and id_ in rule.exempt_from for rule in self.sizes)
        return named and not exempt
