"""The checker in a real browser: one notice under three laws at once, said while she types."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kept_pictures import keep
from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Case
from staydown_web.portal.selectors.providers import elsewhere_line
from staydown_web.regimes.selectors import regimes, start_note
from web.portal.test_pages_browser import SEEN, STEP, look, window

__all__ = ["window"]

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
    assert "every rule that it follows" in page.inner_text("#check [data-check-sum]")


def test_what_is_missing_leads_to_its_field(window: Any) -> None:
    page = to_the_statement(window())
    page.check("input[name=acts_as][value=representative]")
    page.check("input[name=regimes][value=uk-osa]")

    page.locator("#check a[data-field=authority]").click()

    assert page.evaluate("document.activeElement.id") == "authority"


POINTS = {
    "acts_as": "input[name=acts_as][value=self]",
    "statement": "#statement",
    "name": "#name",
    "email": "#email",
    "withdrawal_mode": "input[name=withdrawal_mode][value=immediate]",
    "is_good_faith": "input[name=is_good_faith]",
    "on_service": "input[name=on_service]",
    "role": "input[name=role]",
    "signature": "#signature",
}
"""All that three laws and the form ask for in step 3, in its order."""


def all_missing(her: Any) -> Any:
    page = to_the_statement(her)
    for law in LAWS:
        page.check(f"input[name=regimes][value={law}]")
    page.click(STEP.format(3))
    return page


def points(page: Any) -> list[str]:
    links = page.locator("#summary-list a").all()
    return [link.get_attribute("href").removeprefix("#f-") for link in links]


def wrong(page: Any) -> list[str]:
    return page.evaluate("[...document.querySelectorAll('.wrong')].map((one) => one.dataset.field)")


def test_all_that_is_missing_is_said_at_once_and_each_point_leads_to_its_field(window: Any) -> None:
    page = all_missing(window())
    assert points(page) == list(POINTS)
    assert wrong(page) == list(POINTS)

    for field in POINTS:
        page.click(f"#summary-list a[href='#f-{field}']")
        inside = f"document.activeElement.closest('[data-field]').dataset.field === '{field}'"
        assert page.evaluate(inside), field


def test_before_a_law_is_chosen_what_every_law_asks_is_said_and_then_what_hers_does(
    window: Any,
) -> None:
    page = to_the_statement(window())
    page.click(STEP.format(3))
    before = ["acts_as", "regimes", "withdrawal_mode"]
    assert points(page) == before
    for field in before:
        page.click(f"#summary-list a[href='#f-{field}']")
        inside = f"document.activeElement.closest('[data-field]').dataset.field === '{field}'"
        assert page.evaluate(inside), field

    page.check("input[name=regimes][value=uk-osa]")

    page.click(STEP.format(3))
    spared = {"statement", "name", "signature"}
    assert points(page) == [field for field in POINTS if field not in spared]
    assert page.is_hidden("#signature")


def test_a_point_goes_from_the_list_and_from_its_field_as_soon_as_it_is_right(window: Any) -> None:
    page = all_missing(window())
    left = list(POINTS)
    for field, control in POINTS.items():
        if page.get_attribute(control, "type") in {"radio", "checkbox"}:
            page.check(control)
        elif field == "email":
            page.fill(control, "ana@mail")
            assert (points(page), wrong(page)) == (left, left), "not right yet"
            page.fill(control, "ana@mail.example")
        else:
            page.fill(control, "Ana Example")
        left.remove(field)
        assert (points(page), wrong(page)) == (left, left)
        assert page.get_attribute(control, "aria-invalid") is None
        if left:
            assert page.inner_text("#heard") == f"Points left: {len(left)}"

    assert page.is_hidden("#summary")
    assert page.inner_text("#heard") == "All points are done. You can continue."
    page.click(STEP.format(3))
    page.wait_for_url("**/notice/send/")


def test_nothing_new_is_called_wrong_while_she_types(window: Any) -> None:
    page = to_the_statement(window())
    page.fill("#email", "ana@mail")
    page.fill("#phone", "1")
    page.fill("#phone", "")
    assert wrong(page) == []
    assert page.is_hidden("#summary")


def test_what_continue_refuses_is_not_there_for_the_checker(window: Any) -> None:
    page = to_the_statement(window())
    page.check("input[name=acts_as][value=self]")
    page.check("input[name=regimes][value=eu-dsa]")
    met = "#check li.met:has-text('Your e-mail address')"
    page.fill("#email", "ana@mail")
    assert page.locator(met).count() == 0
    page.fill("#email", "ana@mail.example")
    assert page.locator(met).count() == 1


def test_what_follows_from_going_on_is_said_law_by_law(window: Any) -> None:
    her = window()
    page = all_missing(her)
    her.sign()
    page.check("input[name=on_service]")
    page.check("input[name=role]")
    page.fill("#signature", "")
    page.fill("#name", "Ana Example")
    page.click(STEP.format(3))

    assert page.locator("#summary-laws li").all_inner_texts() == [
        "European Union: Digital Services Act: complete only when you add what is missing.",
        "United Kingdom: intimate image duty: complete already.",
        "United States: TAKE IT DOWN Act: the 48 hours start only when you add what is missing.",
    ]
    page.fill("#statement", "This is me. I never agreed.")
    assert page.locator("#summary-laws li").all_inner_texts()[0] == (
        "European Union: Digital Services Act: complete already."
    )
    page.click("#go-on")
    page.wait_for_url("**/notice/send/")


def test_on_a_phone_the_list_begins_below_the_header(window: Any) -> None:
    page = all_missing(window(width=360, height=640))
    place = page.evaluate(
        "['.bar', '#summary'].map((one) => document.querySelector(one).getBoundingClientRect())"
        ".map(({ top, bottom }) => [top, bottom])"
    )
    (_, header), (top, _) = place
    assert header <= top < 640 / 2


def test_a_website_that_has_not_joined_counts_under_no_law_and_is_said_at_once(window: Any) -> None:
    her = window()
    page = her.begin(2)
    page.fill("#urls", "https://elsewhere.example/p/1\nhttp://127.0.0.1:8161/p/1")
    page.click(STEP.format(1))
    assert page.locator("#summary-list li").all_inner_texts() == [elsewhere_line().format(n=1)]
    page.fill("#urls", "https://elsewhere.example/p/1")
    page.click("#go-on")
    page.check("input[name=acts_as][value=self]")
    page.check("input[name=regimes][value=eu-dsa]")
    assert page.locator("#check li.unmet:has-text('The exact address')").count() == 1


def test_a_law_whose_start_is_not_confirmed_says_so_wherever_its_time_is(window: Any) -> None:
    note = start_note(regimes()["uk-osa"])
    her = window()
    page = to_the_statement(her)
    assert page.locator(f"#laws label:has-text({note!r})").count() == 1
    page.check("input[name=regimes][value=uk-osa]")
    page.check("input[name=regimes][value=us-tida]")
    her.sign()
    page.check("input[name=on_service]")
    page.check("input[name=role]")
    assert page.locator(f"#check .check:has-text({note!r})").count() == 1
    page.click(STEP.format(3))
    page.wait_for_url("**/notice/send/")
    assert page.locator(f"#law-part .check:has-text({note!r})").count() == 1
    page.click("#go")
    page.wait_for_selector("#number")
    assert page.locator(f".check:has-text({note!r})").count() == 1
    number = page.inner_text("#number")
    her.open_case(number, " ".join(page.locator("#phrase li").all_inner_texts()))
    page.wait_for_url("**/case/page/")
    assert page.locator(f".limits li:has-text({note!r})").count() == 1


def test_what_is_signed_can_be_read_before_and_after_the_button(window: Any) -> None:
    her = window()
    page = to_the_statement(her)
    page.check("input[name=regimes][value=us-tida]")
    her.sign()
    page.click(STEP.format(3))
    page.wait_for_url("**/notice/send/")
    text = regimes()["us-tida"].texts["self"]
    page.click("#signed summary")
    assert page.locator("#signed-texts p").all_inner_texts() == list(text)
    page.click("#go")
    page.wait_for_selector("#number")
    page.click("#signed summary")
    record = Case.objects.get().signatures.get()
    shown = page.inner_text("#signed")
    for words in (*text, "Ana Example", "there was no consent.", record.digest):
        assert words in shown
    look(page)


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


def test_the_laws_of_her_addresses_are_offered_and_no_others(
    window: Any, platform: Platform
) -> None:
    Platform.objects.create(
        name="US Forum",
        slug="us-forum",
        public_url="https://us.example",
        regimes=["us-tida"],
        created_at=platform.created_at + timedelta(hours=1),
    )
    page = to_the_statement(window())
    laws = page.locator("#laws label:visible")
    assert laws.locator("input").evaluate_all("all => all.map((one) => one.value)") == LAWS
    assert "Applies to: Forum Example, US Forum." in laws.last.inner_text()
    page.check("input[name=regimes][value=eu-dsa]")

    page.go_back()
    page.fill("#urls", "https://us.example/p/1")
    page.click(STEP.format(1))

    assert page.is_hidden("#f-regimes"), "one alone is no question"
    assert page.locator("#check .check h3, #check .check h4").all_inner_texts() == [
        "United States: TAKE IT DOWN Act"
    ]
