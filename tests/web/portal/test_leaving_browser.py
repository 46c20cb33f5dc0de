"""Back after leaving, in a real browser: each page of hers leads away again."""

from __future__ import annotations

from typing import Any

import pytest

from web.portal.test_pages_browser import Window, window
from web.portal.test_turning_back_browser import enter

__all__ = ["window"]

pytestmark = pytest.mark.django_db(transaction=True)
OUTSIDE = "data:text/html,<title>Weather</title><p>It rains."
NO_STORE = """Object.defineProperty(window, 'sessionStorage', {
  get() { throw new DOMException('no', 'SecurityError'); } });"""


def visit(her: Window, person: Any) -> Any:
    """From another website to the start, a page of hers and one more."""
    her.page.goto(OUTSIDE)
    her.go("/")
    page = enter(her, person)
    page.click("footer >> text=Help lines")
    page.wait_for_url("**/help-lines/")
    return page


def leave(page: Any) -> None:
    page.click("#exit")
    page.wait_for_url("about:blank")


def turn(page: Any, how: str, leads_to: str) -> None:
    """Back or Forward, and where that ends."""
    with page.expect_event("framenavigated", lambda frame: frame.url.startswith(leads_to)):
        getattr(page, how)(wait_until="commit")
    page.wait_for_load_state()


def test_back_after_leaving_leads_away_from_each_page_until_the_website_before(
    window: Any, opened: Any
) -> None:
    person, _case = opened()
    page = visit(window(), person)
    leave(page)

    for _ in range(2):  # the page of the case, the start
        turn(page, "go_back", "about:blank")
        assert page.inner_text("body") == ""
        assert page.title() == ""
    turn(page, "go_back", "data:")
    assert page.inner_text("p") == "It rains."

    turn(page, "go_forward", "about:blank")


def test_back_in_ordinary_use_shows_her_pages_also_from_another_website(
    window: Any, opened: Any
) -> None:
    person, _case = opened()
    page = visit(window(), person)

    page.go_back()
    page.wait_for_selector("#text")
    page.goto(OUTSIDE)
    page.go_back()
    page.wait_for_selector("#text")

    assert page.url.endswith("/case/page/")


def test_after_leaving_the_website_opens_again_as_ever(window: Any, opened: Any) -> None:
    person, _case = opened()
    her = window()
    page = visit(her, person)
    leave(page)

    her.go("/")
    page.click("footer >> text=Help lines")
    page.wait_for_url("**/help-lines/")
    page.go_back()

    page.wait_for_selector("#begin")
    assert page.url == f"{her.address}/"


def test_where_the_browser_keeps_nothing_back_works_as_ever(window: Any, opened: Any) -> None:
    person, _case = opened()
    her = window()
    her.page.add_init_script(NO_STORE)
    page = visit(her, person)

    page.go_back()

    page.wait_for_selector("#text")
    assert her.errors == []


def test_without_scripts_back_after_leaving_shows_nothing_of_the_case(
    window: Any, opened: Any
) -> None:
    person, case = opened()
    page = visit(window(java_script_enabled=False), person)
    leave(page)

    said = []
    while not page.url.startswith("data:"):
        page.go_back()
        said.append(page.inner_text("body"))

    assert len(said) > 2
    assert not any(case.number in words for words in said)
    assert any("Open your page" in words for words in said), "the door in place of the page"


def test_without_scripts_back_after_leaving_shows_nothing_that_she_typed(window: Any) -> None:
    her = window(java_script_enabled=False)
    page = her.go("/notice/plain/")
    page.fill("#statement", "It is me.")
    leave(page)

    page.go_back()

    page.wait_for_selector("#statement")
    assert page.input_value("#statement") == ""


@pytest.mark.parametrize("has_scripts", [True, False])
def test_the_foot_names_the_keys_only_where_they_work(window: Any, has_scripts: bool) -> None:
    her = window(java_script_enabled=has_scripts)
    page = her.go("/")
    assert page.is_visible("footer kbd") == has_scripts
    page.click("footer >> text=Hide your visit")
    page.wait_for_url("**/hide-visit/")
    assert page.is_visible("footer kbd") == has_scripts
    assert "With scripts turned on, pressing Shift three times" in page.inner_text("main")
