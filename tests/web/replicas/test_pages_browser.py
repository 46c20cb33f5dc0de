"""The pages of local copies in a real browser: no barrier, nothing sideways, in all colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from barriers import LOOKS, axe
from kept_pictures import keep
from staydown_web.accounts.models import User
from staydown_web.accounts.services import grant_approval
from staydown_web.replicas.models import Replica
from staydown_web.replicas.services import ask_replica, end_replica

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def copies(
    agree: Callable[..., tuple[Replica, str]],
    platform: Any,
    bank: Any,
    key: Any,
    people: tuple[User, ...],
    moment: Any,
) -> dict[str, Replica]:
    """One in each state."""
    begun, _ = agree()
    Replica.objects.filter(pk=begun.pk).update(seen_at=moment, seen_seq=1)
    silent, _ = agree(name="Servers in the second building")
    ended, _ = agree(name="A trial")
    end_replica(replica_id=ended.pk, user=people[1], now=moment)
    given = {
        "platform": platform,
        "banks": [bank],
        "public_key": key.public,
        "days": 90,
        "stale_hours": 24,
        "sees_details": False,
        "reason": "Agreed with the platform in writing; see our file of agreements.",
        "user": people[0],
        "now": moment,
    }
    asked = ask_replica(name="Chat servers", **given)
    grant_approval(approval_id=asked.first_approval_id, user=people[1], now=moment)
    granted = ask_replica(name="Upload servers, Oslo", **given)
    for pk, user in zip(
        (granted.first_approval_id, granted.second_approval_id), people[1:], strict=True
    ):
        grant_approval(approval_id=pk, user=user, now=moment)
    return {"begun": begun, "silent": silent, "ended": ended, "asked": asked, "granted": granted}


@pytest.mark.parametrize(("width", "colours"), LOOKS)
def test_pages_have_no_barrier_and_nothing_sideways(
    browser: Browser,
    live_server: Any,
    lead_client: Any,
    copies: dict[str, Replica],
    width: int,
    colours: Any,
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, reduced_motion="reduce", color_scheme=colours
    )
    session = lead_client.session.session_key
    context.add_cookies([{"name": "session", "value": session, "url": live_server.url}])
    pages = {
        "replicas": reverse("replicas:list"),
        "replica-new": reverse("replicas:new"),
        "replica-asked": reverse("replicas:replica", args=[copies["asked"].pk]),
        "replica-granted": reverse("replicas:replica", args=[copies["granted"].pk]),
        "replica-in-use": reverse("replicas:replica", args=[copies["begun"].pk]),
        "replica-ended": reverse("replicas:replica", args=[copies["ended"].pk]),
        "replica-approvals": reverse("review:approvals"),
    }
    page = context.new_page()
    for name, path in pages.items():
        page.goto(f"{live_server.url}{path}")
        keep(page, name)
        assert axe(page) == [], name
        sizes = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert sizes[0] <= sizes[1], name
    page.goto(f"{live_server.url}{pages['replica-granted']}")
    page.get_by_role("button", name="Begin, and show the key").click()
    page.get_by_text("It is shown now and never again").wait_for()
    keep(page, "replica-key")
    assert axe(page) == []
    context.close()
