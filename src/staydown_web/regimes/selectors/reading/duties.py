"""The parts of a regime file about duties, tellings, copies, sizes and grounds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from staydown.types.match import MatchKind
from staydown_web.regimes.schemas import (
    Answer,
    Deadline,
    Duty,
    Ground,
    GroundRule,
    Proof,
    Reach,
    Reading,
    SizeRule,
    Source,
    Telling,
)
from staydown_web.regimes.selectors.reading.table import Table, each, read_file

SIZES = ("micro", "small", "medium", "large", "very_large")
GROUND_IDS = (
    "not_intimate",
    "not_the_person",
    "consented_commercial",
    "satire",
    "public_interest",
    "other_picture",
    "not_here",
)
KINDS = tuple(str(kind) for kind in MatchKind)
_ANSWERS = tuple(Answer)
_WHOM = ("notifier", "uploader", "authority", "staff", "public")
_WHEN = ("receipt", "decision", "restore", "complaint", "misuse", "danger", "yearly", "always")
_FROM = ("reviewer", "uploader", "notifier")


def read_duties(top: Table) -> tuple[Duty, ...]:
    """Each duty once."""
    duties = each(top.tables("duties"), _duty)
    if len({duty.id for duty in duties}) != len(duties):
        raise top.wrong("duties", "two have the same id")
    return duties


def read_sizes(top: Table, duties: tuple[Duty, ...]) -> tuple[SizeRule, ...]:
    """Each size once, exempt from duties of this file alone."""
    known = tuple(duty.id for duty in duties)

    def size(table: Table) -> SizeRule:
        return SizeRule(
            size=table.among("size", SIZES),
            exempt_from=table.all_among("exempt_from", known),
            words=table.text("words"),
            source=table.text("source"),
        )

    rules = each(top.tables("sizes", may_be_empty=True), size)
    if len({rule.size for rule in rules}) != len(rules):
        raise top.wrong("sizes", "two are about the same size")
    return rules


def read_tellings(
    top: Table, duties: tuple[Duty, ...], deadlines: tuple[Deadline, ...]
) -> tuple[Telling, ...]:
    """Who must be told what; each with a duty and a deadline of this file, if any."""
    duty_ids = tuple(duty.id for duty in duties)
    deadline_ids = tuple(deadline.id for deadline in deadlines)

    def telling(table: Table) -> Telling:
        return Telling(
            whom=table.among("whom", _WHOM),
            when=table.among("when", _WHEN),
            what=table.text("what"),
            source=table.text("source"),
            duty=table.among("duty", duty_ids, ""),
            deadline=table.among("deadline", deadline_ids, ""),
        )

    return each(top.tables("tellings"), telling)


def read_reach(top: Table) -> tuple[Reach, ...]:
    """Every kind of match, once."""
    rows = each(top.tables("copies"), _reach)
    if sorted(row.kind for row in rows) != sorted(KINDS):
        raise top.wrong("copies", f"want each once: {', '.join(KINDS)}")
    return rows


def read_ground_rules(top: Table) -> tuple[GroundRule, ...]:
    """Every ground, once: a law that is silent says so."""
    rows = each(top.tables("grounds"), _ground_rule)
    if sorted(row.id for row in rows) != sorted(GROUND_IDS):
        raise top.wrong("grounds", f"want each once: {', '.join(GROUND_IDS)}")
    return rows


def read_grounds(path: Path, *, schema: int) -> tuple[Ground, ...]:
    """The grounds that all regimes share.

    Raises:
        ConfigError: which key is wrong, and what it should be.
    """
    top = read_file(path, schema=schema)
    grounds = each(top.tables("grounds"), _ground)
    top.end()
    if tuple(ground.id for ground in grounds) != GROUND_IDS:
        raise top.wrong("grounds", f"want, in this order: {', '.join(GROUND_IDS)}")
    return grounds


def read_source(table: Table) -> Source:
    """Where it was read."""
    return Source(
        title=table.text("title"),
        where=table.text("where"),
        read_on=table.take("read_on", date),
        reading=Reading(table.among("reading", tuple(Reading))),
    )


def _duty(table: Table) -> Duty:
    return Duty(table.text("id"), table.text("words"), table.text("source"))


def _reach(table: Table) -> Reach:
    return Reach(
        kind=table.among("kind", KINDS),
        answer=Answer(table.among("answer", _ANSWERS)),
        words=table.text("words"),
        source=table.text("source"),
    )


def _ground_rule(table: Table) -> GroundRule:
    return GroundRule(
        id=table.among("id", GROUND_IDS),
        answer=Answer(table.among("answer", _ANSWERS)),
        words=table.text("words"),
        source=table.text("source"),
    )


def _ground(table: Table) -> Ground:
    needs = each(table.tables("needs"), _proof)
    if len({proof.id for proof in needs}) != len(needs):
        raise table.wrong("needs", "two have the same id")
    return Ground(
        id=table.text("id"),
        label=table.text("label"),
        help=table.text("help"),
        needs=needs,
        asks_notifier=table.take("asks_notifier", bool),
        keeps_entry=table.take("keeps_entry", bool),
    )


def _proof(table: Table) -> Proof:
    return Proof(table.text("id"), table.text("label"), table.among("from_whom", _FROM))
