"""The quick way out, as the server sees it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client, override_settings

from staydown.errors import ConfigError
from staydown_web.cases.models import Case
from staydown_web.config.environment import read_environment
from staydown_web.portal.models import OpenPage

pytestmark = pytest.mark.django_db


def test_leaving_ends_the_open_page_and_has_the_browser_forget(
    opened: Callable[..., tuple[Client, Case]],
) -> None:
    person, _case = opened()

    answer = person.get("/leave/")

    assert OpenPage.objects.count() == 0
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert {name: c["max-age"] for name, c in answer.cookies.items()} == {
        "page": 0,
        "form": 0,
        "language": 0,
    }


def test_by_default_it_leads_to_a_blank_page_without_a_script(person: Client) -> None:
    html = person.get("/leave/").content.decode()

    assert '<meta http-equiv="refresh" content="0; url=about:blank">' in html
    assert "<body></body>" in html
    assert "taydown" not in html


@override_settings(STAYDOWN_EXIT_URL="https://weather.example/today")
def test_it_leads_where_the_platform_says(person: Client) -> None:
    answer = person.get("/leave/")

    assert (answer.status_code, answer.headers["Location"]) == (
        302,
        "https://weather.example/today",
    )


def test_staff_stay_signed_in(reviewer_client: Client) -> None:
    answer = reviewer_client.get("/leave/")

    assert "session" not in answer.cookies


@pytest.mark.parametrize("bad", ["javascript:alert(1)", "weather.example", "https://"])
def test_a_wrong_address_to_leave_to_is_refused_at_start(bad: str) -> None:
    with pytest.raises(ConfigError, match="STAYDOWN_EXIT_URL"):
        read_environment({"STAYDOWN_EXIT_URL": bad})
