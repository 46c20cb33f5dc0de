"""A list as an exchange: what is in it counts, and what left it is withdrawn."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy as _

from staydown.errors import ListFormatError
from staydown.formats.lists import ListFormat
from staydown.types import ContentKind, SignalType
from staydown_web.base.errors import ExchangePayloadError, FieldsError
from staydown_web.base.fetching import Fetcher
from staydown_web.exchanges.partners import reading
from staydown_web.exchanges.partners.line import Line, checked_address, checked_secrets
from staydown_web.exchanges.partners.lists.prepared import Prepared, Shelf, digest_of, prepare
from staydown_web.exchanges.partners.lists.sources import (
    AddressSource,
    Copy,
    Source,
    file_source,
)
from staydown_web.exchanges.partners.wire import Feedback, FeedbackKind, Field, Page

NAME: Final = "The list"
FEW_ROWS: Final = 100
"""Below so many rows a list may lose any number at once."""

_SHELF: Final = Shelf()
_FORMATS: Final = (
    ("", _("As its first lines say")),
    (str(ListFormat.HASHES), _("One hash a line")),
    (str(ListFormat.CSV), _("CSV: hash, quality, tags")),
    (str(ListFormat.JSON), _("JSON of ThreatExchange")),
    (str(ListFormat.FINGERPRINTS), _("Fingerprints of Staydown, one a line")),
    (str(ListFormat.VPDQ), _("vPDQ: videos as frames")),
)
_TYPES: Final = (
    ("", _("Every line says it")),
    (str(SignalType.PDQ), "PDQ"),
    (str(SignalType.SHA256), "SHA-256"),
    (str(SignalType.MD5), "MD5"),
)
_KINDS: Final = ((str(ContentKind.PHOTO), _("Pictures")), (str(ContentKind.VIDEO), _("Videos")))
_NO_YES: Final = (("", _("No")), ("yes", _("Yes")))


class HashList:
    """One list in a file or at an address."""

    fields: ClassVar[tuple[Field, ...]] = (
        Field(
            "address",
            _("Address of the list"),
            help=_("Starts with https://. Leave it empty for a file."),
            is_required=False,
        ),
        Field(
            "file",
            _("Name of the file"),
            help=_("In the folder lists of STAYDOWN_HOME. Leave it empty for an address."),
            is_required=False,
        ),
        Field("token", _("Access token"), is_secret=True, is_required=False),
        Field("format", _("Format"), is_required=False, choices=_FORMATS),
        Field("type", _("Type of bare hashes"), is_required=False, choices=_TYPES),
        Field("kind", _("Hashes are of"), is_required=False, choices=_KINDS, default="photo"),
        Field(
            "may_shrink",
            _("It may lose more than half of its rows at once"),
            help=_("No keeps what is there when half a list arrives by mistake."),
            is_required=False,
            choices=_NO_YES,
        ),
    )
    takes_feedback: ClassVar[frozenset[FeedbackKind]] = frozenset()
    takes_entries: ClassVar[bool] = False
    signal_types: ClassVar[tuple[str, ...]] = ("pdq", "md5", "sha256", "vpdq")

    def __init__(
        self, config: Mapping[str, str], secrets: Mapping[str, str], fetcher: Fetcher
    ) -> None:
        address, file = (str(config.get(name) or "").strip() for name in ("address", "file"))
        if bool(address) == bool(file):
            raise FieldsError({"address": "either an address or the name of a file"})
        self._source: Source
        if file:
            self._source = file_source(file)
        else:
            line = Line(fetcher, NAME, checked_address(address))
            self._source = AddressSource(line, checked_secrets(secrets, ["token"])["token"])
        form, type_ = config.get("format") or "", config.get("type") or ""
        kind = config.get("kind") or str(ContentKind.PHOTO)
        _check("format", form, _FORMATS)
        _check("type", type_, _TYPES)
        _check("kind", kind, _KINDS)
        self._form = ListFormat(form) if form else None
        self._type = SignalType(type_) if type_ else None
        self._kind = ContentKind(kind)
        self._may_shrink = config.get("may_shrink") == "yes"
        parts = (address, file, form, type_, kind)
        self._place = hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def fetch(self, checkpoint: str, *, now: datetime) -> Page:
        """The page after a checkpoint. See ``Partner``.

        A list that changed is read to its end first, so that one unreadable row lets nothing of it
        in. Then its pages come, each pass whole: what no page holds has left the list.
        """
        place = reading.read_checkpoint(checkpoint)
        number = reading.whole(place.get("page"))
        begun = _SHELF.get(self._place, place.get("digest")) if number else None
        if begun is not None and number < begun.count:
            return self._page(begun, number, place)
        copy = self._source.read({} if number else _marks(place))
        if copy is None:
            return Page((), checkpoint, has_more=False)
        is_same = digest_of(copy.body) == place.get("digest")
        if is_same and not number:
            return Page((), _done(place, copy), has_more=False)
        prepared = self._prepare(copy)
        begins = number if is_same and number < prepared.count else 0
        if not begins:
            self._check_size(prepared, reading.whole(place.get("rows")))
        _SHELF.put(self._place, prepared)
        return self._page(prepared, begins, {**place, "marks": dict(copy.marks)})

    def send(self, feedback: Sequence[Feedback], *, now: datetime) -> None:
        """Nothing: a list is only read."""
        if feedback:
            raise ExchangePayloadError("a list takes no feedback")

    def contribute(self, raws: Sequence[bytes], *, now: datetime) -> tuple[str, ...]:
        """Nothing: a list is only read."""
        raise ExchangePayloadError("a list takes no entries")

    def try_out(self) -> None:
        """Read it to its end and keep nothing. See ``Partner``."""
        copy = self._source.read({})
        if copy is not None:
            self._prepare(copy)

    def _prepare(self, copy: Copy) -> Prepared:
        try:
            return prepare(copy.body, form=self._form, type_=self._type, kind=self._kind)
        except ListFormatError as error:
            raise ExchangePayloadError(f"{error} Nothing of the list was taken.") from None

    def _check_size(self, prepared: Prepared, before: int) -> None:
        """Refuse a list that lost most of itself: half a file looks like a great withdrawal."""
        if before >= FEW_ROWS and prepared.rows * 2 < before and not self._may_shrink:
            raise ExchangePayloadError(
                f"the list has {prepared.rows} rows and had {before}; nothing was withdrawn. If "
                "it is right, say in the settings that it may lose more than half at once"
            )

    def _page(self, prepared: Prepared, number: int, place: Mapping[str, Any]) -> Page:
        is_last = number + 1 >= prepared.count
        if is_last:
            _SHELF.drop(self._place)
        checkpoint = reading.write_checkpoint(
            digest=prepared.digest,
            marks=place.get("marks"),
            rows=prepared.rows if is_last else place.get("rows"),
            page=None if is_last else number + 1,
        )
        return Page(
            prepared.page(number),
            checkpoint,
            has_more=not is_last,
            begins_whole=number == 0,
            ends_whole=is_last,
        )


def _marks(place: Mapping[str, Any]) -> dict[str, str]:
    given = place.get("marks")
    return {str(k): str(v) for k, v in given.items()} if isinstance(given, dict) else {}


def _done(place: Mapping[str, Any], copy: Copy) -> str:
    """The checkpoint of a list that is the same, with the marks that it has now."""
    return reading.write_checkpoint(
        digest=place.get("digest"), marks=dict(copy.marks), rows=place.get("rows")
    )


def _check(name: str, value: str, choices: Sequence[tuple[str, Any]]) -> None:
    if value not in {allowed for allowed, _label in choices}:
        raise FieldsError({name: "one of the values that are offered"})
