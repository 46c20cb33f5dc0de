"""The checker in a real browser: one notice under three laws at once, said while she types."""

from __future__ import annotations

from typing import Any

import pytest

from pictures import keep
from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Case
from web.portal.test_pages_browser import SEEN, STEP, browser, look, window

__all__ = ["browser", "window"]

pytestmark = pytest.mark.django_db(transaction=True)

LAWS = ["eu-dsa", "uk-osa", "us-tida"]


@pytest.fixture(autouse=True)
def _bound_by_three_laws(platform: Platform) -> None:
    platform.regimes = LAWS
    platform.save()


def to_the_statement(her: Any) -> Any:
    page = her.begin(2)
    page.fill("#urls", "http://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    return page


def states(page: Any) -> list[str]:
    return list(page.locator("#check .check .chip").all_inner_texts())


def test_each_law_turns_complete_as_its_last_part_is_typed(window: Any) -> None:
    page = to_the_statement(window())
    page.check("input[name=acts_as][value=self]")
    for law in LAWS:
        page.check(f"input[name=regimes][value={law}]")
    assert states(page) == ["Not complete yet"] * 3

    page.check("input[name=is_good_faith]")
    page.fill("#email", "ana@mail.example")
    page.fill("#signature", "Ana Example")
    assert states(page) == ["Not complete yet", "Not complete yet", "Complete"]
    assert "1 of 3" in page.inner_text("#check [data-check-sum]")

    page.fill("#statement", "This is me. I never agreed.")
    page.fill("#name", "Ana Example")
    assert states(page) == ["Complete", "Not complete yet", "Complete"]

    page.check("input[name=on_service]")
    page.check("input[name=role]")
    assert states(page) == ["Complete"] * 3
    assert "every rule that you chose" in page.inner_text("#check [data-check-sum]")


def test_what_is_missing_leads_to_its_field(window: Any) -> None:
    page = to_the_statement(window())
    page.check("input[name=acts_as][value=representative]")
    page.check("input[name=regimes][value=uk-osa]")

    page.locator("#check a[data-field=authority]").click()

    assert page.evaluate("document.activeElement.id") == "authority"


@pytest.mark.parametrize("seen", SEEN, ids=lambda s: f"{s['width']}-{s['scheme']}")
def test_one_notice_is_proved_valid_under_three_laws_on_one_page(window: Any, seen: Any) -> None:
    her = window(**seen)
    page = to_the_statement(her)
    for law in LAWS:
        page.check(f"input[name=regimes][value={law}]")
    her.sign()
    look(page)
    keep(page, "checker-open")
    page.fill("#statement", "This is me. I never agreed.")
    page.fill("#name", "Ana Example")
    page.check("input[name=on_service]")
    page.check("input[name=role]")
    page.click(STEP.format(3))
    page.wait_for_url("**/notice/send/")
    look(page)
    assert "I declare that it is on this service." in page.inner_text("#facts")
    keep(page, "checker-send")
    page.click("#go")
    page.wait_for_selector("#number")
    look(page)
    keep(page, "checker-receipt")

    case = Case.objects.get()
    assert sorted(case.notices.values_list("regime", flat=True)) == sorted(LAWS)
    assert not case.notices.filter(valid_at=None).exists()
    assert page.locator(".checker .chip.done").count() == 3
    assert case.signatures.filter(was_sent_back=True).count() == 3
