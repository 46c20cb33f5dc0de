"""Tech Against Terrorism: its list of hashes. It takes neither feedback nor entries.

Source: the wire as PyPI ``threatexchange`` 1.2.17 reads it; where that reader errs, ADR-0070.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from staydown.types import ContentKind, SignalType
from staydown_web.base.errors import ExchangePayloadError
from staydown_web.base.fetching import Called, Fetcher
from staydown_web.exchanges.partners import reading
from staydown_web.exchanges.partners.line import Line, checked_address, partner_now
from staydown_web.exchanges.partners.wire import (
    Feedback,
    FeedbackKind,
    Field,
    Page,
    Record,
    RecordState,
)

ADDRESS: Final = "https://app.terrorismanalytics.org"
_LIST: Final = "/api/hash-list/v2/all"
_TYPES: Final = {
    "PDQ": SignalType.PDQ,
    "MD5": SignalType.MD5,
    "SHA256": SignalType.SHA256,
    "SHA-256": SignalType.SHA256,
}
_VIDEO_FILES: Final = frozenset(
    {"3gp", "avi", "flv", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "ogv", "ts", "webm", "wmv"}
)
_PHOTO_FILES: Final = frozenset(
    {"avif", "bmp", "gif", "heic", "jfif", "jpeg", "jpg", "png", "tif", "tiff", "webp"}
)


class TechAgainstTerrorism:
    """One account at the hash list."""

    fields: ClassVar[tuple[Field, ...]] = (
        Field("address", _("Address"), default=ADDRESS),
        Field("user", _("User name"), is_secret=True),
        Field("password", _("Password"), is_secret=True),
    )
    takes_feedback: ClassVar[frozenset[FeedbackKind]] = frozenset()
    takes_entries: ClassVar[bool] = False
    signal_types: ClassVar[tuple[str, ...]] = ("pdq", "md5", "sha256")

    def __init__(
        self, config: Mapping[str, str], secrets: Mapping[str, str], fetcher: Fetcher
    ) -> None:
        address = checked_address(config.get("address") or ADDRESS)
        self._line = Line(fetcher, "Tech Against Terrorism", address)
        self._secrets = secrets
        self._token = ""

    def fetch(self, checkpoint: str, *, now: datetime) -> Page:
        """The page after a checkpoint. See ``Partner``.

        Pages follow a row, not a count of rows: rows that move to the end while we read shift
        nothing. The address of the next page, which counts rows, is only taken as a yes or no.
        """
        place = reading.read_checkpoint(checkpoint)
        since = reading.whole(place.get("since"))
        after = place.get("after")
        after = after if isinstance(after, str) else f"{since},0" if since else ""
        called = self._ask({"order": "asc", "after": after})
        data = self._line.read_json(self._line.check(called))
        rows, reached = data.get("results"), data.get("checkpoint")
        if not isinstance(rows, list) or not isinstance(reached, str | None):
            raise self._line.unreadable("a page without results or checkpoint")
        records = reading.latest(self._record(row, now) for row in rows)
        if not data.get("next"):
            since = reading.next_since(since, partner_now=partner_now(called), now=now)
            return Page(records, reading.write_checkpoint(since=since), has_more=False)
        if not reached or reached == after or len(reached) > 200:
            raise self._line.unreadable("a page that says more follows, and not where")
        goes_on = reading.write_checkpoint(since=since, after=reached)
        return Page(records, goes_on, has_more=True)

    def send(self, feedback: Sequence[Feedback], *, now: datetime) -> None:
        """Nothing: the list takes no word of what became of its hashes."""
        if feedback:
            raise ExchangePayloadError("Tech Against Terrorism takes no feedback")

    def contribute(self, raws: Sequence[bytes], *, now: datetime) -> tuple[str, ...]:
        """Nothing of ours goes there."""
        raise ExchangePayloadError("Tech Against Terrorism takes no entries of this service")

    def try_out(self) -> None:
        """Sign in, and ask for the list's first page. See ``Partner``."""
        self._line.read_json(self._line.check(self._ask({"order": "asc", "after": ""})))

    def _ask(self, query: Mapping[str, str]) -> Called:
        """A page, signed in anew where the token of before has run out."""
        is_new = not self._token
        if is_new:
            self._token = self._sign_in()
        called = self._page(query)
        if called.status == 401 and not is_new:
            self._token = self._sign_in()
            called = self._page(query)
        return called

    def _page(self, query: Mapping[str, str]) -> Called:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self._token}"}
        return self._line.call(_LIST, query=query, headers=headers)

    def _sign_in(self) -> str:
        form = {
            "username": self._secrets.get("user", ""),
            "password": self._secrets.get("password", ""),
            "resend": "false",
        }
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = urlencode(form).encode()
        called = self._line.call("/token-auth/tcap/", method="POST", headers=headers, body=body)
        if called.status == 400:
            raise self._line.refused("status 400")
        token = self._line.read_json(self._line.check(called)).get("token")
        if not isinstance(token, str) or not token or not token.isascii():
            raise self._line.unreadable("a sign-in without a token")
        return token

    def _record(self, row: object, now: datetime) -> Record:
        if not isinstance(row, dict) or not isinstance(row.get("id"), int | str):
            raise self._line.unreadable("a row without its number")
        deleted, name = row.get("deleted"), row.get("algorithm")
        if not isinstance(deleted, bool) or not isinstance(name, str):
            raise self._line.unreadable("a row that does not say whether it is deleted")
        key, at = str(row["id"]), reading.moment(row.get("updated_on"), now=now)
        if deleted:
            return Record(key, RecordState.WITHDRAWN, at=at)
        raw = _raw(name, row)
        if raw is None:
            return Record(key, RecordState.LISTED, at=at, left_out=(name,))
        return Record(key, RecordState.LISTED, raws=(raw,), at=at)


def _raw(name: str, row: Mapping[str, Any]) -> bytes | None:
    """The row's fingerprint; None for another algorithm, and for neither picture nor video."""
    signal_type, digest = _TYPES.get(name.upper()), row.get("hash_digest")
    file_type = str(row.get("file_type")).lower().lstrip(".").rpartition("/")[2]
    if signal_type is None or not isinstance(digest, str):
        return None
    if signal_type is SignalType.PDQ or file_type in _PHOTO_FILES:
        return reading.hash_raw(ContentKind.PHOTO, {signal_type: digest})
    if file_type in _VIDEO_FILES:
        return reading.hash_raw(ContentKind.VIDEO, {signal_type: digest})
    return None
