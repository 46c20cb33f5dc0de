"""The keys that sign checkpoints, one after the other: each later one is stated by the one before.

Which of them signs is a row of the database, changed in one transaction with the last signature of
the old key, so that no two processes ever disagree. Source: ADR-0095.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from staydown_web.audit.models import AuditKey
from staydown_web.base.errors import ConfigError
from staydown_web.base.keys import write_once
from staydown_web.base.rings import file_name, numbers_in, read_key
from staydown_web.base.sealing import installation_keys, keys_read_anew

_RING = "audit"
_PUBLIC = ".pub"


@dataclass(frozen=True, slots=True)
class Signers:
    """The public keys of all checkpoints.

    Attributes:
        first: of the oldest ones.
        later: number of the last event before it -> the key from there on, in order.
    """

    first: Ed25519PublicKey
    later: Sequence[tuple[int, Ed25519PublicKey]] = ()

    def of(self, seq: int) -> Ed25519PublicKey:
        """The key that signs a checkpoint at an event."""
        found = self.first
        for after, key in self.later:
            if seq > after:
                found = key
        return found

    def has(self, key: Ed25519PublicKey) -> bool:
        """Whether a key is one of them."""
        raw = key.public_bytes_raw()
        return any(one.public_bytes_raw() == raw for one in self.every())

    def every(self) -> list[Ed25519PublicKey]:
        """All of them, oldest first."""
        return [self.first, *(key for _after, key in self.later)]


def signer_now() -> Ed25519PrivateKey:
    """The key that signs now; call it while the end of the chain is held.

    Raises:
        ConfigError: its private half is not here.
    """
    number = current_number()
    keys = installation_keys()
    raw = keys.audits.get(number) or keys_read_anew().audits.get(number)
    if raw is None:
        raise ConfigError(
            f"key {number} of the audit is not in {keys.folder}; restore it from your copy of the "
            "keys"
        )
    return Ed25519PrivateKey.from_private_bytes(raw)


def current_number() -> int:
    """Number of the key that signs now, from 1."""
    found = AuditKey.objects.order_by("-number").values_list("number", flat=True).first()
    return found or 1


def signers(first: Ed25519PublicKey | None = None) -> tuple[Signers, int | None]:
    """Every public key of the checkpoints, each proven by the one before it.

    Args:
        first: the first key, as somebody kept it; the installation's own by default.

    Returns:
        The keys, and after which event the first statement that does not hold would begin; None
        where all hold.
    """
    own = first or first_public()
    found: list[tuple[int, Ed25519PublicKey]] = []
    before = own
    for row in AuditKey.objects.order_by("number"):
        if not _holds(row, before):
            return Signers(own, found), row.after_seq
        before = Ed25519PublicKey.from_public_bytes(bytes.fromhex(row.public))
        found.append((row.after_seq, before))
    return Signers(own, found), None


def first_public() -> Ed25519PublicKey:
    """The public half of the first key: from its private one, or from what was kept of it.

    Raises:
        ConfigError: neither is here.
    """
    keys = installation_keys()
    if 1 in keys.audits:
        return Ed25519PrivateKey.from_private_bytes(keys.audits[1]).public_key()
    raw = read_key(keys.folder / file_name(_RING, 1, _PUBLIC))
    return Ed25519PublicKey.from_public_bytes(raw)


def state_key(number: int, key: Ed25519PrivateKey, *, after_seq: int, now: datetime) -> AuditKey:
    """Let the key in use state the next one, inside the caller's transaction."""
    before = signer_now()
    public, previous = (_hex(one) for one in (key, before))
    row = AuditKey(number=number, after_seq=after_seq, public=public, previous=previous, at=now)
    row.signature = before.sign(_text(row)).hex()
    row.save(force_insert=True)
    return row


def keep_publics(folder: Path) -> None:
    """Keep the public half of every key that is here, beside it; made once."""
    for number in numbers_in(folder, _RING):
        raw = read_key(folder / file_name(_RING, number))
        public = Ed25519PrivateKey.from_private_bytes(raw).public_key().public_bytes_raw()
        with suppress(FileExistsError):
            write_once(folder / file_name(_RING, number, _PUBLIC), public)


def _hex(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def _text(row: AuditKey) -> bytes:
    """What states a key: six lines."""
    moment = row.at.astimezone(UTC).isoformat(timespec="microseconds")
    said = [str(row.number), row.public, row.previous, str(row.after_seq), moment]
    return "\n".join(["staydown-audit-key/1", *said]).encode()


def _holds(row: AuditKey, before: Ed25519PublicKey) -> bool:
    if row.previous != before.public_bytes_raw().hex():
        return False
    try:
        before.verify(bytes.fromhex(row.signature), _text(row))
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(row.public))
    except (InvalidSignature, AttributeError, TypeError, ValueError):
        # A row that somebody else wrote can hold anything: a moment that is none, bytes for text.
        return False
    return True
