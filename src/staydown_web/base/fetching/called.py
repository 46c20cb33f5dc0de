"""What a call to a partner's interface gave: status, headers and body, whatever the status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import httpcore

from staydown.errors import ContentTooLargeError
from staydown_web.base.errors import FetchError

_MOST_OF_A_REFUSAL = 64 * 1024
"""A body that comes with another status than 2xx only says why: the rest of it is left."""


@dataclass(frozen=True, slots=True)
class Called:
    """The answer to one call.

    Attributes:
        status: HTTP status. A redirect is not followed.
        headers: names in lower case; of a name that came twice, the last.
        body: with a status of 2xx all of it, with another its first 64 KiB.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """As the server says, lower case, without parameters; empty where it does not."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()[:100]


def read_called(response: httpcore.Response, max_bytes: int) -> Called:
    """Read an answer to its end.

    Raises:
        FetchError: the body is compressed, which nobody asked for.
        ContentTooLargeError: more than ``max_bytes``.
    """
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers}
    if headers.get("content-encoding", "").strip().lower() not in {"", "identity"}:
        raise FetchError("the address sends a compressed body unasked", retryable=False)
    is_taken = 200 <= response.status < 300
    most = max_bytes if is_taken else _MOST_OF_A_REFUSAL
    parts, size = [], 0
    for chunk in response.iter_stream():
        parts.append(chunk)
        size += len(chunk)
        if size > most:
            if is_taken:
                raise ContentTooLargeError(f"what the address gives is larger than {most} bytes")
            break
    return Called(response.status, headers, b"".join(parts)[:most])
