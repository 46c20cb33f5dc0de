"""``docs/howto/exchanges.md`` step by step: every button it names, every field, every answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from exchange_servers import stopncii
from exchange_servers.stopncii import StopNciiServer
from staydown_web.banks.models import Entry
from staydown_web.base.clock import utc_now
from staydown_web.exchanges.models import Exchange
from staydown_web.exchanges.tasks import JOBS
from staydown_web.screening.services.keeping import Keeper

from .conftest import photo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "exchanges.md"
STEP = re.compile(
    r"\*\*(?P<press>[^*]+)\*\*|(?:[Ww]rite|Choose)\s`(?P<text>[^`]+)`\s(?:into|for)\s\*(?P<into>[^*]+)\*"
    r"|(?:tick|and)\s+\*(?P<tick>[^*]+)\*|The page says “(?P<says>.+?)”(?=[.,\s]|$)"
)
STEPS_OF = re.compile(r"^\d+\. (?:.+\n?)(?:   .+\n?)*", re.MULTILINE)
SECTION = re.compile(r"^##+ (.+)$", re.MULTILINE)


@pytest.fixture
def server() -> Iterator[StopNciiServer]:
    with StopNciiServer() as made:
        for n in range(12):
            made.add(photo(n).signals[0].raw.hex())
        yield made


@pytest.fixture
def signed_in(browser: Browser, live_server: Any, client_of: Any) -> Callable[[Any], Page]:
    def page_of(user: Any) -> Page:
        context: BrowserContext = browser.new_context(reduced_motion="reduce")
        context.set_default_timeout(20_000)
        key = client_of(user).session.session_key
        context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
        page = context.new_page()
        page.goto(f"{live_server.url}/staff/lists/")
        return page

    return page_of


def work() -> None:
    """What the worker does meanwhile."""
    for job in JOBS:
        while job.run(utc_now()):
            pass


def control(page: Page, name: str) -> Locator:
    """The link or button of a name; the first, where a table has one a row."""
    exact = page.get_by_role("link", name=name, exact=True).or_(
        page.get_by_role("button", name=name, exact=True)
    )
    one_a_row = page.get_by_role("button", name=re.compile(f"^{re.escape(name)} "))
    return (exact if exact.count() else one_a_row).first


def sections() -> Iterator[tuple[str, list[re.Match[str]]]]:
    """Each heading, and what its numbered steps say to do, in order."""
    parts = SECTION.split(PAGE.read_text())
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        found = [step for item in STEPS_OF.findall(body) for step in STEP.finditer(item)]
        yield heading, found


def do(page: Page, step: re.Match[str], values: dict[str, str]) -> None:
    if name := step["press"]:
        if name == "Look again":
            page.reload()
            return
        if name == "Add it and try the connection":
            page.get_by_label("Address", exact=True).fill(values["ADDRESS"])
        with page.expect_navigation():
            control(page, " ".join(name.split())).click()
        work()
    elif into := step["into"]:
        text = values.get(step["text"], step["text"])
        field = page.get_by_label(" ".join(into.split()), exact=True).first
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(label=text)
        else:
            field.fill(text)
    elif box := step["tick"]:
        page.get_by_label(" ".join(box.split()), exact=True).check()
    else:
        said = " ".join(step["says"].split())
        assert said in " ".join(page.inner_text("body").split()), said


def test_the_page_does_what_it_says(
    signed_in, server: StopNciiServer, platform, admin, lead
) -> None:
    values = {
        "ADDRESS": server.address,
        "SUBSCRIPTION_KEY": stopncii.SUBSCRIPTION_KEY,
        "FETCH_KEY": stopncii.FETCH_KEY,
        "FEEDBACK_KEY": stopncii.FEEDBACK_KEY,
    }
    pages = {"admin": signed_in(admin), "lead": signed_in(lead)}
    done = 0
    for heading, steps in sections():
        page = pages["lead" if heading == "The second person" else "admin"]
        for step in steps:
            do(page, step, values)
            done += 1
        if heading == "Keep something to try it on":
            keep_some(platform)
    assert done > 40
    assert not Exchange.objects.exists()
    assert not Entry.objects.exclude(state="withdrawn").exists()
    assert server.received_feedback


def keep_some(platform: Any) -> None:
    """Uploads as they come in: one picture of the list again and again, and others."""
    keeper, now = Keeper(seed=1), utc_now()
    for fingerprint in (*[photo(0)] * 9, photo(1), *(photo(n) for n in range(100, 150))):
        keeper.offer(platform.pk, fingerprint, now)
    keeper.flush(now=now)
