"""What was signed in a case, for the reviewer of its task alone, on request; each look is kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from barriers import LOOKS, axe
from kept_pictures import keep
from staydown_web.accounts.services import add_flagger
from staydown_web.audit.models import Event
from staydown_web.cases.models import Case
from web.review.test_complaints_in_a_browser import window

__all__ = ["window"]

pytestmark = pytest.mark.django_db


def test_text_name_times_and_digest_are_shown_and_that_is_an_event(
    reviewer_client: Any, reviewer: Any, noticed: Any
) -> None:
    case, task = noticed()
    address = reverse("review:signatures", args=[task.number])
    assert reviewer_client.get(address).status_code == 405

    page = reviewer_client.post(address, {"case": str(case.pk)}).content.decode()

    signature = case.signatures.get()
    for words in (
        "I am the person shown in the pictures or videos that this notice names.",
        signature.digest,
        signature.signed_at.strftime("%H:%M:%S UTC"),
        "The text has this digest",
        "United States: TAKE IT DOWN Act",
    ):
        assert words in page, words
    seen = Event.objects.get(what="signatures_viewed")
    assert (seen.case_id, seen.actor) == (case.pk, f"user:{reviewer.pk}")
    assert seen.facts == {"signatures": 1}


def test_the_signatures_of_another_case_are_not_found(reviewer_client: Any, noticed: Any) -> None:
    _case, task = noticed()
    other, _other = noticed("same", "citrus.jpg")
    address = reverse("review:signatures", args=[task.number])
    for wrong in (str(other.pk), "nonsense", ""):
        assert reviewer_client.post(address, {"case": wrong}).status_code == 404
    assert not Event.objects.filter(what="signatures_viewed").exists()


def test_the_screen_says_that_a_trusted_flagger_filed(
    reviewer_client: Any, admin: Any, noticed: Any, now: Any
) -> None:
    case, task = noticed()
    address = reverse("review:task", args=[task.number])
    assert "Trusted flagger" not in reviewer_client.get(address).content.decode()
    made = add_flagger(name="Watch", awarded_by="An authority", team=None, actor=admin, now=now)

    Case.objects.filter(pk=case.pk).update(flagger=made.flagger)

    assert "Trusted flagger" in reviewer_client.get(address).content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_pages_have_no_barrier(
    window: Any, reviewer: Any, admin: Any, noticed: Any, now: Any
) -> None:
    _case, task = noticed()
    add_flagger(name="Watch", awarded_by="Authority of Freedonia", team=None, actor=admin, now=now)
    signed, flaggers = window(reviewer), window(admin)
    signed.goto(reverse("review:task", args=[task.number]))
    signed.get_by_role("button", name="Show what was signed").click()
    flaggers.goto("/staff/flaggers/")
    for name, page in (("signatures", signed), ("flaggers", flaggers)):
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            assert axe(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            keep(page, name)
