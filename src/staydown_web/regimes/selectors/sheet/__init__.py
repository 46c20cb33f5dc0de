"""A regime as a lawyer reads it: every key of the file, in words, in the order of a review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.regimes.schemas import (
    Answer,
    Clock,
    ClockKind,
    Deadline,
    Duty,
    Ground,
    GroundRule,
    Reach,
    Reading,
    Regime,
    RequiredElement,
    Source,
    Telling,
    Unit,
)
from staydown_web.regimes.selectors.reading import SIZES
from staydown_web.regimes.selectors.sheet.words import (
    event_words,
    fact_words,
    kind_words,
    size_words,
    way_words,
    when_words,
    whom_words,
)
from staydown_web.regimes.selectors.texts import start_note


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A question, what the law answers, and why; of a ground also what it needs."""

    label: str
    answer: str
    tone: str
    icon: str
    words: str
    source: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ElementRow:
    """A required element and what gives it, in words."""

    element: RequiredElement
    label: str
    remedy: str
    given_by: str
    condition: str


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty, and for each size whether it binds."""

    duty: Duty
    binds: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class TellingRow:
    """Who is told what, when, and by which deadline."""

    whom: str
    when: str
    telling: Telling
    what: str
    by: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Where it was read, and how."""

    source: Source
    reading: str
    tone: str
    is_address: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """All of one regime for its page.

    Attributes:
        law: the regime.
        title: in the language of the moment; likewise ``short_title`` and ``who_may_file``.
        ways: the ways in that it serves, in words.
        force: since when it binds, in words.
        is_in_force: None where that is not confirmed.
        time: the clock in one short phrase, such as ``48 hours``.
        time_words: the rule on the clock, in words.
        start_note: how that is meant where the first day is not confirmed; else empty.
        elements: what a notice needs.
        deadlines: the other deadlines: how long, after what, and the deadline.
        pauses: what may pause the clock: words and source.
        warnings: when staff are warned, in words.
        reach: how far the duty reaches, kind by kind.
        sizes: the names of the sizes, in the order of ``DutyRow.binds``.
        duties: what the platform has to do.
        size_rules: what each size need not do, in words.
        grounds: why something may stay up.
        tellings: who must be told what.
        exemptions: whom it does not bind.
        uncertain: what is not confirmed.
        texts: title and paragraphs of each text that is signed.
        sources: where it was read.
    """

    law: Regime
    title: str
    short_title: str
    who_may_file: str
    ways: list[str]
    force: str
    is_in_force: bool | None
    time: str
    time_words: str
    start_note: str
    elements: list[ElementRow]
    deadlines: list[tuple[str, str, Deadline]]
    pauses: list[tuple[str, str]]
    warnings: list[str]
    reach: list[AnswerRow]
    sizes: list[str]
    duties: list[DutyRow]
    size_rules: list[tuple[str, str, str]]
    grounds: list[AnswerRow]
    tellings: list[TellingRow]
    exemptions: list[str]
    uncertain: list[str]
    texts: list[tuple[str, tuple[str, ...]]]
    sources: list[SourceRow]


def sheet_of(law: Regime, *, reasons: Iterable[Ground], today: date) -> Sheet:
    """A regime for its page, in the language of the moment.

    Args:
        law: the regime.
        reasons: every ground on which something may stay up.
        today: decides whether it is in force.
    """
    known = {reason.id: reason for reason in reasons}
    return Sheet(
        law=law,
        title=_(law.title),
        short_title=_(law.short_title),
        who_may_file=_(law.who_may_file),
        ways=[way_words()[way] for way in law.ways],
        force=_force(law),
        is_in_force=law.is_in_force(today),
        time=time_in_words(law.clock),
        time_words=_(law.clock.words),
        start_note=start_note(law),
        elements=[_element(element) for element in law.elements],
        deadlines=[_deadline(deadline) for deadline in law.deadlines],
        pauses=[(_(pause.words), pause.source) for pause in law.pauses],
        warnings=[_warning(warning.id) for warning in law.warnings],
        reach=[_answer(kind_words()[row.kind], row) for row in law.reach],
        sizes=list(size_words().values()),
        duties=[
            DutyRow(duty, tuple(law.has_duty(duty.id, size=size) for size in SIZES))
            for duty in law.duties
        ],
        size_rules=[(size_words()[rule.size], rule.words, rule.source) for rule in law.sizes],
        grounds=[_ground(known[rule.id], rule) for rule in law.grounds],
        tellings=[_telling(law, telling) for telling in law.tellings],
        exemptions=[_(words) for words in law.exemptions],
        uncertain=[_(words) for words in law.uncertain],
        texts=[
            (_("The person shown signs"), tuple(map(_, law.texts["self"]))),
            (_("Someone acting for them signs"), tuple(map(_, law.texts["representative"]))),
        ],
        sources=[_source(source) for source in law.sources],
    )


def time_in_words(clock: Clock) -> str:
    """How long the platform has, in a few words."""
    match clock.kind:
        case ClockKind.HOURS:
            words = ngettext("%(n)d hour", "%(n)d hours", clock.hours)
            return words % {"n": clock.hours}
        case ClockKind.PROMPT:
            return _("Promptly, no number")
        case ClockKind.NONE:
            return _("No time limit")


def _force(law: Regime) -> str:
    if law.effective_from is None:
        return _("Not confirmed") if law.kind == "law" else _("As the platform says")
    return law.effective_from.isoformat()


def _element(element: RequiredElement) -> ElementRow:
    facts = [fact_words()[name] for name in (*element.all_of, *element.any_of)]
    return ElementRow(
        element=element,
        label=_(element.label),
        remedy=_(element.remedy),
        given_by=(" " + _("and") + " " if element.all_of else " " + _("or") + " ").join(facts),
        condition=_("only for someone acting for the person shown") if element.only_if else "",
    )


def _deadline(deadline: Deadline) -> tuple[str, str, Deadline]:
    n = deadline.amount
    match deadline.unit:
        case Unit.HOURS:
            length = ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n}
        case Unit.DAYS:
            length = ngettext("%(n)d day", "%(n)d days", n) % {"n": n}
        case Unit.MONTHS:
            length = ngettext("%(n)d month", "%(n)d months", n) % {"n": n}
        case Unit.PROMPT:
            length = _("Promptly, no number")
    return length, event_words()[deadline.after], deadline


def _warning(id_: str) -> str:
    if id_ == "half":
        return _("when half of the time is over")
    n = int(id_[:-1])
    if id_.endswith("h"):
        return ngettext("%(n)d hour before", "%(n)d hours before", n) % {"n": n}
    return ngettext("%(n)d minute before", "%(n)d minutes before", n) % {"n": n}


def _answer(label: str, row: Reach | GroundRule) -> AnswerRow:
    words, tone, icon = {
        Answer.YES: (_("Yes"), "done", "i-check"),
        Answer.NO: (_("No"), "wait", "i-dot"),
        Answer.UNCLEAR: (_("Not settled"), "now", "i-half"),
    }[row.answer]
    return AnswerRow(label, words, tone, icon, row.words, row.source)


def _ground(ground: Ground, rule: GroundRule) -> AnswerRow:
    needs = tuple(_(proof.label) for proof in ground.needs)
    return replace(_answer(_(ground.label), rule), needs=needs)


def _telling(law: Regime, telling: Telling) -> TellingRow:
    deadline = law.deadline(telling.deadline)
    by = _deadline(deadline)[0] if deadline else ""
    return TellingRow(
        whom_words()[telling.whom], when_words()[telling.when], telling, _(telling.what), by
    )


def _source(source: Source) -> SourceRow:
    words, tone = {
        Reading.TEXT: (_("Its own words were read"), "done"),
        Reading.SECONDARY: (_("Read in the account of others"), "now"),
        Reading.NOT_READ: (_("Not read"), "heed"),
    }[source.reading]
    return SourceRow(source, words, tone, source.where.startswith("https://"))
