"""Every page of the console opens, for whom it is, and says what it must."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils.html import escape

from review_scene import STATEMENT, file_notice
from staydown_web.audit.models import Event
from staydown_web.cases.models import Case
from staydown_web.review import services
from staydown_web.review.models import Task
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db

OPEN_TO_ALL_STAFF = ["queue", "break", "care", "keys", "banks", "approvals"]
ADMIN_ALONE = ["platforms", "new_platform"]


@pytest.mark.parametrize("name", OPEN_TO_ALL_STAFF)
def test_pages_of_every_reviewer_open(name, reviewer_client, client) -> None:
    assert reviewer_client.get(reverse(f"review:{name}")).status_code == 200
    assert client.get(reverse(f"review:{name}")).status_code == 302


@pytest.mark.parametrize("name", ADMIN_ALONE)
def test_pages_of_administrators_are_closed_to_others(name, admin_client, lead_client) -> None:
    assert admin_client.get(reverse(f"review:{name}")).status_code == 200
    assert lead_client.get(reverse(f"review:{name}")).status_code == 403


def test_a_policy_is_changed_by_leads_alone(lead_client, reviewer_client, bank) -> None:
    address = reverse("review:policy", args=[bank.slug])
    assert lead_client.get(address).status_code == 200
    assert reviewer_client.get(address).status_code == 403


def test_the_empty_queue_says_so(reviewer_client) -> None:
    page = reviewer_client.get(reverse("review:queue")).content.decode()
    assert "Nothing waits." in page
    assert "Nothing waits for you here." in page


def test_the_screen_shows_claim_match_and_law(reviewer_client, noticed) -> None:
    case, task = noticed()
    page = reviewer_client.get(reverse("review:task", args=[task.number])).content.decode()
    for words in (
        STATEMENT,
        "The person shown, signed",
        "US: valid",
        case.number,
        "Altered",
        "Same scene, one region replaced",
        "Differs from the reported one",
        "hours left",
        "TAKE IT DOWN Act",
        "Also confirm the reported original",
    ):
        assert words in page, words
    assert "Anna" not in page
    assert "anna@" not in page
    assert "style=" not in page
    assert "<img" not in page, "it opens covered"


def test_looking_at_a_case_is_an_event(reviewer_client, reviewer, noticed) -> None:
    case, task = noticed()
    reviewer_client.get(reverse("review:task", args=[task.number]))
    seen = Event.objects.get(what="case_viewed")
    assert (seen.case_id, seen.actor) == (case.pk, f"user:{reviewer.pk}")


def test_the_contact_is_shown_on_request_alone_and_that_is_an_event(
    reviewer_client, noticed
) -> None:
    case, task = noticed()
    address = reverse("review:contact", args=[task.number])
    assert reviewer_client.get(address).status_code == 405
    page = reviewer_client.post(address, {"case": str(case.pk)}).content.decode()
    assert "anna@mail.example" in page
    assert Event.objects.filter(what="contact_viewed", case_id=case.pk).count() == 1


def test_the_contact_of_another_case_is_not_found(reviewer_client, noticed) -> None:
    _case, task = noticed()
    other, _other_task = noticed("same", "citrus.jpg")
    address = reverse("review:contact", args=[task.number])
    for wrong in (str(other.pk), "nonsense", ""):
        assert reviewer_client.post(address, {"case": wrong}).status_code == 404
    assert not Event.objects.filter(what="contact_viewed").exists()


def test_a_task_without_a_case_opens(reviewer_client, upload) -> None:
    page = reviewer_client.get(reverse("review:task", args=[upload.number])).content.decode()
    assert "No notice stands behind this match" in page
    assert "The platform gave no address for this copy" in page
    assert upload.copies.get().content_ref in page


@pytest.mark.parametrize("source", ["upload", "notice"])
def test_an_upload_that_matches_nothing_any_more_says_why_it_is_here(
    reviewer_client, upload, source
) -> None:
    upload.copies.get().hits.all().delete()
    Task.objects.filter(pk=upload.pk).update(source=source)  # a task can hold copies of both
    page = reviewer_client.get(reverse("review:task", args=[upload.number])).content.decode()
    assert "What it matched was taken back, or its case has ended." in page
    assert "a notice names its address" not in page


def test_what_tells_of_one_copy_tells_of_all_of_the_same_bytes(
    reviewer_client, upload, platform, now
) -> None:
    (first,) = upload.copies.all()
    hit = first.hits.get()
    second = Copy.objects.create(
        platform=platform, source="notice", state="seen", verdict="log", group=first.group,
        seen_at=now, state_at=now,
    )  # fmt: skip
    upload.copies.add(second)
    hit.copy = second
    hit.save()
    page = reviewer_client.get(reverse("review:task", args=[upload.number])).content.decode()
    assert "saved, resized or framed anew" in page
    assert "Nothing in the bank is like it" not in page


def test_an_unknown_task_is_not_found(reviewer_client) -> None:
    assert reviewer_client.get(reverse("review:task", args=["R-2222-2222"])).status_code == 404


def test_the_queue_has_a_line_a_task_and_counts_its_tabs(reviewer_client, noticed, upload) -> None:
    case, _task = noticed()
    page = reviewer_client.get(reverse("review:queue")).content.decode()
    assert case.number in page
    assert upload.number in page
    assert "Altered copy" in page
    uploads = reviewer_client.get(reverse("review:queue"), {"tab": "upload"}).content.decode()
    assert upload.number in uploads
    assert case.number not in uploads


def test_messages_go_both_ways(reviewer_client, noticed) -> None:
    case, task = noticed()
    address = reverse("review:write", args=[task.number])
    sent = reviewer_client.post(address, {"case": str(case.pk), "text": "Is it on your profile?"})
    assert sent.status_code == 302
    page = reviewer_client.get(reverse("review:task", args=[task.number])).content.decode()
    assert "Is it on your profile?" in page
    empty = reviewer_client.post(address, {"case": str(case.pk), "text": " "})
    assert empty.status_code == 400


def test_a_case_that_was_taken_back_says_so(reviewer_client, noticed, now) -> None:
    from staydown_web.cases.services import ask_withdrawal

    case, task = noticed()
    task.copies.update(content_ref="", check_id=None)  # as of a copy that a notice alone named
    ask_withdrawal(case=case, now=now)
    page = reviewer_client.get(reverse("review:task", args=[task.number])).content.decode()
    assert "taken back or closed" in page
    assert "Its address was erased with the request that named it" in page
    assert str(task.copies.get().pk) not in page, "no number that the platform knows"


def test_words_about_the_place_stand_beside_the_statement(
    reviewer_client, platform, site, today
) -> None:
    words = 'Album of the user "harbour_seb", third picture'
    case = file_notice(platform, ["citrus.jpg"], today, place=words)
    case.locations.all().delete()
    services.take_in_unseen(today)
    address = reverse("review:task", args=[Task.objects.get().number])
    assert escape(words) in reviewer_client.get(address).content.decode()
    viewed = Event.objects.filter(what="case_viewed", case_id=case.pk)
    assert viewed.exists()
    Case.objects.update(erased_at=today)
    assert "harbour_seb" not in reviewer_client.get(address).content.decode()
