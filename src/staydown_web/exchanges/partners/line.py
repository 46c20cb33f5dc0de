"""The way to one partner: calls through the guarded fetcher, and what their answers mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import orjson

from staydown.errors import ContentTooLargeError
from staydown_web.base.errors import (
    ExchangeAuthError,
    ExchangePayloadError,
    ExchangeUnavailableError,
    FetchError,
    FetchRefusedError,
    FieldsError,
)
from staydown_web.base.fetching import Called, Fetcher, is_never_reached, origin_of

MAX_PAGE_BYTES: Final = 32 * 1024 * 1024
"""A page of a thousand rows takes half a megabyte; a thousand videos as frames take 30."""

JSON_TYPES: Final = frozenset({"application/json", "text/json", "text/javascript"})
_LONGEST_WAIT_S: Final = 24 * 3600
_LATER: Final = frozenset({408, 425, 429})
_REFUSED: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Line:
    """One partner's address, and the way there.

    Attributes:
        fetcher: the guarded way out.
        partner: its name, for messages.
        address: where its calls begin, without a slash at the end.
    """

    fetcher: Fetcher
    partner: str
    address: str

    def call(
        self,
        path: str,
        *,
        method: str = "GET",
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str],
        body: bytes | None = None,
        max_bytes: int = MAX_PAGE_BYTES,
        timeout_s: float = 60,
    ) -> Called:
        """One call; whatever status it ended with.

        ``path`` is what follows the address, from its slash on; ``query`` is encoded here.

        Raises:
            ExchangeUnavailableError: nobody answers, or the answer broke off.
            ExchangePayloadError: an address that we do not go to, or a body that is too large.
        """
        url = self.address + path
        if query:
            url += "?" + urlencode(query)
        try:
            return self.fetcher.call(
                url=url,
                method=method,
                headers=headers,
                body=body,
                allowed_origins=[origin_of(self.address)],
                max_bytes=max_bytes,
                timeout_s=timeout_s,
            )
        except FetchError as error:
            if error.retryable:
                raise ExchangeUnavailableError(f"{self.partner}: {error}") from None
            raise ExchangePayloadError(f"{self.partner}: {error}") from None
        except FetchRefusedError as error:
            raise ExchangePayloadError(f"{self.partner}: {error}; check the address") from None
        except ContentTooLargeError:
            raise self.unreadable(f"a body of more than {max_bytes // 2**20} MiB") from None

    def check(self, called: Called) -> Called:
        """The answer, where it is a good one.

        Raises:
            ExchangeAuthError: the credentials are refused.
            ExchangeUnavailableError: not now, and perhaps when.
            ExchangePayloadError: another status, which says that we asked for the wrong thing.
        """
        status = called.status
        if 200 <= status < 300:
            return called
        if status in _REFUSED:
            raise self.refused(f"status {status}")
        if status in _LATER or status >= 500:
            raise ExchangeUnavailableError(
                f"{self.partner} answers with status {status}; it is asked again later",
                retry_after_s=_retry_after_s(called),
            )
        raise ExchangePayloadError(
            f"{self.partner} answers with status {status}; check the address and the settings"
        )

    def read_json(self, called: Called) -> dict[str, Any]:
        """The JSON object that a good answer holds.

        Raises:
            ExchangePayloadError: another kind of body, or half of one.
        """
        if called.content_type not in JSON_TYPES:
            raise self.unreadable("something other than JSON")
        try:
            data = orjson.loads(called.body)
        except (ValueError, RecursionError):
            raise self.unreadable("a body that is no JSON, or half of one") from None
        if not isinstance(data, dict):
            raise self.unreadable("JSON that is no object")
        return data

    def refused(self, why: str) -> ExchangeAuthError:
        """The error for credentials that are not taken."""
        return ExchangeAuthError(
            f"{self.partner} refuses the credentials ({why}); enter them again, or ask there "
            "whether they still hold"
        )

    def unreadable(self, what: str) -> ExchangePayloadError:
        """The error for an answer that cannot be understood; ``what`` holds no values of it."""
        return ExchangePayloadError(
            f"{self.partner} sent {what}; nothing of it was taken. Check the address; if it is "
            "right, tell them"
        )


def checked_address(text: str) -> str:
    """An address as it is kept: https, or http on this machine; without a slash at the end.

    Raises:
        FieldsError: what to write instead.
    """
    address = text.strip().rstrip("/")
    try:
        is_of_no_use = is_never_reached(address, is_owned=True)
    except FetchRefusedError as error:
        raise FieldsError({"address": str(error)}) from None
    if is_of_no_use:
        raise FieldsError({"address": "nothing is ever fetched from this address; use another one"})
    parts = urlsplit(address)
    if parts.scheme != "https" and not _is_here(parts.hostname or ""):
        raise FieldsError({"address": "the address must start with https://"})
    if parts.fragment:
        raise FieldsError({"address": "leave out the # and what follows it"})
    return address


def checked_secrets(secrets: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Credentials that go into a header; blanks that came along when they were pasted are left out.

    Raises:
        FieldsError: one holds what no header can, such as the end of a line.
    """
    checked = {name: (secrets.get(name) or "").strip() for name in names}
    for name, text in checked.items():
        if not text.isascii() or not text.isprintable():
            raise FieldsError({name: "it holds characters that no credential has; paste it again"})
    return checked


def partner_now(called: Called) -> int | None:
    """The partner's own time by its answer, seconds since 1970; None where it does not say."""
    try:
        return int(parsedate_to_datetime(called.headers.get("date", "")).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _retry_after_s(called: Called) -> int:
    """Seconds that the partner asks to wait; 0 where it does not say.

    A moment instead of seconds is read against the answer's own ``Date``, so that no clock of ours
    takes part.
    """
    text = called.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(int(text), _LONGEST_WAIT_S)
    try:
        then = parsedate_to_datetime(text)
        said = parsedate_to_datetime(called.headers.get("date", ""))
        return min(max(int((then - said).total_seconds()), 0), _LONGEST_WAIT_S)
    except (ValueError, TypeError):
        return 0
