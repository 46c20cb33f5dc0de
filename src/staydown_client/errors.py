"""Every deliberate error of the client, in one tree.

An error knows a stable ``code`` and whether trying again can help. Where the service refused, the
code is the service's own (docs/errors.md); the few codes that begin here are in docs/client.md.
No message holds content, a hash or a key.
"""

from __future__ import annotations

from collections.abc import Mapping

UNREADABLE_CODES = frozenset(
    (
        "decode_failed",
        "format_unsupported",
        "no_picture",
        "decode_timeout",
        "decode_crashed",
        "content_too_large",
    )
)
"""Codes that say something of the file and nothing of the service."""


class ClientError(Exception):
    """Root of every deliberate error of the client.

    Attributes:
        code: stable, lower case with underscores.
        retryable: True where the same call may succeed later without a change.
    """

    code: str = "client_error"
    retryable: bool = False


class SettingError(ClientError):
    """The client was set up, or called, in a way that cannot work."""

    code = "setting_invalid"


class UnreachableError(ClientError):
    """No answer came: no connection, a broken one, or too slow a service."""

    code = "service_unreachable"
    retryable = True

    def __init__(self, message: str, *, was_sent: bool) -> None:
        super().__init__(message)
        self.was_sent = was_sent


class AnswerError(ClientError):
    """What answered does not speak as a Staydown service does."""

    code = "answer_invalid"


class FingerprintError(ClientError):
    """The library cannot fingerprint on this machine; ``code`` is the library's."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class ServiceError(ClientError):
    """The service answered with a problem.

    Attributes:
        status: the HTTP status.
        fields: name of a wrong field -> what to do about it; empty where none is named.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int,
        fields: Mapping[str, str] | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.fields = dict(fields or {})
        self.retry_after_s = retry_after_s


class KeyRefusedError(ServiceError):
    """The key is missing, unknown, revoked, or lacks the scope."""


class RequestRefusedError(ServiceError):
    """The service understood, and does not take this request."""


class MediaUnreadableError(RequestRefusedError):
    """The file is no photo or video that can be opened, or is too large."""


class NotFoundError(RequestRefusedError):
    """No such record, or not yours."""


class RateLimitedError(ServiceError):
    """Too many calls in too short a time."""

    retryable = True


class UnavailableError(ServiceError):
    """The service, or a proxy before it, cannot answer now."""

    retryable = True


def problem_error(
    message: str,
    *,
    code: str,
    status: int,
    fields: Mapping[str, str] | None = None,
    retry_after_s: float | None = None,
) -> ServiceError:
    """The error for a problem that the service told."""
    kind = _kind_of(code, status)
    return kind(message, code=code, status=status, fields=fields, retry_after_s=retry_after_s)


def _kind_of(code: str, status: int) -> type[ServiceError]:
    if code in UNREADABLE_CODES:
        return MediaUnreadableError
    if status in {401, 403}:
        return KeyRefusedError
    if status == 404:
        return NotFoundError
    if status == 429:
        return RateLimitedError
    return UnavailableError if status >= 500 else RequestRefusedError
