"""Help lines and services for those under 18, by country, read from data files (ADR-0032)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.conf.locale import LANG_INFO
from django.utils.translation import get_language_info, gettext, gettext_lazy

from staydown_web.base.ordering import reading_order
from staydown_web.base.wording import colon

DATA: Final = Path(__file__).resolve().parents[1] / "data"
EVERYWHERE: Final = "ZZ"

COUNTRIES: Final[Mapping[str, Any]] = {
    "AT": gettext_lazy("Austria"),
    "AU": gettext_lazy("Australia"),
    "BE": gettext_lazy("Belgium"),
    "CA": gettext_lazy("Canada"),
    "CH": gettext_lazy("Switzerland"),
    "DE": gettext_lazy("Germany"),
    "ES": gettext_lazy("Spain"),
    "FR": gettext_lazy("France"),
    "GB": gettext_lazy("United Kingdom"),
    "IE": gettext_lazy("Ireland"),
    "IT": gettext_lazy("Italy"),
    "NL": gettext_lazy("Netherlands"),
    "NZ": gettext_lazy("New Zealand"),
    "US": gettext_lazy("United States"),
    EVERYWHERE: gettext_lazy("Another country"),
}

WAY_WORDS: Final[Mapping[str, Any]] = {
    "call": gettext_lazy("Call %(to)s"),
    "text": gettext_lazy("Send a text message to %(to)s"),
    "chat": gettext_lazy("Chat"),
    "whatsapp": gettext_lazy("WhatsApp %(to)s"),
    "email": gettext_lazy("Write to %(to)s"),
    "web": gettext_lazy("Website: %(to)s"),
    "sign": gettext_lazy("Sign language call"),
}
WAY_ICONS: Final = {"call": "phone", "sign": "hand", "web": "device"}

DAY_WORDS: Final[Mapping[str, Any]] = {
    "daily": gettext_lazy("Every day, %(from)s to %(to)s"),
    "mon-fri": gettext_lazy("Monday to Friday, %(from)s to %(to)s"),
    "mon-sat": gettext_lazy("Monday to Saturday, %(from)s to %(to)s"),
}

FOR_WHOM: Final[Mapping[str, Any]] = {
    "image": gettext_lazy("For pictures shared without consent"),
    "abuse": gettext_lazy("For violence or control by someone you know"),
    "listen": gettext_lazy("For any hard moment"),
    "remove": gettext_lazy("Helps to get pictures taken down"),
    "report": gettext_lazy("Takes your report"),
    "talk": gettext_lazy("Someone to talk to"),
}

_WHO: Final[Mapping[str, Any]] = {
    "adults": gettext_lazy("From the age of 18"),
    "women": gettext_lazy("Mainly for women"),
    "young": gettext_lazy("For young people"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach a line.

    Attributes:
        kind: as in the data file.
        icon: name of the icon.
        words: what the link says.
        href: where it leads, or empty.
        note: hours and cost in words, or empty.
    """

    kind: str
    icon: str
    words: str
    href: str
    note: str


@dataclass(frozen=True, slots=True)
class Line:
    """A help line, or a service for those under 18.

    Attributes:
        name: as it calls itself.
        about: what it is for, and for whom.
        languages: their names in the language of the page, joined; empty where not said.
        needs_file: whether the picture has to be on the device.
        ways: how to reach it.
    """

    name: str
    about: str
    languages: str
    needs_file: bool
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Country:
    """A country and its lines.

    Attributes:
        code: ISO 3166, or ``ZZ`` for every other.
        name: in the language of the page.
        emergency: the number for danger, or empty.
        lines: its own, then those for every country.
    """

    code: str
    name: str
    emergency: str
    lines: tuple[Line, ...]


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / name).read_text(encoding="utf-8"))


def checked_on() -> date:
    """The day on which someone last held the help lines against their sources."""
    day: date = _read("helplines.toml")["checked"]
    return day


def countries() -> list[tuple[str, str]]:
    """Codes and names in the language of the page, by name; "another country" last."""
    named = [(code, str(name)) for code, name in COUNTRIES.items() if code != EVERYWHERE]
    return [
        *sorted(named, key=lambda pair: reading_order(pair[1])),
        (EVERYWHERE, str(COUNTRIES[EVERYWHERE])),
    ]


def help_lines(code: str) -> Country:
    """The lines of a country; of every country where the code is not known."""
    own = _country("helplines.toml", code)
    rows = [*own.get("line", []), *_rows_of_all("helplines.toml", "line", own)]
    return Country(
        code=own["code"],
        name=str(COUNTRIES[own["code"]]),
        emergency=own.get("emergency", ""),
        lines=tuple(map(_line, rows)),
    )


def services_under_18(code: str, *, now: str, file: str = "") -> Country:
    """Where someone is led who was, or may have been, under 18 in the picture.

    Args:
        code: the country.
        now: ``young`` or ``adult`` today; anything else gives all.
        file: ``no`` leaves out what needs the picture on the device; anything else gives all.
    """
    own = _country("under_18.toml", code)
    rows = [*own["service"], *_rows_of_all("under_18.toml", "service", own)]
    seen: set[str] = set()
    fitting = []
    for row in rows:
        is_of_age = now in row["now"] or now not in {"young", "adult"}
        is_possible = file != "no" or row.get("needs") != "file"
        if is_of_age and is_possible and row["name"] not in seen:
            seen.add(row["name"])
            fitting.append(_line(row))
    return Country(own["code"], str(COUNTRIES[own["code"]]), "", tuple(fitting))


def country_of(languages: str) -> str:
    """The country that a browser's ``Accept-Language`` names; ``ZZ`` where it names none we know.

    Only a first guess for a list that the reader can change; it is not stored.
    """
    for part in languages.split(","):
        region = part.partition(";")[0].strip().partition("-")[2].upper()
        if region in COUNTRIES and region != EVERYWHERE:
            return region
    return EVERYWHERE


def _country(name: str, code: str) -> dict[str, Any]:
    by_code = {row["code"]: row for row in _read(name)["country"]}
    found: dict[str, Any] = by_code.get(code) or by_code[EVERYWHERE]
    return found


def _rows_of_all(name: str, kind: str, own: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    if own["code"] == EVERYWHERE:
        return []
    rows: list[dict[str, Any]] = _country(name, EVERYWHERE)[kind]
    return rows


def _line(row: Mapping[str, Any]) -> Line:
    about = [str(FOR_WHOM[row.get("kind") or row["does"]])]
    if who := _WHO.get(row.get("who", "")):
        about.append(str(who))
    return Line(
        name=row["name"],
        about=". ".join(about) + ".",
        languages=", ".join(map(language_name, row.get("languages", []))),
        needs_file=row.get("needs") == "file",
        ways=tuple(map(_way, row["ways"])),
    )


def _way(row: Mapping[str, Any]) -> Way:
    kind, to = row["way"], row["to"]
    is_address = to.startswith("https://")
    shown = to.removeprefix("https://").removeprefix("www.")
    words = str(WAY_WORDS[kind]) % {"to": shown}
    if kind in {"chat", "sign"} and not is_address:
        words = f"{words}{colon()}{to}"
    return Way(kind, WAY_ICONS.get(kind, "chat"), words, _href(kind, to), _note(row))


def _href(kind: str, to: str) -> str:
    if to.startswith("https://"):
        return to
    if kind == "email":
        return f"mailto:{to}"
    digits = "".join(c for c in to if c.isdigit() or c == "+")
    return {"call": f"tel:{digits}", "text": f"sms:{digits}", "sign": f"tel:{digits}"}.get(kind, "")


def _note(row: Mapping[str, Any]) -> str:
    notes = []
    if say := row.get("say"):
        notes.append(gettext("Write the word %(word)s.") % {"word": say})
    hours = row.get("hours")
    if hours == "always":
        notes.append(gettext("Day and night."))
    elif hours:
        notes.append(str(DAY_WORDS[hours["days"]]) % hours + ".")
    if row.get("free"):
        notes.append(gettext("Free."))
    return " ".join(notes)


def language_name(code: str) -> str:
    """The name of a language in the language of the page; its code where we know none."""
    if code not in LANG_INFO:
        return code
    return str(get_language_info(code)["name_translated"])
