"""Channel files to channels: every key is checked, so that a slip stops the start."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from staydown_web.base.errors import ConfigError
from staydown_web.regimes.selectors import regimes

LETTER_LANGUAGES = ("en", "de", "es", "fr")
"""In which letters are written; who reads none of them gets English."""
STAFF_KEY = "site"
"""``Report.channel`` of a channel that staff entered."""
ASKS = frozenset(
    {"relation", "urls", "search_urls", "place_in_video", "name", "email", "service"}
    | {"authority", "statement", "signature"}
)
CAUTIONS = frozenset(
    {"sign_in", "no_account_needed", "one_item", "legal_name", "name_passed_on", "no_pictures"}
    | {"only_person", "us_form", "asks_id", "page_leads_on", "only_these_links", "public_only"}
    | {"authority_needed", "not_while_paid", "explicit_pages", "answers_public"}
)
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DOMAIN = re.compile(r"([a-z0-9-]+\.)+[a-z]{2,}")
_MAIL = re.compile(r"[^@\s]+@([a-z0-9-]+\.)+[a-z]{2,}")
_MOST_LINKS = 250


class ChannelKind(StrEnum):
    """How notices are taken."""

    MAIL = "mail"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Channel:
    """How one site, or one search engine, takes first notices.

    Attributes:
        key: stable, such as ``reddit``; ``site`` of one that staff entered.
        name: as people call it.
        is_search: a search engine: it is asked to remove results.
        domains: that are its own.
        kind: by e-mail or by a form.
        address: e-mail address, or address of the form; empty where nobody was sure.
        look_for: title of the page to look for, in the site's own words.
        languages: that it reads, best first.
        laws: ids of regimes that bind it, as far as known.
        asks: what its form asks for, in order, of ``ASKS``.
        cautions: what else to know, of ``CAUTIONS``.
        urls_per_request: links that one request may hold.
        tida: page of its process under the TAKE IT DOWN Act; empty: not known.
        served_by: key of the engine whose results it shows; empty: its own.
        from_day_one: a search engine that is asked from the first day.
        source: where it was read; empty: nowhere yet.
        read_on: when; None: never.
        is_checked: the page of the site itself was read.
    """

    key: str
    name: str
    is_search: bool
    domains: tuple[str, ...]
    kind: ChannelKind
    address: str
    look_for: str
    languages: tuple[str, ...]
    laws: tuple[str, ...]
    asks: tuple[str, ...]
    cautions: tuple[str, ...]
    urls_per_request: int
    tida: str
    served_by: str
    from_day_one: bool
    source: str
    read_on: date | None
    is_checked: bool

    @property
    def language(self) -> str:
        """In which letters to it are written."""
        return next((one for one in self.languages if one in LETTER_LANGUAGES), "en")

    @property
    def is_ours(self) -> bool:
        """Whether staff of this installation entered it."""
        return self.key == STAFF_KEY


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for every first notice.

    Attributes:
        version: of the file.
        own_days: how long we wait where no law with a number of hours binds the site.
        most_links: in one letter.
    """

    version: str
    own_days: int
    most_links: int


def read_channels(folder: Path) -> dict[str, Channel]:
    """Read every file of a folder but ``rules.toml``.

    Raises:
        ConfigError: which file and entry is wrong, and what it should be.
    """
    found: dict[str, Channel] = {}
    taken: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name != "rules.toml":
            for made, row in _read_file(path):
                if made.key in found:
                    raise row.wrong("key", "is there twice")
                for domain in () if made.is_search else made.domains:
                    if taken.setdefault(domain, made.key) != made.key:
                        raise row.wrong("domains", f"{domain} belongs to another entry too")
                found[made.key] = made
    for made in found.values():
        if made.served_by and made.served_by not in found:
            raise ConfigError(f"channel {made.key}: served_by: no such entry")
    return found


def read_rules(path: Path) -> Rules:
    """Read what holds for every first notice.

    Raises:
        ConfigError: the file is wrong; which key, and what it should be.
    """
    row = _Row(path.name, "the file", _values(path))
    made = Rules(row.text("version"), row.number("own_days", 90), row.number("most_links", 250))
    row.end()
    return made


def _read_file(path: Path) -> Iterator[tuple[Channel, _Row]]:
    top = _Row(path.name, "the file", _values(path))
    for number, values in enumerate(top.rows("channels"), 1):
        row = _Row(path.name, f"channels[{number}]", values)
        made = _read(row)
        row.end()
        yield made, row
    top.end()


def _read(row: _Row) -> Channel:
    made = Channel(
        key=row.matching("key", _KEY, "lower case, digits and hyphens"),
        name=row.text("name"),
        is_search=row.among("role", ("site", "search")) == "search",
        domains=row.each_matching("domains", _DOMAIN, "domains in lower case"),
        kind=ChannelKind(row.among("kind", tuple(ChannelKind))),
        address=row.text("address", ""),
        look_for=row.text("look_for", ""),
        languages=row.texts("languages"),
        laws=row.several("laws", frozenset(regimes())),
        asks=row.several("asks", ASKS),
        cautions=row.several("cautions", CAUTIONS),
        urls_per_request=row.number("urls_per_request", _MOST_LINKS, _MOST_LINKS),
        tida=row.page("tida"),
        served_by=row.text("served_by", ""),
        from_day_one=row.flag("from_day_one"),
        source=row.page("source"),
        read_on=row.day("read_on"),
        is_checked=row.flag("checked"),
    )
    _check(made, row)
    return made


def _check(made: Channel, row: _Row) -> None:
    is_mail = made.kind is ChannelKind.MAIL
    if made.address and not (_MAIL.fullmatch if is_mail else _is_page)(made.address):
        raise row.wrong("address", "want an e-mail address" if is_mail else "want https://…")
    if not (made.address or made.look_for or made.served_by):
        raise row.wrong("look_for", "say what to look for where there is no address")
    if is_mail and not made.address:
        raise row.wrong("address", "is missing: a letter needs one")
    if made.is_checked and not made.source:
        raise row.wrong("source", "what was checked has a source")
    if made.from_day_one and (made.served_by or not made.is_search):
        raise row.wrong("from_day_one", "only for search engines with results of their own")


class _Row:
    """One table: each key is taken once, and what is left over is a mistake."""

    def __init__(self, file: str, where: str, values: dict[str, Any]) -> None:
        self._file, self._where, self._values = file, where, dict(values)

    def wrong(self, key: str, want: str) -> ConfigError:
        return ConfigError(f"channel file {self._file}: {self._where}.{key}: {want}")

    def end(self) -> None:
        for key in self._values:
            raise self.wrong(key, "this key is not known; check its spelling")

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, str, default)
        if value != default and (not value.strip() or "\n" in value):
            raise self.wrong(key, "want words in one line")
        return str(value)

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._take(key, list, None)
        if not values or not all(isinstance(one, str) and one.strip() for one in values):
            raise self.wrong(key, "want a list of words")
        return tuple(values)

    def several(self, key: str, allowed: frozenset[str]) -> tuple[str, ...]:
        values = self._take(key, list, [])
        if len(set(values)) != len(values) or not set(values) <= allowed:
            raise self.wrong(key, f"want each once, of {', '.join(sorted(allowed))}")
        return tuple(values)

    def among(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self.text(key)
        if value not in allowed:
            raise self.wrong(key, f"want one of {', '.join(allowed)}")
        return value

    def matching(self, key: str, shape: re.Pattern[str], want: str) -> str:
        value = self.text(key)
        if not shape.fullmatch(value):
            raise self.wrong(key, f"want {want}")
        return value

    def each_matching(self, key: str, shape: re.Pattern[str], want: str) -> tuple[str, ...]:
        values = self.texts(key)
        if not all(shape.fullmatch(one) for one in values):
            raise self.wrong(key, f"want {want}")
        return values

    def page(self, key: str) -> str:
        value = self.text(key, "")
        if value and not _is_page(value):
            raise self.wrong(key, "want https://…")
        return value

    def number(self, key: str, most: int, default: int | None = None) -> int:
        value: int = self._take(key, int, default)
        if not 1 <= value <= most:
            raise self.wrong(key, f"want 1 to {most}")
        return value

    def flag(self, key: str) -> bool:
        return bool(self._take(key, bool, default=False))

    def day(self, key: str) -> date | None:
        value: date | None = self._take(key, date, _NO_DAY)
        return None if value is _NO_DAY else value

    def rows(self, key: str) -> list[dict[str, Any]]:
        values = self._take(key, list, None)
        if not values or not all(isinstance(one, dict) for one in values):
            raise self.wrong(key, "want at least one table")
        return list(values)

    def _take(self, key: str, kind: type, default: Any) -> Any:
        value = self._values.pop(key, default)
        if value is None:
            raise self.wrong(key, "is missing")
        if type(value) is not kind:
            raise self.wrong(key, f"want {kind.__name__}")
        return value


_NO_DAY = date.min


def _values(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"channel file {path.name}: cannot be read: {error}") from None
    if values.pop("schema", None) != 1:
        raise ConfigError(f"channel file {path.name}: schema: want 1")
    return values


def _is_page(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" and bool(_DOMAIN.fullmatch(parts.hostname or ""))
