"""Her browser at the page of her case, and what it shows."""

from __future__ import annotations

import html
import json
import re
from datetime import datetime, timedelta

from django.test import Client

from staydown_web.accounts.models import User
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.portal.services import open_page
from staydown_web.portal.views.session import COOKIE
from staydown_web.review import services
from staydown_web.review.models import Task

MINUTE = timedelta(minutes=1)


class Her:
    """Her browser, and what it shows."""

    def __init__(self, case: Case) -> None:
        self.client = Client()
        self.client.cookies[COOKIE] = open_page(case=Case.objects.get(pk=case.pk), now=utc_now())
        self.page = self.client.get("/case/page/").text

    @property
    def title(self) -> str:
        (title,) = re.findall(r"<h1>(.*?)</h1>", self.page)
        return str(title)

    @property
    def item(self) -> str:
        """How her item stands."""
        return self._after('id="found"', "State")

    @property
    def place(self) -> str:
        """How the website stands, and what is said of it."""
        place = self.page.split('id="places"')[1].split("</li>")[0]
        return plain(place.split("</h3>")[1])

    @property
    def address(self) -> str:
        """What is known of her address."""
        return plain(self.page.split('id="addresses"')[1].split("<br>")[1].split("</li>")[0])

    @property
    def shown(self) -> tuple[str, ...]:
        """What is told of how it stands."""
        return self.title, self.item, self.place, self.address, *self.story, *self.files

    @property
    def story(self) -> list[str]:
        told = self.page.split('class="timeline"')[1].split("</ol>")[0]
        return [html.unescape(one) for one in re.findall(r"<strong>(.*?)</strong>", told)]

    @property
    def files(self) -> list[str]:
        links = re.findall(r'href="/case/file/\d+/" download>(.*?)</a>', self.page)
        return [html.unescape(link) for link in links]

    def data(self) -> dict[str, list[dict[str, str]]]:
        return dict(json.loads(self.client.post("/case/data/file/").content))

    def _after(self, part: str, label: str) -> str:
        part = self.page.split(part)[1]
        return plain(part.split(f'data-label="{label}">')[1].split("</td>")[0])


def plain(markup: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", markup).split()))


def ago(minutes: int) -> datetime:
    return utc_now() - minutes * MINUTE


def decide_what_waits(user: User, outcome: str, minutes: int) -> None:
    """A firm decision, so many minutes ago, on the one task that waits."""
    services.decide(
        task=Task.objects.get(state__in=["open", "second"]),
        outcome=outcome,
        grounds=["us-tida"] if outcome == "remove" else [],
        facts="",
        user=user,
        now=ago(minutes),
    )
    services.make_decisions_firm(ago(minutes - 2))
