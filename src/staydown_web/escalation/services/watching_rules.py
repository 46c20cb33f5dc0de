"""How a look is read: rules and words of ``data/watching.toml``, and what an answer says by it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from staydown_web.base.errors import ConfigError
from staydown_web.escalation.models import Watch

_FILE: Final = Path(__file__).resolve().parents[1] / "data" / "watching.toml"
_TABLES: Final = ("titles", "headings", "parked", "closed_countries")
State = Watch.State


@dataclass(frozen=True, slots=True)
class Rules:
    """What the data file says.

    Attributes:
        pauses: to the next look, after one, two, … looks that said the same.
        confirm: after this a look that says something new is repeated.
        site_pause: between two looks at one site.
        longest_site_pause: at most, where a site gives no answer.
        removed: paths to which removed pages redirect.
        closed: paths that ask who we are.
        words: table -> language -> words in lower case.
    """

    pauses: tuple[timedelta, ...]
    confirm: timedelta
    site_pause: timedelta
    longest_site_pause: timedelta
    removed: frozenset[str]
    closed: frozenset[str]
    words: MappingProxyType[str, dict[str, tuple[str, ...]]]

    def pause_after(self, round_: int) -> timedelta:
        """The pause after so many looks that said the same."""
        return self.pauses[min(round_, len(self.pauses) - 1)]

    def language_of(self, table: str, text: str) -> str:
        """The language in which a text holds words of a table; empty where it does not."""
        plain = " ".join(text.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
        for language, words in self.words[table].items():
            if any(word in plain for word in words):
                return language
        return ""


@dataclass(frozen=True, slots=True)
class Answered:
    """What one look at a link gave: nothing of the page itself.

    Attributes:
        status: HTTP status at the end of redirects; None where there was no answer.
        redirected: empty, ``same`` or ``other`` (site), ``home``, ``removed``, ``closed``.
        content_type: lower case, without parameters.
        size_bytes: as the server says; None where it does not.
        soft: ``titles:de`` and the like: the words of which table and language are on the page.
        error: code of the error where there was no answer.
        retry_after_s: how long the site asks to be left alone; 0 where it does not.
        way: ``first`` or ``second``: by which way out.
    """

    status: int | None = None
    redirected: str = ""
    content_type: str = ""
    size_bytes: int | None = None
    soft: str = ""
    error: str = ""
    retry_after_s: int = 0
    way: str = "first"

    @property
    def is_silent(self) -> bool:
        """Whether the site itself did not answer: the next of its links will hardly do better."""
        return bool(self.error)

    @property
    def facts(self) -> dict[str, Any]:
        """As a look keeps it: no address, no word of the page."""
        given = {
            "status": self.status,
            "redirected": self.redirected,
            "content_type": self.content_type,
            "soft": self.soft,
            "error": self.error,
        }
        return {"from": self.way, **{name: value for name, value in given.items() if value}}


@dataclass(frozen=True, slots=True)
class Said:
    """What a look says.

    Attributes:
        state: never ``new`` or ``back``: those are said of several looks.
        is_final: the server says in so many words that it is gone for good: one look is enough.
    """

    state: State
    is_final: bool = False


@cache
def watching_rules() -> Rules:
    """The rules of the data file, read once.

    Raises:
        ConfigError: a number or a table is missing.
    """
    data = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    try:
        return Rules(
            pauses=tuple(timedelta(seconds=s) for s in data["pauses_s"]),
            confirm=timedelta(seconds=data["confirm_s"]),
            site_pause=timedelta(seconds=data["site_pause_s"]),
            longest_site_pause=timedelta(seconds=data["longest_site_pause_s"]),
            removed=frozenset(data["paths"]["removed"]),
            closed=frozenset(data["paths"]["closed"]),
            words=MappingProxyType({name: _words(data[name]) for name in _TABLES}),
        )
    except KeyError as error:
        raise ConfigError(f"watching.toml: {error.args[0]} is missing") from None


def read_answer(answered: Answered, second: Answered | None = None) -> Said:
    """What a look says, by one way out or by two.

    Args:
        answered: by the usual way.
        second: by another way out, where there is one and the first did not find it there.
    """
    first = _said(answered)
    if second is not None and first.state not in _THERE and _said(second).state in _THERE:
        return Said(State.GEO_BLOCKED)
    return first


_THERE: Final = frozenset({State.THERE, State.MOVED})
_GONE_FOR_GOOD = 410
_GONE: Final = frozenset({404, _GONE_FOR_GOOD})
_FOR_LEGAL_REASONS = 451


def is_there(state: str) -> bool:
    """Whether a look, or a state, says that the link shows something."""
    return state in {*_THERE, State.BACK}


def _said(answered: Answered) -> Said:
    status, table = answered.status, answered.soft.partition(":")[0]
    if status is None:
        return Said(State.UNREACHABLE)
    if status == _FOR_LEGAL_REASONS or table == "closed_countries":
        return Said(State.GEO_BLOCKED)
    if status in _GONE:
        return Said(State.GONE, is_final=status == _GONE_FOR_GOOD and not answered.redirected)
    if not 200 <= status < 300 or answered.redirected == "closed":
        return Said(State.UNREACHABLE)
    if table or answered.redirected in {"home", "removed"}:
        return Said(State.GONE)
    return Said(State.MOVED if answered.redirected else State.THERE)


def _words(table: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {language: tuple(word.casefold() for word in words) for language, words in table.items()}
