"""What an address gave, read into memory within limits."""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO, Self

import httpcore

from staydown.errors import ContentTooLargeError
from staydown_web.base.errors import FetchError

_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave. Use it in a ``with`` statement: its memory is freed at the end.

    Attributes:
        status: HTTP status; only with 200 is there a body.
        content_type: as the server says, lower case, without parameters; empty where it does not.
        body: a file in memory that no disk ever holds, at its start; ``staydown.fingerprint`` and
            ``staydown.preview`` take it.
        size_bytes: of the body.
        final_url: where the redirects led; as sensitive as the first.
    """

    status: int
    content_type: str
    body: BinaryIO
    size_bytes: int
    final_url: str

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.body.close()


def read_fetched(response: httpcore.Response, url: str, max_bytes: int) -> Fetched:
    """Read an answer; only with status 200 is there a body.

    Raises:
        FetchError: a compressed body, which nobody asked for.
        ContentTooLargeError: more than ``max_bytes``.
    """
    kind = header_of(response, b"content-type").partition(";")[0].strip().lower()[:100]
    body = os.fdopen(os.memfd_create("fetched", os.MFD_CLOEXEC), "w+b")
    try:
        size = _read_body(response, body, max_bytes) if response.status == 200 else 0
        body.seek(0)
    except BaseException:
        body.close()
        raise
    return Fetched(response.status, kind, body, size, url)


def _read_body(response: httpcore.Response, body: BinaryIO, max_bytes: int) -> int:
    if header_of(response, b"content-encoding").strip().lower() not in {"", "identity"}:
        raise FetchError("the address sends a compressed body unasked", retryable=False)
    if (whole_number(header_of(response, b"content-length")) or 0) > max_bytes:
        raise _too_large(max_bytes)
    size = 0
    for chunk in response.iter_stream():
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes)
        body.write(chunk)
    return size


def _too_large(max_bytes: int) -> ContentTooLargeError:
    return ContentTooLargeError(f"what the address gives is larger than {max_bytes} bytes")


def header_of(response: httpcore.Response, name: bytes) -> str:
    """The first header of a name (lower case); empty where there is none."""
    return next((v.decode("latin-1") for k, v in response.headers if k.lower() == name), "")


def whole_number(text: str) -> int | None:
    """A header that counts something; None where it does not."""
    text = text.strip()
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else None
