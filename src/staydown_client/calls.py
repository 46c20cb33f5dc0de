"""The calls of the service as values: what to send, and how to read what comes back.

``Client`` and ``AsyncClient`` send the same calls; nothing here does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Generic, Protocol, TypeAlias, TypeVar, runtime_checkable
from urllib.parse import quote
from uuid import UUID, uuid4

from staydown_client import answers
from staydown_client.errors import SettingError
from staydown_client.records import (
    Check,
    HitPage,
    Order,
    OrderPage,
    Problem,
    StatementPage,
    StoredCheck,
)

Media: TypeAlias = "str | os.PathLike[str] | bytes | BinaryIO"
"""A path, the bytes, or a binary file that can go back to its start."""


@runtime_checkable
class HasJson(Protocol):
    """A fingerprint as the library makes it."""

    def to_json(self) -> str:
        """Its JSON form."""


FingerprintLike: TypeAlias = "Mapping[str, Any] | str | HasJson"
T = TypeVar("T")
MOST_AT_ONCE = 100
_MOST_KEY = 200
_FIELD = "media"


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call.

    Attributes:
        path: below the address of the service.
        read: from the JSON of the answer to a record.
        body: a JSON value, or None.
        media: sent as a form, or None.
        form: texts of the form beside the media.
        idempotency_key: under which the service counts it once; empty for none.
        is_repeatable: False where sending it again could count it twice.
        wait_s: how long the service may take because it was asked to wait.
    """

    method: str
    path: str
    read: Callable[[Mapping[str, Any]], T]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    media: Media | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    idempotency_key: str = ""
    is_repeatable: bool = True
    wait_s: float = 0.0

    @contextmanager
    def content(self) -> Iterator[dict[str, Any]]:
        """What httpx is to send, for one attempt; a path is open within the block alone.

        Raises:
            SettingError: a file that cannot go back to its start.
        """
        if self.media is None:
            yield {} if self.body is None else {"json": self.body}
            return
        with _opened(self.media) as file:
            # The name of a file can be as personal as its content; the service needs none.
            files = {_FIELD: (_FIELD, file, "application/octet-stream")}
            yield {"files": files, "data": dict(self.form)}


def check(
    media: Media | None,
    *,
    fingerprint: FingerprintLike | None,
    signals: Iterable[Mapping[str, Any]] | None,
    only: Iterable[str],
    content_ref: str,
    url: str,
    account: str,
    idempotency_key: str | None,
) -> Call[Check]:
    """``POST /api/v1/check``."""
    if sum(value is not None for value in (media, fingerprint, signals)) != 1:
        raise SettingError("give one of: media, fingerprint, signals")
    texts = _texts(content_ref=content_ref, url=url, account=account)
    key = uuid4().hex if idempotency_key is None else _key_of(idempotency_key)
    if media is not None:
        form = {**texts, **_texts(signals=",".join(only))}
        return Call(
            "POST",
            "/api/v1/check",
            answers.check_of,
            media=media,
            form=form,
            idempotency_key=key,
        )
    body = one_check(fingerprint=fingerprint, signals=signals, **texts)
    return Call("POST", "/api/v1/check", answers.check_of, body=body, idempotency_key=key)


def one_check(
    *,
    fingerprint: FingerprintLike | None = None,
    signals: Iterable[Mapping[str, Any]] | None = None,
    content_ref: str = "",
    url: str = "",
    account: str = "",
) -> dict[str, Any]:
    """One check as JSON: for ``check_batch``."""
    texts: dict[str, Any] = {**_texts(content_ref=content_ref, url=url, account=account)}
    if fingerprint is not None:
        return {"fingerprint": fingerprint_json(fingerprint), **texts}
    if signals is None:
        raise SettingError("give one of: fingerprint, signals")
    return {"signals": [dict(signal) for signal in signals], **texts}


def check_batch(checks: Iterable[Mapping[str, Any]]) -> Call[tuple[Check | Problem, ...]]:
    """``POST /api/v1/check/batch``."""
    return Call(
        "POST",
        "/api/v1/check/batch",
        answers.checks_of,
        body={"checks": _at_most(checks)},
        is_repeatable=False,
    )


def stored_check(check_id: UUID | str) -> Call[StoredCheck]:
    """``GET /api/v1/checks/{check_id}``."""
    return Call("GET", f"/api/v1/checks/{_part(check_id)}", answers.stored_check_of)


def hits(after: str, limit: int) -> Call[HitPage]:
    """``GET /api/v1/hits``."""
    query = {"limit": str(limit), **_texts(after=after)}
    return Call("GET", "/api/v1/hits", answers.hit_page_of, query=query)


def report_hits(found: Iterable[Mapping[str, Any]]) -> Call[tuple[Check | Problem, ...]]:
    """``POST /api/v1/hits``."""
    return Call(
        "POST",
        "/api/v1/hits",
        answers.checks_of,
        body={"hits": _at_most(found)},
        is_repeatable=False,
    )


def orders(after: int, wait_s: int, *, only_waiting: bool) -> Call[OrderPage]:
    """``GET /api/v1/orders``."""
    query = {
        "after": str(after),
        "wait": str(wait_s),
        "only_waiting": "true" if only_waiting else "false",
    }
    return Call("GET", "/api/v1/orders", answers.order_page_of, query=query, wait_s=wait_s)


def order(order_id: UUID | str) -> Call[Order]:
    """``GET /api/v1/orders/{order_id}``."""
    return Call("GET", f"/api/v1/orders/{_part(order_id)}", answers.order_of)


def answer_order(order_id: UUID | str, *, is_done: bool, note: str) -> Call[Order]:
    """``POST /api/v1/orders/{order_id}/answer``; the same answer again changes nothing."""
    body = {"state": "done" if is_done else "failed", "note": note}
    path = f"/api/v1/orders/{_part(order_id)}/answer"
    return Call("POST", path, answers.order_of, body=body)


def statements(after: UUID | str | None) -> Call[StatementPage]:
    """``GET /api/v1/statements``."""
    query = {} if after is None else {"after": str(after)}
    return Call("GET", "/api/v1/statements", answers.statement_page_of, query=query)


def fingerprint_json(fingerprint: FingerprintLike) -> Mapping[str, Any]:
    """A fingerprint as a JSON object.

    Raises:
        SettingError: neither a mapping, nor JSON of one, nor a fingerprint of the library.
    """
    if isinstance(fingerprint, Mapping):
        return fingerprint
    text = fingerprint.to_json() if isinstance(fingerprint, HasJson) else fingerprint
    try:
        data = json.loads(text)
    except (TypeError, ValueError):
        data = None
    if not isinstance(data, dict):
        raise SettingError("a fingerprint is a JSON object, its text, or what `to_json` makes")
    return data


@contextmanager
def _opened(media: Media) -> Iterator[BinaryIO]:
    if isinstance(media, bytes):
        yield BytesIO(media)
    elif isinstance(media, str | os.PathLike):
        with Path(media).open("rb") as file:
            yield file
    elif hasattr(media, "seek") and hasattr(media, "read") and media.seekable():
        # One after another from its start, also when an earlier attempt read half of it.
        media.seek(0)
        yield media
    else:
        raise SettingError("media is a path, bytes, or a binary file that can seek")


def _texts(**texts: str) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}


def _key_of(said: str) -> str:
    if not (1 <= len(said) <= _MOST_KEY and said.isascii() and said.isprintable()):
        raise SettingError(f"idempotency_key is 1 to {_MOST_KEY} plain characters")
    return said


def _at_most(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    listed = [dict(row) for row in rows]
    if not 1 <= len(listed) <= MOST_AT_ONCE:
        raise SettingError(f"1 to {MOST_AT_ONCE} at a time, and not {len(listed)}")
    return listed


def _part(value: UUID | str) -> str:
    return quote(str(value), safe="")
