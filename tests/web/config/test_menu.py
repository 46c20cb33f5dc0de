"""One menu on every page of the staff: what each role finds in it, and where they are."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from staydown_web.accounts.models import Platform, User

pytestmark = pytest.mark.django_db
QUEUE = [
    "review:queue",
    "review:banks",
    "review:approvals",
    "actions:deliveries",
    "escalation:list",
]
LEAD = ["reports:submissions", "audit:events", "exchanges:list", "watch:status"]
ADMIN = [
    "accounts:people",
    "accounts:keys",
    "hooks:hooks",
    "review:platforms",
    "reports:public_pages",
    "setup:keys",
]
BELOW = {
    "accounts:flaggers": "accounts:people",
    "review:new_platform": "review:platforms",
    "setup:site": "setup:keys",
    "reports:records": "audit:events",
    "actions:endpoints": "actions:deliveries",
    "exchanges:uploads": "exchanges:list",
    "federation:members": "exchanges:list",
    "replicas:list": "exchanges:list",
    "escalation:sites": "escalation:list",
}


def menu(client: Client, page: str) -> tuple[list[str], list[str]]:
    """The addresses of the menu, and those that are marked as the page one is on."""
    answer = client.get(reverse(page))
    assert answer.status_code == 200, page
    found = re.search(r'<nav class="nav"[^>]*>(.*?)</nav>', answer.text, re.DOTALL)
    assert found is not None, page
    links = re.findall(r'<a href="([^"]+)"([^>]*)>', found[1])
    return [link for link, _ in links], [link for link, rest in links if "aria-current" in rest]


def addresses(*names: str) -> list[str]:
    return [reverse(name) for name in names]


def test_an_administrator_has_one_menu_on_every_page(
    client_of: Callable[[User], Client], admin: User, platform: Platform
) -> None:
    client = client_of(admin)
    for page in [*QUEUE, *LEAD, *ADMIN]:
        assert menu(client, page) == (addresses(*QUEUE, *LEAD, *ADMIN), addresses(page))


@pytest.mark.parametrize(("page", "marked"), BELOW.items())
def test_a_page_below_another_one_marks_it(
    client_of: Callable[[User], Client], admin: User, platform: Platform, page: str, marked: str
) -> None:
    assert menu(client_of(admin), page)[1] == addresses(marked)


def test_leads_and_reviewers_find_what_is_theirs(
    client_of: Callable[[User], Client], lead: User, reviewer: User, platform: Platform
) -> None:
    assert menu(client_of(lead), "audit:events")[0] == addresses(*QUEUE, *LEAD)
    assert menu(client_of(reviewer), "review:queue")[0] == addresses(*QUEUE)
