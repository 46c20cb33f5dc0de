"""NCMEC hash sharing, version 2: entries of its members in XML, with tombstones and feedback.

Source: its public documentation, and the wire as PyPI ``threatexchange`` 1.2.17 reads and writes
it; where that reader errs, ADR-0070.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, Final
from urllib.parse import quote
from xml.sax.saxutils import escape

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
from staydown_web.exchanges.partners.xml_bodies import Node, XmlError, read_xml

ADDRESS: Final = "https://report.cybertip.org/hashsharing"
PAGE_GOOD_FOR_S: Final = 12 * 3600
"""NCMEC asks not to keep the address of a next page; an older one is not tried, and the range of
time begins anew."""

_NAMESPACE: Final = "https://hashsharing.ncmec.org/hashsharing/v2"
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_NEXT: Final = "/v2/entries?"
_XML_TYPES: Final = frozenset({"application/xml", "text/xml"})
_SIGNALS: Final = {
    ContentKind.PHOTO: {"pdq": SignalType.PDQ, "md5": SignalType.MD5},
    ContentKind.VIDEO: {"md5": SignalType.MD5},
}
_KINDS: Final = {"images": ContentKind.PHOTO, "videos": ContentKind.VIDEO}
_TAGS: Final = {"image", "video", "deletedImage", "deletedVideo"}
_YES: Final = frozenset({FeedbackKind.BLOCKED})
_NO: Final = frozenset({FeedbackKind.NOT_BLOCKED, FeedbackKind.DISPUTED})


class Ncmec:
    """One membership of NCMEC's hash sharing."""

    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "address",
            _("Address"),
            help=_("Of the environment that your agreement names, up to the version."),
            default=ADDRESS,
        ),
        Field("user", _("User name"), is_secret=True),
        Field("password", _("Password"), is_secret=True),
        Field(
            "negative_reason",
            _("Reason for a no"),
            help=_("One of the reasons that NCMEC offers, word for word; needed to dispute."),
            is_required=False,
        ),
    )
    takes_feedback: ClassVar[frozenset[FeedbackKind]] = _YES | _NO
    takes_entries: ClassVar[bool] = False
    signal_types: ClassVar[tuple[str, ...]] = ("pdq", "md5")

    def __init__(
        self, config: Mapping[str, str], secrets: Mapping[str, str], fetcher: Fetcher
    ) -> None:
        address = checked_address(config.get("address") or ADDRESS)
        self._line = Line(fetcher, "NCMEC", address)
        self._reason = (config.get("negative_reason") or "").strip()
        self._reasons: dict[str, dict[str, str]] = {}
        pair = f"{secrets.get('user', '')}:{secrets.get('password', '')}"
        basic = base64.b64encode(pair.encode()).decode()
        self._headers = {"Accept": "application/xml", "Authorization": f"Basic {basic}"}

    def fetch(self, checkpoint: str, *, now: datetime) -> Page:
        """The page after a checkpoint. See ``Partner``.

        A range of time is read to its end before the next begins: its entries come in no order of
        time, so that no row in the middle says what is still to come.
        """
        place = reading.read_checkpoint(checkpoint)
        since, until = reading.whole(place.get("since")), int(now.timestamp())
        further = place.get("next") if _is_fresh(place, now) else None
        if further:
            called = self._line.call(further, headers=self._headers)
            if called.status in {400, 404, 410}:
                # The page is gone: the range begins anew, which only brings entries again.
                return Page((), reading.write_checkpoint(since=since), has_more=True)
            until = reading.whole(place.get("until"), until)
        else:
            query = {"from": _text(since), "to": _text(until)}
            called = self._line.call("/v2/entries", query=query, headers=self._headers)
            theirs = partner_now(called)
            until = until if theirs is None else min(until, theirs)
        root = self._read(called, "queryResult")
        records = reading.latest(self._records(root, now))
        paging = root.child("paging")
        follows = paging.text_of("next") if paging else ""
        if not follows:
            # The range was fixed when its first page was asked for: what changed since is in none.
            begins = reading.next_since(since, partner_now=until, now=now)
            return Page(records, reading.write_checkpoint(since=begins), has_more=False)
        if not follows.startswith(_NEXT) or len(follows) > 1_500 or follows == further:
            raise self._line.unreadable("a page that says more follows, and not where")
        checkpoint = reading.write_checkpoint(
            since=since, until=until, next=follows, next_at=int(now.timestamp())
        )
        return Page(records, checkpoint, has_more=True)

    def send(self, feedback: Sequence[Feedback], *, now: datetime) -> None:
        """Say yes or no to fingerprints of entries. See ``Partner``.

        An entry that is gone there needs no word any more, and what is gone here none can be given.
        """
        for said in feedback:
            if not said.raw or said.what not in self.takes_feedback:
                continue
            member, _slash, entry = said.key.partition("/")
            kind, signals = reading.signals_of(said.raw)
            for name, signal_type in _SIGNALS[kind].items():
                if signal_type in signals:
                    place = f"{quote(member, safe='')}/{quote(entry, safe='')}/{name.upper()}"
                    self._put(place, self._opinion(said.what, name.upper()))

    def contribute(self, raws: Sequence[bytes], *, now: datetime) -> tuple[str, ...]:
        """Nothing of ours goes there: its entries are of another kind of crime."""
        raise ExchangePayloadError("NCMEC takes no entries of this service")

    def try_out(self) -> None:
        """Ask who we are. See ``Partner``."""
        root = self._read(self._line.call("/v2/status", headers=self._headers), "status")
        if root.child("member") is None:
            raise self._line.unreadable("a status that names no member")

    def _read(self, called: Called, tag: str) -> Node:
        self._line.check(called)
        if called.content_type not in _XML_TYPES:
            raise self._line.unreadable("something other than XML")
        try:
            root = read_xml(called.body)
        except XmlError as error:
            raise self._line.unreadable(str(error)) from None
        if root.tag != tag:
            raise self._line.unreadable("XML of another kind")
        return root

    def _records(self, root: Node, now: datetime) -> list[Record]:
        records = []
        for name, kind in _KINDS.items():
            block = root.child(name)
            if block is None:
                continue
            said = block.attributes.get("count")
            if said is not None and said != str(len(block.children)):
                raise self._line.unreadable("half a page: count and entries differ")
            records += [self._record(node, kind, now) for node in block.children]
        return records

    def _record(self, node: Node, kind: ContentKind, now: datetime) -> Record:
        member, entry = node.child("member"), node.text_of("id")
        if node.tag not in _TAGS or member is None or not entry or not member.attributes.get("id"):
            raise self._line.unreadable("an entry without member or id")
        key = f"{member.attributes['id']}/{entry}"
        at = reading.moment(_seconds(node.text_of("timestamp")), now=now)
        if node.tag.startswith("deleted"):
            return Record(key, RecordState.WITHDRAWN, at=at)
        prints = node.child("fingerprints")
        raws, left_out = _signals(prints.children if prints else [], kind)
        return Record(key, _state(node), raws=raws, at=at, left_out=left_out)

    def _opinion(self, what: FeedbackKind, type_: str) -> str:
        if what in _YES:
            return "<affirmative/>"
        guid = escape(self._reason_id(type_))
        return f"<negative><reasonIds><guid>{guid}</guid></reasonIds></negative>"

    def _reason_id(self, type_: str) -> str:
        """The id of the reason for a no; NCMEC wants one, by its id, for each type."""
        if type_ not in self._reasons:
            called = self._line.call(f"/v2/feedback/{type_}/reasons", headers=self._headers)
            rows = self._read_any(called).every("reason")
            self._reasons[type_] = {
                row.attributes.get("name", ""): row.attributes.get("guid", "") for row in rows
            }
        offered = self._reasons[type_]
        named = {name.casefold(): guid for name, guid in offered.items()}
        chosen = named.get(self._reason.casefold())
        if chosen is None and len(offered) == 1 and not self._reason:
            chosen = next(iter(offered.values()))
        if not chosen:
            names = "; ".join(sorted(name[:60] for name in offered)[:20])
            raise ExchangePayloadError(
                f"NCMEC wants a reason for a no. Enter one of these in the settings: {names}"
            )
        return chosen

    def _read_any(self, called: Called) -> Node:
        self._line.check(called)
        try:
            return read_xml(called.body)
        except XmlError as error:
            raise self._line.unreadable(str(error)) from None

    def _put(self, place: str, opinion: str) -> None:
        body = f'<feedbackSubmission xmlns="{_NAMESPACE}">{opinion}</feedbackSubmission>'
        headers = {**self._headers, "Content-Type": "application/xml; charset=utf-8"}
        path = f"/v2/entries/{place}/feedback"
        called = self._line.call(path, method="PUT", headers=headers, body=body.encode())
        if called.status not in {404, 410}:
            self._line.check(called)


def _is_fresh(place: Mapping[str, Any], now: datetime) -> bool:
    age_s = now.timestamp() - reading.whole(place.get("next_at"))
    return isinstance(place.get("next"), str) and 0 <= age_s <= PAGE_GOOD_FOR_S


def _signals(
    prints: Sequence[Node], kind: ContentKind
) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """One fingerprint of all the hashes of the entry that we can use, and the names of the others.

    An unreadable hash is left out alone: the entry's others still stand for it.
    """
    usable: dict[SignalType, str] = {}
    left_out = []
    for node in prints:
        signal_type = _SIGNALS[kind].get(node.tag.lower())
        if signal_type and reading.hash_raw(kind, {signal_type: node.text}):
            usable[signal_type] = node.text
        else:
            left_out.append(node.tag.upper())
    raw = reading.hash_raw(kind, usable)
    return ((raw,) if raw else ()), tuple(left_out)


def _state(node: Node) -> RecordState:
    """Disputed where more members say no than yes, each counted once."""
    said = node.child("feedback")
    yes: set[str] = set()
    no: set[str] = set()
    for vote in said.children if said else []:
        members = {member.attributes.get("id", "") for member in vote.every("member")}
        if vote.tag == "affirmativeFeedback":
            yes |= members
        elif vote.tag == "negativeFeedback":
            no |= members
    disputed = reading.is_disputed(speak_for=len(yes), speak_against=len(no))
    return RecordState.DISPUTED if disputed else RecordState.LISTED


def _text(seconds: int) -> str:
    """A moment as NCMEC writes it: UTC, whatever the zone of this machine."""
    return datetime.fromtimestamp(seconds, UTC).strftime(_TIME)


def _seconds(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
