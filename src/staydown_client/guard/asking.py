"""Asks a hook about one file; and remembers what passed or was refused while nobody answered."""

from __future__ import annotations

import logging
import threading
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx

from staydown_client.errors import (
    AnswerError,
    ClientError,
    KeyRefusedError,
    MediaUnreadableError,
    UnavailableError,
    UnreachableError,
)
from staydown_client.outages import no_answer, no_service, other_answer
from staydown_client.records import Check, Verdict
from staydown_client.wire import retry_after

log = logging.getLogger("staydown_client.guard")
_VERDICTS = {"clear": Verdict.CLEAR, "hold": Verdict.HOLD}


class HookClient:
    """Stands where the upload check expects a client.

    The hook's own choices answer wherever the service answers; the guard's own choice answers where
    it does not. What the guard decided alone is told to the service with the next call, so that
    the page of the hook shows it.

    Args:
        url: of the service.
        secret: of a hook of the kind ``guard``.
        on_unreachable: the guard's own choice, for counting.
        wait_s: for each call.
    """

    def __init__(self, url: str, secret: str, *, on_unreachable: str, wait_s: float) -> None:
        self._url = f"{url.rstrip('/')}/hooks/guard/"
        self._host = urlsplit(url).hostname or ""
        self._http = httpx.Client(
            timeout=wait_s, headers={"Authorization": f"Bearer {secret}"}, trust_env=False
        )
        self._choice = on_unreachable
        self._lock = threading.Lock()
        self._missed = 0

    @property
    def missed(self) -> int:
        """Files that were decided on alone, and not yet told."""
        return self._missed

    def check(self, *, media: BinaryIO, account: str = "") -> Check:
        """The answer for one file.

        Raises:
            ClientError: there is none.
        """
        with self._lock:
            told, self._missed = self._missed, 0
        try:
            return self._ask(media, account, told)
        except MediaUnreadableError:
            raise  # the service answered: its hook passes what cannot be checked
        except ClientError:
            with self._lock:
                self._missed += told + 1
            raise

    def close(self) -> None:
        """Let go of all connections."""
        self._http.close()

    def _ask(self, media: BinaryIO, account: str, told: int) -> Check:
        headers = {"Content-Type": "application/octet-stream"}
        if told:
            headers["Staydown-Missed"] = f"{self._choice}={told}"
        if account:
            headers["Staydown-Account"] = account
        try:
            answer = self._post(media, headers)
        except httpx.HTTPError as error:
            raise UnreachableError(no_answer(self._host, error), was_sent=False) from None
        return _read(answer, self._host)

    def _post(self, media: BinaryIO, headers: dict[str, str]) -> httpx.Response:
        """Send; once more where a connection that was kept ended without an answer.

        A server may close one in the moment in which it is used again, and what it did not answer
        may be asked again: the same content counts once.
        """
        try:
            return self._http.post(self._url, content=media, headers=headers)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            media.seek(0)
            return self._http.post(self._url, content=media, headers=headers)


def _read(answer: httpx.Response, host: str) -> Check:
    status = answer.status_code
    try:
        said: Any = answer.json()
        action, verdict = said.get("action"), said.get("verdict")
        check_id = UUID(said["check_id"]) if said.get("check_id") else uuid4()
        reason, code = str(said.get("reason", "")), str(said.get("code", ""))
    except (ValueError, AttributeError, TypeError):
        action, verdict, check_id, reason, code = None, None, uuid4(), "", ""
    if status == 200 and action == "store":
        if verdict in _VERDICTS:
            return Check(_VERDICTS[verdict], check_id)
        raise MediaUnreadableError("stored unchecked", code=reason or "unchecked", status=200)
    if action == "refuse" and status in {403, 503}:
        return Check(Verdict.BLOCK, check_id)
    pause_s = retry_after(answer.headers.get("Retry-After", ""))
    if status in {401, 403} and code:
        raise KeyRefusedError(
            f"{host} refuses the secret of this hook ({code}); make another with `staydown manage "
            "create-hook`, and put it into the file of --secret-file",
            code="key_unknown",
            status=401,
        )
    said_so = other_answer(host, status, answer.headers, pause_s)
    if status >= 400:
        raise UnavailableError(said_so, code="service_unavailable", status=status)
    raise AnswerError(no_service(host) if status == 200 else said_so)
