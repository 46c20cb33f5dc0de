"""The pages of escalations in a real browser: no barrier, nothing sideways, words in boxes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from barriers import LOOKS, axe
from chain_scene import (
    Scene,
    answer,
    appeal,
    kin,
    make_scene,
    mark,
    send,
    sign,
    watch,
    write_report,
)
from kept_pictures import keep
from staydown_web.escalation.models import Report, Site
from staydown_web.escalation.services.sites import site_of_domain

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)

OUTSIDE = """() => [...document.querySelectorAll("svg.graph g")].flatMap(group => {
  const box = group.querySelector("rect").getBBox();
  return [...group.querySelectorAll("text")].filter(text => {
    const words = text.getBBox();
    return words.width > 0 && (words.x < box.x || words.x + words.width > box.x + box.width
      || words.y < box.y || words.y + words.height > box.y + box.height);
  }).map(text => text.textContent);
})"""


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
def large(platform: Any, now: Any) -> Scene:
    """A site that stands on twelve services, some with long names."""
    return make_scene(platform, now, services=12, domain="a-very-long-name-of-a-site.example")


@pytest.fixture
def pages(
    scene: Scene, large: Scene, fresh: Scene, platform: Any, reviewer: Any, lead: Any, now: Any
) -> dict[str, str]:
    """The name of a picture and the address of each page."""
    sign(scene.reports[0], lead, now)
    appeal(scene.escalation, "We think that it is lawful.", now)
    watch(scene, ("there", "there", "there"), now)
    notice = write_report(
        scene.case,
        scene.site,
        "To: abuse@pics.example\nSubject: Intimate images\n\nPlease remove https://pics.example/1",
        now,
        shown=("signed_name", "statement"),
        media_type="message/rfc822",
        purpose="first_notice",
        channel="site",
        format="mail",
    )
    left = make_scene(platform, now, domain="mirror.example", state="running")
    for report in left.reports:
        sign(report, lead, now)
        sign(report, reviewer, now)
        send(report, now)
    answer(left.reports[0], "We removed the links you sent.\nTicket 8831.", now)
    answer(left.reports[1], "This is an automatic reply.", now, kind="automatic")
    Report.objects.filter(pk=left.reports[1].pk).update(outcome="refused", outcome_at=now)
    stopped = make_scene(platform, now, services=0, domain="gone.example", state="stopped")
    type(stopped.escalation).objects.filter(pk=stopped.escalation.pk).update(
        stopped="taken_back", ended_at=now
    )
    for one in (scene.site, left.site):
        mark(one, "ads_account", "pub-1234 at Adlane", now)
        mark(one, "template", "layout seen on 3 pages", now)
    kin(scene.site, left.site, now)
    Site.objects.filter(pk=left.site.pk).update(
        cool_until=now + timedelta(days=9000), unsafe_reason="threats"
    )
    bare = site_of_domain(domain="new.example", now=now)
    provider = scene.mapping.services.get(role="ads").provider_id
    return {
        "escalations": reverse("escalation:list"),
        "escalation": reverse("escalation:chain", args=[scene.escalation.number]),
        "escalation-fresh": reverse("escalation:chain", args=[fresh.escalation.number]),
        "escalation-large": reverse("escalation:chain", args=[large.escalation.number]),
        "escalation-left": reverse("escalation:chain", args=[left.escalation.number]),
        "escalation-stopped": reverse("escalation:chain", args=[stopped.escalation.number]),
        "escalation-notice": reverse("escalation:report", args=[notice.pk]),
        "escalation-report": reverse("escalation:report", args=[left.reports[0].pk]),
        "escalation-stop": reverse("escalation:stop", args=[scene.escalation.number]),
        "escalation-appeal": reverse("escalation:appeal", args=[scene.escalation.number]),
        "escalation-links": reverse("escalation:links"),
        "escalation-kinship": reverse("escalation:kinship"),
        "escalation-kind": reverse("escalation:site_kind", args=[scene.site.pk]),
        "escalation-unsafe": reverse("escalation:site_unsafe", args=[scene.site.pk]),
        "escalation-settings": reverse("escalation:settings"),
        "escalation-sites": reverse("escalation:sites"),
        "escalation-site": reverse("escalation:site", args=[scene.site.pk]),
        "escalation-site-mirror": reverse("escalation:site", args=[left.site.pk]),
        "escalation-site-new": reverse("escalation:site", args=[bare.pk]),
        "escalation-provider": reverse("escalation:provider", args=[provider]),
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
        closed = page.locator("main details:not([open]) > summary")
        while closed.count():
            closed.first.click()
        wrong += [f"{path}: {found}" for found in axe(page)]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{path}: scrolls sideways")
        wrong += [f"{path}: outside its box: {words}" for words in page.evaluate(OUTSIDE)]
        page.goto(live_server.url + path)
        keep(page, name)
    context.close()
    assert wrong == []


def test_at_360_pixels_the_drawing_is_left_out_and_the_table_stays(
    browser, live_server, client_of, reviewer, scene
) -> None:
    context = opened(browser, live_server, client_of(reviewer), width=360)
    page = context.new_page()
    page.goto(live_server.url + reverse("escalation:chain", args=[scene.escalation.number]))
    assert not page.locator("svg.graph[role=img]").is_visible()
    assert page.get_by_text("abuse@northwind.example").first.is_visible()
    context.close()


def test_empty_pages_have_no_barrier(browser, live_server, client_of, reviewer, platform) -> None:
    context = opened(browser, live_server, client_of(reviewer), width=360)
    page = context.new_page()
    wrong = []
    for name in ("list", "sites", "links", "kinship"):
        page.goto(live_server.url + reverse(f"escalation:{name}"))
        wrong += axe(page)
        keep(page, f"empty-escalation-{name}")
    context.close()
    assert wrong == []
