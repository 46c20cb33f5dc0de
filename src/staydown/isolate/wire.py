"""What parent and child say to each other: short frames, JSON and raw bytes, never pickle.

The parent trusts nothing the child sends: sizes are capped before anything is read, replies are
parsed by the strict readers of ``types``, and an error can only become one of a few known classes.
"""

from __future__ import annotations

import json
import socket
import struct
import time
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from staydown.errors import (
    ConfigError,
    ContentTooLargeError,
    DecodeCrashError,
    DecodeError,
    InputError,
    NoPictureError,
    SourceError,
    StaydownError,
    UnsupportedFormatError,
)
from staydown.types.limits import Limits

_REQUEST = struct.Struct("<4sII")
_REPLY = struct.Struct("<4sIBBHI")
_REQUEST_MAGIC, _REPLY_MAGIC = b"SDQ1", b"SDA1"
_REQUEST_CAP = 1 << 16
_MESSAGE_CHARS = 400


class Operation(StrEnum):
    """What the child can be asked for."""

    FINGERPRINT = "fingerprint"
    PREVIEW = "preview"


class Status(IntEnum):
    """What a reply means."""

    RESULT = 0
    ERROR = 1
    IS_VIDEO = 2
    READY = 3


CAPS: dict[int, int] = {
    Status.RESULT: 64 << 20,
    Status.ERROR: 1 << 12,
    Status.IS_VIDEO: 0,
    Status.READY: 1 << 12,
}
"""The most bytes that a reply of each status may have."""

CHILD_ERRORS: dict[str, type[StaydownError]] = {
    error.code: error
    for error in (
        ConfigError,
        ContentTooLargeError,
        DecodeCrashError,
        DecodeError,
        InputError,
        NoPictureError,
        SourceError,
        UnsupportedFormatError,
    )
}
"""The errors that a child may report."""


class ChannelError(Exception):
    """The other side is gone. Stays inside this room."""


class NonsenseError(ChannelError):
    """The other side says what it must not. Stays inside this room."""


@dataclass(frozen=True, slots=True)
class Request:
    """One file to work on; its bytes travel as a descriptor beside it.

    Attributes:
        operation: what to do.
        mode: "banking" or "screening".
        signals: names of signal types, or None for the usual ones.
        limits: what the file may cost.
        sharp: for previews: True for a small picture that can be recognised.
        side: for sharp previews: longer side in pixels; 0 for the usual one.
        at_ms: for previews of videos: which moment to show; 0 for the first frame.
    """

    operation: Operation
    mode: str
    signals: tuple[str, ...] | None
    limits: Limits
    sharp: bool = False
    side: int = 0
    at_ms: int = 0

    def to_bytes(self) -> bytes:
        """JSON in UTF-8."""
        return json.dumps(
            {
                "operation": self.operation,
                "mode": self.mode,
                "signals": self.signals,
                "limits": self.limits.to_dict(),
                "sharp": self.sharp,
                "side": self.side,
                "at_ms": self.at_ms,
            }
        ).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Request:
        """Read what ``to_bytes`` wrote."""
        data: dict[str, Any] = json.loads(raw)
        signals = data["signals"]
        return cls(
            Operation(data["operation"]),
            data["mode"],
            None if signals is None else tuple(signals),
            Limits.from_dict(data["limits"]),
            data["sharp"],
            data["side"],
            data["at_ms"],
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """What the child answers.

    Attributes:
        job: number of the request.
        status: what the payload is.
        retire: True where the child asks to be replaced after this.
        payload: raw bytes, at most ``CAPS[status]``.
    """

    job: int
    status: Status
    retire: bool
    payload: bytes


def send_request(channel: socket.socket, job: int, request: Request, descriptor: int) -> None:
    """Send a request with the file's descriptor.

    Raises:
        ChannelError: the child is gone.
    """
    body = request.to_bytes()
    frame = _REQUEST.pack(_REQUEST_MAGIC, job, len(body)) + body
    try:
        channel.settimeout(None)
        sent = socket.send_fds(channel, [frame], [descriptor])
        channel.sendall(frame[sent:])
    except OSError:
        raise ChannelError from None


def receive_request(channel: socket.socket) -> tuple[int, Request, int] | None:
    """Wait for the next request: job number, request, descriptor; None when the parent is gone."""
    head, descriptors, _, _ = socket.recv_fds(channel, _REQUEST.size, 1)
    if not head:
        return None
    if len(head) < _REQUEST.size or len(descriptors) != 1:
        raise ChannelError
    magic, job, size = _REQUEST.unpack(head)
    if magic != _REQUEST_MAGIC or size > _REQUEST_CAP:
        raise ChannelError
    return job, Request.from_bytes(_receive(channel, size, None)), descriptors[0]


def send_reply(channel: socket.socket, reply: Reply) -> None:
    """Send a reply."""
    head = _REPLY.pack(_REPLY_MAGIC, reply.job, reply.status, reply.retire, 0, len(reply.payload))
    channel.sendall(head + reply.payload)


def receive_reply(channel: socket.socket, deadline: float) -> Reply:
    """Read one reply.

    Args:
        channel: the socket to the child.
        deadline: ``time.monotonic()`` after which to give up.

    Raises:
        TimeoutError: the deadline passed.
        ChannelError: the child is gone.
        NonsenseError: it sends what is no reply.
    """
    magic, job, status, retire, zero, size = _REPLY.unpack(_receive(channel, _REPLY.size, deadline))
    if magic != _REPLY_MAGIC or status not in CAPS or zero or size > CAPS[status]:
        raise NonsenseError
    return Reply(job, Status(status), bool(retire), _receive(channel, size, deadline))


def _receive(channel: socket.socket, size: int, deadline: float | None) -> bytes:
    """Exactly ``size`` bytes. The buffer grows with what arrives, not with what is announced."""
    parts: list[bytes] = []
    while size:
        try:
            if deadline is not None:
                channel.settimeout(max(deadline - time.monotonic(), 0.001))
            part = channel.recv(min(size, 1 << 20))
        except TimeoutError:
            raise
        except OSError:
            raise ChannelError from None
        if not part:
            raise ChannelError
        if deadline is not None and time.monotonic() > deadline:
            raise TimeoutError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def pack_error(error: StaydownError) -> bytes:
    """An error as the payload of a reply."""
    code = error.code if error.code in CHILD_ERRORS else DecodeError.code
    message = str(error)[:_MESSAGE_CHARS]
    return json.dumps({"code": code, "message": message}, ensure_ascii=True).encode()


def unpack_error(payload: bytes) -> StaydownError:
    """An error out of a reply; anything odd becomes a ``DecodeCrashError``."""
    try:
        data = json.loads(payload)
        kind, message = CHILD_ERRORS[data["code"]], data["message"]
        text = "".join(c for c in str(message)[:_MESSAGE_CHARS] if c.isprintable())
    except (ValueError, KeyError, TypeError, RecursionError):
        return DecodeCrashError("the decoding process gave an answer that cannot be read")
    return kind(text)
