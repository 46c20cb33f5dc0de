"""What a call of another installation may ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from staydown_web.base.errors import FieldsError
from staydown_web.federation.services.feed import MOST_EVENTS

LONGEST_WAIT_S = 25
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """Which part of a feed.

    Attributes:
        feed: its name; empty for whichever there is.
        after: the last number that arrived; 0 for none.
        limit: most events, 1 to 500.
        wait: seconds to wait for something, 0 to 25.
    """

    feed: str
    after: int
    limit: int
    wait: int


def read_query(given: Mapping[str, str]) -> FeedQuery:
    """Read the query of a call.

    Raises:
        FieldsError: a part that is not as it must be.
    """
    numbers = {
        "after": _number(given.get("after", "0"), 0, (1 << 53) - 1),
        "limit": _number(given.get("limit", str(MOST_EVENTS)), 1, MOST_EVENTS),
        "wait": _number(given.get("wait", "0"), 0, LONGEST_WAIT_S),
    }
    wrong = {name: "a whole number within its range" for name, n in numbers.items() if n is None}
    feed = given.get("feed", "")
    if feed and not _is_uuid(feed):
        wrong["feed"] = "the name of a feed, as it stands on its pages"
    if wrong:
        raise FieldsError(wrong)
    return FeedQuery(feed, *(number or 0 for number in numbers.values()))


def _number(text: str, least: int, most: int) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        return None
    return int(text) if least <= int(text) <= most else None


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
