"""The table of requests and what they are answered with, and how a row is read.

A row is a call and its answer: method, path, what is sent, status, body. ``Id("a")`` stands for
the number that a row before ``keeps``; ``{a}`` for the same in a path. ``ANY`` is any value,
``Text(…)`` any text with these words in it, ``Near(n)`` a number of bits up to n, as a text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx


class _Any:
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "ANY"


ANY = _Any()


@dataclass(frozen=True)
class Text:
    words: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.words.lower() in other.lower()

    def __hash__(self) -> int:
        return 0


@dataclass(frozen=True)
class Near:
    bits: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.isdigit() and int(other) <= self.bits

    def __hash__(self) -> int:
        return 0


@dataclass(frozen=True)
class Id:
    name: str


@dataclass(frozen=True)
class Row:
    method: str
    path: str
    status: int
    body: Any = ANY
    sends: dict[str, Any] = field(default_factory=dict)
    keeps: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path} -> {self.status}"


def get(path: str, status: int, body: Any = ANY, **sends: Any) -> Row:
    return Row("GET", path, status, body, sends)


def post(path: str, status: int, body: Any = ANY, *, keeps: str = "", **sends: Any) -> Row:
    return Row("POST", path, status, body, sends, keeps)


def put(path: str, status: int, body: Any = ANY, **sends: Any) -> Row:
    return Row("PUT", path, status, body, sends)


def delete(path: str, status: int, body: Any = ANY) -> Row:
    return Row("DELETE", path, status, body)


def says(words: str) -> dict[str, Any]:
    """An error as HMA shapes it."""
    return {"message": Text(words)}


def wrong(rows: list[Row], client: httpx.Client) -> list[str]:
    """What is not as the table says, a line for each row."""
    found, kept = [], {}
    for number, row in enumerate(rows):
        path = row.path.format(**kept)
        answer = client.request(row.method, path, **row.sends)
        got = _body(answer)
        want = _resolved(row.body, kept)
        if answer.status_code != row.status or got != want:
            found.append(f"{number}: {row}: got {answer.status_code} {got!r}, want {want!r}")
        if row.keeps and isinstance(got, dict) and "id" in got:
            kept[row.keeps] = got["id"]
    return found


def _body(answer: httpx.Response) -> Any:
    if answer.headers.get("Content-Type", "").startswith("application/"):
        return answer.json()
    return answer.text


def _resolved(value: Any, kept: dict[str, int]) -> Any:
    match value:
        case Id():
            return kept.get(value.name)
        case dict():
            return {key: _resolved(part, kept) for key, part in value.items()}
        case list():
            return [_resolved(part, kept) for part in value]
        case _:
            return value
