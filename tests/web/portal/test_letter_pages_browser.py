"""Pages to which links out of letters lead, and the way led away: seen in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from barriers import LOOKS, barriers
from kept_pictures import keep
from staydown_web.base.sealing import digest_token
from staydown_web.cases.models import Case, Contact
from web.portal.test_pages_browser import window

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "t" * 43


def look(page: Any, name: str) -> None:
    """In every width and colour: what is wrong fails, what is right is kept."""
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert barriers(page) == [], name
        keep(page, name)


def test_the_links_of_letters_have_no_barrier(window: Any, opened: Any) -> None:
    _client, case = opened(withdrawal_mode="cooling", safe_contact="friend@mail.example")
    contact = case.contacts.get(role="notifier")
    contact.token_digest, contact.state = digest_token(TOKEN), Contact.State.ASKED
    contact.asked_at = datetime.now(UTC)
    contact.save()
    her = window()
    page = her.go(f"/contact/confirm/{TOKEN}/")
    look(page, "letter-confirm")
    page.click("main button")
    page.get_by_text("Thank you").wait_for()
    look(page, "letter-confirmed")
    page = her.go(f"/contact/not-mine/{TOKEN}/")
    look(page, "letter-refuse")
    page.click("main button")
    page.get_by_text("No more letters").wait_for()
    look(page, "letter-refused")
    page = her.go(f"/contact/confirm/{'x' * 43}/")
    page.click("main button")
    page.get_by_text("This link does not work any more").wait_for()
    look(page, "letter-too-late")


def test_the_link_of_a_safe_contact_has_no_barrier(window: Any, opened: Any) -> None:
    client, case = opened(withdrawal_mode="cooling", safe_contact="friend@mail.example")
    case.contacts.filter(role="safe").update(state=Contact.State.CONFIRMED)
    client.post("/case/withdraw/")
    Case.objects.update(withdrawal_token_digest=digest_token(TOKEN))
    her = window()
    page = her.go(f"/safe/{TOKEN}/")
    look(page, "letter-safe-contact")
    page.click("main button")
    page.get_by_text("The protection goes on").wait_for()
    look(page, "letter-safe-contact-stopped")


def test_who_was_under_18_is_led_away_by_the_last_step_too(
    window: Any, platform: Any, document: Any
) -> None:
    her = window()
    page = her.go("/notice/plain/")
    page.check("input[name=age][value=minor]")
    page.locator("main form[method=post] button.main").click()
    page.get_by_text("There is a service made for this").wait_for()
    look(page, "led-away")
    assert not Case.objects.exists()
