"""What these calls do to our own banks and checks: nothing is only for show."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import httpx
import pytest

from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import dispute_entries, set_policy, withdraw_entry
from staydown_web.base.clock import utc_now
from staydown_web.hma.models import HmaBank, HmaContent
from staydown_web.hma.tasks import JOBS
from web.hma import pictures

CAT = "62c9789627838f69f23cf98c29e37836d61c87c31c59587c4b49a783f496725c"
LOGO = "c186f9619659658c4b6916daf934496985f4259c72c39676ab9edb631c3c349c"
LOOKUP = f"/m/lookup?signal_type=pdq&signal={CAT}"
RAW = f"/m/raw_lookup?signal_type=pdq&signal={CAT}"
pytestmark = pytest.mark.django_db(transaction=True)


def verdict(hma: httpx.Client, pdq: str = CAT) -> str:
    body = {"signals": [{"type": "pdq", "value": pdq, "quality": 100}]}
    return hma.post("/api/v1/check", json=body).json()["verdict"]


def run_jobs() -> None:
    for job in JOBS:
        while job.run(utc_now()):
            pass


@pytest.fixture
def number(hma: httpx.Client) -> int:
    """A content of the bank A, by its hash."""
    hma.post("/c/banks", json={"name": "A"})
    return hma.post("/c/bank/A/signal", json={"pdq": CAT}).json()["id"]


def test_what_a_key_adds_is_confirmed_and_blocks_an_upload(hma, number):
    entry = Entry.objects.get()
    assert (entry.state, entry.origin) == (Entry.State.CONFIRMED, Entry.Origin.CLIENT)
    assert verdict(hma) == "block"
    assert verdict(hma, LOGO) == "clear"


def test_a_file_is_banked_whole_so_that_our_own_check_finds_more_than_its_hash(hma):
    hma.post("/c/banks", json={"name": "A"})
    hma.post("/c/bank/A/content", files={"photo": pictures.BRIDGE})
    picture = pictures.bridge()
    width, height = picture.size
    part = picture.crop((width // 5, height // 5, width, height))
    cut = pictures.saved(part, "JPEG", quality=80)
    assert hma.post("/m/lookup", files={"photo": cut}).json() == {"pdq": {}}
    assert hma.post("/api/v1/check", files={"media": cut}).json()["verdict"] == "hold"


def test_an_animation_is_found_by_its_first_picture_here_and_by_every_frame_in_our_check(hma):
    hma.post("/c/banks", json={"name": "A"})
    added = hma.post("/c/bank/A/content", files={"photo": pictures.animation()}).json()
    query = {"signal_type": "pdq", "signal": added["signals"]["pdq"]}
    assert hma.get("/m/lookup", params=query).json()["A"][0]["bank_content_id"] == added["id"]
    found = hma.post("/m/lookup", files={"photo": pictures.BRIDGE}).json()
    assert found["pdq"]["A"][0]["bank_content_id"] == added["id"]
    for still in (pictures.BRIDGE, pictures.COFFEE):
        verdict_of = hma.post("/api/v1/check", files={"media": still}).json()
        assert verdict_of["verdict"] in {"hold", "block"}, still[:10]
    again = hma.post("/api/v1/check", files={"media": pictures.animation()}).json()
    assert again["verdict"] == "block"
    shown = hma.get(f"/c/bank/A/content/{added['id']}?include_signals=true").json()
    assert shown["signals"] == added["signals"]


def test_switched_off_it_stops_nothing_and_switched_on_it_does_again(hma, number):
    content = f"/c/bank/A/content/{number}"
    hma.put(content, json={"disable_until_ts": 0})
    assert verdict(hma) == "clear"
    hma.put(content, json={"disable_until_ts": 1})
    assert verdict(hma) == "block"


def test_what_is_off_until_a_moment_is_on_afterwards(hma, number):
    soon = int(time.time()) + 3600
    hma.put(f"/c/bank/A/content/{number}", json={"disable_until_ts": soon})
    run_jobs()
    assert hma.get(LOOKUP).json() == {}
    assert verdict(hma) == "clear"
    later = utc_now() + timedelta(hours=2)
    assert sum(job.run(later) for job in JOBS) == 1
    assert "A" in hma.get(LOOKUP).json()
    assert verdict(hma) == "block"
    assert not sum(job.run(later) for job in JOBS)


def test_of_two_contents_of_one_hash_both_must_be_off(hma, number):
    second = hma.post("/c/bank/A/signal", json={"pdq": CAT}).json()["id"]
    hma.put(f"/c/bank/A/content/{number}", json={"disable_until_ts": 0})
    assert [row["bank_content_id"] for row in hma.get(LOOKUP).json()["A"]] == [second]
    assert verdict(hma) == "block"
    hma.put(f"/c/bank/A/content/{second}", json={"disable_until_ts": 0})
    assert verdict(hma) == "clear"


def test_a_bank_that_is_off_stops_nothing(hma, number):
    hma.put("/c/bank/A", json={"enabled": False})
    assert verdict(hma) == "clear"
    hma.put("/c/bank/A", json={"enabled_ratio": 0.2})
    assert verdict(hma) == "block"


def test_a_deleted_content_is_destroyed(hma, number):
    hma.delete(f"/c/bank/A/content/{number}")
    entry = Entry.objects.get()
    assert (entry.state, entry.box) == (Entry.State.WITHDRAWN, None)
    assert verdict(hma) == "clear"


def test_a_deleted_bank_matches_nothing_at_once_and_is_then_destroyed(hma, number):
    hma.post(
        "/c/bank/A/content",
        files={"photo": pictures.BRIDGE},
        data={"note": "what a program wrote"},
    )
    hma.delete("/c/bank/A")
    assert verdict(hma) == "clear"
    assert hma.get(RAW).json() == {"matches": []}
    assert not HmaContent.objects.exclude(box=None).exists()
    run_jobs()
    assert set(Entry.objects.values_list("state", flat=True)) == {Entry.State.WITHDRAWN}
    assert set(Entry.objects.values_list("box", flat=True)) == {None}


def test_a_new_bank_of_an_old_name_knows_nothing_of_it(hma, number):
    hma.delete("/c/bank/A")
    assert hma.post("/c/banks", json={"name": "A"}).status_code == 201
    assert hma.get(f"/c/bank/A/content/{number}").status_code == 404
    fresh = hma.post("/c/bank/A/signal", json={"pdq": CAT}).json()["id"]
    assert hma.get(RAW).json() == {"matches": [fresh]}
    run_jobs()
    assert hma.get(RAW).json() == {"matches": [fresh]}


def test_the_same_picture_in_a_bank_of_ours_is_another_entry(hma, number, bank, now):
    from staydown.types import ContentKind, Fingerprint, Signal, SignalType
    from staydown_web.banks.services import add_entry

    made = Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, CAT, 100),))
    hers = add_entry(
        bank=bank, fingerprint=made, origin=Entry.Origin.NOTICE, actor="person", now=now
    ).entry
    assert sorted(hma.get(LOOKUP).json()) == ["A", "REPORTED"]
    hma.delete(f"/c/bank/A/content/{number}")
    hma.delete("/c/bank/A")
    assert sorted(hma.get(LOOKUP).json()) == ["REPORTED"]
    assert Entry.objects.get(pk=hers.pk).state == Entry.State.SEED


def test_a_disputed_entry_is_seen_by_a_raw_lookup_alone(hma, number, now):
    dispute_entries(entry_ids=[Entry.objects.get().pk], actor="system", now=now)
    assert hma.get(LOOKUP).json() == {}
    assert hma.get(RAW).json() == {"matches": [number]}


def test_a_lawful_bank_is_never_shown(hma, lawful_bank, now):
    from staydown_web.base.sealing import seal

    entry = Entry(
        bank=lawful_bank,
        content_kind="photo",
        origin=Entry.Origin.COPY,
        state=Entry.State.CONFIRMED,
        blind="a" * 32,
        account_scope="b" * 64,
        created_at=now,
        claimed_at=now,
    )
    from staydown.types import ContentKind, Fingerprint, Signal, SignalType

    made = Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, CAT, 100),))
    entry.box = seal(made.to_bytes(), context=f"entry:{entry.pk}")
    entry.save(force_insert=True)
    assert hma.get(RAW).json() == {"matches": []}
    assert hma.get(LOOKUP).json() == {}
    assert hma.get("/c/banks").json() == []


def test_a_bank_that_staff_switched_off_shows_as_off(hma, number, now):
    ours = Bank.objects.get(slug="hma-a")
    set_policy(bank=ours, actor="system", now=now, is_active=False)
    assert hma.get("/c/bank/A").json() == {"name": "A", "matching_enabled_ratio": 0.0}
    assert hma.get(LOOKUP).json() == {}


def test_what_a_program_notes_is_sealed(hma):
    hma.post("/c/banks", json={"name": "A"})
    secret = "https://cdn.example/picture-of-somebody"
    answer = hma.post(
        "/c/bank/A/content",
        files={"photo": pictures.BRIDGE},
        data={"metadata": json.dumps({"content_uri": secret}), "note": "who it is"},
    )
    box = bytes(HmaContent.objects.get(pk=answer.json()["id"]).box)
    assert b"cdn.example" not in box
    assert b"who it is" not in box
    shown = hma.get(f"/c/bank/A/content/{answer.json()['id']}").json()
    assert shown["metadata"]["content_uri"] == secret


def test_what_staff_withdraw_is_forgotten_here_too(hma, number, now):
    hma.put(f"/c/bank/A/content/{number}", json={"note": "who it is"})
    withdraw_entry(entry_id=Entry.objects.get().pk, actor="system", now=now)
    assert hma.get(f"/c/bank/A/content/{number}").status_code == 404
    assert hma.get(RAW).json() == {"matches": []}
    run_jobs()
    assert not HmaContent.objects.exists()


def test_every_change_is_an_event_of_the_key(hma, number):
    hma.put("/c/bank/A", json={"name": "B"})
    hma.delete(f"/c/bank/B/content/{number}")
    hma.put("/c/signal_type/video_md5", json={"enabled_ratio": 0.5})
    done = dict(Event.objects.values_list("what", "actor"))
    for what in ("bank_made", "entry_added", "bank_renamed", "entry_withdrawn"):
        assert done[what].startswith("key:"), what
    assert "hma_signal_changed" in done


def test_the_names_of_banks_made_elsewhere_do_not_collide(hma, now):
    for number, name in enumerate(("My list", "my  LIST", "7 more", "ÜÖ")):
        since = now + timedelta(minutes=number)
        made = Bank.objects.create(name=name, slug=f"bank-{number}", created_at=since)
        Entry.objects.create(
            bank=made,
            content_kind="photo",
            origin="import",
            box=b"x",
            blind=f"{number}" * 32,
            created_at=now,
            claimed_at=now,
        )
    names = [row["name"] for row in hma.get("/c/banks").json()]
    assert names[:3] == ["MY_LIST", "MY_LIST_2", "_7_MORE"]
    assert len(set(names)) == 4
    for name in names:
        assert hma.get(f"/c/bank/{name}").status_code == 200
    assert HmaBank.objects.count() == 4
