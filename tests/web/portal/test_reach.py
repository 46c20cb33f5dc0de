"""How to reach you: on her page she gives an address, and sees how far its confirmation got."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from staydown_web.cases.models import Case, Contact, Letter
from staydown_web.cases.services.contacts import TOKEN_LIFE

pytestmark = pytest.mark.django_db
Opened = Callable[..., tuple[Client, Case]]
PAGE, FORM = "/case/page/", "/case/address/"
WORDS = {
    "new": "One letter asks whether this address is yours.",
    "asked": "Press the link in it",
    "confirmed": "You confirmed this address.",
    "refused": "We do not write to this address.",
    "failed": "Our letter could not be delivered.",
}


@pytest.fixture(autouse=True)
def _with_a_mail_server(settings: Any) -> None:
    settings.STAYDOWN_MAIL_READY = True


def shown(person: Client) -> str:
    return person.get(PAGE).content.decode()


@pytest.mark.parametrize("state", WORDS)
def test_her_page_says_how_far_the_confirmation_got(opened: Opened, state: str) -> None:
    person, _case = opened()
    Contact.objects.update(state=state, asked_at=timezone.now())
    html = shown(person)
    assert [words in html for words in WORDS.values()] == [name == state for name in WORDS]
    is_reached = state == "confirmed"
    assert ("You get a letter when there is news, or look at this page" in html) == is_reached
    assert ("Look at this page from time to time." in html) != is_reached


def test_a_link_that_has_ended_is_said_to_have(opened: Opened) -> None:
    person, _case = opened()
    Contact.objects.update(state="asked", asked_at=timezone.now() - TOKEN_LIFE - timedelta(days=1))
    html = shown(person)
    assert "The link in our letter has ended." in html
    assert WORDS["asked"] not in html


def test_who_gave_no_address_can_give_one(opened: Opened) -> None:
    person, case = opened(answers={"email": "", "phone": "+44 20 7946 0000"})
    assert "You gave no e-mail address." in shown(person)

    html = person.post(FORM, {"address": "ana@mail.example"}, follow=True).content.decode()

    assert "Your address is saved." in html
    assert 'value="ana@mail.example"' in html
    assert case.contacts.get().state == "new"
    assert Letter.objects.get().template == "confirm_contact"


def test_what_is_no_address_comes_back_with_a_remedy(opened: Opened) -> None:
    person, case = opened()
    answer = person.post(FORM, {"address": "ana<mail"})
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "Please write a full address" in html
    assert 'value="ana&lt;mail"' in html
    assert case.contacts.get().box is not None


def test_it_says_nothing_of_a_safe_contact(opened: Opened) -> None:
    person, _case = opened(withdrawal_mode="cooling", safe_contact="friend@mail.example")
    assert "friend@mail.example" not in shown(person)


@pytest.mark.parametrize("mode", ["cooling", "immediate"])
def test_a_page_that_shows_an_end_shows_and_takes_no_address(opened: Opened, mode: str) -> None:
    safe = "friend@mail.example"
    person, case = opened(withdrawal_mode=mode, safe_contact=safe if mode == "cooling" else "")
    person.post("/case/withdraw/")
    before = set(Contact.objects.values_list("pk", flat=True))

    person.post(FORM, {"address": "new@mail.example"})

    assert set(Contact.objects.values_list("pk", flat=True)) == before
    assert "How to reach you" not in shown(person)
    case.refresh_from_db()


def test_without_mail_there_is_no_such_form(opened: Opened, settings: Any) -> None:
    settings.STAYDOWN_MAIL_READY = False
    person, case = opened()
    Contact.objects.update(state="confirmed")
    html = shown(person)
    assert FORM not in html
    assert "You get a letter when there is news" not in html
    person.post(FORM, {"address": "new@mail.example"})
    assert case.contacts.count() == 1
