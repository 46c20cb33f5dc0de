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
from staydown_web.audit.services.chain import record_event
from staydown_web.audit.services.signers import (
    current_number,
    first_public,
    keep_publics,
    signer_now,
    state_key,
)
from staydown_web.base.sealing import keys_read_anew

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
        made = _sign(head, last, now)
    _append_outside(made)
    return made


def change_audit_key(*, actor: str, now: datetime) -> int:
    """Sign with the newest key of the folder from now on; the one before states it last.

    The event, the last signature of the old key and the statement are one transaction. Nothing
    changes where the newest key signs already.

    Args:
        actor: who asks.
        now: the moment, aware UTC.

    Returns:
        Number of the key that signs now.

    Raises:
        ConfigError: a key is not here.
    """
    keys = keys_read_anew()
    number = max(keys.audits)
    keep_publics(keys.folder)
    with transaction.atomic():
        head = ChainHead.objects.select_for_update().first()
        if current_number() >= number:
            return current_number()
        record_event(what="audit_key_changed", actor=actor, at=now, facts={"number": number})
        head = ChainHead.objects.get(pk=1) if head is None else head
        head.refresh_from_db()
        made = _sign(head, Checkpoint.objects.order_by("-seq").first(), now)
        state_key(number, keys.signers()[number], after_seq=made.seq, now=now)
    _append_outside(made)
    return number


def _sign(head: ChainHead, last: Checkpoint | None, now: datetime) -> Checkpoint:
    before = last.signature if last else NOTHING_SIGNED
    text = signed_text(seq=head.seq, digest=head.digest, at=now, before=before)
    signature = signer_now().sign(text).hex()
    made = Checkpoint(seq=head.seq, digest=head.digest, at=now, signature=signature)
    made.save(force_insert=True)
    return made


def signed_text(*, seq: int, digest: str, at: datetime, before: str) -> bytes:
    """What a checkpoint signs: five lines. Source: ADR-0037."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return "\n".join(["staydown-checkpoint/1", str(seq), digest, moment, before]).encode()


def is_signed(key: Ed25519PublicKey, checkpoint: Checkpoint, *, before: str) -> bool:
    """Whether the signature of a checkpoint holds, given the signature before it."""
    try:
        text = signed_text(
            seq=checkpoint.seq, digest=checkpoint.digest, at=checkpoint.at, before=before
        )
        key.verify(bytes.fromhex(checkpoint.signature), text)
    except (InvalidSignature, AttributeError, TypeError, ValueError):
        # A row that somebody else wrote can hold anything: a moment that is none, bytes for text.
        return False
    return True


def public_key_pem() -> str:
    """The first key that proves the signatures, to be kept by somebody else; PEM.

    Every later key is stated by the one before it, so it proves those too.
    """
    return first_public().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def outside_path() -> Path:
    """The file of checkpoints outside the database; one JSON object a line."""
    return Path(settings.STAYDOWN_HOME) / "audit" / "checkpoints.jsonl"


def checkpoints_outside(path: Path) -> list[tuple[int, str]]:
    """Sequence number and digest of each checkpoint in the file; empty where there is none.

    A last line that a power loss cut short is left out.
    """
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
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
