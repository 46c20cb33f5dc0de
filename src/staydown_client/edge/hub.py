"""The hub, as an edge replica talks to it: four calls, and hashes alone go out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from staydown.errors import ListFormatError
from staydown.formats.replica_pages import ReplicaPage
from staydown_client.edge.errors import (
    AgreementEndedError,
    CursorUnknownError,
    HubError,
    HubRefusedError,
)
from staydown_client.edge.keys import EdgeKey
from staydown_client.outages import no_answer, no_service, other_answer

CONNECT_S = 5.0
ANSWER_S = 30.0
_MOST_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes.

    Attributes:
        page: what it says.
        raw: the same as it came, to be kept.
        pause_s: how long the hub asks us to wait before the next call.
    """

    page: ReplicaPage
    raw: bytes
    pause_s: float


class Hub:
    """The hub's calls for replicas.

    Args:
        address: scheme, host and port.
        api_key: of the agreement.
        key: by which answers open.
    """

    def __init__(self, address: str, api_key: str, key: EdgeKey) -> None:
        self._key, self._host = key, urlsplit(address).hostname or ""
        self._client = httpx.Client(
            base_url=f"{address}/api/v1/replica/",
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            follow_redirects=False,
        )

    def agreement(self) -> dict[str, Any]:
        """What was agreed, with the hub's half of the key of the disk.

        Raises:
            HubError: no answer, or none that can be used.
            AgreementEndedError: it has ended.
        """
        plain, _ = self._sealed("agreement", {}, "agreement")
        try:
            told: dict[str, Any] = json.loads(plain)
            lengths = {len(bytes.fromhex(told["lock"])), len(bytes.fromhex(told["account_key"]))}
            told["expires_at"], told["stale_s"] = float(told["expires_at"]), float(told["stale_s"])
            is_whole = lengths == {32} and bool(told["cursor"]) and isinstance(told["banks"], list)
        except (ValueError, KeyError, TypeError):
            is_whole = False
        if not is_whole:
            raise HubError("the hub's agreement cannot be read")
        return told

    def entries(self, after: str) -> tuple[ReplicaPage, bytes]:
        """One page of all entries.

        Raises:
            HubError: no answer, or none that can be used.
            AgreementEndedError: the agreement has ended.
        """
        plain, _ = self._sealed("entries", {"after": after}, f"entries:{after}")
        return _page(plain), plain

    def changes(self, after: str, *, wait_s: float) -> Changes:
        """What changed; the call stays open until there is something, or the time is over.

        Raises:
            HubError: no answer, or none that can be used.
            AgreementEndedError: the agreement has ended.
            CursorUnknownError: the hub's database does not have this place.
        """
        query = {"after": after, "wait": f"{wait_s:g}"}
        plain, answer = self._sealed("changes", query, f"changes:{after}", wait_s)
        return Changes(_page(plain), plain, _seconds(answer.headers.get("Retry-After", "")))

    def report(self, reports: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Tell what matched.

        Returns:
            What the hub says of each, in their order.

        Raises:
            HubError: no answer, or none that can be used; ``retryable`` is False where the hub
                will never take these reports.
            AgreementEndedError: the agreement has ended.
        """
        answer = self._call("POST", "hits", json={"reports": list(reports)})
        try:
            rows = [dict(row) for row in answer.json()["answers"]]
        except (ValueError, KeyError, TypeError):
            raise HubError("the hub's answer to reports cannot be read") from None
        if len(rows) != len(reports):
            raise HubError("the hub's answer to reports is not whole")
        return rows

    def close(self) -> None:
        """End all connections."""
        self._client.close()

    def _sealed(
        self, path: str, query: dict[str, str], what: str, wait_s: float = 0.0
    ) -> tuple[bytes, httpx.Response]:
        answer = self._call("GET", path, params=query, timeout_s=ANSWER_S + wait_s)
        if answer.headers.get("Content-Type") != "application/octet-stream":
            raise HubError(no_service(self._host))
        return self._key.open(answer.content, context=f"{self._key.public}:{what}"), answer

    def _call(
        self, method: str, path: str, *, timeout_s: float = ANSWER_S, **more: Any
    ) -> httpx.Response:
        timeout = httpx.Timeout(timeout_s, connect=CONNECT_S)
        try:
            with self._client.stream(method, path, timeout=timeout, **more) as answer:
                if int(answer.headers.get("Content-Length") or 0) > _MOST_BYTES:
                    raise HubError("the hub's answer is too long")
                answer.read()
        except httpx.HTTPError as error:
            raise HubError(no_answer(self._host, error)) from None
        except ValueError:
            raise HubError(no_service(self._host)) from None
        if answer.status_code != 200:
            raise _refusal(answer, self._host)
        return answer


def _refusal(
    answer: httpx.Response, host: str
) -> HubError | AgreementEndedError | CursorUnknownError:
    status = answer.status_code
    try:
        code = str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        code = ""
    if status == 403 and code == "replica_ended":
        return AgreementEndedError(f"{host} says that the agreement has ended")
    if status == 409 and code == "replica_cursor_unknown":
        return CursorUnknownError(f"{host} does not know the place up to which we had read")
    if status in {401, 403} and code:
        return HubRefusedError(
            f"{host} refuses the key of STAYDOWN_EDGE_API_KEY_FILE ({code}); ask there whether the "
            "agreement still runs, and for its key"
        )
    pause_s = _seconds(answer.headers.get("Retry-After", ""))
    said = other_answer(host, status, answer.headers, pause_s or None)
    error = HubError(f"{said} ({code})" if code else said, pause_s=pause_s)
    error.retryable = not (code and status in {400, 413, 415, 422})
    return error


def _page(plain: bytes) -> ReplicaPage:
    try:
        return ReplicaPage.from_bytes(plain)
    except ListFormatError:
        raise HubError("a page of the hub is not whole") from None


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() and len(text) < 4 else 0.0
