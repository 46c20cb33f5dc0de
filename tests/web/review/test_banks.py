"""Banks: states and counts, never a hash; what changes a whole bank takes two people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from review_scene import file_notice
from staydown_web.accounts.models import Approval
from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import confirm_entries, quarantine_entries
from staydown_web.screening.models import Flood

pytestmark = pytest.mark.django_db


def ask_policy(client, bank, **changes):
    data = {
        "on_identical": "block",
        "on_same": "block",
        "on_part": "hold",
        "on_altered": "log",
        "reason": "Parts come too often.",
        **changes,
    }
    return client.post(reverse("review:policy", args=[bank.slug]), data)


def answer(client, approval, do: str):
    return client.post(reverse("review:answer_approval", args=[approval.pk]), {"do": do})


def test_a_policy_changes_when_a_second_person_grants_it(lead_client, admin_client, bank) -> None:
    assert ask_policy(lead_client, bank, on_part="block").status_code == 302
    asked = Approval.objects.get()
    bank.refresh_from_db()
    assert bank.on_part == "hold", "not yet"
    assert (
        "A part of it: Block it" in admin_client.get(reverse("review:approvals")).content.decode()
    )
    answer(admin_client, asked, "grant")
    bank.refresh_from_db()
    asked.refresh_from_db()
    assert (bank.on_part, asked.state) == ("block", Approval.State.DONE)


def test_nobody_grants_their_own_policy(lead_client, bank) -> None:
    ask_policy(lead_client, bank, on_part="block")
    refused = answer(lead_client, Approval.objects.get(), "grant")
    assert refused.status_code == 403
    bank.refresh_from_db()
    assert bank.on_part == "hold"
    assert answer(lead_client, Approval.objects.get(), "refuse").status_code == 302


def test_a_reviewer_answers_no_request(reviewer_client, lead_client, bank) -> None:
    ask_policy(lead_client, bank, on_part="block")
    for do in ("grant", "refuse"):
        assert answer(reviewer_client, Approval.objects.get(), do).status_code == 403


def test_a_refused_policy_changes_nothing(lead_client, admin_client, bank) -> None:
    ask_policy(lead_client, bank, on_part="block")
    answer(admin_client, Approval.objects.get(), "refuse")
    bank.refresh_from_db()
    assert bank.on_part == "hold"
    assert answer(admin_client, Approval.objects.get(), "grant").status_code == 409


def test_asking_for_no_change_is_said(lead_client, bank) -> None:
    assert b"Nothing would change" in ask_policy(lead_client, bank).content
    assert not Approval.objects.exists()


def test_entries_are_found_by_case_and_looking_is_an_event(
    reviewer_client, platform, site, today
) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    entry = case.items.get().claims.get().entry
    address = reverse("review:banks")
    page = reviewer_client.get(address, {"case": case.number.lower()}).content.decode()
    assert reverse("review:entry", args=[entry.pk]) in page
    assert Event.objects.filter(what="entries_listed", case_id=case.pk).exists()
    unknown = reviewer_client.get(address, {"case": "C-2222-2222"}).content.decode()
    assert "No case has this number." in unknown


def test_an_entry_shows_history_and_no_hash(reviewer_client, entry, upload) -> None:
    page = reviewer_client.get(reverse("review:entry", args=[entry.pk])).content.decode()
    assert "Latest matches" in page
    assert entry.blind not in page
    assert Event.objects.filter(what="entry_viewed", subject=f"entry:{entry.pk}").count() == 1
    assert "Change it" not in page, "leads change entries"


def test_a_lead_puts_an_entry_in_doubt(lead_client, reviewer_client, entry) -> None:
    address = reverse("review:change_entry", args=[entry.pk])
    data = {"do": "dispute", "reason": "the person shown wrote to us"}
    assert reviewer_client.post(address, data).status_code == 403
    assert lead_client.post(address, {"do": "dispute", "reason": ""}).status_code == 400
    lead_client.post(address, data)
    entry.refresh_from_db()
    assert entry.state == Entry.State.DISPUTED


def change(client, entry, do: str, **data):
    address = reverse("review:change_entry", args=[entry.pk])
    return client.post(address, {"do": do, "reason": "we looked into it", **data})


def test_doubt_about_a_confirmed_entry_takes_two_people(
    lead_client, admin_client, entry, now
) -> None:
    confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
    assert change(lead_client, entry, "dispute").status_code == 302
    entry.refresh_from_db()
    assert entry.state == Entry.State.CONFIRMED, "not yet"
    assert change(lead_client, entry, "dispute").status_code == 409, "asked already"
    asked = Approval.objects.get()
    assert answer(lead_client, asked, "grant").status_code == 403
    page = admin_client.get(reverse("review:approvals")).content.decode()
    assert "Put a confirmed entry in doubt" in page
    assert answer(admin_client, asked, "grant").status_code == 302
    entry.refresh_from_db()
    assert entry.state == Entry.State.DISPUTED


@pytest.mark.parametrize("was_confirmed", [True, False])
def test_a_doubt_ends_and_the_entry_is_what_it_was(
    lead_client, admin_client, reviewer_client, entry, now, *, was_confirmed
) -> None:
    if was_confirmed:
        confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
    change(lead_client, entry, "dispute")
    if was_confirmed:
        answer(admin_client, Approval.objects.get(), "grant")
    page = lead_client.get(reverse("review:entry", args=[entry.pk])).content.decode()
    assert "Let it count again" in page
    assert ("It was confirmed before the doubt" in page) is was_confirmed
    assert change(reviewer_client, entry, "settle").status_code == 403
    assert change(lead_client, entry, "settle", reason="").status_code == 400
    assert change(lead_client, entry, "settle").status_code == 302
    entry.refresh_from_db()
    assert entry.state == (Entry.State.CONFIRMED if was_confirmed else Entry.State.SEED)
    assert entry.changes.latest("seq").reason == "we looked into it"
    assert Event.objects.filter(what="entry_settled", subject=f"entry:{entry.pk}").count() == 1
    assert change(lead_client, entry, "settle").status_code == 409


def test_what_was_put_aside_and_then_doubted_leaves_no_note(lead_client, entry, now) -> None:
    quarantine_entries(entry_ids=[entry.pk], actor="system", now=now)
    Flood.objects.create(entry=entry, hits_in_hour=41, usual_in_hour=1.5, at=now)
    change(lead_client, entry, "dispute")
    entry.refresh_from_db()
    assert entry.quarantined_at is None
    for address in (reverse("review:banks"), reverse("review:entry", args=[entry.pk])):
        page = lead_client.get(address).content.decode()
        assert "matches unusually much" not in page
        assert "suddenly match" not in page
        assert "uploads within an hour" not in page


def test_a_note_of_before_counts_only_what_can_be_released(lead_client, entry, now) -> None:
    Entry.objects.filter(pk=entry.pk).update(state=Entry.State.DISPUTED, quarantined_at=now)
    for address in (reverse("review:banks"), reverse("review:entry", args=[entry.pk])):
        assert "unusually much" not in lead_client.get(address).content.decode()


def test_a_quarantine_ends_when_a_person_says_so(lead_client, entry, now) -> None:
    quarantine_entries(entry_ids=[entry.pk], actor="system", now=now)
    assert b"Seeds to look at" in lead_client.get(reverse("review:banks")).content
    lead_client.post(reverse("review:change_entry", args=[entry.pk]), {"do": "release"})
    entry.refresh_from_db()
    assert entry.quarantined_at is None


def test_a_wave_of_matches_is_shown_until_a_lead_has_looked(
    lead_client, reviewer_client, entry, now
) -> None:
    confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
    Flood.objects.create(entry=entry, hits_in_hour=41, usual_in_hour=1.5, at=now)
    for shown in (reverse("review:banks"), reverse("review:entry", args=[entry.pk])):
        page = reviewer_client.get(shown).content.decode()
        assert "41" in page
        assert "1.5" in page
    change = reverse("review:change_entry", args=[entry.pk])
    assert reviewer_client.post(change, {"do": "seen"}).status_code == 403
    assert lead_client.post(change, {"do": "seen"}).status_code == 302
    assert Flood.objects.get().seen_at is not None
    assert Event.objects.filter(what="flood_seen", subject=f"entry:{entry.pk}").count() == 1
    assert b"They suddenly match" not in reviewer_client.get(reverse("review:banks")).content
    assert lead_client.post(change, {"do": "seen"}).status_code == 409


def test_an_entry_goes_for_good_by_two_people(lead_client, admin_client, entry) -> None:
    address = reverse("review:change_entry", args=[entry.pk])
    lead_client.post(address, {"do": "withdraw", "reason": "a mistake of the import"})
    entry.refresh_from_db()
    assert entry.state == Entry.State.SEED
    answer(admin_client, Approval.objects.get(), "grant")
    entry.refresh_from_db()
    assert (entry.state, entry.box) == (Entry.State.WITHDRAWN, None)


def test_a_lawful_exception_is_for_one_account_and_takes_two_people(
    lead_client, admin_client, held, entry, today
) -> None:
    copy = held(account_blind="a" * 64)
    stranger = held()
    address = reverse("review:change_entry", args=[entry.pk])
    data = {"do": "lawful", "days": "30", "reason": "a performer on her own page"}
    assert lead_client.post(address, {**data, "copy": str(stranger.pk)}).status_code == 409
    lead_client.post(address, {**data, "copy": str(copy.pk)})
    answer(admin_client, Approval.objects.get(), "grant")
    lawful = Entry.objects.get(bank__kind=Bank.Kind.LAWFUL)
    assert lawful.account_scope == "a" * 64
    assert lawful.expires_at is not None
    assert timedelta(days=29) < lawful.expires_at - today < timedelta(days=31)
    assert Event.objects.filter(what="entry_viewed", subject=f"entry:{entry.pk}").exists()


@pytest.mark.parametrize(
    ("collisions", "words"), [(3, "It is like 3 common pictures"), (0, "It is too plain")]
)
def test_a_reviewer_is_told_that_an_entry_stops_the_same_file_alone(
    reviewer_client, entry, upload, collisions, words
) -> None:
    addresses = [
        reverse("review:entry", args=[entry.pk]),
        reverse("review:task", args=[upload.number]),
    ]
    for address in addresses:
        assert "What it finds" not in reviewer_client.get(address).content.decode()
    Entry.objects.filter(pk=entry.pk).update(is_exact_only=True, collisions=collisions)
    for address in addresses:
        assert words in reviewer_client.get(address).content.decode()


def test_lawful_exceptions_are_listed_and_renewed_by_two_people(
    lead_client, admin_client, held, entry, today
) -> None:
    copy = held(account_blind="a" * 64)
    reason = "a performer on her own page"
    change(lead_client, entry, "lawful", days="30", copy=str(copy.pk), reason=reason)
    answer(admin_client, Approval.objects.get(), "grant")
    lawful = Entry.objects.get(bank__kind=Bank.Kind.LAWFUL)
    page = lead_client.get(reverse("review:banks")).content.decode()
    assert reason in page
    assert reverse("review:entry", args=[lawful.pk]) in page
    Entry.objects.filter(pk=lawful.pk).update(expires_at=today - timedelta(days=1))
    assert "Ended" in lead_client.get(reverse("review:banks")).content.decode()
    assert (
        b"Let it last longer" in lead_client.get(reverse("review:entry", args=[lawful.pk])).content
    )
    assert change(lead_client, lawful, "renew", days="").status_code == 400
    assert change(lead_client, lawful, "renew", days="60").status_code == 302
    assert change(lead_client, lawful, "renew", days="60").status_code == 409
    asked = Approval.objects.get(what="lawful_renewal")
    assert answer(lead_client, asked, "grant").status_code == 403
    answer(admin_client, asked, "grant")
    before = lawful.created_at
    lawful.refresh_from_db()
    assert timedelta(days=59) < lawful.expires_at - today < timedelta(days=61)
    assert lawful.created_at == before, "a notice since then still stands"
    assert Event.objects.filter(what="entry_renewed", subject=f"entry:{lawful.pk}").count() == 1
    assert "Ended" not in lead_client.get(reverse("review:banks")).content.decode()
    assert change(lead_client, entry, "renew", days="60").status_code == 409, "no exception"


def test_platforms_are_made_and_changed(admin_client, platform) -> None:
    address = reverse("review:platform", args=[platform.pk])
    data = {
        "name": "Forum",
        "public_url": "https://forum.example",
        "media_origins": "https://media.forum.example\nhttps://cdn.forum.example:8443/",
        "legal_email": "legal@forum.example",
        "minors_contact": "safety@forum.example",
        "regimes": ["us-tida", "platform-terms"],
    }
    assert admin_client.post(address, data).status_code == 302
    platform.refresh_from_db()
    assert platform.media_origins == [
        "https://media.forum.example",
        "https://cdn.forum.example:8443",
    ]
    wrong = {**data, "media_origins": "https://media.forum.example/pictures/"}
    assert b"is not an origin" in admin_client.post(address, wrong).content
    nowhere = {**data, "media_origins": "http://169.254.169.254"}
    assert b"Nothing is ever fetched from" in admin_client.post(address, nowhere).content
    assert (
        admin_client.post(reverse("review:new_platform"), {**data, "name": "Two"}).status_code
        == 302
    )
