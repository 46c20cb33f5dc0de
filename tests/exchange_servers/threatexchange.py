"""ThreatExchange: updates of a privacy group, descriptors, reactions.

Source: Meta's public reference, and the wire as PyPI ``threatexchange`` 1.2.17 reads and writes it.
Updates come in the order of their time; the address of a next page holds the token in clear; an
error has a body with a code, and often the status 400.
"""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import parse_qs, urlencode

from exchange_servers.serving import Answered, Asked, ExchangeServer

APP_ID = 1234567890
TOKEN = f"{APP_ID}|secret-of-the-tests-0123456789"
GROUP = "555000111"
MOST_ROWS = 1_000
_TYPES = {
    "pdq": "HASH_PDQ",
    "md5": "HASH_MD5",
    "video_md5": "HASH_VIDEO_MD5",
    "sha256": "HASH_SHA256",
    "sha1": "HASH_SHA1",
    "vpdq": "HASH_VIDEO_VPDQ",
}


class ThreatExchangeServer(ExchangeServer):
    """ThreatExchange on this machine.

    Attributes:
        rows: id of an indicator -> its update as the wire holds it.
        updates_enabled: whether the group has the call for updates.
        expire_cursors: refuse every cursor from before.
        repeat_last: each page begins with the last update of the page before.
        shuffle: updates of a page come in another order than that of their time.
    """

    base_path = "/v26.0"

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.updates_enabled = True
        self.expire_cursors = False
        self.repeat_last = False
        self.shuffle = False
        self._next_id = 9_000_000
        super().__init__()

    @property
    def config(self) -> dict[str, str]:
        return {**super().config, "privacy_group": GROUP}

    @property
    def secrets(self) -> dict[str, str]:
        return {"token": TOKEN}

    def add(self, hash_hex: str, *, signal: str = "pdq", **more: Any) -> str:
        """Another member describes an indicator; ``more`` are fields of the descriptor."""
        return self.describe(hash_hex, type_=_TYPES.get(signal, signal), **more)

    def describe(self, indicator: str, *, type_: str, owner: int = 42, **more: Any) -> str:
        """A member's view of an indicator, which is made where there was none."""
        with self.lock:
            key = self._id_of(indicator, type_)
            row = self.rows[key]
            rest = [d for d in row["descriptors"]["data"] if d["owner"]["id"] != str(owner)]
            old = [d["id"] for d in row["descriptors"]["data"] if d["owner"]["id"] == str(owner)]
            made = {
                "id": old[0] if old else str(self._new_id()),
                "owner": {"id": str(owner)},
                "status": "MALICIOUS",
                **more,
            }
            self._change(key, should_delete=False, descriptors={"data": [*rest, made]})
            return key

    def withdraw(self, key: str) -> None:
        """The indicator leaves the group: a deletion in the updates, for 90 days."""
        with self.lock:
            self.rows[key].pop("descriptors", None)
            self._change(key, should_delete=True)

    def answer(self, asked: Asked) -> Answered:
        form = {k: v[-1] for k, v in parse_qs(asked.body.decode()).items()}
        given = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if (given or asked.query.get("access_token")) != TOKEN:
            return _error(400, 190, "Invalid OAuth access token.")
        match asked.method, *asked.path.removeprefix(self.base_path).strip("/").split("/"):
            case "GET", group, "threat_updates" if group == GROUP:
                return self._updates(asked.query)
            case "GET", group if group == GROUP:
                name = {"id": GROUP, "name": "Tests"}
                return _json({**name, "threat_updates_enabled": self.updates_enabled})
            case "GET", key if key in self.rows and "descriptors" in self.rows[key]:
                return _json({"id": key, "descriptors": self.rows[key]["descriptors"]})
            case method, name:
                return self._write(method, name, form)
        return _error(400, 100, "Object with this id does not exist.", 33)

    def _write(self, method: str, name: str, form: dict[str, str]) -> Answered:
        if (method, name) == ("POST", "threat_descriptors"):
            return self._submit(form)
        if method == "POST":
            return self._react(name, form)
        if method == "DELETE":
            return self._delete(name)
        return _error(400, 100, "Object with this id does not exist.", 33)

    def _change(self, key: str, **more: Any) -> None:
        self.rows[key] = {**self.rows[key], **more, "last_updated": self.tick()}

    def _new_id(self) -> int:
        self._next_id += 1
        return self._next_id

    def _id_of(self, indicator: str, type_: str) -> str:
        for key, row in self.rows.items():
            if (row["indicator"], row["type"]) == (indicator, type_):
                row.setdefault("descriptors", {"data": []})
                return key
        key = str(self._new_id())
        self.rows[key] = {
            "id": key,
            "indicator": indicator,
            "type": type_,
            "last_updated": self.clock,
            "should_delete": False,
            "descriptors": {"data": []},
        }
        return key

    def _updates(self, query: Any) -> Answered:
        if not self.updates_enabled:
            return _error(500, 1, "An unknown error occurred")
        if "after" in query and self.expire_cursors:
            return _error(400, 100, "Invalid cursor")
        start, limit = int(query.get("start_time", 0)), min(int(query["limit"]), MOST_ROWS)
        ordered = sorted(self.rows.values(), key=lambda row: (row["last_updated"], row["id"]))
        inside = [row for row in ordered if row["last_updated"] >= start]
        at = 0
        if "after" in query:
            stamp, _, last = query["after"].partition("-")
            place = (int(stamp), last)
            at = sum((row["last_updated"], row["id"]) <= place for row in inside)
        page = inside[max(at - 1, 0) if self.repeat_last and at else at : at + limit]
        body: dict[str, Any] = {"data": page}
        if at + limit < len(inside):
            cursor = f"{page[-1]['last_updated']}-{page[-1]['id']}"
            further = {"access_token": TOKEN, "start_time": start, "limit": limit, "after": cursor}
            body["paging"] = {
                "cursors": {"after": cursor},
                "next": f"{self.address}/{GROUP}/threat_updates?{urlencode(further)}",
            }
        if self.shuffle:
            random.Random(at).shuffle(page)
        return _json(body)

    def _submit(self, form: dict[str, str]) -> Answered:
        wanted = {"indicator", "type", "description", "share_level", "status", "privacy_type"}
        if not wanted <= form.keys() or form.get("privacy_members") != GROUP:
            return _error(400, 100, "Missing parameter")
        self.submitted.append(form)
        key = self.describe(
            form["indicator"], type_=form["type"], owner=APP_ID, status=form["status"]
        )
        return _json({"success": True, "id": self._descriptor_of(key, APP_ID)["id"]})

    def _react(self, descriptor: str, form: dict[str, str]) -> Answered:
        key = self._key_of(descriptor)
        if key is None:
            return _error(400, 100, "Object with this id does not exist.", 33)
        self.received_feedback.append({"descriptor": descriptor, **form})
        (row,) = [d for d in self.rows[key]["descriptors"]["data"] if d["id"] == descriptor]
        said = {r["key"]: set(r["value"].split(",")) for r in row.get("reactions", [])}
        for name in filter(None, form.get("reactions_to_remove", "").split(",")):
            said.get(name, set()).discard(str(APP_ID))
        for name in filter(None, form.get("reactions", "").split(",")):
            said.setdefault(name, set()).add(str(APP_ID))
        row["reactions"] = [{"key": k, "value": ",".join(sorted(v))} for k, v in said.items() if v]
        self._change(key)
        return _json({"success": True})

    def _delete(self, descriptor: str) -> Answered:
        key = self._key_of(descriptor)
        if key is None:
            return _error(400, 100, "Object with this id does not exist.", 33)
        rest = [d for d in self.rows[key]["descriptors"]["data"] if d["id"] != descriptor]
        if rest:
            self._change(key, descriptors={"data": rest})
        else:
            self.withdraw(key)
        return _json({"success": True})

    def _key_of(self, descriptor: str) -> str | None:
        for key, row in self.rows.items():
            if any(d["id"] == descriptor for d in row.get("descriptors", {"data": []})["data"]):
                return key
        return None

    def _descriptor_of(self, key: str, owner: int) -> dict[str, Any]:
        data = self.rows[key]["descriptors"]["data"]
        return next(d for d in data if d["owner"]["id"] == str(owner))


def _json(body: dict[str, Any]) -> Answered:
    return Answered(200, json.dumps(body).encode())


def _error(status: int, code: int, message: str, subcode: int = 0) -> Answered:
    error = {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode}
    return Answered(status, json.dumps({"error": error}).encode())
