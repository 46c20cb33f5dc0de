"""Above a limit of notices, in a real browser: nothing is lost of what was written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from barriers import LOOKS, barriers
from kept_pictures import keep
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.portal.models import Tally
from staydown_web.portal.services import count_try
from staydown_web.portal.services.caps import MOST_A_DAY
from web.portal.test_pages_browser import STEP, window

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "http://127.0.0.1:8161/p/1"


def use_up() -> None:
    """All notices of today, and of tomorrow where the day ends meanwhile."""
    for day in (utc_now(), utc_now() + timedelta(days=1)):
        for _ in range(MOST_A_DAY[Tally.What.FILE]):
            count_try(what=Tally.What.FILE, address="127.0.0.1", now=day)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_draft_stays_on_the_page_and_can_be_sent_when_there_is_room(
    window: Any, width: int, scheme: str
) -> None:
    use_up()
    her = window(width=width, height=740, scheme=scheme)
    page = her.begin(2)
    page.fill("#urls", ADDRESS)
    page.click(STEP.format(1))
    page.check("input[name=acts_as][value=self]")
    page.fill("#email", "ana@mail.example")
    page.check("input[name=withdrawal_mode][value=immediate]")
    page.click(STEP.format(3))
    page.click("#go-on")
    page.wait_for_url("**/notice/send/")
    page.click("#go")
    page.wait_for_selector("#summary")
    assert "What you wrote is still on this page" in page.inner_text("#summary")
    assert page.evaluate("document.activeElement.id") == "summary"
    assert ADDRESS in page.inner_text("#facts")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert barriers(page) == []
    keep(page, "too-much")
    assert Case.objects.count() == 0

    Tally.objects.all().delete()
    page.click("#go")
    page.wait_for_selector("#number")
    assert Case.objects.get().locations.count() == 1
