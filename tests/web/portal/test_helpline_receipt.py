"""What a helpline reads when it has filed: for the client, not as if it were the client."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse

from staydown_web.accounts.models import User
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.portal.services import clear_sendings
from web.portal.test_helpline_pages import Desk, at, desk, link_form, page, press

__all__ = ["at", "desk"]

pytestmark = pytest.mark.django_db

URLS = "http://127.0.0.1:8161/p/1\nhttps://board.example/x"


def receipt(browser: Browser, desk: Desk, **changes: str) -> str:
    data = {**link_form(browser, desk), "urls": URLS, "do": "send", **changes}
    answer = press(browser, "file_link", data, 200, client_id=desk.client.pk)
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", main).split()))


@pytest.mark.parametrize("changes", [{}, {"signature": ""}], ids=["complete", "not complete"])
def test_number_and_words_are_for_the_client(
    desk: Desk, at: Callable[[User], Browser], changes: dict[str, str]
) -> None:
    words = receipt(at(desk.mia), desk, **changes)
    assert "Hand these two things to your client" in words
    assert "You do not need them" in words
    for hers in ("your page", "Your page", "your pictures", "help line", "Talk to a person"):
        assert hers not in words


def test_a_website_that_has_not_joined_is_one_to_tell(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    words = receipt(at(desk.mia), desk)
    assert (
        "board.example (1): This website has not joined. Tell it yourself: it waits under “Not "
        "told yet”." in words
    )
    assert "board.example/x" in page(at(desk.mia), "untold")


def test_what_is_pressed_and_what_comes_of_it_is_said_before(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    of_client = page(at(desk.mia), "client", client_id=desk.client.pk)
    assert "Uploads that match are then held until a person has decided." in of_client
    assert "Uploads are then stopped" not in of_client
    form = page(at(desk.mia), "file_link", client_id=desk.client.pk)
    assert "To read the list, it is sent here; nothing of it is kept." in form


def test_a_receipt_that_comes_back_days_later_files_nothing_again(
    desk: Desk, at: Callable[[User], Browser]
) -> None:
    data = {**link_form(at(desk.mia), desk), "urls": URLS, "do": "send", "token": "0" * 32}
    before = Case.objects.count()
    press(at(desk.mia), "file_link", data, 200, client_id=desk.client.pk)
    clear_sendings(utc_now() + timedelta(days=2))

    answer = press(at(desk.mia), "file_link", data, 409, client_id=desk.client.pk)

    assert Case.objects.count() == before + 1
    assert "was not sent again" in answer.text
    assert f'href="{reverse("portal:caseload")}"' in answer.text
    assert "Your case goes on without you" not in answer.text
