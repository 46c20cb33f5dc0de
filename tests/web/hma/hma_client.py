"""A client of HMA, written from its documents alone: nothing here knows of this service.

``docs/api.md`` of hasher-matcher-actioner describes hashing, lookups and their answers; its OpenAPI
description the calls that curate banks. The client is given an address and nothing else.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from base64 import b64encode
from dataclasses import dataclass
from typing import Any


class HmaError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


@dataclass(frozen=True)
class Match:
    bank: str
    content_id: int
    distance: str


class HmaClient:
    """Speaks to one HMA.

    Args:
        base_url: such as ``http://localhost:5100``; may hold ``user:password@``.
    """

    def __init__(self, base_url: str) -> None:
        parts = urllib.parse.urlsplit(base_url)
        self._headers = {"Accept": "*/*"}
        if parts.username is not None:
            pair = f"{parts.username}:{parts.password or ''}"
            self._headers["Authorization"] = "Basic " + b64encode(pair.encode()).decode()
        self._base = f"{parts.scheme}://{parts.hostname}:{parts.port}{parts.path}"

    def is_alive(self) -> bool:
        return self._call("GET", "/status") == "I-AM-ALIVE"

    def hash_bytes(self, data: bytes, content_type: str = "photo") -> dict[str, str]:
        return self._upload("/h/hash", data, content_type)

    def hash_url(self, url: str, content_type: str | None = None) -> dict[str, str]:
        query = {"url": url, **({"content_type": content_type} if content_type else {})}
        return self._call("GET", "/h/hash", query=query)

    def lookup(self, signal_type: str, signal: str, banks: list[str] | None = None) -> list[Match]:
        query = {"signal_type": signal_type, "signal": signal}
        if banks:
            query["banks"] = ",".join(banks)
        return self._matches(self._call("GET", "/m/lookup", query=query))

    def lookup_bytes(self, data: bytes, content_type: str = "photo") -> dict[str, list[Match]]:
        answer = self._upload("/m/lookup", data, content_type)
        return {name: self._matches(banks) for name, banks in answer.items()}

    def raw_lookup(self, signal_type: str, signal: str) -> list[int]:
        query = {"signal_type": signal_type, "signal": signal}
        return self._call("GET", "/m/raw_lookup", query=query)["matches"]

    def compare(self, signal_type: str, left: str, right: str) -> tuple[bool, Any]:
        answer = self._call("POST", "/m/compare", body={signal_type: [left, right]})
        is_match, details = answer[signal_type]
        return is_match, details["distance"]

    def index_size(self, signal_type: str) -> int:
        status = self._call("GET", "/m/index/status", query={"signal_type": signal_type})
        return status[signal_type]["size"]

    def banks(self) -> dict[str, float]:
        return {row["name"]: row["matching_enabled_ratio"] for row in self._call("GET", "/c/banks")}

    def make_bank(self, name: str, enabled_ratio: float = 1.0) -> None:
        self._call("POST", "/c/banks", body={"name": name, "enabled_ratio": enabled_ratio})

    def change_bank(self, bank: str, **changes: Any) -> None:
        self._call("PUT", f"/c/bank/{bank}", body=changes)

    def delete_bank(self, name: str) -> None:
        self._call("DELETE", f"/c/bank/{name}")

    def add_signal(self, bank: str, signal_type: str, signal: str) -> int:
        return self._call("POST", f"/c/bank/{bank}/signal", body={signal_type: signal})["id"]

    def add_bytes(
        self, bank: str, data: bytes, content_type: str = "photo", note: str = ""
    ) -> tuple[int, dict[str, str]]:
        fields = {"note": note} if note else {}
        answer = self._upload(f"/c/bank/{bank}/content", data, content_type, fields)
        return answer["id"], answer["signals"]

    def add_url(self, bank: str, url: str, metadata: dict[str, Any] | None = None) -> int:
        body = {"metadata": metadata} if metadata else None
        path = f"/c/bank/{bank}/content"
        return self._call("POST", path, query={"url": url}, body=body)["id"]

    def content(self, bank: str, content_id: int) -> dict[str, Any]:
        query = {"include_signals": "true"}
        return self._call("GET", f"/c/bank/{bank}/content/{content_id}", query=query)

    def disable(self, bank: str, content_id: int, until: int = 0) -> None:
        path = f"/c/bank/{bank}/content/{content_id}"
        self._call("PUT", path, body={"disable_until_ts": until})

    def remove(self, bank: str, content_id: int) -> int:
        return self._call("DELETE", f"/c/bank/{bank}/content/{content_id}")["deleted"]

    def signal_types(self) -> dict[str, float]:
        return {row["name"]: row["enabled_ratio"] for row in self._call("GET", "/c/signal_type")}

    def content_types(self) -> list[str]:
        return [row["name"] for row in self._call("GET", "/c/content_type") if row["enabled"]]

    @staticmethod
    def _matches(answer: dict[str, Any]) -> list[Match]:
        return [
            Match(bank, row["bank_content_id"], row["distance"])
            for bank, rows in answer.items()
            for row in rows
        ]

    def _upload(
        self, path: str, data: bytes, content_type: str, fields: dict[str, str] | None = None
    ) -> Any:
        line = uuid.uuid4().hex
        parts = [
            f'--{line}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in (fields or {}).items()
        ]
        head = (
            f'--{line}\r\nContent-Disposition: form-data; name="{content_type}"; '
            'filename="upload"\r\nContent-Type: application/octet-stream\r\n\r\n'
        )
        body = b"".join([*parts, head.encode(), data, f"\r\n--{line}--\r\n".encode()])
        return self._send("POST", path, body, f"multipart/form-data; boundary={line}")

    def _call(
        self, method: str, path: str, query: dict[str, str] | None = None, body: Any = None
    ) -> Any:
        if query:
            path += "?" + urllib.parse.urlencode(query)
        if body is None:
            return self._send(method, path)
        return self._send(method, path, json.dumps(body).encode(), "application/json")

    def _send(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Any:
        headers = {**self._headers, **({"Content-Type": kind} if kind else {})}
        request = urllib.request.Request(
            self._base + path, data=body, headers=headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read().decode()
                is_json = answer.headers.get_content_type() == "application/json"
                return json.loads(text) if is_json and text else text
        except urllib.error.HTTPError as error:
            with error:
                raise HmaError(error.code, json.loads(error.read())["message"]) from None
