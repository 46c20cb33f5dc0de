"""The client for programs that wait for their answers."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import UUID

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


class Client:
    """Calls of one service with one key. Threads may share it; connections are kept open.

    Args:
        url: address of the service, such as ``https://staydown.example``.
        key: what ``staydown manage create-api-key`` printed.
        timeout_s: for connecting, for sending and for waiting, each, in one attempt.
        deadline_s: for all attempts of a call and the waits between them.
        retries: attempts after the first; only where none came through, and after 429 and 503.
        verify: a context of your own, for your own authority or a client certificate.
        transport: of httpx, where calls have to go another way.

    Raises:
        SettingError: no address, no key, or times that cannot work.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        timeout_s: float = 10.0,
        deadline_s: float = 30.0,
        retries: int = 3,
        verify: ssl.SSLContext | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._patience = Patience(timeout_s, deadline_s, retries)
        self._http = httpx.Client(**options(url, key, verify), transport=transport)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._http.base_url.host}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def check(
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
        """What to do with an upload. Needs the scope ``check``.

        Args:
            media: the upload: a path, bytes, or a binary file that can seek, sent from its start.
            fingerprint: or its fingerprint: of the library, a JSON object, or its text.
            signals: or bare signals: ``{"type": "pdq", "value": "<hex>", "quality": 90}``.
            only: of media, only these signal types, such as ``("pdq", "sha256")``.
            content_ref: your own id of the content, at most 200 characters.
            url: its address on your service, if it has one.
            account: your own id of who uploads; kept as a keyed digest alone.
            idempotency_key: under which the service counts it once; None makes a new one, so that
                attempts of this call count once together.

        Raises:
            MediaUnreadableError: no photo or video that can be opened.
            KeyRefusedError, RequestRefusedError, RateLimitedError, UnavailableError: a problem
                that the service told; ``code`` says which.
            UnreachableError: no answer in time.
            AnswerError: an answer that no Staydown service gives.
            SettingError: none or several of ``media``, ``fingerprint`` and ``signals``.
            OSError: the path cannot be read.
        """
        return self._run(
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

    def check_batch(self, checks: Iterable[Mapping[str, Any]]) -> tuple[Check | Problem, ...]:
        """Up to 100 checks at a time, each made with ``one_check``; answers in the same order.

        Not sent again once it may have arrived: a batch has no idempotency key.
        """
        return self._run(calls.check_batch(checks))

    def stored_check(self, check_id: UUID | str) -> StoredCheck:
        """What is stored of a check that held or blocked; nothing is stored of clear ones.

        Raises:
            NotFoundError: nothing is stored of it, or it is not yours.
        """
        return self._run(calls.stored_check(check_id))

    def hits(self, after: str = "", *, limit: int = calls.MOST_AT_ONCE) -> HitPage:
        """What was held or blocked, oldest first. Needs the scope ``hits``."""
        return self._run(calls.hits(after, limit))

    def report_hits(self, found: Iterable[Mapping[str, Any]]) -> tuple[Check | Problem, ...]:
        """Tell what a scan of your library found, up to 100 files. Needs the scope ``library``."""
        return self._run(calls.report_hits(found))

    def orders(self, after: int = 0, *, wait_s: int = 0, only_waiting: bool = False) -> OrderPage:
        """What is to be done, oldest first. Needs the scope ``orders``, as all calls below.

        Args:
            after: ``next`` of the page before.
            wait_s: up to 20 seconds to wait for news.
            only_waiting: only those that you have not answered yet and no later one replaced.
        """
        return self._run(calls.orders(after, wait_s, only_waiting=only_waiting))

    def order(self, order_id: UUID | str) -> Order:
        """One order as it stands."""
        return self._run(calls.order(order_id))

    def answer_order(self, order_id: UUID | str, *, is_done: bool, note: str = "") -> Order:
        """Say what became of an order: done, or failed with a note of at most 300 characters."""
        return self._run(calls.answer_order(order_id, is_done=is_done, note=note))

    def statements(self, after: UUID | str | None = None) -> StatementPage:
        """Statements of reasons to hand on, oldest first."""
        return self._run(calls.statements(after))

    def _run(self, call: Call[T]) -> T:
        host = self._http.base_url.host
        attempts = Attempts(self._patience, is_repeatable=call.is_repeatable, wait_s=call.wait_s)
        while True:
            try:
                with translated(host), call.content() as content:
                    response = self._http.request(
                        **request_of(call, attempts.timeout_s()), **content
                    )
                return result_of(call, response, host)
            except ClientError as error:
                time.sleep(attempts.wait_after(error))
