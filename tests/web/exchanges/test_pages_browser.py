"""The pages of lists in a real browser: no barrier, nothing sideways, keyboard, without scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from barriers import LOOKS, axe
from kept_pictures import keep
from staydown_web.banks.models import Entry
from staydown_web.banks.services import confirm_entries, take_in_entries
from staydown_web.exchanges.models import Doubt, DryRun, Exchange, Outgoing, Run
from staydown_web.exchanges.services import ask_on, make_exchange, start_trial
from staydown_web.exchanges.services.trying import ask_dry_run, run_dry_runs
from staydown_web.screening.services import keep_uploads
from staydown_web.screening.services.keeping import Keeper

from .conftest import photo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]


def opened(
    browser: Browser, live_server: Any, client: Any, *, width: int = 1280, **more: Any
) -> BrowserContext:
    """A browser in which somebody is signed in."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, reduced_motion="reduce", **more
    )
    key = client.session.session_key
    context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
    return context


@pytest.fixture
def tried(exchange: Exchange, platform: Any, lead: Any, now: Any) -> Exchange:
    """A list on trial that was read, was told things about, and was tried on kept uploads."""
    raws = [photo(n).to_bytes() for n in range(12)]
    taken = take_in_entries(
        bank=exchange.bank, raws=raws, origin=Entry.Origin.EXCHANGE, actor="system", now=now
    )
    confirm_entries(entry_ids=[taken[11].entry_id], actor=f"user:{lead.pk}", now=now)
    Doubt.objects.create(exchange=exchange, entry_id=taken[11].entry_id, at=now)
    keep_uploads(platform=platform, days=7, per_day=10_000, actor="system", now=now)
    keeper = Keeper(seed=5)
    for back in (2, 1, 0):
        at = now - timedelta(days=back)
        for n in (*[0] * 9, 1, 1, 2, 3, *range(100, 300)):
            keeper.offer(platform.pk, photo(n), at)
        keeper.flush(now=at)
    ask_dry_run(exchange=exchange, days=7, actor="system", now=now)
    while run_dry_runs(now=now):
        pass
    for n, (state, tries) in enumerate((("due", 0), ("due", 2), ("sent", 1), ("dead", 9))):
        Outgoing.objects.create(
            exchange=exchange,
            entry_id=taken[n].entry_id,
            what=("seen", "blocked", "not_blocked", "disputed")[n],
            cause=n,
            state=state,
            tries=tries,
            error_code="exchange_unavailable" if tries > 1 else "",
            next_try_at=now + timedelta(minutes=9),
            made_at=now,
        )
    for n, code in enumerate(("", "exchange_payload", "")):
        began = now - timedelta(minutes=30 - 10 * n)
        Run.objects.create(
            exchange=exchange,
            began_at=began,
            ended_at=None if n == 2 else began + timedelta(seconds=9),
            records=12_000 * (n + 1),
            added=11_000,
            withdrawn=40,
            disputed=3,
            left_out=7,
            error_code=code,
        )
    Exchange.objects.filter(pk=exchange.pk).update(
        fetched_at=now, listed=12_345, withdrawn=40, left_out=7
    )
    ask_on(exchange_id=exchange.pk, reason="Tried for a week.", user=lead, now=now)
    return exchange


@pytest.fixture
def others(now: Any) -> list[Exchange]:
    """Lists in the other states: off, stands still, failing, on."""
    made = []
    for name in ("Off", "Stands still", "Failing", "On"):
        one = make_exchange(
            kind="ncmec",
            name=name,
            config={
                field.name: field.default or "http://127.0.0.1:8133/v2"
                for field in fields_of("ncmec")
                if not field.is_secret
            },
            secrets={f.name: "s" for f in fields_of("ncmec") if f.is_secret},
            actor="system",
            now=now,
        )
        if name != "Off":
            start_trial(exchange_id=one.pk, actor="system", now=now)
        made.append(one)
    rows = Exchange.objects.filter
    rows(name="Stands still").update(is_stopped=True, failures=1, error_code="exchange_auth")
    rows(name="Failing").update(
        failures=3, error_code="exchange_unavailable", next_try_at=now + timedelta(days=900)
    )
    rows(name="On").update(state="on", fetched_at=now, listed=1_204_000, is_trusted=True)
    return made


def fields_of(kind: str) -> Any:
    from staydown_web.exchanges.partners import fields_of

    return fields_of(kind)


@pytest.fixture
def pages(tried: Exchange, others: list[Exchange], platform: Any) -> dict[str, str]:
    """The name of a picture and the address of each page."""
    still, on = others[1], others[3]
    return {
        "lists": reverse("exchanges:list"),
        "lists-kinds": reverse("exchanges:kinds"),
        "lists-add": reverse("exchanges:add", args=["stopncii"]),
        "lists-detail": reverse("exchanges:detail", args=[tried.pk]),
        "lists-detail-off": reverse("exchanges:detail", args=[others[0].pk]),
        "lists-detail-still": reverse("exchanges:detail", args=[still.pk]),
        "lists-detail-on": reverse("exchanges:detail", args=[on.pk]),
        "lists-settings": reverse("exchanges:settings", args=[tried.pk]),
        "lists-settings-on": reverse("exchanges:settings", args=[on.pk]),
        "lists-told": reverse("exchanges:told", args=[tried.pk]),
        "lists-told-empty": reverse("exchanges:told", args=[on.pk]) + "?tab=dead",
        "lists-trial": reverse("exchanges:trial", args=[tried.pk]),
        "lists-trial-first": reverse("exchanges:trial", args=[on.pk]),
        "lists-uploads": reverse("exchanges:uploads"),
        "lists-ask": reverse("exchanges:ask", args=[tried.pk, "trust"]),
        "lists-ask-on": reverse("exchanges:ask", args=[on.pk, "on"]),
        "lists-leave": reverse("exchanges:leave", args=[tried.pk]),
        "lists-approvals": reverse("review:approvals"),
    }


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_no_page_has_a_barrier_or_scrolls_sideways(
    browser, live_server, client_of, admin, pages, width: int, scheme: str
) -> None:
    context = opened(browser, live_server, client_of(admin), width=width, color_scheme=scheme)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    for name, path in pages.items():
        assert page.goto(live_server.url + path).status == 200
        wrong += [f"{path}: {found}" for found in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{path}: scrolls sideways")
        keep(page, name)
    context.close()
    assert wrong == []


def test_empty_pages_and_work_under_way_have_no_barrier(
    browser, live_server, client_of, admin, now
) -> None:
    context = opened(browser, live_server, client_of(admin), width=360)
    page = context.new_page()
    wrong = []
    for name in ("exchanges:list", "exchanges:uploads"):
        page.goto(live_server.url + reverse(name))
        wrong += axe(page)
        keep(page, "empty-" + name.replace(":", "-"))
    context.close()
    assert wrong == []


def test_a_dry_run_under_way_shows_how_far_it_is(
    browser, live_server, client_of, lead, exchange, platform, now
) -> None:
    keep_uploads(platform=platform, days=7, per_day=10_000, actor="system", now=now)
    keeper = Keeper(seed=5)
    for n in range(20):
        keeper.offer(platform.pk, photo(n), now)
    keeper.flush(now=now)
    ask_dry_run(exchange=exchange, days=7, actor="system", now=now)
    DryRun.objects.update(state="running", looked=7)
    context = opened(browser, live_server, client_of(lead), width=360)
    page = context.new_page()
    page.goto(live_server.url + reverse("exchanges:trial", args=[exchange.pk]))
    assert page.get_by_text("7 of 20 uploads looked at.").is_visible()
    assert page.locator("progress").get_attribute("value") == "7"
    assert axe(page) == []
    keep(page, "lists-trial-under-way")
    context.close()


def test_a_list_is_added_with_the_keyboard_and_without_scripts(
    browser, live_server, client_of, admin
) -> None:
    context = opened(browser, live_server, client_of(admin), java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + reverse("exchanges:add", args=["stopncii"]))
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("StopNCII")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("http://127.0.0.1:8134/v1")
    for secret in ("subscription-secret", "fetch-secret"):
        page.keyboard.press("Tab")
        page.keyboard.type(secret)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_role("heading", name="StopNCII").is_visible()
    assert page.get_by_text("The partner could not be reached").first.is_visible()
    assert "subscription-secret" not in page.content()
    assert axe_less(page)
    context.close()
    made = Exchange.objects.get()
    assert (made.name, made.state) == ("StopNCII", "off")
    assert b"subscription-secret" not in bytes(made.secrets_box)


def axe_less(page: Page) -> bool:
    """Where scripts are off, axe cannot run: at least one heading and no empty control."""
    return page.locator("h1").count() == 1 and page.locator("button:empty").count() == 0
