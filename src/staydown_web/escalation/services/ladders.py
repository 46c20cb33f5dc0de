"""Ladders as data: which services are told, when, at which kind of site; read once a process.

A file that would aim at the domain or the money of a site where people post is refused when it is
read, so that no setting can bring such a step about. ``data/ladders/README.md`` has the keys.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from staydown_web.base.errors import ConfigError
from staydown_web.escalation.chain import Role
from staydown_web.escalation.models import Site

FOLDER = Path(__file__).resolve().parents[1] / "data" / "ladders"
LANGUAGES = ("en", "de", "es", "fr")
URLS, DOMAIN = "urls", "domain"
PARALLEL, IN_ORDER = "parallel", "in_order"
USER_CONTENT_ROLES = frozenset({Role.HOST, Role.CDN, Role.NETWORK})
"""What alone may be told of links on a site where people post. Source: ADR-0083."""
_DEDICATED = frozenset({str(Site.Kind.DEDICATED)})
_ID = re.compile(r"[a-z][a-z0-9-]{0,39}")
_VERSION = re.compile(r"\d{4}-\d\d-\d\d\.\d{1,3}")
_MOST_HOURS = 24 * 90
_MOST_STEPS = 9


@dataclass(frozen=True, slots=True)
class Part:
    """Services that a step tells in one way.

    Attributes:
        roles: values of ``Role``, the first ones first.
        site_kinds: values of ``Site.Kind`` at which it may be taken.
        target: ``urls`` or ``domain``.
        least_links: how many links must still be there.
        least_cases: how many cases with links on the site there must be.
    """

    roles: tuple[str, ...]
    site_kinds: frozenset[str]
    target: str
    least_links: int
    least_cases: int

    @property
    def targets_domain(self) -> bool:
        """Whether it asks for more than the links."""
        return self.target == DOMAIN


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        number: from 1.
        wait: after the reports of the step before left.
        answer_within: how long a recipient has.
        is_in_order: one recipient after the other, not all at once.
        parts: what it consists of.
    """

    number: int
    wait: timedelta
    answer_within: timedelta
    is_in_order: bool
    parts: tuple[Part, ...]

    @property
    def roles(self) -> tuple[str, ...]:
        """All roles, in their order."""
        return tuple(dict.fromkeys(role for part in self.parts for role in part.roles))


@dataclass(frozen=True, slots=True)
class Ladder:
    """One ladder; ``titles`` by language."""

    id: str
    version: str
    cool_down: timedelta
    titles: Mapping[str, str] = field(hash=False)
    steps: tuple[Step, ...] = ()

    def step(self, number: int) -> Step | None:
        """A step by its number, None past the last."""
        return self.steps[number - 1] if 1 <= number <= len(self.steps) else None


@cache
def ladders() -> dict[str, Ladder]:
    """All ladders by id.

    Raises:
        ConfigError: a file is wrong; which, where, and what it should be.
    """
    return read_ladders(FOLDER)


def ladder(id_: str) -> Ladder:
    """One ladder; the default one where there is none of this id any more."""
    known = ladders()
    return known.get(id_) or known["default"]


def read_ladders(folder: Path) -> dict[str, Ladder]:
    """The ladders in a folder.

    Raises:
        ConfigError: as ``ladders``.
    """
    found: dict[str, Ladder] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path.name}: not TOML: {error}") from None
        made = read_ladder(data, name=path.name)
        if made.id != path.stem:
            raise ConfigError(f"{path.name}: id must be the file's name, {path.stem!r}")
        found[made.id] = made
    if "default" not in found:
        raise ConfigError("the ladders have no default.toml")
    return found


def read_ladder(data: Mapping[str, Any], *, name: str) -> Ladder:
    """One ladder of plain values.

    Raises:
        ConfigError: as ``ladders``.
    """
    read = _Reader(name)
    read.only(data, ("id", "version", "cool_down_days", "title", "steps"), "")
    steps = read.rows(data, "steps", "", most=_MOST_STEPS)
    made = Ladder(
        id=read.text(data, "id", "", _ID, "lower case letters, digits and hyphens"),
        version=read.text(data, "version", "", _VERSION, "a day and a number: 2026-11-26.1"),
        cool_down=timedelta(days=read.number(data, "cool_down_days", "", least=1, most=3650)),
        titles=read.titles(data),
        steps=tuple(_step(read, row, number) for number, row in enumerate(steps, start=1)),
    )
    _check_order(read, made)
    return made


def _step(read: _Reader, row: Mapping[str, Any], number: int) -> Step:
    where = f"step {number}: "
    read.only(row, ("wait_hours", "answer_hours", "order", "parts"), where)
    parts = read.rows(row, "parts", where, most=9)
    least_wait = 0 if number == 1 else 1
    wait = read.number(row, "wait_hours", where, least=least_wait, most=_MOST_HOURS)
    answer = read.number(row, "answer_hours", where, least=1, most=_MOST_HOURS)
    order = read.one_of(row, "order", where, (PARALLEL, IN_ORDER))
    return Step(
        number=number,
        wait=timedelta(hours=wait),
        answer_within=timedelta(hours=answer),
        is_in_order=order == IN_ORDER,
        parts=tuple(_part(read, part, where) for part in parts),
    )


def _part(read: _Reader, row: Mapping[str, Any], where: str) -> Part:
    read.only(row, ("roles", "site_kinds", "target", "least_links", "least_cases"), where)
    part = Part(
        roles=read.words(row, "roles", where, tuple(Role.values)),
        site_kinds=frozenset(read.words(row, "site_kinds", where, tuple(Site.Kind.values))),
        target=read.one_of(row, "target", where, (URLS, DOMAIN)),
        least_links=read.number(row, "least_links", where, least=1, most=1000, default=1),
        least_cases=read.number(row, "least_cases", where, least=1, most=1000, default=1),
    )
    if part.site_kinds != _DEDICATED and (
        part.targets_domain or not USER_CONTENT_ROLES.issuperset(part.roles)
    ):
        raise read.error(
            where,
            "a site where people post may lose links alone: only host, cdn and network, with "
            'target "urls"; give such a part site_kinds ["dedicated"]',
        )
    return part


def _check_order(read: _Reader, made: Ladder) -> None:
    """Links come before domains, and no role is told twice."""
    seen: set[str] = set()
    for step in made.steps:
        has_urls_before = step.number > 1
        for part in step.parts:
            if part.targets_domain and not has_urls_before:
                raise read.error("step 1: ", 'target "domain" may not come before the links')
            for role in part.roles:
                if role in seen:
                    raise read.error(f"step {step.number}: ", f"role {role!r} comes twice")
                seen.add(role)


class _Reader:
    """Takes values out of a file, and says what is wrong with it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def error(self, where: str, what: str) -> ConfigError:
        return ConfigError(f"{self._name}: {where}{what}")

    def only(self, row: Mapping[str, Any], known: Sequence[str], where: str) -> None:
        for key in row:
            if key not in known:
                raise self.error(where, f"unknown key {key!r}; known are {', '.join(known)}")

    def rows(
        self, row: Mapping[str, Any], key: str, where: str, *, most: int
    ) -> list[Mapping[str, Any]]:
        found = row.get(key)
        if not isinstance(found, list) or not 1 <= len(found) <= most:
            raise self.error(where, f"{key} must be 1 to {most} tables")
        if not all(isinstance(one, dict) for one in found):
            raise self.error(where, f"{key} must be tables")
        return found

    def text(
        self, row: Mapping[str, Any], key: str, where: str, shape: re.Pattern[str], what: str
    ) -> str:
        found = row.get(key)
        if not isinstance(found, str) or not shape.fullmatch(found):
            raise self.error(where, f"{key} must be {what}")
        return found

    def number(
        self,
        row: Mapping[str, Any],
        key: str,
        where: str,
        *,
        least: int,
        most: int,
        default: int | None = None,
    ) -> int:
        found = row.get(key, default)
        if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
            raise self.error(where, f"{key} must be a whole number from {least} to {most}")
        return found

    def one_of(self, row: Mapping[str, Any], key: str, where: str, known: Sequence[str]) -> str:
        found = row.get(key)
        if found not in known:
            raise self.error(where, f"{key} must be one of {', '.join(known)}")
        return str(found)

    def words(
        self, row: Mapping[str, Any], key: str, where: str, known: Sequence[str]
    ) -> tuple[str, ...]:
        found = row.get(key)
        if not isinstance(found, list) or not found or not all(one in known for one in found):
            raise self.error(where, f"{key} must be a list of {', '.join(known)}")
        return tuple(str(one) for one in found)

    def titles(self, data: Mapping[str, Any]) -> dict[str, str]:
        found = data.get("title")
        if not isinstance(found, dict) or not all(found.get(code) for code in LANGUAGES):
            raise self.error("", f"title must have a text for each of {', '.join(LANGUAGES)}")
        return {str(code): str(text) for code, text in found.items()}
