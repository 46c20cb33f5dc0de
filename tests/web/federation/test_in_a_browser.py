"""The pages about other installations in a real browser: no barrier, nothing sideways."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.urls import reverse

from barriers import LOOKS, axe
from kept_pictures import keep
from staydown_web.accounts.models import Approval
from staydown_web.accounts.services import grant_approval
from staydown_web.federation.models import Member
from staydown_web.federation.services.joining import Agreement, ask_agreement, pause_member
from staydown_web.federation.services.taking import take_page
from web.federation.peers import NOW, Peer

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pages(peer: Peer, other_peer: Peer, bank, raw_of, admin, lead) -> dict[str, str]:
    """A member that waits, an active one with an agreement to start, a paused one; a doubt."""
    north = peer.join(name="North Helpline", gives="seeds", gives_banks=[str(bank.pk)])
    south = other_peer.join(name="South Network", address="https://south.example")
    west = Peer("west").join(name="West", address="https://west.example", state="asked")
    peer.say("seed", 1, raw=raw_of(1))
    take_page(member=north, page=peer.page(), is_ahead=False, now=NOW)
    other_peer.say("dispute", 1, origin=peer.identity)
    take_page(member=south, page=other_peer.page(), is_ahead=False, now=NOW)
    wanted = Agreement("confirmed", [str(bank.pk)], takes=True, cap_day=500, cap_total=9_000)
    for member in (north, west):
        ask_agreement(member=member, agreement=wanted, reason="Agreed.", user=admin, now=NOW)
    first = Approval.objects.get(facts__member=str(north.pk))
    grant_approval(approval_id=first.pk, user=lead, now=NOW)
    pause_member(member_id=south.pk, actor="system", now=NOW)
    Member.objects.filter(pk=south.pk).update(pause="day")
    member = "federation:member"
    return {
        "members": reverse("federation:members"),
        "add": reverse("federation:add_member"),
        "granted": reverse(member, args=[north.pk]),
        "paused": reverse(member, args=[south.pk]),
        "asked": reverse(member, args=[west.pk]),
    }


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_no_page_has_a_barrier_or_scrolls_sideways(
    browser, live_server, client_of, admin, pages, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    cookie = client_of(admin).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page = context.new_page()
    found: dict[str, object] = {}
    for name, path in pages.items():
        page.goto(live_server.url + path)
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        keep(page, f"federation-{name}")
        wide = page.evaluate("document.documentElement.scrollWidth") - width
        if (barriers := axe(page)) or wide > 0:
            found[name] = (barriers, wide)
    context.close()
    assert not found


def test_a_mistake_on_the_form_is_said_beside_its_field(
    browser, live_server, client_of, admin, bank
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    cookie = client_of(admin).cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page = context.new_page()
    page.goto(live_server.url + reverse("federation:add_member"))
    page.locator("[name=name]").fill("North")
    page.locator("[name=address]").fill("http://north.example")
    page.locator("[name=compared]").fill("1234")
    page.locator("[name=reason]").fill("Agreed.")
    page.get_by_role("button", name="Ask a second person").click()
    page.wait_for_selector(".field.wrong .error")
    said = page.locator(".field.wrong .error").all_inner_texts()
    assert said == [
        "A public address starts with https://.",
        "These are not the 32 digits of a fingerprint.",
    ]
    assert axe(page) == []
    context.close()
