"""A filing becomes a case, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.apps import apps

from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.base.errors import FieldsError
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.forms import FiledFile, Filing
from staydown_web.cases.models import Case, Claim, Contact, Item, Letter, Location
from staydown_web.cases.selectors import case_details, items_of, locations_of, notices_of
from staydown_web.cases.services import Filed, file_case
from staydown_web.cases.services.filing import THREAT_LASTS
from staydown_web.regimes.selectors import regime, signing_text, text_digest

from .conftest import ANSWERS, URL, key_files

pytestmark = pytest.mark.django_db
PLAIN = Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, "00" * 32, 3),))


def rows() -> dict[str, int]:
    """How many rows every table of the service holds."""
    return {
        model._meta.label: model._default_manager.count()
        for model in apps.get_models()
        if model.__module__.startswith("staydown_web.")
    }


def events(case: Case) -> list[str]:
    return list(
        Event.objects.filter(case_id=case.pk).order_by("seq").values_list("what", flat=True)
    )


def test_a_complete_notice_is_valid_at_once_and_its_time_runs(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    case.refresh_from_db()
    assert case.state == Case.State.VALID
    assert (case.valid_at, case.due_at) == (now, now + timedelta(hours=48))
    notice = case.notices.get()
    assert (notice.valid_at, notice.due_at) == (case.valid_at, case.due_at)
    assert notice.regime_version == regime("us-tida").version
    assert notice.findings
    assert all(row["is_met"] for row in notice.findings)
    entry = Entry.objects.get()
    assert (entry.state, entry.origin) == (Entry.State.SEED, Entry.Origin.NOTICE)
    assert Claim.objects.get(entry=entry, ended_at=None).item.case == case
    assert sorted(events(case)) == ["case_filed", "clock_started", "entry_added", "notice_valid"]


def test_an_incomplete_notice_is_kept_and_says_what_is_missing(
    filed: Callable[..., Filed],
) -> None:
    case = filed(signature="", is_good_faith=False).case
    case.refresh_from_db()
    assert case.state == Case.State.NEEDS_INFORMATION
    assert (case.valid_at, case.due_at) == (None, None)
    missing = notices_of(case)[0].missing
    assert [r.id for r in missing] == ["signature", "good_faith"]
    assert all(r.remedy for r in missing)
    assert not Entry.objects.exists(), "nothing enters the bank before a notice is valid"
    assert Item.objects.get().waiting_box is not None
    incomplete = Event.objects.get(what="notice_incomplete")
    assert incomplete.facts["missing"] == ["signature", "good_faith"]


def test_each_law_judges_its_own_notice_and_the_shortest_time_counts(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed(regimes=["eu-dsa", "us-tida", "uk-osa"], name="").case
    by_law = {row.regime: row for row in notices_of(case)}
    assert [r.id for r in by_law["eu-dsa"].missing] == ["name"]
    assert by_law["eu-dsa"].valid_at is None
    assert by_law["us-tida"].due_at == by_law["uk-osa"].due_at == now + timedelta(hours=48)
    case.refresh_from_db()
    assert case.due_at == now + timedelta(hours=48)


def test_a_threat_has_no_clock_and_ends_by_itself(
    threat: Callable[..., Filing], now: datetime
) -> None:
    case = file_case(filing=threat(), now=now).case
    case.refresh_from_db()
    assert (case.state, case.due_at) == (Case.State.VALID, None)
    assert case.valid_at == now
    assert case.expires_at == now + THREAT_LASTS
    assert Entry.objects.get().state == Entry.State.SEED


def test_a_link_alone_makes_an_item_for_each_address(filed: Callable[..., Filed]) -> None:
    case = filed(way="link", files=[], urls=[URL, URL + "?b", URL]).case
    assert [item.position for item in items_of(case)] == [1, 2]
    assert [row.position for row in locations_of(case)] == [1, 2]
    assert not Entry.objects.exists()
    case.refresh_from_db()
    assert case.state == Case.State.VALID


def test_what_she_wrote_lies_sealed_and_opens_again(filed: Callable[..., Filed]) -> None:
    case = filed(phone="+44 20 7946 0000", statement="Words of hers.").case
    details = case_details(case)
    assert (details.name, details.email) == ("Ada Example", "ada@mail.example")
    assert (details.phone, details.statement) == ("+44 20 7946 0000", "Words of hers.")
    (item,) = items_of(case)
    assert (item.labels[0].name, item.labels[0].size_bytes) == ("holiday 1.jpg", 1001)
    assert [row.url for row in locations_of(case)] == [URL]
    stored = b"".join(
        bytes(box)
        for box in (
            case.details_box,
            case.notices.get().box,
            case.items.get().label_box,
            case.locations.get().url_box,
            case.contacts.get().box,
        )
    )
    for word in (b"Ada", b"mail.example", b"Words of hers", b"holiday", b"8161"):
        assert word not in stored


def test_the_signed_text_is_kept_with_its_digest(filed: Callable[..., Filed]) -> None:
    case = filed(language="en").case
    notice = case.notices.get()
    text = signing_text(regime("us-tida"), "en", "self")
    assert notice.text_digest == text_digest(text)
    held = unseal_for_case(case.pk, notice.box, context=f"notice:{notice.pk}")
    assert held["text"] == text
    assert held["signature"] == ANSWERS.signature


def test_nobody_signs_another_text_than_they_saw(filed: Callable[..., Filed]) -> None:
    shown = text_digest(signing_text(regime("us-tida"), "en", "self"))
    assert filed(text_digests={"us-tida": shown}).case.valid_at
    with pytest.raises(FieldsError) as caught:
        filed(text_digests={"us-tida": "0" * 64})
    assert set(caught.value.fields) == {"signature"}


def test_versions_of_one_picture_share_an_item(
    filed: Callable[..., Filed], files: Callable[..., list[FiledFile]]
) -> None:
    from dataclasses import replace

    first, second, third = files(1, 2, 3)
    case = filed(files=[replace(first, item_index=7), third, replace(second, item_index=7)]).case
    assert [len(item.labels) for item in items_of(case)] == [2, 1]
    assert Claim.objects.filter(item__case=case, item__position=1).count() == 2


def test_the_same_picture_twice_in_one_notice_is_one_item_and_one_entry(
    filed: Callable[..., Filed], files: Callable[..., list[FiledFile]]
) -> None:
    case = filed(files=files(1, 1)).case
    assert Entry.objects.count() == 1
    assert Claim.objects.get().item == case.items.get()


def test_an_address_on_no_platform_of_ours_is_elsewhere_and_gives_no_place(
    filed: Callable[..., Filed],
) -> None:
    case = filed(urls=["https://elsewhere.example/x"]).case
    location = Location.objects.get()
    assert (location.state, location.platform) == (Location.State.ELSEWHERE, None)
    assert location.next_try_at is None
    assert [r.id for r in notices_of(case)[0].missing] == ["location"]
    assert "location_elsewhere" in events(case)


def test_a_contact_is_lined_up_for_one_letter_and_asked_nothing_yet(
    filed: Callable[..., Filed],
) -> None:
    case = filed(safe_contact="friend@mail.example", withdrawal_mode="cooling").case
    assert {c.role: c.state for c in case.contacts.all()} == {"notifier": "new", "safe": "new"}
    assert sorted(Letter.objects.values_list("template", flat=True)) == [
        "confirm_contact",
        "safe_contact_asked",
    ]


def test_a_representative_says_by_what_right(filed: Callable[..., Filed]) -> None:
    with pytest.raises(FieldsError) as caught:
        filed(acts_as="representative")
    assert set(caught.value.fields) == {"authority"}
    case = filed(acts_as="representative", authority="Her lawyer; she signed a mandate.").case
    assert case_details(case).authority.startswith("Her lawyer")
    text = signing_text(regime("us-tida"), "en", "representative")
    assert case.notices.get().text_digest == text_digest(text)


REFUSED: dict[str, dict[str, Any]] = {
    "is_adult_in_picture": {"is_adult_in_picture": False},
    "way": {"way": "sideways"},
    "acts_as": {"acts_as": "friend"},
    "language": {"language": "tlh"},
    "regimes": {"regimes": []},
    "urls": {"urls": ["not an address"]},
    "files": {"files": [FiledFile(PLAIN)]},
    "email": {"email": "ada"},
    "phone": {"phone": "call me"},
    "statement": {"statement": "x" * 5000},
    "declarations": {"declarations": frozenset({"anything"})},
    "safe_contact": {"withdrawal_mode": "cooling"},
    "withdrawal_mode": {"withdrawal_mode": "never"},
    "authority": {"acts_as": "representative"},
}


@pytest.mark.parametrize("field", REFUSED)
def test_a_wrong_field_is_named_with_a_remedy_and_nothing_is_stored(
    field: str, filing: Callable[..., Filing], now: datetime, settings: Any
) -> None:
    settings.STAYDOWN_MAIL_READY = True
    wrong = filing(**REFUSED[field])
    before, keys = rows(), key_files()
    with pytest.raises(FieldsError) as caught:
        file_case(filing=wrong, now=now)
    assert field in caught.value.fields
    assert caught.value.fields[field].endswith(".")
    assert rows() == before
    assert key_files() == keys


def test_without_mail_a_pause_needs_no_address_that_nobody_could_ask(
    filed: Callable[..., Filed], settings: Any
) -> None:
    settings.STAYDOWN_MAIL_READY = False
    case = filed(withdrawal_mode="cooling").case
    assert case.withdrawal_mode == "cooling"
    assert not case.contacts.filter(role="safe").exists()


@pytest.mark.parametrize("answer", [False, None, "yes", 1])
def test_only_a_plain_yes_says_that_everybody_was_of_age(
    answer: object, filing: Callable[..., Filing], now: datetime
) -> None:
    wrong = filing(is_adult_in_picture=answer, urls=["x y"], regimes=[])
    before, keys = rows(), key_files()
    with pytest.raises(FieldsError) as caught:
        file_case(filing=wrong, now=now)
    assert set(caught.value.fields) == {"is_adult_in_picture"}
    assert (rows(), key_files()) == (before, keys)


@pytest.mark.parametrize(
    "step",
    [
        "staydown_web.cases.services.filing.add_places",
        "staydown_web.cases.services.filing.make_notice",
        "staydown_web.cases.services.filing.add_contact",
        "staydown_web.cases.services.filing.judge_notices",
        "staydown_web.cases.services.entries.add_entry",
        "staydown_web.cases.services.filing.refresh_state",
        "staydown_web.cases.services.events.record_events",
    ],
)
def test_nothing_is_stored_when_any_step_fails(
    step: str, filing: Callable[..., Filing], now: datetime
) -> None:
    whole = filing()
    before, keys = rows(), key_files()
    with mock.patch(step, side_effect=OSError("full")), pytest.raises(OSError, match="full"):
        file_case(filing=whole, now=now)
    assert rows() == before
    assert key_files() == keys


def test_a_threat_takes_no_address_and_a_link_no_file(
    threat: Callable[..., Filing], filing: Callable[..., Filing], now: datetime
) -> None:
    from dataclasses import replace

    for wrong, field in (
        (replace(threat(), urls=[URL]), "urls"),
        (replace(threat(), files=[]), "files"),
        (filing(way="link"), "files"),
        (filing(way="link", files=[], urls=[]), "urls"),
        (filing(files=[], urls=[]), "urls"),
        (filing(way="threatened", urls=[]), "regimes"),
    ):
        with pytest.raises(FieldsError) as caught:
            file_case(filing=wrong, now=now)
        assert field in caught.value.fields


def test_numbers_and_keys_are_each_case_s_own(filed: Callable[..., Filed]) -> None:
    one, other = filed(), filed()
    assert one.case.number != other.case.number
    assert one.phrase != other.phrase
    assert len(key_files()) == len(set(key_files()))
    assert {one.case.pk.hex, other.case.pk.hex} <= {path.name for path in key_files()}
    assert Contact.objects.count() == 2
