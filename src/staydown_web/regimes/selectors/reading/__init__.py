"""Regime files to regimes: every key checked, so that a mistake in a law stops the start."""

from __future__ import annotations

from pathlib import Path

from staydown_web.base.errors import ConfigError
from staydown_web.regimes.schemas import FACT_NAMES, Answer, Kind, Regime, RequiredElement
from staydown_web.regimes.selectors.reading.clocks import (
    read_clock,
    read_deadlines,
    read_pauses,
    read_warnings,
)
from staydown_web.regimes.selectors.reading.duties import (
    SIZES,
    read_duties,
    read_ground_rules,
    read_grounds,
    read_reach,
    read_sizes,
    read_source,
    read_tellings,
)
from staydown_web.regimes.selectors.reading.table import Table, each, read_file
from staydown_web.regimes.selectors.reading.words import ground_words, shown_words

__all__ = [
    "ACTS_AS",
    "FORM_FIELDS",
    "SCHEMA",
    "SIZES",
    "WAYS",
    "ground_words",
    "read_grounds",
    "read_regime",
    "read_regimes",
    "shown_words",
]

SCHEMA = 2
WAYS = ("published", "threatened", "link")
ACTS_AS = ("self", "representative")
FORM_FIELDS = frozenset(
    {"signature", "authority", "files", "urls", "place", "is_good_faith", "statement"}
    | {"name", "email", "phone", "declarations"}
)


def read_regimes(folder: Path) -> dict[str, Regime]:
    """Read every regime file of a folder.

    Returns:
        Id -> regime, in the order of the names.

    Raises:
        ConfigError: which file and key is wrong, and what it should be.
    """
    found = {path.stem: read_regime(path) for path in sorted(folder.glob("*.toml"))}
    if not found:
        raise ConfigError(f"there is no regime file in {folder}; install Staydown again")
    return found


def read_regime(path: Path) -> Regime:
    """Read one regime file.

    Raises:
        ConfigError: which key is wrong, and what it should be.
    """
    top = read_file(path, schema=SCHEMA)
    if top.text("id") != path.stem:
        raise top.wrong("id", f"want the name of the file, {path.stem}")
    regime = _regime(path.stem, top)
    top.end()
    return regime


def _regime(id_: str, top: Table) -> Regime:
    starts, ends = top.day("effective_from"), top.day("effective_until")
    if starts and ends and ends < starts:
        raise top.wrong("effective_until", "is before effective_from")
    clock, deadlines = read_clock(top.table("clock")), read_deadlines(top)
    reach, duties = read_reach(top), read_duties(top)
    return Regime(
        id=id_,
        version=top.text("version"),
        kind=Kind(top.among("kind", tuple(Kind))),
        title=top.text("title"),
        short_title=top.text("short_title"),
        jurisdiction=top.text("jurisdiction", may_be_empty=True),
        effective_from=starts,
        effective_until=ends,
        ways=top.all_among("ways", WAYS),
        who_may_file=top.text("who_may_file"),
        elements=_elements(top),
        clock=clock,
        deadlines=deadlines,
        pauses=read_pauses(top),
        warnings=read_warnings(top, clock),
        copies=tuple(row.kind for row in reach if row.answer is Answer.YES),
        reach=reach,
        duties=duties,
        sizes=read_sizes(top, duties),
        grounds=read_ground_rules(top),
        tellings=read_tellings(top, duties, deadlines),
        exemptions=top.texts("exemptions"),
        uncertain=top.texts("uncertain"),
        texts=_signed_texts(top.table("texts")),
        sources=each(top.tables("sources"), read_source),
    )


def _elements(top: Table) -> tuple[RequiredElement, ...]:
    elements = each(top.tables("elements"), _element)
    if len({element.id for element in elements}) != len(elements):
        raise top.wrong("elements", "two have the same id")
    return elements


def _element(table: Table) -> RequiredElement:
    element = RequiredElement(
        id=table.text("id"),
        label=table.text("label"),
        remedy=table.text("remedy"),
        source=table.text("source"),
        all_of=table.all_among("all_of", FACT_NAMES, []),
        any_of=table.all_among("any_of", FACT_NAMES, []),
        only_if=table.text("only_if", ""),
        form_fields=table.all_among("form_fields", FORM_FIELDS),
    )
    if not element.all_of and not element.any_of:
        raise table.wrong("all_of", "want all_of or any_of, or every notice would meet it")
    if element.only_if and element.only_if not in FACT_NAMES:
        raise table.wrong("only_if", f"want one of {', '.join(sorted(FACT_NAMES))}")
    return element


def _signed_texts(table: Table) -> dict[str, tuple[str, ...]]:
    texts = {acts_as: table.texts(acts_as) for acts_as in ACTS_AS}
    for acts_as, paragraphs in texts.items():
        if not paragraphs:
            raise table.wrong(acts_as, "want at least one sentence to sign")
    table.end()
    return texts
