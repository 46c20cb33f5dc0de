"""What is held, on her page in a real browser: its long words fit a narrow window."""

from __future__ import annotations

from typing import Any

import pytest

from case_page_states import Stage
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.portal.services import open_page
from web.portal.test_hold_everywhere import HIDDEN, held, stage
from web.portal.test_pages_browser import window

__all__ = ["stage", "window"]

pytestmark = pytest.mark.django_db(transaction=True)
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("width", [360, 320])
def test_the_card_of_a_website_that_holds_it_fits(window: Any, stage: Stage, width: int) -> None:
    case = held(stage)
    her = window(width=width, height=740)
    token = open_page(case=Case.objects.get(pk=case.pk), now=utc_now())
    her.page.context.add_cookies([{"name": "page", "value": token, "url": her.address}])
    page = her.go("/case/page/")

    assert page.inner_text("#places >> .. >> .chip >> nth=0").strip() == HIDDEN
    assert page.evaluate(OVER) == 0
