"""The bodies of API calls, read strictly and without a copy more than needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError

from staydown import Fingerprint, SignalType
from staydown.errors import ContentTooLargeError, FingerprintFormatError
from staydown.types import is_later_type
from staydown_web.base.errors import BodyError, ContentTypeError, FieldsError
from staydown_web.screening.forms.uploads import (
    FIELD,
    MemoryFile,
    MemoryUploadHandler,
    too_large,
)
from staydown_web.screening.services.library import FoundCopy

MOST_CHECKS = 100
MOST_HITS = 100
_TEXTS = ("content_ref", "url", "account")
_OF_JSON = frozenset({"signals", "kind", "fingerprint", *_TEXTS})
_OF_FORM = frozenset({FIELD, "signals", *_TEXTS})
_SHOWN = re.compile(r"[A-Za-z_]\w{0,39}", re.ASCII)
"""Names of fields that an error may repeat; others could be anything."""
_FORM_ROOM = 1 << 20
"""Bytes of a form beside its file."""
_MOST_SHOWN = 20
"""Signal types that an error or an answer names."""
_KNOWN_SIGNALS = tuple(str(t) for t in SignalType)


@dataclass(frozen=True, slots=True)
class Asked:
    """One check that is asked for.

    Attributes:
        fingerprint: of the upload.
        content_ref, url, account: as the platform gives them; empty where it does not.
        ignored: signal types of later versions in the fingerprint, which nothing here reads.
    """

    fingerprint: Fingerprint
    content_ref: str = ""
    url: str = ""
    account: str = ""
    ignored: tuple[str, ...] = ()


class SignalError(FieldsError, FingerprintFormatError):
    """A signal of a fingerprint that cannot be read, with its place."""

    code = "fingerprint_invalid"

    def __init__(self, place: str, said: str) -> None:
        FingerprintFormatError.__init__(self, f"{place}: {said}")
        self.fields = {place: said}


def read_json(request: HttpRequest) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        BodyError: not JSON, or no object.
        ContentTypeError: said to be something else.
        ContentTooLargeError: too long.
    """
    kind = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise ContentTypeError("this call takes application/json; say so in Content-Type")
    with _reading():
        body = request.body
    return parse_json(body)


def parse_json(body: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        BodyError: not JSON, no object, or a field comes twice in it.
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BodyError(f"the body cannot be read as JSON: {error}") from None
    if not isinstance(data, dict):
        raise BodyError("the body is JSON, but not an object")
    if not _has_every_text(body, data):
        _refuse_repeated(body)
    return data


def _has_every_text(body: bytes, data: Any) -> bool:
    """True where no field can have come twice: as many quotes go out again as came in.

    Cost: 2 µs for a check by one signal; to read its pairs one by one takes 10. Behind an escape
    a quote may hide.
    """
    if b"\\" in body:
        return False
    try:
        return body.count(b'"') == orjson.dumps(data).count(b'"')
    except orjson.JSONEncodeError:  # nested deeper than it writes
        return False


def _refuse_repeated(body: bytes) -> None:
    try:
        json.loads(body, object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        raise BodyError("the body is JSON that is nested too deep, or holds odd numbers") from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BodyError("the body is JSON in which a field comes twice")
    return found


def asked_of(data: Mapping[str, Any]) -> Asked:
    """A check by ``signals`` or ``fingerprint``.

    Raises:
        FieldsError: neither or both, a text that is none, a field that a check does not have, or a
            signal type that is not known.
        FingerprintFormatError: signals that cannot be read.
    """
    refuse_unknown(data, _OF_JSON)
    signals, whole = data.get("signals"), data.get("fingerprint")
    if (signals is None) == (whole is None):
        raise FieldsError({"signals": "either `signals` or `fingerprint`, and not both"})
    if signals is not None:
        bare = {"version": 1, "kind": data.get("kind", "photo"), "signals": signals}
        return Asked(read_fingerprint(bare, "signals")[0], **_texts(data))
    made, ignored = read_fingerprint(whole, "fingerprint")
    return Asked(made, **_texts(data), ignored=ignored)


def batch_of(data: Mapping[str, Any]) -> list[Any]:
    """The checks of a batch, not yet read.

    Raises:
        FieldsError: no list, an empty one, or too many.
    """
    checks = data.get("checks")
    if not isinstance(checks, list) or not 1 <= len(checks) <= MOST_CHECKS:
        raise FieldsError({"checks": f"a list of 1 to {MOST_CHECKS} checks"})
    return checks


def library_of(data: Mapping[str, Any]) -> list[Any]:
    """What a scan found, not yet read.

    Raises:
        FieldsError: no list, an empty one, or too many.
    """
    rows = data.get("hits")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_HITS:
        raise FieldsError({"hits": f"a list of 1 to {MOST_HITS} files"})
    return rows


@contextmanager
def media_of(
    request: HttpRequest, *, max_bytes: int
) -> Iterator[tuple[MemoryFile, tuple[str, ...] | None, dict[str, Any]]]:
    """The uploaded file, the signals that are wanted of it, and the texts beside it.

    The file is gone at the end of the block.

    Raises:
        BodyError: the form cannot be read.
        ContentTooLargeError: more than ``max_bytes``.
        FieldsError: no file, a text that cannot be used, a field that a check does not have, or one
            that comes twice.
    """
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > max_bytes + _FORM_ROOM:
        raise too_large(max_bytes)
    handler = MemoryUploadHandler(request, max_bytes=max_bytes)
    request.upload_handlers = [handler]
    with _reading():
        file = request.FILES.get(FIELD)
        form = request.POST
    if not isinstance(file, MemoryFile):
        raise FieldsError({FIELD: "the photo or video, as a file of the form"})
    try:
        refuse_unknown(dict.fromkeys([*form, *handler.others]), _OF_FORM)
        # Of two of one name only one would be looked at, unseen.
        twice = [name for name, all_ in form.lists() if len(all_) > 1]
        if twice or handler.others:
            said = "once in a form; send a check for each file"
            raise FieldsError(dict.fromkeys([*twice, *handler.others], said))
        yield file, _wanted(form.get("signals", "")), _texts(form)
    finally:
        file.close()


@contextmanager
def _reading() -> Iterator[None]:
    """Errors of reading a body, as ours."""
    try:
        yield
    except RequestDataTooBig:
        raise ContentTooLargeError("the body is too long; send less at a time") from None
    except (MultiPartParserError, BadRequest, SuspiciousOperation, UnreadablePostError):
        raise BodyError("the body cannot be read: not a whole form") from None


def refuse_unknown(data: Mapping[str, Any], known: frozenset[str]) -> None:
    """A misspelt ``account`` would lose the exception of a licensed account, unseen.

    Raises:
        FieldsError: a field that is not among those known.
    """
    if known.issuperset(data):
        return
    said = "no field of a check; its fields are " + ", ".join(sorted(known))
    unknown = (name for name in data if name not in known)
    raise FieldsError({name if _SHOWN.fullmatch(name) else "body": said for name in unknown})


def _texts(data: Mapping[str, Any]) -> dict[str, Any]:
    """The texts beside what is checked, by name."""
    texts = {name: _text(data, name) for name in _TEXTS}
    if texts["url"] and not texts["url"].lower().startswith(("http://", "https://")):
        raise FieldsError({"url": "an address that begins with https:// or http://"})
    return texts


def _wanted(text: str) -> tuple[str, ...] | None:
    wanted = tuple(name.strip() for name in text.split(",") if name.strip())
    if any(name not in _KNOWN_SIGNALS for name in wanted):
        raise FieldsError({"signals": "some of: " + ", ".join(_KNOWN_SIGNALS)})
    return wanted or None


def read_fingerprint(data: Any, field: str) -> tuple[Fingerprint, tuple[str, ...]]:
    """A fingerprint, and the signal types of later versions in it, which are left out.

    Bare signals are written by hand or by a platform's own code: there no type is left out.

    Args:
        data: its JSON form.
        field: where it stands; ``signals`` for bare ones.

    Raises:
        FieldsError: no fingerprint, no signal in it that is known, or a misspelt signal type.
        FingerprintFormatError: it cannot be read.
    """
    if not isinstance(data, dict):
        raise FieldsError({field: "a fingerprint in its JSON form"})
    try:
        made = Fingerprint.from_dict(data)
    except FingerprintFormatError as error:
        raise _placed(error, data.get("signals"), field) from None
    ignored: tuple[str, ...] = ()
    if len(made.signals) != len(data["signals"]):
        ignored = _left_out(data["signals"], field)
    if not made.signals:
        raise FieldsError({"signals": "at least one of: " + ", ".join(_KNOWN_SIGNALS)})
    return made, ignored


def _placed(error: FingerprintFormatError, signals: Any, field: str) -> FingerprintFormatError:
    """The error with the place of the first signal that cannot be read by itself, if one is."""
    place = field if field == "signals" else f"{field}.signals"
    for at, row in enumerate(signals if isinstance(signals, list) else ()):
        if not isinstance(row, dict):
            return SignalError(f"{place}.{at}", "an object with `type` and `value`")
        try:
            Fingerprint.from_dict({"version": 1, "kind": "photo", "signals": [row]})
        except FingerprintFormatError as wrong:
            return SignalError(f"{place}.{at}", str(wrong))
    return error


def _left_out(signals: list[Any], field: str) -> tuple[str, ...]:
    """A misspelt ``pdq`` would lose what it matches, unseen."""
    is_bare = field == "signals"
    unknown = Fingerprint.unknown_types(signals)
    wrong = [at for at, name in unknown.items() if is_bare or not is_later_type(name)]
    if wrong:
        place = field if is_bare else f"{field}.signals"
        said = "no signal type; it is one of: " + ", ".join(_KNOWN_SIGNALS)
        raise FieldsError({f"{place}.{at}.type": said for at in wrong[:_MOST_SHOWN]})
    return tuple(dict.fromkeys(unknown.values()))[:_MOST_SHOWN]


def found_of(row: Any) -> FoundCopy:
    """One file that a scan found.

    Raises:
        FieldsError: neither a fingerprint nor matches, or a text that is none.
        FingerprintFormatError: signals that cannot be read.
    """
    if not isinstance(row, dict):
        raise FieldsError({"hits": "each an object"})
    whole = row.get("fingerprint")
    matches = row.get("matches")
    if matches is None and row.get("match") is not None:
        matches = [row["match"]]
    if whole is None and not isinstance(matches, list):
        raise FieldsError({"hits": "each with `fingerprint`, `match` or `matches`"})
    made, ignored = (None, ()) if whole is None else read_fingerprint(whole, "fingerprint")
    return FoundCopy(
        content_ref=_text(row, "content_ref"),
        url=_text(row, "url"),
        fingerprint=made,
        matches=matches or (),
        ignored=ignored,
    )


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FieldsError({name: "a text"})
    if "\x00" in value:
        raise FieldsError({name: "a text without the character NUL"})
    return value
