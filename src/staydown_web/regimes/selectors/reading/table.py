"""One table of a file: each key is taken once, and what is left over is a mistake."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from staydown_web.base.errors import ConfigError

_MISSING = object()
_Row = TypeVar("_Row")


class Table:
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

    def among(self, key: str, allowed: tuple[str, ...], default: object = _MISSING) -> str:
        """One of these words."""
        value = self.text(key, default)
        if value is not default and value not in allowed:
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

    def tables(self, key: str, *, may_be_empty: bool = False) -> list[Table]:
        """The tables of a list."""
        rows = self.take(key, list, [] if may_be_empty else _MISSING)
        if not rows and not may_be_empty:
            raise self.wrong(key, "want at least one")
        return [
            Table(self._file, f"{self._where}{key}[{index}]", row)
            for index, row in enumerate(rows, 1)
        ]

    def table(self, key: str) -> Table:
        """The table under a key."""
        return Table(self._file, f"{self._where}{key}", self.take(key, dict))

    def end(self) -> None:
        """Nothing may be left: a key that is not known would be a rule that nobody keeps."""
        for key in self._values:
            raise self.wrong(key, "this key is not known; check its spelling")

    def day(self, key: str) -> date | None:
        """A date, or None where the key is left out."""
        day: date | None = self.take(key, date, None)
        return day


def each(tables: list[Table], read: Callable[[Table], _Row]) -> tuple[_Row, ...]:
    """Read every table of a list to its last key."""
    made = []
    for table in tables:
        made.append(read(table))
        table.end()
    return tuple(made)


def read_file(path: Path, *, schema: int) -> Table:
    """The top table of a file of this schema.

    Raises:
        ConfigError: it cannot be read, or has another schema.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"regime file {path.name}: cannot be read: {error}") from None
    top = Table(path.name, "", values)
    if top.take("schema", int) != schema:
        raise top.wrong("schema", f"want {schema}")
    return top
