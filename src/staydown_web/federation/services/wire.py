"""Events as they travel: their canonical form, the chain, signatures, and sealed fingerprints.

Signed is ``staydown-feed/1``, a line break, and the canonical form (RFC 8785 of such values) of the
event without its fingerprint. A digest over the same bytes stands in the next event, so that none
can be left out, put in or moved. The fingerprint is bound by ``seal``, a salted digest: when salt
and fingerprint are destroyed, the chain still holds and nobody can guess what it was. ADR-0072.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from staydown.cli.verify.canon import ShapeError, canonical
from staydown.cli.verify.documents import fingerprint_of
from staydown_web.base.errors import ExchangePayloadError, FeedBrokenError
from staydown_web.base.signing import SigningKey

PURPOSE = b"staydown-feed/1\n"
KEY_PURPOSE = b"staydown-key/1\n"
SALT_BYTES = 32
MOST_RAW_BYTES = 512 << 10
"""Of one fingerprint: a video of two hours has less than half of it."""
WHATS = frozenset({"seed", "confirm", "dispute", "withdraw", "key"})
_HEX_64, _HEX_128 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{128}")
_SIGNED = ("feed", "seq", "what", "origin", "subject", "seal", "statement", "at", "previous", "key")


@dataclass(frozen=True, slots=True)
class WireEvent:
    """An event, checked for its shape.

    Attributes:
        feed: names the feed.
        seq: from 1, without gaps.
        what: one of ``WHATS``.
        origin: identity of the installation that the entry is from; of the writer for a key.
        subject: the entry's id there; empty for a key.
        seal: salted digest of the fingerprint; empty where the event never had one.
        statement: of a new key; None for other events.
        at: when it was written, to the second.
        previous: digest of the event before; empty for the first.
        key: fingerprint of the key that signed.
        signature: 128 hex digits.
        raw: the fingerprint; None where there is none, it was destroyed, or it is too large.
        is_too_large: whether a fingerprint came that is larger than we take.
    """

    feed: str
    seq: int
    what: str
    origin: str
    subject: str
    seal: str
    statement: dict[str, Any] | None
    at: str
    previous: str
    key: str
    signature: str
    raw: bytes | None = None
    is_too_large: bool = False

    def signed_bytes(self) -> bytes:
        """What the signature and the chain are over."""
        return PURPOSE + canonical({name: getattr(self, name) for name in _SIGNED})

    @property
    def digest(self) -> str:
        """Stands in the next event as ``previous``."""
        return hashlib.sha256(self.signed_bytes()).hexdigest()

    def is_signed_by(self, public: bytes) -> bool:
        """Whether a key of 32 bytes signed it."""
        return holds(public, self.signature, self.signed_bytes())


@dataclass(frozen=True, slots=True)
class Statement:
    """A key, and the word of the one before it that it comes next; the first speaks for itself."""

    number: int
    public: str
    previous: str
    at: str
    signature: str

    @property
    def fingerprint(self) -> str:
        """Of the key, 64 hex digits."""
        return fingerprint_of(bytes.fromhex(self.public))

    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        facts = {"number": self.number, "public": self.public, "previous": self.previous}
        return KEY_PURPOSE + canonical({**facts, "at": self.at})

    def to_dict(self) -> dict[str, Any]:
        """As it travels."""
        return {
            "number": self.number,
            "public": self.public,
            "previous": self.previous,
            "at": self.at,
            "signature": self.signature,
        }


def holds(public: bytes, signature: str, text: bytes) -> bool:
    """Whether an ed25519 signature in hex digits holds."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def moment(at: datetime) -> str:
    """A moment as events hold it."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def seal_of(salt: bytes, raw: bytes) -> str:
    """The salted digest that binds a fingerprint to its event."""
    return hashlib.sha256(salt + raw).hexdigest()


def new_salt() -> bytes:
    """256 bits: without it nobody can try out fingerprints against a seal."""
    return secrets.token_bytes(SALT_BYTES)


def make_statement(
    key: SigningKey, *, number: int, at: datetime, before: SigningKey | None
) -> Statement:
    """State a key, signed by the one before it, or by itself."""
    previous = before.fingerprint if before else ""
    bare = Statement(number, key.public.hex(), previous, moment(at), "")
    signature = (before or key).sign(bare.signed_bytes())
    return Statement(number, bare.public, bare.previous, bare.at, signature)


def read_statement(value: Any) -> Statement:
    """A statement out of JSON, checked for its shape alone.

    Raises:
        ExchangePayloadError: not a statement.
    """
    match value:
        case {
            "number": int(number),
            "public": str(public),
            "previous": str(previous),
            "at": str(at),
            "signature": str(signature),
        } if (
            1 <= number < 10_000
            and _HEX_64.fullmatch(public)
            and (not previous or _HEX_64.fullmatch(previous))
            and len(at) <= 32
            and _HEX_128.fullmatch(signature)
        ):
            return Statement(number, public, previous, at, signature)
        case _:
            raise ExchangePayloadError("the statement of a key cannot be read")


def follows(statement: Statement, before: Statement | None) -> bool:
    """Whether a statement is the next after another, or a first one that speaks for itself."""
    signer = bytes.fromhex(before.public if before else statement.public)
    return (
        statement.number == (before.number + 1 if before else 1)
        and statement.previous == (before.fingerprint if before else "")
        and holds(signer, statement.signature, statement.signed_bytes())
    )


def to_wire(event: WireEvent, *, salt: bytes | None) -> dict[str, Any]:
    """An event as JSON; without a salt its fingerprint stays here."""
    sent = {name: getattr(event, name) for name in _SIGNED}
    sent["signature"] = event.signature
    if event.raw is not None and salt is not None:
        sent["fingerprint"] = base64.b64encode(event.raw).decode()
        sent["salt"] = salt.hex()
    return sent


def read_event(value: Any) -> WireEvent:
    """An event out of JSON, checked for its shape and that its fingerprint is what was sealed.

    A fingerprint larger than ``MOST_RAW_BYTES`` is left out; that is no fault of the chain.

    Raises:
        FeedBrokenError: not an event, or another fingerprint than was sealed.
    """
    if not isinstance(value, Mapping):
        raise FeedBrokenError("an event of the feed cannot be read")
    raw, is_too_large = _fingerprint(value)
    try:
        event = WireEvent(
            **{name: value[name] for name in _SIGNED},
            signature=value["signature"],
            raw=raw,
            is_too_large=is_too_large,
        )
        is_event = _is_event(event) and bool(event.signed_bytes())
        if event.statement is not None:
            read_statement(event.statement)
    except (KeyError, TypeError, ValueError, ShapeError, ExchangePayloadError):
        is_event = False
    if not is_event:
        raise FeedBrokenError("an event of the feed cannot be read")
    return event


def _fingerprint(value: Mapping[str, Any]) -> tuple[bytes | None, bool]:
    text, salt = value.get("fingerprint"), value.get("salt")
    if text is None:
        return None, False
    if not isinstance(text, str) or not isinstance(salt, str):
        raise FeedBrokenError("a fingerprint of the feed cannot be read")
    if len(text) > MOST_RAW_BYTES * 4 // 3 + 4:
        return None, True
    try:
        raw = base64.b64decode(text, validate=True)
        is_sealed = seal_of(bytes.fromhex(salt), raw) == value.get("seal")
    except ValueError:
        raise FeedBrokenError("a fingerprint of the feed cannot be read") from None
    if not is_sealed:
        raise FeedBrokenError("a fingerprint of the feed is not the one that was signed")
    return raw, False


def _is_event(event: WireEvent) -> bool:
    texts = (event.feed, event.what, event.origin, event.subject, event.seal, event.at)
    return (
        all(isinstance(text, str) for text in (*texts, event.previous, event.key))
        and isinstance(event.seq, int)
        and not isinstance(event.seq, bool)
        and 1 <= event.seq < 1 << 53
        and event.what in WHATS
        and bool(_HEX_64.fullmatch(event.origin) and _HEX_64.fullmatch(event.key))
        and all(not text or _HEX_64.fullmatch(text) for text in (event.seal, event.previous))
        and bool(_HEX_128.fullmatch(event.signature))
        and len(event.at) <= 32
        and (isinstance(event.statement, dict) if event.what == "key" else event.statement is None)
        and (event.subject == "" if event.what == "key" else _is_id(event.subject))
        and str(UUID(event.feed)) == event.feed
    )


def _is_id(text: str) -> bool:
    return len(text) == 36 and str(UUID(text)) == text
