"""No fingerprint of her picture may be kept any more: what her page says, and promises no more."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from case_page_states import (
    HOUR,
    NAME,
    Stage,
    file,
    fresh,
    let_go,
    let_go_removed,
    removed,
    threatened,
)
from helpline_scene import give_case, make_caseworker, make_client, make_team
from review_scene import fingerprint_of_file
from staydown_web.banks.models import Entry
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case, Claim, Item
from staydown_web.cases.selectors.helplines import accesses_of
from staydown_web.cases.services import ask_withdrawal, close_for_minor, erase_case
from staydown_web.cases.services.entries import claim_entry
from staydown_web.portal.selectors.caseload import rows_for
from staydown_web.portal.services import open_page
from staydown_web.portal.views.session import COOKIE

from .test_case_states import text_of

pytestmark = pytest.mark.django_db
WHY = "A reviewer thinks that somebody in it may be under 18."
GONE = "New copies are not stopped for you any more."
PROMISES = (
    "We watch for your",
    "it is held until",
    "New copies are stopped",
    "New copies are held",
    "Copies are stopped when",
    "Copies are held when",
    "Kept down",
    "We stop watching",
)


def browser_of(case: Case) -> Client:
    client = Client()
    client.cookies[COOKIE] = open_page(case=Case.objects.get(pk=case.pk), now=utc_now())
    return client


def page_of(case: Case) -> str:
    return text_of(browser_of(case).get("/case/page/").text)


@pytest.mark.parametrize("make", [let_go, let_go_removed])
def test_her_page_promises_nothing_more_and_says_why_and_where_to_turn(
    stage: Stage, make: Any
) -> None:
    case = make(stage)
    page = browser_of(case).get("/case/page/").text
    text = text_of(page)

    assert WHY in text
    assert GONE in text
    assert f"A fingerprint had to be deleted: {NAME}" in text
    assert f"{NAME}: its fingerprint was deleted" in text, "in what happened"
    for href in (reverse("portal:under_18"), reverse("portal:help_lines")):
        assert f'href="{href}"' in page
    for promise in PROMISES:
        assert promise not in text
    for other in Case.objects.exclude(pk=case.pk):
        assert other.number not in page


def test_what_waited_for_a_copy_alone_says_that_it_is_not_watched(stage: Stage) -> None:
    case = let_go(stage)
    assert "Not watched any more" in page_of(case)
    held = browser_of(case).get("/case/data/").text
    assert "Not watched any more" in held
    assert "Watched until" not in held
    assert f"{NAME}: its fingerprint was deleted" in held
    assert "Fingerprints that we keep for you" not in held


def test_what_was_removed_stays_removed(stage: Stage) -> None:
    text = page_of(let_go_removed(stage))
    assert "It is removed at all your addresses on websites that take part here." in text
    assert "Not watched any more" not in text


def test_of_several_pictures_the_others_are_watched(stage: Stage) -> None:
    case = file(stage, HOUR, law="platform-terms")
    other = Item.objects.create(
        case=case, position=2, content_kind="photo", added_at=utc_now(), state_at=utc_now()
    )
    made = fingerprint_of_file("maple.jpg")
    origin, now = Entry.Origin.NOTICE, utc_now()
    claim_entry(item=other, fingerprint=made, origin=origin, actor="system", now=now)
    close_for_minor(case=fresh(stage), actor="system", now=now)

    text = page_of(case)

    assert "We watch for your other pictures" in text
    assert "If someone uploads a copy of the others, it is held" in text
    assert "We watch for your pictures until" in text
    assert "Kept down" in text
    assert text.count("Not watched any more") == 1


def test_while_another_fingerprint_of_it_is_kept_it_is_watched(stage: Stage) -> None:
    case = file(stage, HOUR, law="platform-terms")
    made, origin = fingerprint_of_file("maple.jpg"), Entry.Origin.NOTICE
    now = utc_now()
    item = case.items.get()
    claim_entry(item=item, fingerprint=made, origin=origin, actor="system", now=now)
    close_for_minor(case=fresh(stage), actor="system", now=now)

    text = page_of(case)

    assert "We watch for your pictures" in text
    assert f"{NAME}: one of its fingerprints was deleted" in text
    assert WHY not in text


@pytest.mark.parametrize(("make", "is_watched"), [(threatened, True), (let_go, False)])
def test_her_helplines_list_counts_down_only_to_the_end_of_what_is_watched(
    stage: Stage, make: Any, is_watched: bool
) -> None:
    now = utc_now()
    mia = make_caseworker("mia", make_team("Helpline One", now))
    give_case(make(stage), make_client(mia, "File 7", now), mia, now)
    (row,) = rows_for(mia, accesses_of(mia), now=now)
    assert (row.watch is not None) == is_watched


def test_in_the_pause_before_a_withdrawal_nothing_of_it_is_shown(stage: Stage) -> None:
    case = file(stage, HOUR, law="platform-terms")
    Case.objects.filter(pk=case.pk).update(withdrawal_mode="cooling")
    ask_withdrawal(case=Case.objects.get(pk=case.pk), now=utc_now())
    before = page_of(case)
    close_for_minor(case=fresh(stage), actor="system", now=utc_now())
    assert not Claim.objects.filter(ended_at=None).exists()
    assert page_of(case) == before


def test_an_ended_case_says_it_too(stage: Stage) -> None:
    case = removed(stage)
    erase_case(case=case, now=utc_now())
    assert WHY not in page_of(case)
    close_for_minor(case=fresh(stage), actor="system", now=utc_now())
    text = page_of(case)
    assert "This case has ended" in text
    assert WHY in text
    assert "its fingerprint was deleted" in text
    assert "Take back my request" not in text, "nothing is left to take back"
