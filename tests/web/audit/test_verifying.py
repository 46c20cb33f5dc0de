"""Whatever is done to the chain behind our back is found, and where it was done."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django.db import connection
from django.db.models import F

from staydown_web.audit.models import ChainHead, Checkpoint, Event
from staydown_web.audit.services import (
    NewEvent,
    make_checkpoint,
    public_key_pem,
    record_events,
    verify_chain,
)
from staydown_web.audit.services.chain import event_digest
from staydown_web.audit.services.checkpoints import EVERY, EVERY_EVENTS, outside_path, signed_text

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def record(count: int) -> None:
    record_events(
        [
            NewEvent("copy_held", "system", NOW + timedelta(seconds=n), uuid4(), facts={"n": n})
            for n in range(count)
        ]
    )


@pytest.fixture
def chain() -> None:
    """Thirty events, signed at 10 and at 20."""
    for n in range(3):
        record(10)
        if n < 2:
            make_checkpoint(now=NOW + timedelta(minutes=n), is_due=True)


def written_anew(start: int) -> None:
    """What a patient intruder does: compute every digest from an event on, and the head."""
    previous = Event.objects.get(seq=start - 1).digest if start > 1 else "0" * 64
    for event in Event.objects.filter(seq__gte=start).order_by("seq"):
        names = ("seq", "at", "what", "actor", "case_id", "subject", "facts")
        event.previous = previous
        event.digest = event_digest(**{n: getattr(event, n) for n in names}, previous=previous)
        event.save()
        previous = event.digest
    ChainHead.objects.update(digest=previous)


def test_an_untouched_chain_holds(chain: None) -> None:
    found = verify_chain()
    assert (found.events, found.checkpoints, found.first_bad, found.why) == (30, 2, None, "")
    assert found.is_whole


def test_an_empty_chain_holds() -> None:
    assert verify_chain().is_whole
    assert make_checkpoint(now=NOW, is_due=True) is None


@pytest.mark.parametrize(
    "change",
    [
        {"what": "copy_freed"},
        {"actor": "person"},
        {"at": NOW + timedelta(hours=1)},
        {"case_id": UUID(int=9)},
        {"case_id": None},
        {"subject": "copy:1"},
        {"facts": {"n": 99}},
        {"facts": {"n": True}},
        {"digest": "0" * 64},
        {"previous": "1" * 64},
    ],
    ids=str,
)
def test_a_changed_event_is_found(chain: None, change: dict) -> None:
    Event.objects.filter(seq=15).update(**change)
    assert verify_chain().first_bad in {15, 16}


def test_a_removed_event_is_found(chain: None) -> None:
    Event.objects.filter(seq=15).delete()
    assert verify_chain().first_bad == 15


def test_a_removed_event_is_found_where_the_others_moved_up(chain: None) -> None:
    Event.objects.filter(seq=15).delete()
    for seq in range(16, 31):
        Event.objects.filter(seq=seq).update(seq=F("seq") - 1)
    ChainHead.objects.update(seq=29)
    assert verify_chain().first_bad == 15


def test_an_event_put_in_is_found(chain: None) -> None:
    last = Event.objects.get(seq=30)
    Event.objects.create(
        seq=31, at=NOW, what="copy_held", actor="system", previous=last.digest, digest="2" * 64
    )
    assert verify_chain().first_bad == 31
    ChainHead.objects.update(seq=31, digest="2" * 64)
    assert verify_chain().first_bad == 31


def test_events_in_another_order_are_found(chain: None) -> None:
    Event.objects.filter(seq=12).update(seq=1_000)
    Event.objects.filter(seq=13).update(seq=12)
    Event.objects.filter(seq=1_000).update(seq=13)
    assert verify_chain().first_bad == 12


@pytest.mark.parametrize("seq", [30, 25, 21])
def test_a_cut_off_end_is_found(chain: None, seq: int) -> None:
    Event.objects.filter(seq__gte=seq).delete()
    found = verify_chain()
    assert (found.first_bad, found.events) == (seq, seq - 1)


def test_a_chain_without_its_head_is_found(chain: None) -> None:
    ChainHead.objects.all().delete()
    assert verify_chain().first_bad == 1


def test_a_chain_that_was_written_anew_is_found_by_its_signatures(chain: None) -> None:
    Event.objects.filter(seq=15).update(facts={"n": 99})
    written_anew(15)
    found = verify_chain()
    assert found.first_bad == 20
    assert "written anew" in found.why


def test_what_is_not_signed_yet_can_be_written_anew_and_the_next_checkpoint_ends_that(
    chain: None,
) -> None:
    # The limit that docs/threat-model.md states: EVERY and EVERY_EVENTS bound it.
    Event.objects.filter(seq=25).update(facts={"n": 99})
    written_anew(25)
    assert verify_chain().is_whole


def test_a_checkpoint_left_out_is_found(chain: None) -> None:
    Checkpoint.objects.filter(seq=10).delete()
    assert verify_chain().first_bad == 20


def test_checkpoints_cut_off_with_their_events_are_found_outside(chain: None) -> None:
    Event.objects.filter(seq__gt=15).delete()
    Checkpoint.objects.filter(seq__gt=15).delete()
    last = Event.objects.get(seq=15)
    ChainHead.objects.update(seq=15, digest=last.digest)
    found = verify_chain()
    assert found.first_bad == 16
    assert "signed up to event 20" in found.why


def test_a_chain_written_anew_without_checkpoints_is_found_outside(chain: None) -> None:
    Event.objects.filter(seq=5).update(facts={"n": 99})
    Checkpoint.objects.all().delete()
    written_anew(5)
    assert verify_chain().first_bad == 10


def test_a_signature_of_another_key_is_found(chain: None) -> None:
    forged = Checkpoint.objects.get(seq=20)
    before = Checkpoint.objects.get(seq=10).signature
    text = signed_text(seq=20, digest=forged.digest, at=forged.at, before=before)
    Checkpoint.objects.filter(seq=20).update(
        signature=Ed25519PrivateKey.generate().sign(text).hex()
    )
    assert verify_chain().first_bad == 20


@pytest.mark.parametrize("signature", ["", "not hex", "00" * 64])
def test_a_broken_signature_is_found(chain: None, signature: str) -> None:
    Checkpoint.objects.filter(seq=10).update(signature=signature)
    assert verify_chain().first_bad == 10


def test_facts_that_cannot_be_read_are_found(chain: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL itself keeps JSON readable")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute("UPDATE audit_event SET facts = '{' WHERE seq = 7")
        cursor.execute("PRAGMA ignore_check_constraints = OFF")
    assert verify_chain().first_bad == 7


def test_a_copy_of_the_public_key_proves_the_same(chain: None) -> None:
    key = load_pem_public_key(public_key_pem().encode())
    assert verify_chain(key=key).is_whole  # type: ignore[arg-type]
    other = Ed25519PrivateKey.generate().public_key()
    assert verify_chain(key=other).first_bad == 10


def test_a_line_that_power_cut_short_is_left_out(chain: None) -> None:
    with outside_path().open("a") as file:
        file.write('{"seq": 30, "dig')
    assert verify_chain().is_whole


def test_the_file_outside_holds_each_checkpoint_for_its_owner_alone(chain: None) -> None:
    rows = [json.loads(line) for line in outside_path().read_text().splitlines()]
    assert [row["seq"] for row in rows] == [10, 20]
    assert outside_path().stat().st_mode & 0o077 == 0


def test_the_chain_is_read_in_pages(chain: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("staydown_web.audit.services.verifying._PAGE", 7)
    assert verify_chain().events == 30


def test_a_checkpoint_is_due_by_number_or_by_time() -> None:
    record(1)
    assert make_checkpoint(now=NOW) is not None, "the first event is signed at once"
    assert make_checkpoint(now=NOW + 2 * EVERY) is None, "nothing new"
    record(1)
    assert make_checkpoint(now=NOW + EVERY / 2) is None
    assert make_checkpoint(now=NOW + EVERY) is not None
    record(EVERY_EVENTS - 1)
    assert make_checkpoint(now=NOW + EVERY) is None
    record(1)
    assert make_checkpoint(now=NOW + EVERY) is not None
    assert verify_chain().checkpoints == 3


def test_a_file_that_is_missing_is_no_trouble(chain: None, tmp_path: Path) -> None:
    assert verify_chain(outside=tmp_path / "none").is_whole


def test_a_checkpoint_that_was_removed_at_the_end_is_found_outside(chain: None) -> None:
    Checkpoint.objects.filter(seq=20).delete()
    found = verify_chain()
    assert found.first_bad == 20
    assert "removed" in found.why


@pytest.mark.parametrize(
    ("change", "first_bad"),
    [
        ("UPDATE audit_event SET at = 'no moment' WHERE seq = 7", 7),
        ("UPDATE audit_event SET what = x'00ff' WHERE seq = 7", 7),
        ("UPDATE audit_event SET subject = x'00ff' WHERE seq = 7", 7),
        ("UPDATE audit_checkpoint SET at = 'no moment' WHERE seq = 10", 10),
        ("UPDATE audit_checkpoint SET signature = x'00ff' WHERE seq = 10", 10),
        ("UPDATE audit_chainhead SET seq = 'no number'", 1),
    ],
)
def test_what_no_field_of_ours_can_hold_is_found_too(
    chain: None, change: str, first_bad: int
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL itself keeps the kinds of fields")
    with connection.cursor() as cursor:
        cursor.execute(change)
    assert verify_chain().first_bad == first_bad


def test_a_file_outside_that_is_no_text_hides_nothing(chain: None) -> None:
    outside_path().write_bytes(b"\xff\xfe\n" + outside_path().read_bytes())
    assert verify_chain().is_whole
    Checkpoint.objects.filter(seq=20).delete()
    assert verify_chain().first_bad == 20
