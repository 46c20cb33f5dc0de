"""A removal goes to partners where she agreed; its reversal and her taking back reach them too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import override_settings

from case_page_states import Stage, answer, removed
from exchange_servers.stopncii import StopNciiServer
from review_scene import edited, serve_site
from staydown_web.accounts.models import Platform, User
from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank
from staydown_web.banks.services import close_segments
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case
from staydown_web.cases.services import agree_to_partners, ask_withdrawal
from staydown_web.exchanges import tasks as exchange_tasks
from staydown_web.exchanges.models import Exchange
from staydown_web.exchanges.services import make_exchange
from staydown_web.federation import tasks as federation_tasks
from staydown_web.federation.models import Member
from staydown_web.reports.selectors.partners import told_of_case
from staydown_web.review import services
from staydown_web.review.models import Complaint, Decision
from web.federation.peers import Peer

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _quiet(settings: Any, tmp_path: Path) -> Iterator[None]:
    close_segments()
    changed = {
        "STAYDOWN_HOME": tmp_path / "home",
        "STAYDOWN_SHARED_MEMORY": tmp_path / "memory",
        "STAYDOWN_KEYS": django_settings.STAYDOWN_KEYS,
    }
    with override_settings(**changed):
        yield
        close_segments()


@pytest.fixture
def stage(platform: Platform, reviewer: User, user_named: Callable[..., User]) -> Iterator[Stage]:
    with serve_site() as site:
        platform.media_origins = [site.origin]
        platform.save()
        url = site.put("same.jpg", edited("citrus.jpg", "same"))
        yield Stage(platform, url, reviewer, user_named("sara"))


@pytest.fixture
def server() -> Iterator[StopNciiServer]:
    with StopNciiServer() as made:
        yield made


@pytest.fixture
def partners(server: StopNciiServer, bank: Bank) -> Member:
    """A list that takes our entries, and another installation that gets confirmed ones."""
    now = utc_now() - 20 * DAY
    made = make_exchange(
        kind="stopncii",
        name="The list",
        config=server.config,
        secrets=server.secrets,
        actor="system",
        now=now,
    )
    Exchange.objects.filter(pk=made.pk).update(state="on", contributes=True)
    return Peer("north").join(
        gives=Member.Gives.CONFIRMED, gives_banks=[str(bank.pk)], sweep_at=now
    )


def work() -> None:
    """The worker's runs that tell partners."""
    now = utc_now()
    exchange_tasks.follow_news(now)
    exchange_tasks.send(now)
    while federation_tasks.tell(now):
        pass


def told(case: Case) -> list[tuple[str, str]]:
    return sorted((one.partner, one.what) for one in told_of_case(case))


def complain(stage: Stage, case: Case, at: datetime) -> None:
    services.file_complaint(
        decision=Decision.objects.get(task__case=case),
        side=Complaint.Side.UPLOADER,
        text="It is art, and I made it.",
        key="k",
        now=at,
    )


def test_a_reversal_by_complaint_reaches_every_partner(
    stage: Stage, partners: Member, server: StopNciiServer
) -> None:
    case = removed(stage)
    work()
    assert told(case) == [], "she did not say yes"
    agree_to_partners(case=case, now=utc_now() - 6 * DAY)
    work()
    assert told(case) == [("The list", "given"), ("north", "given")]
    (row,) = server.rows.values()
    assert row["hashStatus"] == "Active"

    complain(stage, case, utc_now() - 5 * DAY)
    answer(stage, case, "reversed", "not_intimate")
    assert Event.objects.filter(what="complaint_settled").exists()
    work()

    assert ("The list", "withdrawn") in told(case)
    assert {what for who, what in told(case) if who == "north"} == {"given", "doubted"}
    subjects = {
        (event.subject.partition(":")[0], event.facts["what"])
        for event in Event.objects.filter(what="partner_told")
    }
    assert ("exchange", "withdrawn") in subjects


def test_her_taking_back_reaches_every_partner(
    stage: Stage, partners: Member, server: StopNciiServer
) -> None:
    case = removed(stage)
    agree_to_partners(case=case, now=utc_now() - 6 * DAY)
    work()
    ask_withdrawal(case=case, now=utc_now())
    work()
    assert told(case) == [
        ("The list", "given"),
        ("The list", "withdrawn"),
        ("north", "given"),
        ("north", "withdrawn"),
    ]
