"""StopNCII: hashes that people made of their own pictures, and what platforms say of them.

Source: the wire as PyPI ``threatexchange`` 1.2.17 documents it; where its reader errs, ADR-0070.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from staydown.types import ContentKind, SignalType
from staydown_web.base.fetching import Fetcher
from staydown_web.exchanges.partners import reading
from staydown_web.exchanges.partners.line import Line, checked_address, checked_secrets
from staydown_web.exchanges.partners.wire import (
    Feedback,
    FeedbackKind,
    Field,
    Page,
    Record,
    RecordState,
)

ADDRESS: Final = "https://api.stopncii.org/v1"
PAGE_ROWS: Final = 800
TOKEN_GOOD_FOR_S: Final = 3600
"""A token for the next page is not good for long; an older one is not tried. Its row is read anew
from the time at which the pass began."""
_FIRST: Final = 10
"""The earliest time that the interface takes."""

_TYPES: Final = {
    "ImagePDQ": (ContentKind.PHOTO, SignalType.PDQ),
    "VideoMD5": (ContentKind.VIDEO, SignalType.MD5),
}
_ENDED: Final = frozenset({"Withdrawn", "Deleted"})
_STANDING: Final = frozenset({"Active", "Received", "Unknown"})
_WORDS: Final = {
    FeedbackKind.SEEN: "PendingReview",
    FeedbackKind.BLOCKED: "Blocked",
    FeedbackKind.NOT_BLOCKED: "NotBlocked",
    FeedbackKind.DISPUTED: "NotBlocked",
    FeedbackKind.WITHDRAWN: "Withdrawn",
}
_DISPUTED_TAG: Final = "disputed"


class StopNcii:
    """One subscription to StopNCII."""

    fields: ClassVar[tuple[Field, ...]] = (
        Field("address", _("Address"), default=ADDRESS),
        Field("subscription_key", _("Subscription key"), is_secret=True),
        Field("fetch_key", _("Key for FetchHashes"), is_secret=True),
        Field(
            "feedback_key",
            _("Key for SubmitFeedback"),
            is_secret=True,
            is_required=False,
            help=_("Only needed to tell StopNCII what became of its hashes."),
        ),
        Field(
            "submit_key",
            _("Key for SubmitHashes"),
            is_secret=True,
            is_required=False,
            help=_("Only needed to give hashes to StopNCII."),
        ),
    )
    takes_feedback: ClassVar[frozenset[FeedbackKind]] = frozenset(FeedbackKind)
    takes_entries: ClassVar[bool] = True
    signal_types: ClassVar[tuple[str, ...]] = ("pdq", "md5")

    def __init__(
        self, config: Mapping[str, str], secrets: Mapping[str, str], fetcher: Fetcher
    ) -> None:
        address = checked_address(config.get("address") or ADDRESS)
        self._line = Line(fetcher, "StopNCII", address)
        names = [field.name for field in self.fields if field.is_secret]
        self._secrets = checked_secrets(secrets, names)

    def fetch(self, checkpoint: str, *, now: datetime) -> Page:
        """The page after a checkpoint. See ``Partner``."""
        place = reading.read_checkpoint(checkpoint)
        since = max(reading.whole(place.get("since"), _FIRST), _FIRST)
        token = place.get("token") if self._is_fresh(place, now) else None
        query: dict[str, str | int] = {"startTimestamp": since, "pageSize": PAGE_ROWS}
        if token:
            query["nextPageToken"] = token
        called = self._line.call(
            "/FetchHashes", query=query, headers=self._headers("fetch_key"), method="GET"
        )
        if token and called.status in {400, 404, 410}:
            # The token no longer holds: the pass begins anew, which only brings rows again.
            return Page((), reading.write_checkpoint(since=since), has_more=True)
        data = self._line.read_json(self._line.check(called))
        return self._page(data, since=since, token=token, now=now)

    def send(self, feedback: Sequence[Feedback], *, now: datetime) -> None:
        """Tell what became of rows. See ``Partner``."""
        rows = []
        for said in feedback:
            tags = [_DISPUTED_TAG] if said.what is FeedbackKind.DISPUTED else []
            hash_value = said.key.partition(":")[2]
            rows.append({"tags": tags, "feedbackValue": _WORDS[said.what], "hashValue": hash_value})
        for at in range(0, len(rows), PAGE_ROWS):
            part = rows[at : at + PAGE_ROWS]
            body = {"count": len(part), "hashFeedbacks": part}
            self._post("/SubmitFeedback", "feedback_key", body)

    def contribute(self, raws: Sequence[bytes], *, now: datetime) -> tuple[str, ...]:
        """Give fingerprints; empty keys stand for those of a type that StopNCII does not take."""
        named = [_named(raw) for raw in raws]
        rows = [
            {
                "lastModtimestamp": int(now.timestamp()),
                "signalType": type_,
                "hashValue": hash_hex,
                "CSPFeedbacks": [{"tags": [], "feedbackValue": "Blocked"}],
            }
            for type_, hash_hex in dict.fromkeys(name for name in named if name)
        ]
        for at in range(0, len(rows), PAGE_ROWS):
            part = rows[at : at + PAGE_ROWS]
            body = {"count": len(part), "hashRecords": part}
            self._post("/SubmitHashes", "submit_key", body)
        return tuple(":".join(name) if name else "" for name in named)

    def try_out(self) -> None:
        """Ask for one row. See ``Partner``."""
        called = self._line.call(
            "/FetchHashes",
            query={"startTimestamp": _FIRST, "pageSize": 1},
            headers=self._headers("fetch_key"),
        )
        self._line.read_json(self._line.check(called))

    def _headers(self, key: str) -> dict[str, str]:
        if not self._secrets[key]:
            raise self._line.refused("the key for this call was not entered")
        return {
            "Accept": "application/json",
            "x-functions-key": self._secrets[key],
            "Ocp-Apim-Subscription-Key": self._secrets["subscription_key"],
        }

    def _post(self, path: str, key: str, body: dict[str, Any]) -> None:
        headers = {**self._headers(key), "Content-Type": "application/json"}
        sent = json.dumps(body, separators=(",", ":")).encode()
        self._line.check(self._line.call(path, method="POST", headers=headers, body=sent))

    @staticmethod
    def _is_fresh(place: Mapping[str, Any], now: datetime) -> bool:
        age_s = now.timestamp() - reading.whole(place.get("token_at"))
        return isinstance(place.get("token"), str) and 0 <= age_s <= TOKEN_GOOD_FOR_S

    def _page(
        self,
        data: dict[str, Any],
        *,
        since: int,
        token: str | None,
        now: datetime,
    ) -> Page:
        rows, has_more = data.get("hashRecords"), data.get("hasMoreRecords")
        until = data.get("nextSetTimestamp")
        if not isinstance(rows, list) or not isinstance(has_more, bool):
            raise self._line.unreadable("a page without hashRecords or hasMoreRecords")
        if data.get("count") != len(rows) or not isinstance(until, int):
            raise self._line.unreadable("half a page: count and rows differ")
        records = [self._record(row, now) for row in rows]
        if not has_more:
            begins = reading.next_since(since, partner_now=until, now=now)
            checkpoint = reading.write_checkpoint(since=begins)
            return Page(reading.latest(records), checkpoint, has_more=False)
        further = data.get("nextPageToken")
        if not isinstance(further, str) or not further or further == token:
            raise self._line.unreadable("a page that says more follows, and not where")
        checkpoint = reading.write_checkpoint(
            since=since, token=further, token_at=int(now.timestamp())
        )
        return Page(reading.latest(records), checkpoint, has_more=True)

    def _record(self, row: object, now: datetime) -> Record:
        if not isinstance(row, dict):
            raise self._line.unreadable("a row that is no object")
        type_name, hash_value = row.get("signalType"), row.get("hashValue")
        if not isinstance(type_name, str) or not isinstance(hash_value, str) or not hash_value:
            raise self._line.unreadable("a row without signalType or hashValue")
        key = f"{type_name}:{hash_value}"
        at = reading.moment(row.get("lastModtimestamp"), now=now)
        state = _state(row)
        if state is RecordState.WITHDRAWN:
            return Record(key, state, at=at)
        raw = None
        if type_name in _TYPES:
            kind, signal_type = _TYPES[type_name]
            raw = reading.hash_raw(kind, {signal_type: hash_value})
        if raw is None:
            return Record(key, state, at=at, left_out=(type_name,))
        return Record(key, state, raws=(raw,), at=at)


def _state(row: Mapping[str, Any]) -> RecordState:
    """What the row says of itself: the person first, then what platforms say.

    Withdrawn is what its own status says so of; what all of its cases say so of; and, where no
    person's case stands behind it, what a platform took back that had put it in. A platform alone
    never takes back what a person put in: its word is an opinion, and so is that of one which
    blocked nothing.
    """
    status = row.get("hashStatus")
    given = row.get("caseNumbers")
    cases = set(given.values()) if isinstance(given, dict) else set()
    feedback = row.get("CSPFeedbacks")
    if status in _STANDING and not feedback and cases and cases <= _STANDING:
        return RecordState.LISTED  # as nearly all of them are; the rest of the rule says the same
    said = _said(feedback)
    if status in _ENDED or (cases and cases <= _ENDED):
        return RecordState.WITHDRAWN
    if not cases & _STANDING and any(word in _ENDED for word in said):
        return RecordState.WITHDRAWN
    against = sum(word == "NotBlocked" or word in _ENDED for word in said)
    # A status that is new to us may be a person's no in other words: somebody looks.
    if status not in _STANDING or reading.is_disputed(
        speak_for=said.count("Blocked"), speak_against=against
    ):
        return RecordState.DISPUTED
    return RecordState.LISTED


def _said(given: object) -> list[str]:
    rows = given if isinstance(given, list) else []
    return [str(row.get("feedbackValue")) for row in rows if isinstance(row, dict)]


def _named(raw: bytes) -> tuple[str, str] | None:
    """A fingerprint in StopNCII's words; None where it takes none of its signals."""
    kind, signals = reading.signals_of(raw)
    for name, (its_kind, signal_type) in _TYPES.items():
        if kind is its_kind and signal_type in signals:
            return name, signals[signal_type].value
    return None
