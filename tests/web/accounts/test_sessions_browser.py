"""One's own page in a real browser, signed in elsewhere too: no barrier, light and dark."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from barriers import LOOKS
from kept_pictures import keep
from service_steps import check_page
from staydown_web.accounts.services import note_session
from staydown_web.base.clock import utc_now

from .test_sessions import FIREFOX, PHONE
from .test_signing_in import code_of

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_list_of_sessions_has_no_barrier(
    browser, live_server, client_of, reviewer, width: int, scheme: str
) -> None:
    for hours, agent in ((0, FIREFOX), (2, PHONE), (5, FIREFOX)):
        key = client_of(reviewer).session.session_key
        began = utc_now() - timedelta(hours=hours)
        note_session(user=reviewer, session_key=key, agent=agent, now=began)
        if not hours:
            mine = key
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.add_cookies([{"name": "session", "value": mine, "url": live_server.url}])
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    assert page.goto(live_server.url + reverse("accounts:me")).status == 200
    check_page(page)
    keep(page, "me-sessions")
    page.get_by_role("button", name="End these").click()
    page.fill("#session-code", "123")  # the browser's own words about what is left out
    page.get_by_role("button", name="End these").click()
    page.get_by_text("Choose at least one.").wait_for()
    check_page(page)
    keep(page, "me-sessions-wrong")
    page.get_by_label("Safari, iPhone").check()
    page.fill("#session-code", code_of(TOTPDevice.objects.get(user=reviewer)))
    page.get_by_role("button", name="End these").click()
    page.get_by_text("1 session was ended.").wait_for()
    assert page.get_by_label("Safari, iPhone").count() == 0
    assert page.get_by_label("Firefox, Linux").count() == 1
    context.close()
    assert wrong == []
