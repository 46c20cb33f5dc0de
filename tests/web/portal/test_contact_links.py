"""Links out of letters: opening one changes nothing, pressing does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from staydown_web.base.sealing import digest_token
from staydown_web.cases.models import Case, Contact
from staydown_web.portal.services import open_page

pytestmark = pytest.mark.django_db
TOKEN = "t" * 43
Opened = Callable[..., tuple[Client, Case]]


def asked(case: Case, role: str = "notifier") -> Contact:
    """The contact as it is once its first letter went out."""
    contact = case.contacts.get(role=role)
    contact.token_digest = digest_token(TOKEN)
    contact.state = Contact.State.ASKED
    contact.asked_at = datetime.now(UTC)
    contact.save()
    return contact


def test_opening_the_link_alone_confirms_nothing(opened: Opened, person: Client) -> None:
    contact = asked(opened()[1])

    html = person.get(f"/contact/confirm/{TOKEN}/").content.decode()

    contact.refresh_from_db()
    assert contact.state == "asked"
    assert "Is this address yours?" in html


def test_the_press_confirms_and_refusing_is_next_to_it(opened: Opened, person: Client) -> None:
    contact = asked(opened()[1])

    html = person.get(f"/contact/confirm/{TOKEN}/").content.decode()
    person.post(f"/contact/confirm/{TOKEN}/")

    contact.refresh_from_db()
    assert contact.state == "confirmed"
    assert f"/contact/not-mine/{TOKEN}/" in html


def test_the_press_on_not_mine_stops_letters(opened: Opened, person: Client) -> None:
    contact = asked(opened()[1])

    person.post(f"/contact/not-mine/{TOKEN}/")

    contact.refresh_from_db()
    assert contact.state == "refused"


@pytest.mark.parametrize("path", ["contact/confirm", "contact/not-mine", "safe"])
def test_an_unknown_link_says_that_nothing_was_changed(person: Client, path: str) -> None:
    answer = person.post(f"/{path}/{'x' * 43}/")

    assert answer.status_code == 404
    assert "Nothing was changed" in answer.content.decode()


@pytest.mark.parametrize("path", ["contact/confirm", "contact/not-mine"])
def test_pages_of_letters_name_neither_case_nor_matter(
    opened: Opened, person: Client, path: str
) -> None:
    _client, case = opened()
    asked(case)

    html = Client().get(f"/{path}/{TOKEN}/").content.decode().lower()

    assert case.number.lower() not in html
    for word in ("picture", "intimate", "consent", "ana@"):
        assert word not in html


def test_a_safe_contact_stops_a_withdrawal_and_gets_new_words(
    opened: Opened, person: Client
) -> None:
    browser, case = opened(withdrawal_mode="cooling", safe_contact="friend@mail.example")
    contact = case.contacts.get(role="safe")
    contact.state = Contact.State.CONFIRMED
    contact.save()
    browser.post("/case/withdraw/")
    Case.objects.update(withdrawal_token_digest=digest_token(TOKEN))

    asked_page = Client().get(f"/safe/{TOKEN}/").content.decode()
    answer = Client().post(f"/safe/{TOKEN}/")

    case.refresh_from_db()
    assert "Stop the taking back?" in asked_page
    assert case.withdrawal_due_at is None
    # Whoever forced her keeps seeing that it ended; the new words open the true page.
    shown = browser.get("/case/page/").content.decode()
    assert "You took back your request" in shown
    assert "Your notice is complete" not in shown
    true = Client()
    true.post("/case/", {"number": case.number, "phrase": answer.context["phrase"]})
    assert "Your notice is complete" in true.get("/case/page/").content.decode()


def test_the_true_page_alone_says_that_the_taking_back_was_stopped(opened: Opened) -> None:
    browser, case = opened(withdrawal_mode="cooling", safe_contact="friend@mail.example")
    browser.post("/case/withdraw/")
    before = bare(browser.get("/case/page/").content.decode())
    Case.objects.update(withdrawal_token_digest=digest_token(TOKEN))
    words = Client().post(f"/safe/{TOKEN}/").context["phrase"]

    after = bare(browser.get("/case/page/").content.decode())
    assert after == before
    assert "stopped" not in after
    true = Client()
    true.post("/case/", {"number": case.number, "phrase": words})
    page = true.get("/case/page/").content.decode()
    assert page.count("The taking back was stopped") == 1
    assert page.index("You took back your request") < page.index("The taking back was stopped")
    assert page.index("The taking back was stopped") < page.index('<li class="here')


def bare(page: str) -> str:
    return re.sub(r'(name="csrfmiddlewaretoken" value|nonce)="[^"]+"', "", page)


def test_no_window_that_is_open_shows_that_a_withdrawal_was_stopped(
    opened: Opened, person: Client
) -> None:
    browser, case = opened(withdrawal_mode="cooling", safe_contact="friend@mail.example")
    other = Client()
    other.cookies["page"] = open_page(case=unveiled(case), now=datetime.now(UTC))
    for one in (browser, other):
        assert "Your notice is complete" in one.get("/case/page/").content.decode()
    browser.post("/case/withdraw/")
    Case.objects.update(withdrawal_token_digest=digest_token(TOKEN))
    Client().post(f"/safe/{TOKEN}/")

    for one in (browser, other):
        page = one.get("/case/page/").content.decode()
        assert "You took back your request" in page
        assert "Your notice is complete" not in page


def unveiled(case: Case) -> Case:
    case.is_unveiled = True
    return case


def test_the_link_of_a_safe_contact_works_once(opened: Opened) -> None:
    browser, _case = opened(withdrawal_mode="cooling", safe_contact="friend@mail.example")
    browser.post("/case/withdraw/")
    Case.objects.update(withdrawal_token_digest=digest_token(TOKEN))

    first, second = Client().post(f"/safe/{TOKEN}/"), Client().post(f"/safe/{TOKEN}/")

    assert (first.status_code, second.status_code) == (200, 404)
