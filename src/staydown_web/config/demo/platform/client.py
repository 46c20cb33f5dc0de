"""The platform's side of the HTTP API: check before storing, poll for orders, answer them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

CHECK_S = 60.0
WAIT_S = 20


class StaydownUnreachableError(Exception):
    """Staydown did not answer as agreed. Uploads are refused meanwhile, never let through."""


@dataclass(frozen=True, slots=True)
class Order:
    """One thing to do.

    Attributes:
        id: names the order in the answer.
        what: block, hold, remove or restore.
        content_ref: our own id, where we gave one.
        content_url: the address that a notice pointed at, where it came that way.
    """

    id: str
    what: str
    content_ref: str
    content_url: str


class Client:
    """Calls of one platform.

    Args:
        address: of Staydown, without a slash at its end.
        key: the API key.
    """

    def __init__(self, address: str, key: str) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=f"{address}/api/v1", headers=headers, trust_env=False)

    def verdict(self, data: bytes, *, name: str, post_id: str, url: str, account: str) -> str:
        """What to do with an upload: clear, hold or block.

        Raises:
            StaydownUnreachableError: no answer.
        """
        fields = {"content_ref": post_id, "url": url, "account": account}
        answer = self._call("POST", "/check", CHECK_S, data=fields, files={"media": (name, data)})
        return str(answer["verdict"])

    def orders(self) -> list[Order]:
        """Orders that we have not answered yet; waits for one for a while.

        Raises:
            StaydownUnreachableError: no answer.
        """
        params: dict[str, Any] = {"only_waiting": True, "wait": WAIT_S}
        answer = self._call("GET", "/orders", WAIT_S + 10.0, params=params)
        return [
            Order(row["id"], row["what"], row["content_ref"], row["content_url"])
            for row in answer["orders"]
        ]

    def answer(self, order: Order, *, is_done: bool) -> None:
        """Say what became of an order.

        Raises:
            StaydownUnreachableError: no answer.
        """
        note = "" if is_done else "no such post"
        body = {"state": "done" if is_done else "failed", "note": note}
        self._call("POST", f"/orders/{order.id}/answer", 20.0, json=body)

    def _call(self, method: str, path: str, timeout_s: float, **parts: Any) -> Any:
        try:
            answer = self._http.request(method, path, timeout=timeout_s, **parts)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise StaydownUnreachableError(type(error).__name__) from None
