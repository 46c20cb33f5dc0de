"""The list of licensed accounts, as an administrator keeps it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from staydown_web.review.selectors.licences import licences_of

pytestmark = pytest.mark.django_db
NOTE = "Release of 3 May 2026, confirmed by the editors."


def test_an_account_is_put_on_the_list_once_and_taken_off(admin_client, platform) -> None:
    address = reverse("review:licences", args=[platform.pk])
    assert admin_client.post(address, {"account": " muse ", "note": NOTE}).status_code == 302
    again = admin_client.post(address, {"account": "muse", "note": NOTE})
    assert again.status_code == 400
    assert "This account is on the list already." in again.text
    (licence,) = licences_of(platform)
    assert (licence.account, licence.note) == ("muse", NOTE)
    admin_client.post(reverse("review:remove_licence", args=[platform.pk, licence.id]))
    assert licences_of(platform) == []


def test_an_empty_form_says_what_to_write(admin_client, platform) -> None:
    page = admin_client.post(reverse("review:licences", args=[platform.pk]), {})
    assert page.status_code == 400
    assert "Please write the account." in page.text
    assert "Please write what the platform says of it." in page.text
    assert "This field is required." not in page.text
    assert licences_of(platform) == []
