"""ads.txt and sellers.json: who sells the places for ads on a site, by which accounts.

Source: IAB Tech Lab, ads.txt 1.1 and sellers.json 1.0; read 2026-11.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

_MOST_LINES = 5_000
_LONGEST_LINE = 1_000
_MOST_ROWS = 500
_MOST_SELLERS = 200_000
_DOMAIN = re.compile(
    r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}"
)
_NOBODY = "placeholder.example.com"
"""How a site says in the form of a line that nobody sells places on it (ads.txt 1.1, 3.2.1)."""
_VARIABLE = re.compile(r"([A-Za-z][A-Za-z -]{1,30})=(.*)")
_SPLIT = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class AdsRow:
    """One line: this system may sell places by this account.

    Attributes:
        system: domain of the ad system, lower case.
        account: the site's number there, as written.
        is_direct: False where somebody else resells.
        line: its number, from 1.
    """

    system: str
    account: str
    is_direct: bool
    line: int


@dataclass(frozen=True, slots=True)
class AdsTxt:
    """What an ads.txt says.

    Attributes:
        rows: direct ones first, each pair of system and account once.
        owner: domain of whoever owns the business (``OWNERDOMAIN``); empty where it is not said.
        managers: domains of those who manage its ads (``MANAGERDOMAIN``), without countries.
    """

    rows: tuple[AdsRow, ...]
    owner: str
    managers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seller:
    """One account in an ad system's list.

    Attributes:
        account: ``seller_id``.
        name: of the seller; empty where it is confidential.
        domain: of the seller's business; empty where it is confidential.
        kind: ``PUBLISHER``, ``INTERMEDIARY`` or ``BOTH``.
    """

    account: str
    name: str
    domain: str
    kind: str


@dataclass(frozen=True, slots=True)
class Sellers:
    """What a sellers.json says of the accounts that were asked for.

    Attributes:
        contact: e-mail address of the ad system, as published; empty where there is none.
        sellers: by account.
    """

    contact: str
    sellers: dict[str, Seller]


def looks_like_page(text: str) -> bool:
    """Whether a server gave a web page in place of the file."""
    start = text.lstrip("\ufeff \t\r\n")[:300].lower()
    return start.startswith("<") or "<html" in start


def read_ads_txt(body: bytes) -> AdsTxt | None:
    """The lines of an ads.txt; None where it is none (a web page, or nothing in it)."""
    text = body.decode("utf-8-sig", "replace")
    if looks_like_page(text):
        return None
    rows: dict[tuple[str, str], AdsRow] = {}
    variables: dict[str, list[str]] = {}
    for number, line in enumerate(_SPLIT.split(text)[:_MOST_LINES], 1):
        bare = line[:_LONGEST_LINE].partition("#")[0].strip("\ufeff \t")
        if (variable := _VARIABLE.fullmatch(bare)) and "," not in variable[1]:
            key = variable[1].strip().upper()
            variables.setdefault(key, []).append(variable[2].partition(",")[0].strip().lower())
        elif (row := _row(bare, number)) is not None and len(rows) < _MOST_ROWS:
            kept = rows.get((row.system, row.account))
            if kept is None or (row.is_direct and not kept.is_direct):
                rows[row.system, row.account] = row
    owner = next(iter(_domains(variables.get("OWNERDOMAIN", []))), "")
    managers = tuple(_domains(variables.get("MANAGERDOMAIN", []))[:5])
    if not rows and not owner and not managers:
        return None
    ordered = sorted(rows.values(), key=lambda row: (not row.is_direct, row.line))
    return AdsTxt(tuple(ordered), owner, managers)


def _row(bare: str, number: int) -> AdsRow | None:
    # A semicolon begins extension data.
    fields = [field.strip() for field in bare.partition(";")[0].split(",")]
    if len(fields) < 3:
        return None
    system, account, relation = fields[0].lower(), fields[1], fields[2].upper()
    if system == _NOBODY or not _DOMAIN.fullmatch(system) or relation not in {"DIRECT", "RESELLER"}:
        return None
    if not account or len(account) > 100 or not account.isprintable():
        return None
    return AdsRow(system, account, relation == "DIRECT", number)


def _domains(values: list[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if _DOMAIN.fullmatch(value)]


def read_sellers(body: bytes, accounts: frozenset[str]) -> Sellers | None:
    """The accounts asked for, out of a sellers.json; None where it is none."""
    try:
        found = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("sellers"), list):
        return None
    kept: dict[str, Seller] = {}
    for row in found["sellers"][:_MOST_SELLERS]:
        if isinstance(row, dict) and (account := _text(row.get("seller_id"))) in accounts:
            is_secret = row.get("is_confidential") in (1, "1")
            domain = _text(row.get("domain")).lower()
            kept.setdefault(
                account,
                Seller(
                    account,
                    "" if is_secret else _text(row.get("name")),
                    domain if _DOMAIN.fullmatch(domain) and not is_secret else "",
                    _text(row.get("seller_type")).upper()[:20],
                ),
            )
    return Sellers(_text(found.get("contact_email")), kept)


def _text(found: Any) -> str:
    if isinstance(found, bool) or not isinstance(found, str | int):
        return ""
    return "".join(char for char in str(found)[:200] if char.isprintable()).strip()
