"""NCMEC's hash sharing, version 2: entries in XML, tombstones, feedback by fingerprint.

Source: its public documentation, and the wire as PyPI ``threatexchange`` 1.2.17 reads and writes
it. Entries of a range of time come in the order of their inner number, not of their time; a deleted
one leaves a tombstone without fingerprints.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlencode
from xml.etree import ElementTree as ET

from exchange_servers.serving import Answered, Asked, ExchangeServer

USER, PASSWORD = "forum-example", "password-of-the-tests"
NAMESPACE = "https://hashsharing.ncmec.org/hashsharing/v2"
OUR_ID = 7
REASONS = {
    "0a000000-0000-4000-8000-000000000001": "Not sexual",
    "0a000000-0000-4000-8000-000000000002": "Adult",
}
_XML = "application/xml"
_TIME = "%Y-%m-%dT%H:%M:%SZ"


class NcmecServer(ExchangeServer):
    """NCMEC's hash sharing on this machine.

    Attributes:
        rows: key -> what is known of the entry; a key is ``member/entry``.
        page_size: entries on a page.
        expire_pages: refuse to go on with a page from before.
        repeat_last: each page begins with the last entry of the page before.
        backwards: entries come in the opposite order.
        reasons: guid -> name of the reasons for a no.
    """

    base_path = "/hashsharing"

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.page_size = 1_000
        self.expire_pages = False
        self.repeat_last = False
        self.backwards = False
        self.reasons = dict(REASONS)
        super().__init__()

    @property
    def secrets(self) -> dict[str, str]:
        return {"user": USER, "password": PASSWORD}

    def add(self, hash_hex: str, *, signal: str = "pdq", kind: str = "image", **more: Any) -> str:
        """List an entry with one fingerprint; ``more`` are further ones by their name."""
        prints = {signal: hash_hex, **more}
        return self.put(f"entry{len(self.rows) + 1}", kind=kind, prints=prints)

    def put(self, entry: str, *, member: int = 42, **row: Any) -> str:
        """List or change an entry; what is not named is empty."""
        with self.lock:
            key = f"{member}/{entry}"
            number = self.rows[key]["number"] if key in self.rows else len(self.rows) + 1
            plain = {"kind": "image", "prints": {}, "is_deleted": False, "yes": {}, "no": {}}
            now = {"number": number, "member": member, "entry": entry, "at": self.tick()}
            self.rows[key] = {**plain, **now, **row}
            return key

    def withdraw(self, key: str) -> None:
        """The member takes it back: a tombstone without fingerprints stays."""
        self._change(key, is_deleted=True, prints={})

    def vote(self, key: str, fingerprint: str, *, member: int, is_yes: bool) -> None:
        """A member says yes or no to a fingerprint."""
        with self.lock:
            name = "yes" if is_yes else "no"
            said = self.rows[key][name]
            members = sorted({*said.get(fingerprint, []), member})
            self._change(key, **{name: {**said, fingerprint: members}})

    def answer(self, asked: Asked) -> Answered:
        given = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {given}":
            return Answered(401, b"", _XML)
        match asked.method, *asked.path.removeprefix(self.base_path + "/v2/").split("/"):
            case "GET", "status":
                return self._status()
            case "GET", "entries":
                return self._entries(asked.query)
            case "GET", "feedback", type_, "reasons":
                return self._reasons(type_)
            case "PUT", "entries", member, entry, type_, "feedback":
                return self._take(f"{member}/{unquote(entry)}", type_, asked.body)
        return Answered(404, b"", _XML)

    def _change(self, key: str, **more: Any) -> None:
        with self.lock:
            self.rows[key] = {**self.rows[key], **more, "at": self.tick()}

    def _status(self) -> Answered:
        root = ET.Element("status", xmlns=NAMESPACE)
        ET.SubElement(root, "ipAddress").text = "127.0.0.1"
        ET.SubElement(root, "username").text = USER
        ET.SubElement(root, "member", id=str(OUR_ID)).text = "Forum Example"
        return _xml(root)

    def _entries(self, query: Any) -> Answered:
        if "start" in query and self.expire_pages:
            return Answered(400, b"", _XML)
        begin, end = (_seconds(query[name]) for name in ("from", "to"))
        inside = sorted(
            (row for row in self.rows.values() if begin <= row["at"] <= end),
            key=lambda row: row["number"],
            reverse=self.backwards,
        )
        start, size = int(query.get("start", 0)), int(query.get("size", self.page_size))
        first = max(start - 1, 0) if self.repeat_last else start
        root = ET.Element("queryResult", xmlns=NAMESPACE)
        page = inside[first : start + size]
        for name in ("image", "video"):
            self._write(root, name, [row for row in page if row["kind"] == name])
        if start + size < len(inside):
            places = {"start": start + size, "size": size, "max": len(inside)}
            further = {"from": query["from"], "to": query["to"], **places}
            paging = ET.SubElement(root, "paging")
            ET.SubElement(paging, "next").text = f"/v2/entries?{urlencode(further)}"
        return _xml(root)

    def _write(self, root: ET.Element, name: str, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        last = max(row["at"] for row in rows)
        block = ET.SubElement(root, name + "s", count=str(len(rows)), maxTimestamp=_text(last))
        for row in rows:
            tag = f"deleted{name.title()}" if row["is_deleted"] else name
            made = ET.SubElement(block, tag)
            ET.SubElement(made, "member", id=str(row["member"])).text = "Example Member"
            ET.SubElement(made, "timestamp").text = _text(row["at"])
            ET.SubElement(made, "id").text = row["entry"]
            if row["is_deleted"]:
                continue
            prints = ET.SubElement(made, "fingerprints")
            for type_, value in row["prints"].items():
                if value.startswith("/"):
                    ET.SubElement(prints, type_, rel="self", href=value)
                else:
                    ET.SubElement(prints, type_).text = value
            _write_votes(made, row)

    def _reasons(self, type_: str) -> Answered:
        root = ET.Element("feedbackReasons", xmlns=NAMESPACE)
        block = ET.SubElement(root, "availableFeedbackReasons")
        for guid, name in self.reasons.items():
            ET.SubElement(block, "reason", guid=guid, name=name, type=type_)
        return _xml(root)

    def _take(self, key: str, type_: str, body: bytes) -> Answered:
        if key not in self.rows or self.rows[key]["is_deleted"]:
            return Answered(404, b"", _XML)
        root = ET.fromstring(body)
        space = f"{{{NAMESPACE}}}"
        if root.tag != f"{space}feedbackSubmission" or len(root) != 1:
            return Answered(400, b"", _XML)
        said = root[0].tag.removeprefix(space)
        guids = [guid.text for guid in root.iter(f"{space}guid")]
        is_known = said == "affirmative" or (said == "negative" and set(guids) <= set(self.reasons))
        if not is_known or (said == "negative" and not guids):
            return Answered(400, b"", _XML)
        told = {"key": key, "type": type_, "said": said, "reasons": guids}
        self.received_feedback.append(told)
        self.vote(key, type_, member=OUR_ID, is_yes=said == "affirmative")
        return Answered(200, b"", _XML)


def _write_votes(made: ET.Element, row: dict[str, Any]) -> None:
    if not row["yes"] and not row["no"]:
        return
    block = ET.SubElement(made, "feedback")
    for type_, members in row["yes"].items():
        yes = ET.SubElement(block, "affirmativeFeedback", type=type_)
        _write_members(yes, members)
    for type_, members in row["no"].items():
        no = ET.SubElement(block, "negativeFeedback", type=type_)
        reasons = ET.SubElement(no, "reasons")
        guid, name = next(iter(REASONS.items()))
        ET.SubElement(reasons, "reason", guid=guid, name=name, type=type_)
        _write_members(reasons, members)


def _write_members(parent: ET.Element, members: list[int]) -> None:
    block = ET.SubElement(parent, "members")
    for member in members:
        ET.SubElement(block, "member", id=str(member)).text = f"Member {member}"


def _xml(root: ET.Element) -> Answered:
    return Answered(200, ET.tostring(root, encoding="utf-8", xml_declaration=True), _XML)


def _text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(_TIME)


def _seconds(text: str) -> int:
    return int(datetime.strptime(text, _TIME).replace(tzinfo=UTC).timestamp())
