"""The list of cases: tabs, search, pages. All rows are made first, so that every count is true."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from staydown_web.portal.selectors.caseload.rows import Row

PAGE: Final = 50
TABS: Final = ("open", "late", "waiting", "untold", "ended")


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list.

    Attributes:
        rows: its lines.
        tab: of ``TABS``.
        query: what was searched for, as typed.
        counts: tab -> how many cases are under it, of those that the search finds.
        first: number of the first line, from 1; 0 where there is none.
        last: number of the last.
        total: how many lines are under this tab.
        at: number of the page, from 1.
        pages: how many there are, at least 1.
    """

    rows: list[Row]
    tab: str
    query: str
    counts: dict[str, int]
    first: int
    last: int
    total: int
    at: int
    pages: int


def listing(rows: list[Row], *, tab: str, query: str, page: str) -> Listing:
    """One page of the rows under a tab that a search finds.

    Args:
        rows: all that the caseworker may see, ordered.
        tab: of ``TABS``; another counts as the first.
        query: part of a number or of a label; empty finds all.
        page: its number as typed; what is no number counts as 1.
    """
    tab = tab if tab in TABS else TABS[0]
    found = [row for row in rows if _matches(row, query)]
    sorted_ = {name: [row for row in found if is_under(row, name)] for name in TABS}
    shown = sorted_[tab]
    pages = max(1, -(-len(shown) // PAGE))
    at = min(pages, max(1, int(page))) if page.isascii() and page.isdigit() else 1
    part = shown[(at - 1) * PAGE : at * PAGE]
    first = (at - 1) * PAGE + 1 if part else 0
    return Listing(
        rows=part,
        tab=tab,
        query=query,
        counts={name: len(under) for name, under in sorted_.items()},
        first=first,
        last=first + len(part) - 1 if part else 0,
        total=len(shown),
        at=at,
        pages=pages,
    )


def is_under(row: Row, tab: str) -> bool:
    """Whether a case is under a tab."""
    match tab:
        case "late":
            return row.is_late
        case "waiting":
            return bool(row.waits)
        case "untold":
            return bool(row.untold or row.silent)
        case "ended":
            return row.is_ended
        case _:
            return not row.is_ended


def _matches(row: Row, query: str) -> bool:
    asked = query.strip()[:80].casefold()
    if not asked:
        return True
    bare = re.sub(r"[^0-9a-z]", "", asked)
    number = re.sub(r"[^0-9a-z]", "", row.case.number.casefold())
    return asked in row.label.casefold() or (bool(bare) and bare in number)
