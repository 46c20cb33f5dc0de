"""ThreatExchange: the updates of a privacy group, and reactions to what its members describe.

Source: Meta's public reference of ``threat_updates``, descriptors and reactions, and the wire as
PyPI ``threatexchange`` 1.2.17 reads and writes it; where that reader errs, ADR-0070.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from django.utils.translation import gettext_lazy as _

from staydown_web.base.errors import ExchangePayloadError, ExchangeUnavailableError, FieldsError
from staydown_web.base.fetching import Called, Fetcher
from staydown_web.exchanges.partners import reading
from staydown_web.exchanges.partners.indicators import record_of, type_and_value
from staydown_web.exchanges.partners.line import (
    Line,
    checked_address,
    checked_secrets,
    partner_now,
)
from staydown_web.exchanges.partners.wire import Feedback, FeedbackKind, Field, Page, Record

ADDRESS: Final = "https://graph.facebook.com/v26.0"
PAGE_ROWS: Final = 500
CURSOR_GOOD_FOR_S: Final = 3600
STALE_AFTER_S: Final = 85 * 24 * 3600
"""Deletions are told for 90 days. Who has not asked for longer reads the whole group anew, and what
it holds no more is withdrawn."""

_FIELDS: Final = (
    "id,indicator,type,last_updated,should_delete,descriptors{id,owner{id},status,tags,reactions}"
)
_OURS_TO_SET: Final = frozenset({"access_token", "fields", "limit", "start_time", "pretty"})
_AUTH_CODES: Final = frozenset({10, 102, 190, *range(200, 300)})
_LATER_CODES: Final = frozenset({1, 2, 4, 17, 32, 341, 613})
_GONE: Final = (100, 33)
_REACTIONS: Final = {
    FeedbackKind.SEEN: ("SAW_THIS_TOO", ""),
    FeedbackKind.BLOCKED: ("HELPFUL,SAW_THIS_TOO", "DISAGREE_WITH_TAGS,NON_MALICIOUS"),
    FeedbackKind.NOT_BLOCKED: ("DISAGREE_WITH_TAGS", "HELPFUL"),
    FeedbackKind.DISPUTED: ("DISAGREE_WITH_TAGS,NON_MALICIOUS", "HELPFUL"),
}
"""What is said, and which of our own earlier words it takes the place of."""
_OURS: Final = "descriptor:"
"""Before the id of a descriptor of our own, in the key of what we contributed."""


class ThreatExchange:
    """One privacy group."""

    fields: ClassVar[tuple[Field, ...]] = (
        Field("address", _("Address"), default=ADDRESS),
        Field(
            "privacy_group",
            _("Number of the privacy group"),
            help=_("ThreatExchange shows it beside the group's name."),
        ),
        Field(
            "token",
            _("Access token of the app"),
            is_secret=True,
            help=_("The app's number, a vertical bar and its secret."),
        ),
    )
    takes_feedback: ClassVar[frozenset[FeedbackKind]] = frozenset(FeedbackKind)
    takes_entries: ClassVar[bool] = True
    signal_types: ClassVar[tuple[str, ...]] = ("pdq", "md5", "sha256", "vpdq")

    def __init__(
        self, config: Mapping[str, str], secrets: Mapping[str, str], fetcher: Fetcher
    ) -> None:
        address = checked_address(config.get("address") or ADDRESS)
        self._line = Line(fetcher, "ThreatExchange", address)
        self._group = (config.get("privacy_group") or "").strip()
        if not (self._group.isascii() and self._group.isdigit() and len(self._group) <= 30):
            raise FieldsError({"privacy_group": "the group's number has digits only"})
        # In a header, not in the address as their documents show it: addresses get written down.
        self._headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {checked_secrets(secrets, ['token'])['token']}",
        }

    def fetch(self, checkpoint: str, *, now: datetime) -> Page:
        """The page after a checkpoint. See ``Partner``."""
        place = reading.read_checkpoint(checkpoint)
        cursor = self._cursor(place, now)
        since = reading.whole(place.get("since"))
        is_whole = bool(place.get("whole")) if cursor else self._is_stale(place, now)
        if is_whole:
            since = 0
        query: dict[str, str | int] = {"start_time": since, "limit": PAGE_ROWS, "fields": _FIELDS}
        query.update(cursor)
        called = self._line.call(
            f"/{self._group}/threat_updates/", query=query, headers=self._headers
        )
        if cursor and called.status in {400, 404, 410} and not self._is_auth(called):
            return Page((), self._begin(place, since=since, is_whole=is_whole), has_more=True)
        data = self._read(called)
        rows, paging = data.get("data"), data.get("paging")
        if not isinstance(rows, list):
            raise self._line.unreadable("a page without data")
        records = reading.latest(self._record(row, now) for row in rows)
        begins_whole = is_whole and not cursor
        further = self._further(paging, cursor)
        if not further:
            since = reading.next_since(since, partner_now=partner_now(called), now=now)
            done = reading.write_checkpoint(since=since, asked=int(now.timestamp()))
            return Page(
                records, done, has_more=False, begins_whole=begins_whole, ends_whole=is_whole
            )
        goes_on = reading.write_checkpoint(
            since=since,
            whole=is_whole or None,
            cursor=further,
            cursor_at=int(now.timestamp()),
            asked=place.get("asked"),
        )
        return Page(records, goes_on, has_more=True, begins_whole=begins_whole)

    def send(self, feedback: Sequence[Feedback], *, now: datetime) -> None:
        """React to what members describe. See ``Partner``.

        A reaction is to each member's description of the indicator; what is gone needs none.
        """
        for said in feedback:
            if said.key.startswith(_OURS):
                if said.what is FeedbackKind.WITHDRAWN:
                    self._ask(f"/{_id(said.key.removeprefix(_OURS))}", method="DELETE")
                continue
            if said.what not in _REACTIONS:
                continue
            add, remove = _REACTIONS[said.what]
            form = {"reactions": add, **({"reactions_to_remove": remove} if remove else {})}
            for descriptor in self._descriptors(said.key):
                self._ask(f"/{_id(descriptor)}", method="POST", form=form)

    def contribute(self, raws: Sequence[bytes], *, now: datetime) -> tuple[str, ...]:
        """Describe fingerprints of ours to the group; empty keys for those without a type there."""
        keys = []
        for raw in raws:
            named = type_and_value(raw)
            if named is None:
                keys.append("")
                continue
            form = {
                "type": named[0],
                "indicator": named[1],
                "description": "Intimate image shared without consent",
                "share_level": "AMBER",
                "status": "MALICIOUS",
                "privacy_type": "HAS_PRIVACY_GROUP",
                "privacy_members": self._group,
            }
            made = self._ask("/threat_descriptors", method="POST", form=form)
            if not isinstance(made.get("id"), str):
                raise self._line.unreadable("an answer without the id of what was made")
            keys.append(_OURS + made["id"])
        return tuple(keys)

    def try_out(self) -> None:
        """Ask for the group, and whether it tells its updates. See ``Partner``."""
        query = {"fields": "id,name,threat_updates_enabled"}
        data = self._read(self._line.call(f"/{self._group}", query=query, headers=self._headers))
        if data.get("threat_updates_enabled") is not True:
            raise ExchangePayloadError(
                "ThreatExchange does not tell the updates of this privacy group; ask its team to "
                "switch threat_updates on for it"
            )

    def _cursor(self, place: Mapping[str, Any], now: datetime) -> dict[str, str]:
        given, age_s = place.get("cursor"), now.timestamp() - reading.whole(place.get("cursor_at"))
        is_fresh = isinstance(given, dict) and 0 <= age_s <= CURSOR_GOOD_FOR_S
        return {str(k): str(v) for k, v in given.items()} if is_fresh and given else {}

    @staticmethod
    def _is_stale(place: Mapping[str, Any], now: datetime) -> bool:
        """Whether deletions may have been told and forgotten since a pass was complete."""
        return now.timestamp() - reading.whole(place.get("asked")) > STALE_AFTER_S

    @staticmethod
    def _begin(place: Mapping[str, Any], *, since: int, is_whole: bool) -> str:
        """Where a pass begins whose cursor no longer holds."""
        asked = None if is_whole else place.get("asked")
        return reading.write_checkpoint(since=since, asked=asked)

    def _further(self, paging: object, cursor: Mapping[str, str]) -> dict[str, str]:
        """How to ask for the next page; empty where there is none.

        Only the parameters of the address that comes are kept: it holds our token, and could lead
        anywhere.
        """
        following = paging.get("next") if isinstance(paging, dict) else None
        if not following:
            return {}
        pairs = parse_qsl(urlsplit(following).query) if isinstance(following, str) else []
        kept = {name: value for name, value in pairs if name not in _OURS_TO_SET}
        if not kept or kept == cursor or len(str(kept)) > 2_000:
            raise self._line.unreadable("a page that says more follows, and not where")
        return kept

    def _record(self, row: object, now: datetime) -> Record:
        record = record_of(row, now=now)
        if record is None:
            raise self._line.unreadable("an update without id, type or indicator")
        return record

    def _descriptors(self, key: str) -> list[str]:
        found = self._ask(f"/{_id(key)}", query={"fields": "descriptors{id}"}).get("descriptors")
        rows = found.get("data") if isinstance(found, dict) else None
        return [row["id"] for row in rows or [] if isinstance(row, dict) and row.get("id")]

    def _ask(
        self,
        path: str,
        *,
        method: str = "GET",
        query: Mapping[str, str | int] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """One call about one object; empty where the object is gone."""
        headers = {**self._headers}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = None if form is None else urlencode(form).encode()
        called = self._line.call(path, method=method, query=query, headers=headers, body=body)
        if _code(called) == _GONE:
            return {}
        return self._read(called)

    def _is_auth(self, called: Called) -> bool:
        return _code(called)[0] in _AUTH_CODES

    def _read(self, called: Called) -> dict[str, Any]:
        code = _code(called)[0]
        if code in _AUTH_CODES:
            raise self._line.refused(f"code {code}")
        if code in _LATER_CODES and called.status < 500:
            raise ExchangeUnavailableError(
                f"ThreatExchange asks to wait (code {code}); it is asked again later"
            )
        return self._line.read_json(self._line.check(called))


def _id(text: str) -> str:
    return quote(text, safe="")


def _code(called: Called) -> tuple[int, int]:
    """Code and subcode of an error; zeros where there is none."""
    if called.status < 400:
        return 0, 0
    try:
        error = json.loads(called.body)["error"]
        return reading.whole(error.get("code")), reading.whole(error.get("error_subcode"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return 0, 0
