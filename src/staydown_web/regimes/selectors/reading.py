"""Regime files to regimes: every key checked, so that a mistake in a law stops the start."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from staydown.types.match import MatchKind
from staydown_web.base.errors import ConfigError
from staydown_web.regimes.schemas import (
    FACT_NAMES,
    Clock,
    ClockKind,
    Kind,
    Regime,
    RequiredElement,
    Source,
    Telling,
)

SCHEMA = 1
WAYS = ("published", "threatened", "link")
ACTS_AS = ("self", "representative")
FORM_FIELDS = frozenset(
    {"signature", "authority", "files", "urls", "place", "is_good_faith", "statement"}
    | {"name", "email", "phone", "declarations"}
)
_WHOM = ("notifier", "uploader", "authority", "public")
_WHEN = ("receipt", "decision", "always")
_COPIES = tuple(str(kind) for kind in MatchKind)
_MOST_HOURS = 24 * 366
_MISSING = object()
_Row = TypeVar("_Row")


class _Table:
    """One table of a file: each key is taken once, and what is left over is a mistake."""

    def __init__(self, file: str, where: str, values: object) -> None:
        self._file, self._where = file, where
        if not isinstance(values, dict):
            raise self.wrong("", "want a table")
        self._values = dict(values)

    def wrong(self, key: str, want: str) -> ConfigError:
        """The error that names file and key."""
        at = ".".join(part for part in (self._where, key) if part) or "the file"
        return ConfigError(f"regime file {self._file}: {at}: {want}")

    def take(self, key: str, kind: type, default: object = _MISSING) -> Any:
        """The value of a key, of exactly this type."""
        value = self._values.pop(key, default)
        if value is _MISSING:
            raise self.wrong(key, "is missing")
        if value is not default and type(value) is not kind:
            raise self.wrong(key, f"want {kind.__name__}")
        return value

    def text(self, key: str, default: object = _MISSING, *, may_be_empty: bool = False) -> str:
        """Words in one line."""
        value: str = self.take(key, str, default)
        if (not value.strip() and not may_be_empty and value is not default) or "\n" in value:
            raise self.wrong(key, "want words in one line")
        return value

    def texts(self, key: str, default: object = _MISSING) -> tuple[str, ...]:
        """A list of words."""
        values = self.take(key, list, default)
        if not all(isinstance(v, str) and v.strip() and "\n" not in v for v in values):
            raise self.wrong(key, "want a list of texts, each in one line")
        return tuple(values)

    def among(self, key: str, allowed: tuple[str, ...]) -> str:
        """One of these words."""
        value = self.text(key)
        if value not in allowed:
            raise self.wrong(key, f"want one of {', '.join(allowed)}")
        return value

    def all_among(
        self, key: str, allowed: frozenset[str] | tuple[str, ...], default: object = _MISSING
    ) -> tuple[str, ...]:
        """Several of these words, each once."""
        values = self.texts(key, default)
        unknown = sorted(set(values) - set(allowed))
        if unknown or len(set(values)) != len(values):
            raise self.wrong(key, f"want each once, of {', '.join(sorted(allowed))}")
        return values

    def tables(self, key: str, *, may_be_empty: bool = False) -> list[_Table]:
        """The tables of a list."""
        rows = self.take(key, list, [] if may_be_empty else _MISSING)
        if not rows and not may_be_empty:
            raise self.wrong(key, "want at least one")
        return [
            _Table(self._file, f"{self._where}{key}[{index}]", row)
            for index, row in enumerate(rows, 1)
        ]

    def table(self, key: str) -> _Table:
        """The table under a key."""
        return _Table(self._file, f"{self._where}{key}", self.take(key, dict))

    def end(self) -> None:
        """Nothing may be left: a key that is not known would be a rule that nobody keeps."""
        for key in self._values:
            raise self.wrong(key, "this key is not known; check its spelling")

    def day(self, key: str) -> date | None:
        """A date, or None where the key is left out."""
        day: date | None = self.take(key, date, None)
        return day


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
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"regime file {path.name}: cannot be read: {error}") from None
    top = _Table(path.name, "", values)
    if top.take("schema", int) != SCHEMA:
        raise top.wrong("schema", f"want {SCHEMA}")
    if top.text("id") != path.stem:
        raise top.wrong("id", f"want the name of the file, {path.stem}")
    regime = _regime(path.stem, top)
    top.end()
    return regime


def _regime(id_: str, top: _Table) -> Regime:
    starts, ends = top.day("effective_from"), top.day("effective_until")
    if starts and ends and ends < starts:
        raise top.wrong("effective_until", "is before effective_from")
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
        elements=_elements(top),
        clock=_clock(top.table("clock")),
        copies=top.all_among("copies", _COPIES),
        tellings=_each(top.tables("tellings", may_be_empty=True), _telling),
        exemptions=top.texts("exemptions"),
        uncertain=top.texts("uncertain"),
        texts=_signed_texts(top.table("texts")),
        sources=_each(top.tables("sources"), _source),
    )


def _each(tables: list[_Table], read: Callable[[_Table], _Row]) -> tuple[_Row, ...]:
    made = []
    for table in tables:
        made.append(read(table))
        table.end()
    return tuple(made)


def _elements(top: _Table) -> tuple[RequiredElement, ...]:
    elements = _each(top.tables("elements"), _element)
    if len({element.id for element in elements}) != len(elements):
        raise top.wrong("elements", "two have the same id")
    return elements


def _element(table: _Table) -> RequiredElement:
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


def _clock(table: _Table) -> Clock:
    kind = ClockKind(table.among("kind", tuple(ClockKind)))
    hours = table.take("hours", int, 0)
    if (kind is ClockKind.HOURS) != (0 < hours <= _MOST_HOURS):
        raise table.wrong("hours", f"want 1..{_MOST_HOURS} where kind is hours, and none else")
    clock = Clock(kind=kind, hours=hours, source=table.text("source"), words=table.text("words"))
    table.end()
    return clock


def _telling(table: _Table) -> Telling:
    return Telling(
        whom=table.among("whom", _WHOM),
        when=table.among("when", _WHEN),
        what=table.text("what"),
        source=table.text("source"),
    )


def _source(table: _Table) -> Source:
    return Source(table.text("title"), table.text("where"), table.take("read_on", date))


def _signed_texts(table: _Table) -> dict[str, tuple[str, ...]]:
    texts = {acts_as: table.texts(acts_as) for acts_as in ACTS_AS}
    for acts_as, paragraphs in texts.items():
        if not paragraphs:
            raise table.wrong(acts_as, "want at least one sentence to sign")
    table.end()
    return texts


def shown_words(regime: Regime) -> Mapping[str, None]:
    """Every English text of a regime that a page shows, in order, each once: for translators."""
    words = [regime.title, regime.short_title]
    for element in regime.elements:
        words += [element.label, element.remedy]
    words += [regime.clock.words, *(telling.what for telling in regime.tellings)]
    words += [*regime.exemptions, *regime.uncertain]
    for paragraphs in regime.texts.values():
        words += paragraphs
    return dict.fromkeys(words)
