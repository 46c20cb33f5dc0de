"""JSON of the service, read into records. What is not as it should be is no answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from staydown_client.errors import AnswerError
from staydown_client.records import (
    Check,
    HitPage,
    Match,
    MatchKind,
    Order,
    OrderKind,
    OrderPage,
    OrderState,
    Problem,
    Statement,
    StatementPage,
    StoredCheck,
    Verdict,
)

T = TypeVar("T")


def read_with(read: Callable[[Mapping[str, Any]], T], data: Any) -> T:
    """Read an answer.

    Raises:
        AnswerError: a part is missing or of another kind. The message holds none of it.
    """
    try:
        return read(data)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise AnswerError(
            "the answer lacks a part, or has one that this client does not know; check the "
            "address of the service, and whether one of the two is much older"
        ) from None


def check_of(data: Mapping[str, Any]) -> Check:
    """The answer to one check."""
    return Check(
        Verdict(data["verdict"]),
        UUID(data["check_id"]),
        _matches_of(data),
        tuple(_text(name) for name in _rows(data.get("ignored_signals") or [])),
    )


def checks_of(data: Mapping[str, Any]) -> tuple[Check | Problem, ...]:
    """The answers to many, in their order."""
    return tuple(_check_or_problem(row) for row in _rows(data["answers"]))


def stored_check_of(data: Mapping[str, Any]) -> StoredCheck:
    """What is stored of a check."""
    return StoredCheck(
        check_id=UUID(data["check_id"]),
        verdict=Verdict(data["verdict"]),
        state=_text(data["state"]),
        source=_text(data["source"]),
        content_ref=_text(data["content_ref"]),
        seen_at=_moment(data["seen_at"]),
        state_at=_moment(data["state_at"]),
        matches=_matches_of(data),
    )


def hit_page_of(data: Mapping[str, Any]) -> HitPage:
    """A page of stored checks."""
    return HitPage(tuple(stored_check_of(row) for row in _rows(data["hits"])), _text(data["next"]))


def order_of(data: Mapping[str, Any]) -> Order:
    """One order."""
    return Order(
        id=UUID(data["id"]),
        seq=int(data["seq"]),
        what=OrderKind(data["what"]),
        state=OrderState(data["state"]),
        content_ref=_text(data["content_ref"]),
        content_url=_text(data["content_url"]),
        check_id=UUID(data["check_id"]) if data["check_id"] else None,
        made_at=_moment(data["made_at"]),
        reason=_text(data["reason"]),
        grounds=tuple(_text(ground) for ground in _rows(data["grounds"])),
        restriction=_text(data["restriction"]),
        scope=_text(data["scope"]),
        until=_day(data["until"]),
    )


def order_page_of(data: Mapping[str, Any]) -> OrderPage:
    """A page of orders."""
    return OrderPage(tuple(order_of(row) for row in _rows(data["orders"])), int(data["next"]))


def statement_of(data: Mapping[str, Any]) -> Statement:
    """One statement of reasons."""
    return Statement(
        id=UUID(data["id"]),
        state=_text(data["state"]),
        made_at=_moment(data["made_at"]),
        content_ref=_text(data["content_ref"]),
        content_url=_text(data["content_url"]),
        restriction=_text(data["restriction"]),
        scope=_text(data["scope"]),
        duration=_text(data["duration"]),
        ends_on=_day(data["ends_on"]),
        automation=_text(data["automation"]),
        grounds=tuple(_text(ground) for ground in _rows(data["grounds"])),
        link=_text(data["link"]),
        texts={_text(language): _text(said) for language, said in data["texts"].items()},
        # A service of an earlier version does not name it.
        check_id=UUID(check) if (check := data.get("check_id")) else None,
    )


def statement_page_of(data: Mapping[str, Any]) -> StatementPage:
    """A page of statements."""
    following = data["next"]
    statements = tuple(statement_of(row) for row in _rows(data["statements"]))
    return StatementPage(statements, UUID(following) if following else None)


def _check_or_problem(row: Mapping[str, Any]) -> Check | Problem:
    problem = row.get("problem")
    if problem is None:
        return check_of(row)
    return Problem(_text(problem["code"]), int(problem["status"]), _text(problem["detail"]))


def _matches_of(data: Mapping[str, Any]) -> tuple[Match, ...] | None:
    rows = data.get("matches")
    return None if rows is None else tuple(_match_of(row) for row in _rows(rows))


def _match_of(row: Mapping[str, Any]) -> Match:
    return Match(
        entry_id=UUID(row["entry_id"]),
        kind=MatchKind(row["kind"]),
        score=float(row["score"]),
        evidence=dict(row["evidence"]),
        bank=_text(row["bank"]),
        response=_text(row["response"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _rows(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _day(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(_text(value))
