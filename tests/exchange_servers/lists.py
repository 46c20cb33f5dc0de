"""A list at an address: a file of lines, with the marks by which a reader asks for changes only."""

from __future__ import annotations

import hashlib
from email.utils import formatdate

from exchange_servers.serving import Answered, Asked, ExchangeServer
from staydown.types import ContentKind, Fingerprint, Signal, SignalType

TOKEN = "token-of-the-list"
_KINDS = {
    "pdq": (ContentKind.PHOTO, SignalType.PDQ),
    "md5": (ContentKind.PHOTO, SignalType.MD5),
    "sha256": (ContentKind.PHOTO, SignalType.SHA256),
    "video_md5": (ContentKind.VIDEO, SignalType.MD5),
}


class ListServer(ExchangeServer):
    """A web server that has one list, in the plain format or as a test says.

    Attributes:
        lines: key -> line; a withdrawn one is simply gone.
        body: what it serves instead of the lines; None serves them.
        content_type: as what it serves it.
        has_etag, has_modified: which marks it gives.
        token: what it wants to see; empty lets everybody in.
    """

    base_path = "/lists/known.txt"

    def __init__(self) -> None:
        self.lines: dict[str, str] = {}
        self.body: bytes | None = None
        self.content_type = "text/plain"
        self.has_etag = True
        self.has_modified = True
        self.token = ""
        super().__init__()

    @property
    def secrets(self) -> dict[str, str]:
        return {"token": self.token}

    def add(self, hash_hex: str, *, signal: str = "pdq") -> str:
        """Write one more line; its key is what its fingerprint comes to."""
        with self.lock:
            key = key_of(hash_hex, signal)
            self.lines[key] = f"{signal} {hash_hex}"
            self.tick()
            return key

    def withdraw(self, key: str) -> None:
        """Take the line out; nothing says that it was there."""
        with self.lock:
            del self.lines[key]
            self.tick()

    def serve(self, body: bytes, content_type: str = "text/plain") -> None:
        """Serve this from now on."""
        with self.lock:
            self.body, self.content_type = body, content_type
            self.tick()

    def answer(self, asked: Asked) -> Answered:
        if asked.call != ("GET", self.base_path):
            return Answered(404)
        if self.token and asked.headers.get("authorization") != f"Bearer {self.token}":
            return Answered(401)
        plain = "".join(f"{line}\n" for line in self.lines.values()).encode()
        body = plain if self.body is None else self.body
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        modified = formatdate(self.clock, usegmt=True)
        marks = {"ETag": etag} if self.has_etag else {}
        marks |= {"Last-Modified": modified} if self.has_modified else {}
        same = (self.has_etag and asked.headers.get("if-none-match") == etag) or (
            self.has_modified and asked.headers.get("if-modified-since") == modified
        )
        if same:
            return Answered(304, b"", self.content_type, marks)
        return Answered(200, body, self.content_type, marks)


def key_of(hash_hex: str, signal: str = "pdq") -> str:
    """The key of a line without an id of its own."""
    kind, type_ = _KINDS[signal]
    raw = Fingerprint(kind, (Signal(type_, hash_hex),)).to_bytes()
    return hashlib.sha256(raw).hexdigest()
