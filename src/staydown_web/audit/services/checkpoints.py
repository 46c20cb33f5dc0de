"""Signatures over the chain, by a key that the database does not hold.

Whoever can write the database could compute every digest anew, but not these signatures. Each
signature covers the one before it, so a checkpoint cannot be left out either. A copy of each is
appended to a file outside the database, so that cutting off events and checkpoints together shows.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.db import transaction

from staydown_web.audit.models import ChainHead, Checkpoint
from staydown_web.base.sealing import installation_keys

EVERY_EVENTS = 1_000
"""A checkpoint after so many events, whatever the clock says. Source: ADR-0037."""
EVERY = timedelta(minutes=5)
"""A checkpoint after so long, where there is any event. Source: ADR-0037."""
NOTHING_SIGNED = ""


def make_checkpoint(*, now: datetime, is_due: bool = False) -> Checkpoint | None:
    """Sign the chain as it stands, when enough events or enough time have gone by.

    Args:
        now: the moment to record, aware UTC.
        is_due: True signs whatever is not signed yet at once.

    Returns:
        The checkpoint, or None where none was due.
    """
    with transaction.atomic():
        head = ChainHead.objects.select_for_update().first()
        last = Checkpoint.objects.order_by("-seq").first()
        signed = last.seq if last else 0
        if head is None or head.seq == signed:
            return None
        waited = last is None or now - last.at >= EVERY
        if not (is_due or waited or head.seq - signed >= EVERY_EVENTS):
            return None
        before = last.signature if last else NOTHING_SIGNED
        text = signed_text(seq=head.seq, digest=head.digest, at=now, before=before)
        signature = installation_keys().signer().sign(text).hex()
        made = Checkpoint(seq=head.seq, digest=head.digest, at=now, signature=signature)
        made.save(force_insert=True)
    _append_outside(made)
    return made


def signed_text(*, seq: int, digest: str, at: datetime, before: str) -> bytes:
    """What a checkpoint signs: five lines. Source: ADR-0037."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return "\n".join(["staydown-checkpoint/1", str(seq), digest, moment, before]).encode()


def is_signed(key: Ed25519PublicKey, checkpoint: Checkpoint, *, before: str) -> bool:
    """Whether the signature of a checkpoint holds, given the signature before it."""
    text = signed_text(
        seq=checkpoint.seq, digest=checkpoint.digest, at=checkpoint.at, before=before
    )
    try:
        key.verify(bytes.fromhex(checkpoint.signature), text)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_key() -> Ed25519PublicKey:
    """The key that proves the signatures."""
    return installation_keys().signer().public_key()


def public_key_pem() -> str:
    """The key that proves the signatures, to be kept by somebody else; PEM."""
    return public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def outside_path() -> Path:
    """The file of checkpoints outside the database; one JSON object a line."""
    return Path(settings.STAYDOWN_HOME) / "audit" / "checkpoints.jsonl"


def checkpoints_outside(path: Path) -> list[tuple[int, str]]:
    """Sequence number and digest of each checkpoint in the file; empty where there is none.

    A last line that a power loss cut short is left out.
    """
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            row = json.loads(line)
            found.append((int(row["seq"]), str(row["digest"])))
        except (ValueError, KeyError, TypeError):
            continue
    return found


def _append_outside(made: Checkpoint) -> None:
    """Add a line; a full disk must not stop the service, and verifying needs no line."""
    row = {"seq": made.seq, "digest": made.digest, "signature": made.signature}
    path = outside_path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, json.dumps(row).encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
