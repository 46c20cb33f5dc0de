"""Signed documents: one canonical form, one signature, and what is wrong with a file.

A document is a JSON object of texts, whole numbers, booleans, null, lists and objects. Signed is
its canonical form (RFC 8785 of such values: keys in order, no spaces, UTF-8) without the members
``signature`` and ``timestamp``, after one line that names the purpose. The file is the same object
in one readable form, byte for byte, so that any changed byte is found. Source: ADR-0056.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from staydown.cli.verify.canon import ShapeError, canonical, readable
from staydown.errors import ConfigError

FORMAT = "staydown-document/1"
STAMP_PURPOSE = "staydown-timestamp/1"
MOST_BYTES = 32 << 20
"""A record of a case with 500 files and all its receipts has less than a fifth of this."""
_SPKI = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an ed25519 key in DER. Source: RFC 8410, section 10.1."""
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64
_UNSIGNED = ("signature", "timestamp")
_SHAPE: Mapping[str, type] = {
    "format": str,
    "kind": str,
    "issuer": dict,
    "made_at": str,
    "facts": dict,
    "key": dict,
    "signature": str,
}


class State(StrEnum):
    """What a document is found to be."""

    SIGNED = "signed"
    CHANGED = "changed"
    UNKNOWN_KEY = "unknown_key"
    NOT_RECEIPT = "not_receipt"


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file of a record that is as the signed list says.

    Attributes:
        name: in the ZIP.
        size_bytes: its size.
        sha256: of its bytes, 64 hex digits.
    """

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Proofs:
    """How many proofs within a record hold: all that it has.

    Attributes:
        receipts: signed and whole.
        digests: of files, that open what receipts say of them.
        events: that stand in the signed audit.
    """

    receipts: int
    digests: int
    events: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found.

    Attributes:
        state: of ``State``.
        why: what is wrong, or what holds, in half a sentence for people.
        key: fingerprint of the key that it names, 64 hex digits; empty where it names none.
        document: as read; empty where it cannot be. Of a ZIP, its signed list.
        record: of a ZIP, the record in it.
        files: of a ZIP, every file but the list.
        proofs: of a record.
    """

    state: State
    why: str
    key: str = ""
    document: Mapping[str, Any] | None = None
    record: Mapping[str, Any] | None = None
    files: tuple[CheckedFile, ...] = ()
    proofs: Proofs | None = None

    @property
    def is_signed(self) -> bool:
        """Whether everything holds, by a key that is trusted."""
        return self.state is State.SIGNED


def signed_bytes(document: Mapping[str, Any]) -> bytes:
    """What the signature of a document covers.

    Raises:
        ShapeError: as ``canonical``.
    """
    covered = {name: value for name, value in document.items() if name not in _UNSIGNED}
    return f"{FORMAT}\n".encode() + canonical(covered)


def document_digest(document: Mapping[str, Any]) -> bytes:
    """SHA-256 of a document with its signature, without its timestamp; 32 bytes.

    Raises:
        ShapeError: as ``canonical``.
    """
    return hashlib.sha256(whole_bytes(document)).digest()


def whole_bytes(document: Mapping[str, Any]) -> bytes:
    """The canonical form of a document with its signature, without its timestamp.

    Raises:
        ShapeError: as ``canonical``.
    """
    return canonical({name: value for name, value in document.items() if name != "timestamp"})


def stamped_bytes(document: Mapping[str, Any], *, authority: str, token: str) -> bytes:
    """What the service signs when it adds the timestamp of an authority."""
    digest = document_digest(document).hex()
    return f"{STAMP_PURPOSE}\n{digest}\n{authority}\n{token}".encode()


def fingerprint_of(raw: bytes) -> str:
    """The fingerprint of a public key of 32 bytes: SHA-256 of its DER form, 64 hex digits.

    The same as ``openssl pkey -pubin -in key.pem -outform DER | sha256sum``.
    """
    return hashlib.sha256(_SPKI + raw).hexdigest()


def judge(data: bytes, *, trusted: Collection[str]) -> Judged:
    """Check one document as it stands in its file.

    Args:
        data: the file.
        trusted: fingerprints of keys that the caller knows; empty where none is known.

    Raises:
        ConfigError: the package that checks signatures is not installed.
    """
    document = _read(data)
    if document is None:
        if data.startswith(b"%PDF-"):
            return Judged(State.NOT_RECEIPT, "this is a PDF; what is checked is its whole ZIP file")
        if FORMAT.encode() in data[:MOST_BYTES]:
            return Judged(State.CHANGED, "it was a receipt, but is damaged and cannot be read")
        return Judged(State.NOT_RECEIPT, "this is not a receipt or record of Staydown")
    try:
        is_same_file = readable(document) == data
    except ShapeError:
        return Judged(State.CHANGED, "it holds a value that no receipt holds")
    return judge_document(document, trusted=trusted, is_same_file=is_same_file)


def judge_document(
    document: Mapping[str, Any], *, trusted: Collection[str], is_same_file: bool = True
) -> Judged:
    """Check a document that was read already, such as one inside another.

    Args:
        document: as read.
        trusted: as ``judge``.
        is_same_file: the bytes of the file are the readable form.
    """
    named, why = _trouble(document, is_same_file=is_same_file)
    if why:
        return Judged(State.CHANGED, why, named, document)
    if named not in trusted:
        why = (
            "it is signed, but by another key than the one that you gave"
            if trusted
            else "it is signed by the key that came with it, and you gave none to hold it against"
        )
        return Judged(State.UNKNOWN_KEY, why, named, document)
    return Judged(State.SIGNED, "signed by this key, and unchanged since", named, document)


def keys_in(pem: bytes) -> dict[str, bytes]:
    """Fingerprint -> the 32 bytes of each public key in a PEM file; empty where there is none."""
    found = {}
    for part in pem.split(b"-----BEGIN PUBLIC KEY-----")[1:]:
        body = part.partition(b"-----END PUBLIC KEY-----")[0]
        try:
            der = base64.b64decode(b"".join(body.split()), validate=True)
        except ValueError:
            continue
        raw = der.removeprefix(_SPKI)
        if len(der) == len(_SPKI) + _KEY_BYTES and len(raw) == _KEY_BYTES:
            found[fingerprint_of(raw)] = raw
    return found


def is_signed_by(raw: bytes, signature_hex: str, text: bytes) -> bool:
    """Whether an ed25519 signature in hex digits holds."""
    return _holds(raw, signature_hex, text)


def _trouble(document: Mapping[str, Any], *, is_same_file: bool) -> tuple[str, str]:
    """The fingerprint of the key that a document names, and what does not hold; empty for none."""
    if not document.get("signature"):
        return "", "it carries no signature"
    wrong = [name for name, kind in _SHAPE.items() if not isinstance(document.get(name), kind)]
    if wrong or document["format"] != FORMAT or not set(document) <= {*_SHAPE, "timestamp"}:
        return "", "a part of it is missing, or was put in"
    raw = _base64(document["key"].get("public"), _KEY_BYTES)
    named = fingerprint_of(raw) if raw else ""
    if raw is None or document["key"] != {
        "fingerprint": named,
        "public": document["key"]["public"],
    }:
        return "", "its key does not fit its fingerprint"
    try:
        holds = _holds(raw, document["signature"], signed_bytes(document)) and _stamp_holds(
            raw, document
        )
    except ShapeError:
        holds = False
    if not holds:
        return named, "it was changed after it was signed"
    if not is_same_file:
        return named, (
            "its facts are as signed, but the file was saved again in another form: ask for the "
            "file as it was"
        )
    return named, ""


def _read(data: bytes) -> dict[str, Any] | None:
    if len(data) > MOST_BYTES:
        return None
    try:
        found = json.loads(data, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    is_ours = isinstance(found, dict) and str(found.get("format", "")).startswith("staydown-")
    return found if is_ours else None


def _refuse(_text: str) -> Any:
    raise ShapeError("a fraction")


def _stamp_holds(raw: bytes, document: Mapping[str, Any]) -> bool:
    if "timestamp" not in document:
        return True
    stamp = document["timestamp"]
    names = {"authority", "signature", "token"}
    if not isinstance(stamp, dict) or set(stamp) != names:
        return False
    if not all(isinstance(part, str) for part in stamp.values()):
        return False
    text = stamped_bytes(document, authority=stamp["authority"], token=stamp["token"])
    return _holds(raw, stamp["signature"], text)


def _holds(raw: bytes, signature_hex: str, text: bytes) -> bool:
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - of an extra
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - of an extra
            Ed25519PublicKey,
        )
    except ModuleNotFoundError:
        raise ConfigError(
            "checking signatures needs one more package; install it: pip install 'staydown[verify]'"
        ) from None
    try:
        signature = bytes.fromhex(signature_hex)
        if len(signature) != _SIGNATURE_BYTES or signature.hex() != signature_hex:
            return False
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _base64(text: Any, length: int) -> bytes | None:
    """The bytes; None where it is not the one form of so many bytes."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (ValueError, TypeError):
        return None
    is_good = len(raw) == length and base64.b64encode(raw).decode() == text
    return raw if is_good else None
