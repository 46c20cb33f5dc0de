"""The key of the checkpoints is changed: each later one is stated by the one before it."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import IntegrityError, transaction

from staydown_web.audit.models import AuditKey, Checkpoint, Event
from staydown_web.audit.services import (
    change_audit_key,
    make_checkpoint,
    record_event,
    verify_chain,
)
from staydown_web.audit.services.signers import first_public, signers
from staydown_web.base.errors import ConfigError
from staydown_web.base.keys import make_keys
from staydown_web.base.sealing import keys_read_anew

pytestmark = pytest.mark.django_db


@pytest.fixture
def keys(tmp_path: Path, settings: Any) -> Path:
    """Keys of their own."""
    make_keys(tmp_path / "keys")
    settings.STAYDOWN_KEYS = tmp_path / "keys"
    return tmp_path / "keys"


def add(keys: Path, number: int) -> None:
    path = keys / f"audit-{number:04}.key"
    path.write_bytes(secrets.token_bytes(32))
    path.chmod(0o600)


def happen(now: Any, count: int = 3) -> None:
    for _ in range(count):
        record_event(what="case_seen", actor="system", at=now)
    make_checkpoint(now=now, is_due=True)


@pytest.fixture
def changed(keys: Path, now: Any) -> Path:
    """A chain with checkpoints by three keys in turn."""
    happen(now)
    for number in (2, 3):
        add(keys, number)
        assert change_audit_key(actor="system", now=now) == number
        happen(now + timedelta(hours=number))
    return keys


def test_old_and_new_signatures_hold(changed: Path) -> None:
    found = verify_chain()
    assert (found.is_whole, found.events, found.checkpoints) == (True, 11, 5)
    known, unstated = signers()
    assert unstated is None
    assert len({key.public_bytes_raw() for key in known.every()}) == 3
    last = Checkpoint.objects.order_by("-seq").first()
    assert last is not None
    assert known.of(last.seq).public_bytes_raw() == known.every()[-1].public_bytes_raw()


def test_a_copy_of_any_of_the_keys_proves_it_and_of_another_does_not(changed: Path) -> None:
    for key in signers()[0].every():
        assert verify_chain(key=key).is_whole
    assert verify_chain(key=Ed25519PrivateKey.generate().public_key()).first_bad is not None


def test_the_private_halves_of_old_keys_are_not_needed(changed: Path, now: Any) -> None:
    first = first_public().public_bytes_raw()
    for name in ("audit.key", "audit-0002.key"):
        (changed / name).unlink()
    assert first_public().public_bytes_raw() == first
    assert make_keys(changed) == []
    happen(now + timedelta(hours=9))
    assert verify_chain().is_whole


def test_a_lost_key_is_said_and_nothing_is_signed_by_another(changed: Path, now: Any) -> None:
    (changed / "audit-0003.key").unlink()
    keys_read_anew()
    record_event(what="case_seen", actor="system", at=now)
    with pytest.raises(ConfigError, match="key 3 of the audit"):
        make_checkpoint(now=now, is_due=True)
    assert verify_chain().is_whole


def test_again_changes_nothing(changed: Path, now: Any) -> None:
    events = Event.objects.count()
    assert change_audit_key(actor="system", now=now) == 3
    assert (Event.objects.count(), AuditKey.objects.count()) == (events, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"after_seq": 99},
        {"public": "ab" * 32},
        {"previous": "ab" * 32},
        {"signature": "00" * 64},
        {"signature": "short"},
    ],
)
def test_a_changed_statement_is_found(changed: Path, change: dict[str, Any]) -> None:
    AuditKey.objects.filter(number=2).update(**change)
    found = verify_chain()
    assert not found.is_whole
    assert "not stated" in found.why


def test_a_key_put_in_by_somebody_without_the_old_one_is_found(changed: Path, now: Any) -> None:
    forged = Ed25519PrivateKey.generate()
    last = Checkpoint.objects.order_by("-seq").first()
    assert last is not None
    AuditKey.objects.create(
        number=4,
        after_seq=last.seq,
        public=forged.public_key().public_bytes_raw().hex(),
        previous=signers()[0].every()[-1].public_bytes_raw().hex(),
        at=now,
        signature=forged.sign(b"x").hex(),
    )
    assert verify_chain().first_bad == last.seq + 1


def test_a_statement_that_was_taken_away_is_found(changed: Path) -> None:
    AuditKey.objects.filter(number=3).delete()
    assert not verify_chain().is_whole


def test_what_fails_half_way_changes_nothing(
    keys: Path, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen(now)
    add(keys, 2)

    def fail(*_: object, **__: object) -> None:
        raise IntegrityError

    monkeypatch.setattr("staydown_web.audit.services.checkpoints.state_key", fail)
    with pytest.raises(IntegrityError), transaction.atomic():
        change_audit_key(actor="system", now=now)
    monkeypatch.undo()
    happen(now + timedelta(hours=1))
    assert verify_chain().is_whole
    assert change_audit_key(actor="system", now=now) == 2
    assert verify_chain().is_whole
