"""An address that is not there is answered with a page of ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from staydown_web.accounts.models import User


@pytest.mark.django_db
def test_an_unknown_address_is_a_calm_page() -> None:
    answer = Client().get("/nothing-here/")
    assert answer.status_code == 404
    assert b"staydown.css" in answer.content
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_staff_who_mistype_an_address_stay_among_their_own_pages(
    client_of: Callable[..., Client], reviewer: User
) -> None:
    answer = client_of(reviewer).get("/staff/nothing-here/")
    assert answer.status_code == 404
    assert "Go to the queue" in answer.text
    assert "Go to the start" not in answer.text


@pytest.mark.django_db
def test_who_is_not_signed_in_learns_nothing_of_staff_pages() -> None:
    answer = Client().get("/staff/nothing-here/")
    assert answer.status_code == 404
    assert "Go to the start" in answer.text
    assert "queue" not in answer.text
