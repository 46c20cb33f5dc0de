"""Tech Against Terrorism's hash list, version 2: a token for a password, pages after a place.

Source: the wire as PyPI ``threatexchange`` 1.2.17 reads it. The place is moment and number of the
last row of a page; a deleted row stays, marked.
"""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import parse_qs, urlencode

from exchange_servers.serving import Answered, Asked, ExchangeServer

USER, PASSWORD, TOKEN = "forum-example", "password-of-the-tests", "jwt-of-the-tests"
_TYPES = {"pdq": "PDQ", "md5": "MD5", "sha256": "SHA256", "sha1": "SHA1"}


class TatServer(ExchangeServer):
    """Tech Against Terrorism's hash list on this machine.

    Attributes:
        rows: key -> the row as the wire holds it; the key is the row's number.
        page_size: rows on a page.
        token: what it takes now; another one ends every sign-in of before.
        repeat_last: each page begins with the last row of the page before.
        shuffle: rows of a page come in another order than that of their changes.
    """

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.page_size = 100
        self.token = TOKEN
        self.repeat_last = False
        self.shuffle = False
        super().__init__()

    @property
    def secrets(self) -> dict[str, str]:
        return {"user": USER, "password": PASSWORD}

    def add(self, hash_hex: str, *, signal: str = "pdq", file_type: str = "jpg", **m: Any) -> str:
        """List a hash; further fields of the row as the wire has them."""
        with self.lock:
            number = len(self.rows) + 1
            self.rows[str(number)] = {
                "hash_digest": hash_hex,
                "algorithm": _TYPES.get(signal, signal),
                "ideology": "far-right",
                "file_type": file_type,
                "deleted": False,
                "updated_on": float(self.tick()),
                "created_on": "2025-11-25T00:00:00Z",
                "id": number,
                **m,
            }
            return str(number)

    def withdraw(self, key: str) -> None:
        """The row stays in the list, marked as deleted."""
        with self.lock:
            row = self.rows[key]
            self.rows[key] = {**row, "deleted": True, "updated_on": float(self.tick())}

    def answer(self, asked: Asked) -> Answered:
        if asked.call == ("POST", "/token-auth/tcap/"):
            form = {k: v[-1] for k, v in parse_qs(asked.body.decode()).items()}
            if (form.get("username"), form.get("password")) != (USER, PASSWORD):
                return Answered(400, b'{"non_field_errors":["Unable to log in."]}')
            return _json({"user": {"username": USER}, "token": self.token})
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return Answered(401, b'{"detail":"Invalid token."}')
        if asked.call == ("GET", "/api/hash-list/v2/all"):
            return self._list(asked.query)
        return Answered(404)

    def _list(self, query: Any) -> Answered:
        ordered = sorted(self.rows.values(), key=lambda row: (row["updated_on"], row["id"]))
        stamp, _, number = (query.get("after") or "0,0").partition(",")
        place = (float(stamp), int(number))
        start = sum((row["updated_on"], row["id"]) <= place for row in ordered)
        first = max(start - 1, 0) if self.repeat_last else start
        page = ordered[first : start + self.page_size]
        last = page[-1] if page else None
        has_more = start + self.page_size < len(ordered)
        further = urlencode({"limit": self.page_size, "offset": start + self.page_size})
        body = {
            "count": len(ordered),
            "next": f"{self.address}/api/hash-list/v2/all?{further}" if has_more else None,
            "previous": None,
            "checkpoint": f"{last['updated_on']},{last['id']}" if last else "",
            "results": page,
        }
        if self.shuffle:
            random.Random(start).shuffle(page)
        return _json(body)


def _json(body: dict[str, Any]) -> Answered:
    return Answered(200, json.dumps(body).encode())
