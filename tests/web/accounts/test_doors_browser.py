"""The doors of staff in a real browser: the code after the password, and a link that was used."""

from __future__ import annotations

import pytest
from django.urls import reverse

from barriers import LOOKS, barriers
from kept_pictures import keep

from .test_signing_in import PASSWORD

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_doors_have_no_barrier(browser, live_server, reviewer, width: int, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(live_server.url + reverse("accounts:login"))
    page.fill("[name=name]", reviewer.username)
    page.fill("[name=password]", PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/second-factor/**")
    assert barriers(page) == []
    keep(page, "sign-in-code")
    page.goto(live_server.url + reverse("accounts:join", args=["x" * 43]))
    assert "does not work" in page.inner_text("main") or "used" in page.inner_text("main")
    assert "you go on where you were" in page.inner_text("main")
    assert barriers(page) == []
    keep(page, "join-used")
    context.close()
