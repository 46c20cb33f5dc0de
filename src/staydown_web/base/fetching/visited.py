"""What a look at an address gave: status and headers always, a body only of the kinds asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import httpcore

from staydown_web.base.fetching.targets import Target, redirected

_REDIRECTS = {301, 302, 303, 307, 308}
_MOST_HEADERS = 100
_LONGEST_HEADER = 1_000


@dataclass(frozen=True, slots=True)
class Visited:
    """One answer; nothing was followed and no cookie kept.

    Attributes:
        url: that was asked.
        status: HTTP status.
        headers: names in lower case; of a name that came twice, the last.
        addresses: to which the name led, all of them checked.
        body: of a wanted kind and with status 200; else empty.
        is_whole: False where the body was longer than what was read, or stayed unread.
        next_url: where a redirect leads; checked as text alone. Empty where it is none.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    addresses: tuple[str, ...]
    body: bytes
    is_whole: bool
    next_url: str

    @property
    def content_type(self) -> str:
        """As the server says, lower case, without parameters; empty where it does not."""
        return kind_of(self.headers)


def kind_of(headers: Mapping[str, str]) -> str:
    """The content type in headers, lower case, without parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()[:100]


def read_visited(
    response: httpcore.Response,
    target: Target,
    addresses: Sequence[str],
    kinds: Collection[str],
    max_bytes: int,
) -> Visited:
    """Read an answer as far as it is wanted.

    Raises:
        FetchRefusedError: it redirects to where nobody goes.
    """
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1")[:_LONGEST_HEADER]
        for name, value in response.headers[:_MOST_HEADERS]
    }
    location = headers.get("location", "") if response.status in _REDIRECTS else ""
    next_url = redirected(target, location).url if location else ""
    body, is_whole = b"", False
    # What is compressed though nobody asked is left as any other kind: it could grow without end.
    is_plain = headers.get("content-encoding", "").strip().lower() in {"", "identity"}
    if response.status == 200 and is_plain and kind_of(headers) in kinds:
        body, is_whole = _read(response, max_bytes)
    return Visited(target.url, response.status, headers, tuple(addresses), body, is_whole, next_url)


def _read(response: httpcore.Response, max_bytes: int) -> tuple[bytes, bool]:
    parts, size = [], 0
    for chunk in response.iter_stream():
        parts.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            break
    return b"".join(parts)[:max_bytes], size <= max_bytes
