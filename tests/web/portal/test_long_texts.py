"""What she writes is taken whole or refused whole, and an address in a message is spoken of."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from staydown_web.cases.forms import holds_address
from staydown_web.cases.models import Case, Message
from web.portal.test_pages_browser import STEP, file_link, window

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)

Opened = Callable[..., tuple[Client, Case]]
LONG = "word " * 3999 + "words"
REFUSED = "Not sent: this text has 20000 letters, and at most {most} fit. Please shorten it."
HINT = "There is an address in it: in a message, it starts no time limit."
ADD = 'href="/case/add/">Add a link or a picture</a></p></div></div>'


def test_a_message_that_is_too_long_is_refused_and_kept_whole(opened: Opened) -> None:
    person, case = opened()
    answer = person.post("/case/message/", {"text": LONG})
    assert answer.status_code == 400
    assert REFUSED.format(most=4000) in answer.text
    assert LONG in answer.text
    assert not Message.objects.filter(case=case).exists()


def test_a_paste_is_not_cut_on_its_way_to_the_reviewer(window: Any) -> None:
    her = window()
    her.open_case(*file_link(her))
    page = her.page
    page.focus("#text")
    page.keyboard.insert_text(LONG)  # as a paste, which a box with `maxlength` cuts
    page.click("text=Send message")
    page.wait_for_selector("#e-text")
    assert page.inner_text("#e-text") == REFUSED.format(most=4000)
    assert page.input_value("#text") == LONG
    page.fill("#text", "In short: https://forum.example/p/1")
    page.click("text=Send message")
    page.wait_for_selector("#said")
    assert HINT in page.inner_text("#said")
    assert page.input_value("#text") == ""
    page.click("#said a")
    page.wait_for_url("**/case/add/**")


@pytest.mark.parametrize(
    ("path", "field", "most"),
    [
        ("/notice/plain/", "statement", 4000),
        ("/notice/plain/", "place", 1000),
        ("/notice/plain/", "authority", 1000),
        ("/case/add/plain/", "place", 1000),
    ],
)
def test_without_scripts_a_text_that_is_too_long_is_kept_whole(
    opened: Opened, path: str, field: str, most: int
) -> None:
    person, _case = opened()
    typed = {"urls": "http://127.0.0.1:8161/p/1", "age": "adult", "acts_as": "representative"}
    answer = person.post(path, {**typed, field: LONG})
    assert REFUSED.format(most=most) in html.unescape(answer.text)
    assert LONG in answer.text


def test_no_box_of_hers_cuts_what_is_put_in(window: Any, opened: Opened) -> None:
    person, _case = opened()
    her = window()
    cookie = {"name": "page", "value": person.cookies["page"].value, "url": her.address}
    her.page.context.add_cookies([cookie])
    for path in ("/notice/plain/", "/notice/", "/case/page/", "/case/add/", "/case/add/plain/"):
        html_of = her.page.request.get(her.address + path).text()
        assert "<textarea" in html_of, path
        boxes = [one.partition(">")[0] for one in html_of.split("<textarea")[1:]]
        assert [one for one in boxes if "maxlength" in one] == [], path


def test_the_steps_refuse_what_does_not_fit_where_it_is_typed(window: Any) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.fill("#place", LONG)
    page.click(STEP.format(1))
    words = "This text has 20000 letters, and at most {most} fit. Please shorten it."
    assert page.inner_text("#e-place") == words.format(most=1000)
    assert page.input_value("#place") == LONG
    page.fill("#place", "The third one")
    page.click(STEP.format(1))
    her.sign()
    page.fill("#statement", LONG)
    page.click(STEP.format(3))
    assert page.inner_text("#e-statement") == words.format(most=4000)
    page.fill("#statement", "This is me.")
    her.send()


def test_an_address_in_a_message_leads_to_where_it_is_added(opened: Opened) -> None:
    person, case = opened()
    answer = person.post("/case/message/", {"text": "Also www.forum.example/9"}, follow=True)
    assert HINT in answer.text
    assert ADD in answer.text
    assert case.messages.count() == 1
    plain = person.post("/case/message/", {"text": "Thank you. Ana"}, follow=True)
    assert "Your message was sent." in plain.text
    assert HINT not in plain.text
    assert ADD not in plain.text


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("see https://forum.example/p/1", True),
        ("see (HTTP://forum.example)", True),
        ("forum.example/p/1 is it", True),
        ("on www.forum.example", True),
        ("write to ana@mail.example", False),
        ("ana@mail.example/ana", False),
        ("It is on forum.example, I think.", False),
        ("either/or, 24/7, on 1.2.2026", False),
        ("", False),
    ],
)
def test_what_counts_as_an_address(text: str, holds: bool) -> None:
    assert holds_address(text) is holds
