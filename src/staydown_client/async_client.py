"""The same client for programs with an event loop: asyncio or trio."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

import anyio
import httpx

from staydown_client import calls
from staydown_client.calls import Call, FingerprintLike, Media
from staydown_client.errors import ClientError
from staydown_client.records import (
    Check,
    HitPage,
    Order,
    OrderPage,
    Problem,
    StatementPage,
    StoredCheck,
)
from staydown_client.retrying import Attempts, Patience
from staydown_client.wire import options, request_of, result_of, translated

T = TypeVar("T")


class AsyncClient:
    """As ``Client``, with ``await``. One event loop uses it, from the first call to ``aclose``."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout_s: float = 10.0,
        deadline_s: float = 30.0,
        retries: int = 3,
        verify: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._patience = Patience(timeout_s, deadline_s, retries)
        self._http = httpx.AsyncClient(**options(url, key, verify), transport=transport)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._http.base_url.host}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def check(
        self,
        media: Media | None = None,
        *,
        fingerprint: FingerprintLike | None = None,
        signals: Iterable[Mapping[str, Any]] | None = None,
        only: Iterable[str] = (),
        content_ref: str = "",
        url: str = "",
        account: str = "",
        idempotency_key: str | None = None,
    ) -> Check:
        """See ``Client.check``."""
        return await self._run(
            calls.check(
                media,
                fingerprint=fingerprint,
                signals=signals,
                only=only,
                content_ref=content_ref,
                url=url,
                account=account,
                idempotency_key=idempotency_key,
            )
        )

    async def check_batch(self, checks: Iterable[Mapping[str, Any]]) -> tuple[Check | Problem, ...]:
        """See ``Client.check_batch``."""
        return await self._run(calls.check_batch(checks))

    async def stored_check(self, check_id: UUID | str) -> StoredCheck:
        """See ``Client.stored_check``."""
        return await self._run(calls.stored_check(check_id))

    async def hits(self, after: str = "", *, limit: int = calls.MOST_AT_ONCE) -> HitPage:
        """See ``Client.hits``."""
        return await self._run(calls.hits(after, limit))

    async def report_hits(self, found: Iterable[Mapping[str, Any]]) -> tuple[Check | Problem, ...]:
        """See ``Client.report_hits``."""
        return await self._run(calls.report_hits(found))

    async def orders(
        self, after: int = 0, *, wait_s: int = 0, only_waiting: bool = False
    ) -> OrderPage:
        """See ``Client.orders``."""
        return await self._run(calls.orders(after, wait_s, only_waiting=only_waiting))

    async def order(self, order_id: UUID | str) -> Order:
        """See ``Client.order``."""
        return await self._run(calls.order(order_id))

    async def answer_order(self, order_id: UUID | str, *, is_done: bool, note: str = "") -> Order:
        """See ``Client.answer_order``."""
        return await self._run(calls.answer_order(order_id, is_done=is_done, note=note))

    async def statements(self, after: UUID | str | None = None) -> StatementPage:
        """See ``Client.statements``."""
        return await self._run(calls.statements(after))

    async def _run(self, call: Call[T]) -> T:
        host = self._http.base_url.host
        attempts = Attempts(self._patience, is_repeatable=call.is_repeatable, wait_s=call.wait_s)
        while True:
            try:
                with translated(host), call.content() as content:
                    response = await self._http.request(
                        **request_of(call, attempts.timeout_s()), **content
                    )
                return result_of(call, response, host)
            except ClientError as error:
                await anyio.sleep(attempts.wait_after(error))
