"""A picture is closed for a minor: what agrees with it only in part is marked, and not closed."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

import staydown
from review_scene import MEDIA, edited, file_notice, found, make_copy, make_entry, place_copy
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry, EntryChange
from staydown_web.base.errors import FieldsError
from staydown_web.cases.models import Case, Claim
from staydown_web.cases.services.entries import claim_entry
from staydown_web.escalation.services.sightings import record_sighting
from staydown_web.portal.services import open_page
from staydown_web.review import services, tasks
from staydown_web.review.models import Task
from staydown_web.review.selectors.minors import is_like_minors
from staydown_web.screening.models import Copy, Hit

pytestmark = pytest.mark.django_db
MAY = "Somebody in this may be under 18."
COFFEE, BRIDGE = "coffee.jpg", "bridge.jpg"


@pytest.fixture
def task(platform: Any, site: Any, today: datetime) -> Task:
    """Of case A, whose link shows coffee; in it is a part of the bridge that case B reported."""
    url = site.put("a.jpg", edited(COFFEE, "same"))
    first = file_notice(platform, [COFFEE], today - timedelta(hours=3), urls=[url])
    copy = make_copy(
        platform,
        entry_of(first),
        today,
        match=found(COFFEE, "same"),
        url=url,
        group="coffee",
        source="notice",
        state="seen",
    )
    place_copy(first, copy, today)
    second = file_notice(platform, [BRIDGE], today - timedelta(hours=2), urls=[f"{url}.other"])
    add_hit(copy, entry_of(second), "part", today)
    tasks.take_in(today)
    return copy.tasks.get()


def entry_of(case: Case) -> Entry:
    return case.items.get().claims.order_by("made_at").first().entry


def add_hit(copy: Copy, entry: Entry, kind: str, today: datetime) -> None:
    Hit.objects.create(
        copy=copy, entry=entry, kind=kind, score=0.9, response="hold", evidence={}, at=today
    )


def case_a(task: Task) -> Case:
    return Case.objects.get(locations__copy__tasks=task)


def case_b(task: Task) -> Case:
    return Case.objects.exclude(pk=case_a(task).pk).get()


def upload_of(entry: Entry, platform: Any, today: datetime, **values: Any) -> Task:
    copy = make_copy(platform, entry, today, group="upload", **values)
    tasks.take_in(today)
    return copy.tasks.get()


@pytest.mark.parametrize("kind", ["part", "altered"])
def test_a_case_that_it_matches_only_in_part_goes_on(
    task: Task, reviewer: Any, today: datetime, kind: str
) -> None:
    Hit.objects.filter(kind="part").update(kind=kind)
    first, second = case_a(task), case_b(task)

    services.close_task_for_minor(task=task, user=reviewer, now=today)

    first.refresh_from_db()
    second.refresh_from_db()
    assert first.closed_for == Case.ClosedFor.MINOR
    assert (second.closed_for, second.erased_at) == ("", None)
    assert entry_of(second).state == Entry.State.SEED
    assert Claim.objects.filter(item__case=second, ended_at=None).exists()


@pytest.mark.parametrize("kind", ["identical", "same"])
def test_a_case_whose_picture_is_the_very_same_is_closed(
    task: Task, reviewer: Any, today: datetime, kind: str
) -> None:
    Hit.objects.filter(kind="part").update(kind=kind)
    second = case_b(task)
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    second.refresh_from_db()
    assert second.closed_for == Case.ClosedFor.MINOR


def test_an_upload_that_is_a_part_of_what_a_case_reported_does_not_close_it(
    platform: Any, reviewer: Any, today: datetime
) -> None:
    case = file_notice(platform, [BRIDGE], today)
    held = upload_of(entry_of(case), platform, today, match=("part", 0.9, {}))
    assert held.case == case, "the task is put under the number of the case"
    services.close_task_for_minor(task=held, user=reviewer, now=today)
    case.refresh_from_db()
    assert case.closed_for == ""
    assert entry_of(case).state == Entry.State.SEED


def test_a_notice_without_a_copy_is_closed_with_its_task(
    platform: Any, reviewer: Any, today: datetime
) -> None:
    case = file_notice(platform, [BRIDGE], today)
    case.locations.update(state="unreachable", state_at=today, item=case.items.get())
    tasks.take_in(today)
    services.close_task_for_minor(task=Task.objects.get(), user=reviewer, now=today)
    case.refresh_from_db()
    assert case.closed_for == Case.ClosedFor.MINOR


def test_what_matches_its_picture_is_marked_and_takes_two_people(
    reviewer_client: Client, platform: Any, task: Task, reviewer: Any, today: datetime
) -> None:
    entry = entry_of(case_b(task))
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    later = upload_of(entry, platform, today + timedelta(minutes=1))

    assert is_like_minors(later)
    html = reviewer_client.get(reverse("review:task", args=[later.number])).content.decode()
    assert MAY in html
    assert "This matched that picture, or one that agrees with it in part" in html
    assert "Nobody opens this any more" not in html
    assert reviewer_client.get(reverse("review:queue")).content.decode().count(
        "Perhaps under 18"
    ) == 1  # fmt: skip
    with pytest.raises(FieldsError):
        services.decide(
            task=later, outcome="restore", grounds=["satire"], facts="", user=reviewer, now=today
        )


def test_the_mark_stays_when_the_closed_copy_is_forgotten(
    platform: Any, task: Task, reviewer: Any, today: datetime
) -> None:
    entry = entry_of(case_b(task))
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    task.copies.all().delete()
    assert is_like_minors(upload_of(entry, platform, today))


def test_nothing_else_is_marked(
    platform: Any, bank: Any, task: Task, reviewer: Any, today: datetime
) -> None:
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    other = make_entry(bank, "maple.jpg", today)
    assert not is_like_minors(upload_of(other, platform, today))


def test_what_was_taken_back_since_is_not_said_to_be_deleted_for_it(
    reviewer_client: Client, platform: Any, task: Task, reviewer: Any, today: datetime
) -> None:
    entry = entry_of(case_b(task))
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    later = upload_of(entry, platform, today)
    Entry.objects.filter(pk=entry.pk).update(state="withdrawn", box=None)
    html = reviewer_client.get(reverse("review:task", args=[later.number])).content.decode()
    assert MAY in html
    assert "What it matched was deleted" not in html
    assert "What it matched was taken back, or its case has ended." in html


def test_the_history_of_its_entry_says_so(
    reviewer_client: Client, task: Task, reviewer: Any, today: datetime
) -> None:
    entry = entry_of(case_b(task))
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    assert EntryChange.objects.filter(entry=entry, what="alike").count() == 1
    html = reviewer_client.get(reverse("review:entry", args=[entry.pk])).content.decode()
    assert "Agrees in part with a picture that was closed" in html


def test_the_page_that_asks_says_what_becomes_of_the_other_case(
    reviewer_client: Client, task: Task
) -> None:
    address = reverse("review:minor", args=[task.number])
    asked = reviewer_client.post(address).content.decode()
    assert "Everything of this case is erased here" in asked
    assert "that case stays open" in asked
    closed = reviewer_client.post(address, {"sure": "yes"}).content.decode()
    assert "This case is closed" in closed
    assert "that case stays open" in closed


def test_where_nothing_agrees_in_part_no_other_case_is_named(
    reviewer_client: Client, task: Task
) -> None:
    Hit.objects.filter(kind="part").delete()
    address = reverse("review:minor", args=[task.number])
    assert "that case stays open" not in reviewer_client.post(address).content.decode()


def test_her_page_says_only_what_is_true(
    client: Client, task: Task, reviewer: Any, today: datetime
) -> None:
    second = case_b(task)
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    services.make_decisions_firm(today + timedelta(minutes=2))
    second.refresh_from_db()
    client.cookies["page"] = open_page(case=second, now=today)
    html = client.get(reverse("portal:page")).content.decode()
    assert "Another service is the right one" not in html
    assert "under 18" not in html
    assert "To be removed" in html, "the copy that a part of her picture was found in"
    assert "had to be deleted" not in html
    assert "minor" not in str(list(Event.objects.filter(case_id=second.pk).values("what", "facts")))


def claim_of(case: Case, data: bytes, today: datetime) -> Entry:
    item = case.items.get()
    claim_entry(
        item=item,
        fingerprint=staydown.fingerprint(data),
        origin=Entry.Origin.NOTICE,
        actor="system",
        now=today,
    )
    return item.claims.order_by("-made_at", "-pk").first().entry


def test_what_the_bank_holds_of_a_part_of_it_is_marked_too(
    platform: Any, task: Task, reviewer: Any, today: datetime
) -> None:
    other = file_notice(platform, ["citrus.jpg"], today - timedelta(hours=1))
    part = claim_of(other, edited(COFFEE, "part"), today)
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    part.refresh_from_db()
    assert part.state == Entry.State.SEED
    assert is_like_minors(upload_of(part, platform, today))


def test_what_a_link_shows_marks_a_part_of_it_too(
    platform: Any, reviewer: Any, today: datetime
) -> None:
    case = file_notice(platform, [COFFEE], today)
    other = file_notice(platform, ["citrus.jpg"], today - timedelta(hours=1))
    part = claim_of(other, edited(COFFEE, "part"), today)
    record_sighting(location_id=case.locations.get().pk, says="minor", user=reviewer, now=today)
    assert is_like_minors(upload_of(part, platform, today))


def test_a_copy_of_a_copy_is_the_very_same_too(
    platform: Any, task: Task, reviewer: Any, today: datetime
) -> None:
    filed_at = today - timedelta(hours=1)
    near, far = (file_notice(platform, [name], filed_at) for name in ("citrus.jpg", "maple.jpg"))
    first = claim_of(near, trimmed(COFFEE, 0.048), today)
    second = claim_of(far, trimmed(COFFEE, 0.08), today)
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (Entry.State.WITHDRAWN, Entry.State.WITHDRAWN)
    told = Event.objects.filter(what="fingerprint_deleted").values_list("case_id", flat=True)
    assert set(told) == {near.pk, far.pk}


def trimmed(name: str, share: float) -> bytes:
    """A copy without its edges: of a twentieth it is the very same, of more a part of it."""
    image = Image.open(MEDIA / name).convert("RGB")
    wide, high = image.size
    left, top = int(wide * share), int(high * share)
    made = io.BytesIO()
    image.crop((left, top, int(wide * (1 - share)), int(high * (1 - share)))).save(
        made, "JPEG", quality=90
    )
    return made.getvalue()
