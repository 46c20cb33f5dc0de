"""One case is closed for a minor: what others asked for goes on, or they are told that it ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

import staydown
from review_scene import (
    edited,
    file_notice,
    fingerprint_of_file,
    found,
    make_copy,
    place_copy,
)
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.base.errors import BankNotReadyError
from staydown_web.cases.forms import Answers, FiledFile, Filing
from staydown_web.cases.models import Case, Claim, Contact, Item, Letter, Location
from staydown_web.cases.services import ask_withdrawal, erase_case, file_case, settle_item
from staydown_web.cases.services.entries import claim_entry
from staydown_web.escalation.services.sightings import record_sighting
from staydown_web.portal.services import open_page
from staydown_web.review import services, tasks
from staydown_web.review.models import Task

pytestmark = pytest.mark.django_db
COFFEE, PAGODA = "coffee.jpg", "pagoda.jpg"
DELETED = "fingerprint_deleted"


@pytest.fixture
def coffee(platform: Any, site: Any, today: datetime) -> tuple[Case, Task]:
    """Case A, of coffee and pagoda; a copy of coffee lies at its address, and waits."""
    url = site.put("a.jpg", edited(COFFEE, "same"))
    case = file_notice(platform, [COFFEE, PAGODA], today - timedelta(hours=3), urls=[url])
    copy = make_copy(
        platform,
        entry_of(case, 1),
        today,
        match=found(COFFEE, "same"),
        url=url,
        group="coffee",
        source="notice",
        state="seen",
    )
    place_copy(case, copy, today)
    tasks.take_in(today)
    return case, copy.tasks.get()


def entry_of(case: Case, position: int) -> Entry:
    return case.items.get(position=position).claims.order_by("made_at").first().entry


def threat(platform: Any, name: str, today: datetime) -> Case:
    filing = Filing(
        way=Case.Way.THREATENED,
        acts_as=Case.ActsAs.SELF,
        is_adult_in_picture=True,
        language="en",
        regimes=["platform-terms"],
        files=[FiledFile(fingerprint_of_file(name), name=name)],
        answers=Answers(
            statement="It is me. I never agreed.",
            signature="Eve Example",
            is_good_faith=True,
            name="Eve Example",
            email="eve@mail.example",
            declarations=frozenset({"on_service", "role"}),
        ),
        platform=platform,
    )
    case = file_case(filing=filing, now=today - timedelta(hours=2)).case
    Contact.objects.filter(case=case).update(state=Contact.State.CONFIRMED)
    return case


def news_of(case: Case) -> int:
    return Letter.objects.filter(contact__case=case, template="news").count()


def test_a_link_of_which_nothing_is_known_may_show_any_picture_of_its_case(
    coffee: tuple[Case, Task], platform: Any, reviewer: Any, today: datetime
) -> None:
    """Her picture was removed for somebody else; her own link shows nothing any more."""
    first, task = coffee
    Location.objects.filter(case=first).delete()
    mine = threat(platform, COFFEE, today)
    link = Item.objects.create(case=mine, position=2, added_at=today, state_at=today)
    unseen = Task.objects.create(
        number="R-2222-3333", platform=platform, case=mine, item=link, source="notice",
        made_at=today,
    )  # fmt: skip
    shared = entry_of(mine, 1)
    assert shared == entry_of(first, 1)

    services.close_task_for_minor(task=unseen, user=reviewer, now=today)

    shared.refresh_from_db()
    mine.refresh_from_db()
    task.refresh_from_db()
    assert (shared.state, mine.closed_for) == (Entry.State.WITHDRAWN, "minor")
    assert Event.objects.filter(case_id=first.pk, what=DELETED).exists()
    assert task.state == Task.State.DONE, "the copy of the picture is decided with it"


def test_what_another_case_reported_too_goes_on_for_it(
    coffee: tuple[Case, Task], platform: Any, reviewer: Any, today: datetime
) -> None:
    case, task = coffee
    other = threat(platform, PAGODA, today)
    shared, shown = entry_of(other, 1), entry_of(case, 1)
    assert shared == entry_of(case, 2)

    services.close_task_for_minor(task=task, user=reviewer, now=today)

    shared.refresh_from_db()
    shown.refresh_from_db()
    assert (shared.state, shown.state) == (Entry.State.SEED, Entry.State.WITHDRAWN)
    assert shared.box is not None
    living = Claim.objects.filter(ended_at=None)
    assert set(living.values_list("item__case", flat=True)) == {other.pk}
    assert not Event.objects.filter(case_id=other.pk, what=DELETED).exists()
    assert news_of(other) == 0


def test_it_goes_on_in_the_pause_before_a_withdrawal_too(
    coffee: tuple[Case, Task], platform: Any, reviewer: Any, today: datetime
) -> None:
    _case, task = coffee
    other = threat(platform, PAGODA, today)
    Case.objects.filter(pk=other.pk).update(withdrawal_mode="cooling")
    ask_withdrawal(case=Case.objects.get(pk=other.pk), now=today)
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    assert Claim.objects.filter(item__case=other, ended_at=None).exists()
    assert entry_of(other, 1).state == Entry.State.SEED


def test_what_nobody_else_asked_for_goes_with_the_case(
    coffee: tuple[Case, Task], reviewer: Any, today: datetime
) -> None:
    case, task = coffee
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    assert set(Entry.objects.values_list("state", "box")) == {(Entry.State.WITHDRAWN, None)}
    assert Event.objects.get(what="minor_closed", case_id=case.pk).facts == {"entries": 2}


def test_whose_fingerprint_of_this_picture_went_is_told_and_gets_one_letter(
    coffee: tuple[Case, Task], platform: Any, reviewer: Any, today: datetime
) -> None:
    case, task = coffee
    # A second fingerprint of the same picture, that nothing of this task matched.
    claim_entry(
        item=case.items.get(position=1),
        fingerprint=fingerprint_of_file("maple.jpg"),
        origin=Entry.Origin.NOTICE,
        actor="system",
        now=today,
    )
    other = threat(platform, "maple.jpg", today)

    services.close_task_for_minor(task=task, user=reviewer, now=today)

    assert entry_of(other, 1).state == Entry.State.WITHDRAWN
    (event,) = Event.objects.filter(case_id=other.pk, what=DELETED)
    assert event.subject == f"item:{other.items.get().pk}"
    assert event.facts == {"is_watched": False}
    assert event.actor == "system", "who closed the other case is no matter of hers"
    other.refresh_from_db()
    assert (other.state, other.closed_for) == (Case.State.VALID, "")
    assert other.items.get().state == Item.State.RECEIVED
    assert news_of(other) == 1
    told = f"{event.facts}{event.subject}"
    assert str(case.pk) not in told
    assert case.number not in told
    assert not Event.objects.filter(case_id=case.pk, what=DELETED).exists()


def test_an_erased_case_hears_of_it_too(
    coffee: tuple[Case, Task], platform: Any, reviewer: Any, today: datetime
) -> None:
    _case, task = coffee
    ended = file_notice(platform, [COFFEE], today - timedelta(days=200))
    settle_item(item=ended.items.get(), state="in_review", actor="system", now=today)
    settle_item(item=ended.items.get(), state="removed", actor="system", now=today)
    erase_case(case=ended, now=today - timedelta(days=1))
    assert Claim.objects.filter(item__case=ended, ended_at=None).exists()

    services.close_task_for_minor(task=task, user=reviewer, now=today)

    assert not Claim.objects.filter(item__case=ended, ended_at=None).exists()
    assert Event.objects.filter(case_id=ended.pk, what=DELETED).count() == 1
    ended.refresh_from_db()
    assert ended.closed_for == ""


def test_two_cases_of_the_picture_are_closed_and_take_with_them_what_only_they_claimed(
    coffee: tuple[Case, Task], platform: Any, reviewer: Any, today: datetime
) -> None:
    case, task = coffee
    twin = file_notice(platform, [COFFEE, PAGODA], today - timedelta(hours=1))
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    for closed in (case, twin):
        closed.refresh_from_db()
        assert closed.closed_for == Case.ClosedFor.MINOR
    assert not Entry.objects.exclude(state=Entry.State.WITHDRAWN).exists()
    assert not Event.objects.filter(what=DELETED).exists(), "each reads its page of links"


def test_what_a_link_shows_takes_the_fingerprint_of_its_picture_alone_from_others(
    platform: Any, reviewer: Any, today: datetime
) -> None:
    origin = platform.media_origins[0]
    urls = [f"{origin}/1.jpg", f"{origin}/2.jpg"]
    case = file_notice(platform, [COFFEE, PAGODA], today, urls=urls)
    first, second = case.locations.order_by("position")
    Location.objects.filter(pk=first.pk).update(item=case.items.get(position=1))
    Location.objects.filter(pk=second.pk).update(item=case.items.get(position=2))
    keeps, loses = threat(platform, PAGODA, today), threat(platform, COFFEE, today)

    record_sighting(location_id=first.pk, says="minor", user=reviewer, now=today)

    assert entry_of(keeps, 1).state == Entry.State.SEED
    assert entry_of(loses, 1).state == Entry.State.WITHDRAWN
    assert Event.objects.get(what=DELETED).case_id == loses.pk


def test_where_a_link_names_no_picture_all_of_its_case_go(
    platform: Any, reviewer: Any, today: datetime
) -> None:
    case = file_notice(platform, [COFFEE, PAGODA], today)
    case.locations.update(item=None)
    other = threat(platform, PAGODA, today)
    record_sighting(location_id=case.locations.get().pk, says="minor", user=reviewer, now=today)
    assert entry_of(other, 1).state == Entry.State.WITHDRAWN
    assert Event.objects.get(what=DELETED).case_id == other.pk
    assert news_of(other) == 1


def claim_resaved(case: Case, name: str, how: str, today: datetime) -> Entry:
    """Of a case: an edited copy of a demo picture, which nothing was compared with so far."""
    item = case.items.get()
    claim_entry(
        item=item,
        fingerprint=staydown.fingerprint(edited(name, how)),
        origin=Entry.Origin.NOTICE,
        actor="system",
        now=today,
    )
    return item.claims.order_by("-made_at", "-pk").first().entry


def test_a_resaved_copy_that_another_case_filed_goes_too_and_a_part_stays(
    coffee: tuple[Case, Task], platform: Any, reviewer: Any, today: datetime
) -> None:
    _case, task = coffee
    other = threat(platform, "bridge.jpg", today)
    resaved = claim_resaved(other, COFFEE, "same", today)
    third = threat(platform, "citrus.jpg", today)
    part = claim_resaved(third, COFFEE, "part", today)

    services.close_task_for_minor(task=task, user=reviewer, now=today)

    resaved.refresh_from_db()
    part.refresh_from_db()
    assert (resaved.state, part.state) == (Entry.State.WITHDRAWN, Entry.State.SEED)
    (event,) = Event.objects.filter(what=DELETED)
    assert event.case_id == other.pk
    assert event.facts == {"is_watched": True}, "her other picture is still watched for"
    assert news_of(other) == 1


@pytest.mark.parametrize("is_named", [True, False])
def test_what_a_link_shows_takes_a_resaved_copy_with_it(
    platform: Any, reviewer: Any, today: datetime, *, is_named: bool
) -> None:
    case = file_notice(platform, [COFFEE], today)
    case.locations.update(item=case.items.get() if is_named else None)
    other = threat(platform, "bridge.jpg", today)
    resaved = claim_resaved(other, COFFEE, "same", today)
    record_sighting(location_id=case.locations.get().pk, says="minor", user=reviewer, now=today)
    resaved.refresh_from_db()
    assert resaved.state == Entry.State.WITHDRAWN


def test_a_bank_that_cannot_be_searched_holds_up_no_closing(
    coffee: tuple[Case, Task], reviewer: Any, today: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_fingerprint: object) -> None:
        raise BankNotReadyError

    monkeypatch.setattr("staydown_web.cases.services.minors.match_entries", fail)
    case, task = coffee
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    case.refresh_from_db()
    assert case.closed_for == Case.ClosedFor.MINOR


def test_the_page_that_asks_says_how_many_cases_are_erased(
    reviewer_client: Client, coffee: tuple[Case, Task], platform: Any, today: datetime
) -> None:
    _case, task = coffee
    address = reverse("review:minor", args=[task.number])
    one = reviewer_client.post(address).content.decode()
    assert "Everything of this case is erased here" in one
    assert "Fingerprints of the very same picture are deleted, whoever they came from." in one
    file_notice(platform, [COFFEE], today - timedelta(hours=1))
    assert "Everything of the 2 cases behind it is erased" in (
        reviewer_client.post(address).content.decode()
    )
    closed = reviewer_client.post(address, {"sure": "yes"}).content.decode()
    assert "2 cases are closed" in closed
    assert Case.objects.filter(closed_for=Case.ClosedFor.MINOR).count() == 2


def test_where_no_case_is_behind_it_none_is_said_to_be_erased(
    reviewer_client: Client, upload: Task
) -> None:
    address = reverse("review:minor", args=[upload.number])
    assert "Everything of" not in reviewer_client.post(address).content.decode()
    closed = reviewer_client.post(address, {"sure": "yes"}).content.decode()
    assert "This task is closed" in closed


def test_a_typed_address_leads_to_the_task_and_closes_nothing(
    reviewer_client: Client, coffee: tuple[Case, Task]
) -> None:
    _case, task = coffee
    answer = reviewer_client.get(reverse("review:minor", args=[task.number]), {"sure": "yes"})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("review:task", args=[task.number])
    assert not Case.objects.filter(closed_for=Case.ClosedFor.MINOR).exists()


def test_whose_case_had_no_copy_does_not_read_that_it_is_online(
    client: Client, platform: Any, reviewer: Any, today: datetime, coffee: tuple[Case, Task]
) -> None:
    _case, task = coffee
    other = threat(platform, COFFEE, today)
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    other.refresh_from_db()
    assert other.closed_for == Case.ClosedFor.MINOR
    client.cookies["page"] = open_page(case=other, now=today)
    html = client.get(reverse("portal:page")).content.decode()
    assert "Another service is the right one for this" in html
    assert "The website was told to take its copies away." not in html
    assert "If a copy of it was found on the website" in html
