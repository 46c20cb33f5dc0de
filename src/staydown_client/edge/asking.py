"""What is asked of an edge replica: the same bodies as the hub's ``/api/v1/check`` takes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any

import staydown
from staydown import Fingerprint, SignalType
from staydown.errors import FingerprintFormatError, InputError
from staydown.types import is_later_type

_TEXTS = {"content_ref": 200, "url": 2000, "account": 200}
_OF_JSON = {"signals", "kind", "fingerprint", *_TEXTS}
_OF_FORM = {"signals", *_TEXTS}
_MODE = "screening"
_MOST_SHOWN = 20
"""Signal types that an answer names."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One check.

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


def asked_of(body: bytes, content_type: str) -> Asked:
    """Read a check: JSON with ``signals`` or ``fingerprint``, or a form with the file ``media``.

    A file is opened in a process of its own that holds no bank and no network, and is gone after.

    Raises:
        InputError: it cannot be read; the code says why.
    """
    kind, boundary = _kind(content_type)
    if kind == "application/json":
        return _of_json(body)
    if kind == "multipart/form-data" and boundary:
        return _of_form(body, boundary)
    raise InputError("this call takes application/json, or a form with `media`")


def _of_json(body: bytes) -> Asked:
    try:
        data = json.loads(body, object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        raise InputError("the body cannot be read as JSON") from None
    if not isinstance(data, dict):
        raise InputError("the body is JSON, but not an object")
    _refuse_unknown(data, _OF_JSON)
    signals, whole = data.get("signals"), data.get("fingerprint")
    if (signals is None) == (whole is None):
        raise InputError("either `signals` or `fingerprint`, and not both")
    if signals is not None:
        whole = {"version": 1, "kind": data.get("kind", "photo"), "signals": signals}
    if not isinstance(whole, dict):
        raise FingerprintFormatError("`fingerprint` is not one in its JSON form")
    made = Fingerprint.from_dict(whole)
    ignored = _left_out(whole["signals"], is_bare=signals is not None)
    if not made.signals:
        raise FingerprintFormatError("at least one signal of a known type is needed")
    return Asked(made, **_texts(data), ignored=ignored)


def _left_out(signals: list[Any], *, is_bare: bool) -> tuple[str, ...]:
    """As the hub: a misspelt ``pdq`` would lose what it matches, unseen."""
    unknown = Fingerprint.unknown_types(signals)
    place = "signals" if is_bare else "fingerprint.signals"
    for at, name in unknown.items():
        if is_bare or not is_later_type(name):
            known = ", ".join(SignalType)
            raise InputError(f"`{place}.{at}.type` is no signal type; it is one of: {known}")
    return tuple(dict.fromkeys(unknown.values()))[:_MOST_SHOWN]


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise InputError("the body is JSON in which a field comes twice")
    return found


def _of_form(body: bytes, boundary: bytes) -> Asked:
    parts = _parts(body, boundary)
    media = parts.pop("media", None)
    if media is None:
        raise InputError("the photo or video, as the file `media` of the form")
    try:
        texts = {name: value.decode() for name, value in parts.items()}
    except UnicodeDecodeError:
        raise InputError("a field of the form is not text") from None
    _refuse_unknown(texts, _OF_FORM)
    wanted = [s.strip() for s in texts.pop("signals", "").split(",") if s.strip()]
    made = staydown.fingerprint(media, signals=wanted or None, mode=_MODE, name="the upload")
    return Asked(made, **_texts(texts))


def _refuse_unknown(data: Mapping[str, Any], known: set[str]) -> None:
    """As the hub: a misspelt ``account`` would lose the exception of a licensed account, unseen."""
    if not known.issuperset(data):
        raise InputError("a field that no check has; its fields are " + ", ".join(sorted(known)))


def _texts(data: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, longest in _TEXTS.items():
        value = data.get(name)
        value = "" if value is None else value
        if not isinstance(value, str) or "\x00" in value or len(value) > longest:
            raise InputError(f"`{name}` is a text of at most {longest} characters")
        found[name] = value
    if found["url"] and not found["url"].lower().startswith(("http://", "https://")):
        raise InputError("`url` is an address that begins with https:// or http://")
    return found


def _kind(content_type: str) -> tuple[str, bytes]:
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_param("boundary")
    return message.get_content_type(), boundary.encode() if isinstance(boundary, str) else b""


def _parts(body: bytes, boundary: bytes) -> dict[str, bytes]:
    """The parts of a form by name; a boundary never stands inside a part."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise InputError("the form is not whole")
    found = {}
    for piece in pieces[1:-1]:
        head, separator, value = piece.partition(b"\r\n\r\n")
        name = _name(head)
        if not separator or not name:
            raise InputError("the form cannot be read")
        found[name] = value
    return found


def _name(head: bytes) -> str:
    for line in head.decode("utf-8", "replace").split("\r\n"):
        title, _, value = line.partition(":")
        if title.strip().lower() == "content-disposition":
            message = Message()
            message["Content-Disposition"] = value.strip()
            name = message.get_param("name", header="Content-Disposition")
            return name if isinstance(name, str) else ""
    return ""
