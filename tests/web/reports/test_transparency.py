"""From rows to published periods, the page and its files."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Order
from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank, Entry
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case, Clock, Notice, Suspension
from staydown_web.reports.models import PublicPages, PublishedPeriod
from staydown_web.reports.services import choose_pages, pages_of, publish_periods
from staydown_web.reports.services.counting import count_period
from staydown_web.reports.services.publishing import period_end
from staydown_web.review.models import Complaint, Decision, Task
from staydown_web.screening.models import Copy, Hit
from web.reports.public_scene import MONTHS, publish

pytestmark = pytest.mark.django_db
DAY = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
MONTH = {"starts_on": date(2026, 10, 1), "ends_on": date(2026, 10, 31)}


class Rows:
    """Rows of one month."""

    def __init__(self, platform: Platform, user: User) -> None:
        self.platform, self.user = platform, user
        self.orders = 0

    def case(
        self,
        *,
        filed_at: datetime = DAY,
        is_complete: bool = True,
        laws: tuple[str, ...] = ("us-tida",),
        settled_h: int = 3,
        **more: Any,
    ) -> Case:
        """A case with a notice under each law, settled so many hours later."""
        given: dict[str, Any] = {"way": "published", "acts_as": "self", **more}
        case = Case.objects.create(
            number=f"C-{new_id().hex[:8]}",
            platform=self.platform,
            filed_at=filed_at,
            touched_at=filed_at,
            valid_at=filed_at if is_complete else None,
            **given,
        )
        for law in laws:
            self.notice(case, law, settled_h)
        return case

    def notice(self, case: Case, law: str, settled_h: int) -> None:
        """A notice, complete as the case is, with its clock where the law has one."""
        notice = Notice.objects.create(
            case=case,
            regime=law,
            regime_version="1",
            received_at=case.filed_at,
            valid_at=case.valid_at,
        )
        if case.valid_at is None or law == "eu-dsa":
            return
        Clock.objects.create(
            notice=notice,
            began_at=case.valid_at,
            length_s=48 * 3600,
            due_at=case.valid_at + timedelta(hours=48),
            ended_at=case.valid_at + timedelta(hours=settled_h),
            outcome="kept" if settled_h <= 48 else "late",
        )

    def decision(self, outcome: str = "remove", *grounds: str, **more: Any) -> Decision:
        hours = more.pop("hours", 3)
        at = DAY + timedelta(hours=hours)
        task = Task.objects.create(
            number=f"R-{new_id().hex[:8]}",
            source="notice",
            platform=more.pop("platform", self.platform),
            case=more.pop("case", None),
            made_at=DAY,
        )
        return Decision.objects.create(
            task=task,
            outcome=outcome,
            grounds=list(grounds),
            decided_by=self.user,
            decided_at=at,
            firm_at=at,
            **{"made_firm_at": at, **more},
        )

    def order(self, decision: Decision, *, answered_at: datetime | None, state: str) -> None:
        self.orders += 1
        Order.objects.create(
            seq=self.orders,
            platform=self.platform,
            copy=self.copy("notice"),
            decision=decision,
            what="remove",
            state=state,
            made_at=DAY,
            answered_at=answered_at,
        )

    def copy(self, source: str = "upload", verdict: str = "block") -> Copy:
        return Copy.objects.create(
            platform=self.platform,
            source=source,
            state="blocked",
            verdict=verdict,
            group=new_id().hex * 2,
            seen_at=DAY,
            state_at=DAY,
        )


@pytest.fixture
def rows(platform: Platform, reviewer: User) -> Rows:
    return Rows(platform, reviewer)


def counted(platform: Platform) -> dict[str, Any]:
    return count_period(platform=platform, **MONTH)


def test_requests_are_counted_by_the_month_in_which_they_came(rows: Rows) -> None:
    for day in (1, 31):
        for _ in range(4):
            rows.case(filed_at=datetime(2026, 10, day, 23, 59, tzinfo=UTC))
    for _ in range(5):
        rows.case(is_complete=False)
    rows.case(filed_at=datetime(2026, 11, 1, tzinfo=UTC))
    rows.case(filed_at=datetime(2026, 9, 30, 23, 59, tzinfo=UTC))

    table = counted(rows.platform)["requests"]["complete"]

    assert table == {"total": 13, "counts": {"complete": 8, "incomplete": 5}}


def test_another_platforms_rows_are_not_counted(rows: Rows, other_platform: Platform) -> None:
    for _ in range(12):
        rows.case()
        rows.decision("remove", "us-tida")

    numbers = counted(other_platform)

    assert numbers["requests"]["complete"]["total"] == 0
    assert numbers["decisions"]["outcome"]["total"] == 0


def test_decisions_are_counted_when_firm_and_by_their_first_ground(rows: Rows) -> None:
    for _ in range(20):
        rows.decision("remove", "us-tida", "platform-terms")
    for _ in range(8):
        rows.decision("restore", "not_intimate", automation="none")
    rows.decision("hold")
    rows.decision("remove", "us-tida", made_firm_at=None)
    rows.decision("remove", "us-tida", made_firm_at=None, undone_at=DAY)

    tables = counted(rows.platform)["decisions"]

    assert tables["outcome"] == {"total": 28, "counts": {"remove": 20, "restore": 8}}
    assert tables["ground"]["remove"] == {"total": 20, "counts": {"us-tida": 20}}
    assert tables["automation"]["counts"] == {"none": 8, "detected": 20, "full": 0}


def test_nothing_about_people_under_18_is_counted(rows: Rows) -> None:
    for _ in range(9):
        rows.decision("remove", "minor")
        rows.case(closed_for="minor")
    for _ in range(11):
        rows.decision("remove", "us-tida")

    assert counted(rows.platform)["decisions"]["outcome"]["total"] == 11
    assert counted(rows.platform)["requests"]["complete"]["total"] == 0
    assert "minor" not in json.dumps(counted(rows.platform))


def test_parts_of_a_hidden_number_are_not_shown(rows: Rows) -> None:
    for _ in range(20):
        rows.decision("remove", "us-tida")
    for _ in range(3):
        rows.decision("restore", "satire")

    tables = counted(rows.platform)["decisions"]

    assert tables["outcome"] == {"total": 23, "counts": {"remove": None, "restore": None}}
    assert tables["ground"] == {}


def test_the_time_runs_from_a_complete_request_to_the_last_copy_removed(rows: Rows) -> None:
    for hours in range(1, 13):
        decision = rows.decision("remove", "us-tida", case=rows.case(), hours=1)
        at = DAY + timedelta(hours=hours)
        rows.order(decision, answered_at=DAY, state="done")
        rows.order(decision, answered_at=at, state="done")

    numbers = counted(rows.platform)

    times = numbers["time_to_act"]
    assert times["total"] == 12
    assert times["median_s"] == 6 * 3600
    assert times["longest_s"] == 12 * 3600
    assert times["p90_s"] is None, "nine in ten of twelve is one person's time"
    assert times["bands"] == [
        {"from_h": 0, "to_h": 6, "count": 5},
        {"from_h": 6, "to_h": None, "count": 7},
    ]
    assert numbers["deadline"] == {"total": 12, "counts": {"in_time": 12, "late": 0}}


def test_what_the_platform_has_not_done_yet_has_no_time(rows: Rows) -> None:
    for _ in range(12):
        decision = rows.decision("remove", "us-tida", case=rows.case())
        rows.order(decision, answered_at=None, state="waiting")

    assert counted(rows.platform)["time_to_act"]["total"] == 0


def test_late_ones_are_counted_by_the_clock_of_the_case(rows: Rows) -> None:
    for hours in [3] * 12 + [50] * 6:
        rows.decision("restore", "not_intimate", case=rows.case(settled_h=hours), hours=hours)

    numbers = counted(rows.platform)

    assert numbers["deadline"]["counts"] == {"in_time": 12, "late": 6}
    assert numbers["time_to_act"]["bands"][-1] == {"from_h": 48, "to_h": None, "count": 6}


def test_complaints_are_counted_by_side_and_end(rows: Rows, lead: User) -> None:
    for number in range(16):
        decision = rows.decision("remove", "us-tida")
        Complaint.objects.create(
            decision=decision,
            side="uploader",
            key=str(number),
            state="settled",
            made_at=DAY - timedelta(hours=number),
            basis="consent" if number < 7 else "picture",
            outcome="reversed" if number < 6 else "stands",
            decided_first_by=rows.user,
            decided_by=lead,
            decided_at=DAY,
            settled_at=DAY,
        )
    tables = counted(rows.platform)["complaints"]

    assert tables["side"]["counts"] == {"uploader": 16, "notifier": 0}
    assert tables["outcome"]["uploader"]["counts"] == {"stands": 10, "reversed": 6}
    bases = {basis: n for basis, n in tables["basis"]["uploader"]["counts"].items() if n}
    assert bases == {"picture": 9, "consent": 7}
    assert set(tables["basis"]) == {"uploader"}
    assert tables["time_to_answer"] == {"median_s": 7 * 3600, "p90_s": None, "p95_s": None}


def test_warned_and_suspended_notifiers_are_counted_and_small_numbers_hidden(
    rows: Rows, lead: User, admin: User
) -> None:
    def warned(number: int, at: datetime, **more: Any) -> None:
        Suspension.objects.create(
            blind=f"{number:064d}",
            case=rows.case(**more),
            filed=3,
            refused=2,
            warned_by=rows.user,
            warned_at=at,
            until=at + timedelta(days=90),
        )

    assert counted(rows.platform)["misuse"] == {"warned": 0, "suspended": 0}
    for number in range(5):
        warned(number, DAY)
    warned(5, DAY - timedelta(days=30))
    warned(6, DAY, closed_for="minor")
    own = Suspension.objects.exclude(case__closed_for="minor")
    for suspension in own.order_by("warned_at")[:4]:
        suspension.state, suspension.suspended_at = "suspended", DAY + timedelta(days=2)
        suspension.asked_by, suspension.granted_by = lead, admin
        suspension.save()

    assert counted(rows.platform)["misuse"] == {"warned": 5, "suspended": None}
    other = Platform.objects.create(name="Other", slug="other", created_at=DAY)
    assert counted(other)["misuse"] == {"warned": 0, "suspended": 0}


def test_the_page_counts_misuse_and_old_periods_have_none(client: Client, platform) -> None:
    publish(platform)
    address = reverse("reports:transparency")
    assert "Requests that were misused" in client.get(address).content.decode()
    for period in PublishedPeriod.objects.all():
        period.numbers.pop("misuse")
        period.save()
    assert "Requests that were misused" not in client.get(address).content.decode()


@pytest.mark.parametrize(("pictures", "shown"), [(4, None), (5, 12)])
def test_stopped_copies_of_few_pictures_are_not_shown(
    rows: Rows, bank: Bank, pictures: int, shown: int | None
) -> None:
    entries = [
        Entry.objects.create(
            bank=bank,
            content_kind="photo",
            origin="notice",
            state="confirmed",
            box=b"sealed",
            blind=f"{number:032d}",
            created_at=DAY,
            claimed_at=DAY,
        )
        for number in range(pictures)
    ]
    for number in range(12):
        copy = rows.copy()
        Hit.objects.create(
            copy=copy,
            entry=entries[number % pictures],
            kind="same",
            score=0.9,
            response="block",
            at=DAY,
        )
    rows.copy(verdict="hold")

    assert counted(rows.platform)["stopped"] == shown


@pytest.mark.parametrize(
    ("starts_on", "unit", "ends_on"),
    [
        (date(2026, 2, 1), "month", date(2026, 2, 28)),
        (date(2026, 12, 1), "month", date(2026, 12, 31)),
        (date(2026, 10, 1), "quarter", date(2026, 12, 31)),
        (date(2026, 5, 1), "quarter", date(2026, 6, 30)),
    ],
)
def test_periods_end_with_their_month_or_quarter(starts_on: date, unit: str, ends_on: date) -> None:
    assert period_end(starts_on, unit) == ends_on


def test_a_period_is_counted_two_weeks_after_its_end_and_stands(rows: Rows) -> None:
    rows.platform.created_at = datetime(2026, 10, 20, tzinfo=UTC)
    rows.platform.save()
    for _ in range(12):
        rows.case()
    PublicPages.objects.filter(pk=pages_of(rows.platform).pk).update(unit="month")

    assert publish_periods(now=datetime(2026, 11, 14, 23, 0, tzinfo=UTC)) == 0
    assert publish_periods(now=datetime(2026, 11, 15, 0, 0, tzinfo=UTC)) == 1
    for _ in range(12):
        rows.case()
    assert publish_periods(now=datetime(2026, 11, 16, 0, 0, tzinfo=UTC)) == 0

    period = PublishedPeriod.objects.get()
    assert (period.starts_on, period.ends_on) == (date(2026, 10, 1), date(2026, 10, 31))
    assert period.numbers["requests"]["complete"]["total"] == 12
    assert Event.objects.filter(what="period_published").count() == 1


def test_another_unit_holds_from_the_next_period_on(platform: Platform, now: datetime) -> None:
    platform.created_at = datetime(2026, 1, 10, tzinfo=UTC)
    platform.save()
    chosen = {"platform": platform, "is_report_public": True, "contact": "", "actor": "system"}
    choose_pages(**chosen, unit="month", now=now)
    publish_periods(now=datetime(2026, 2, 20, tzinfo=UTC))
    choose_pages(**chosen, unit="quarter", now=now)
    publish_periods(now=datetime(2026, 7, 20, tzinfo=UTC))

    spans = PublishedPeriod.objects.order_by("starts_on").values_list("starts_on", "ends_on")
    assert list(spans) == [
        (date(2026, 1, 1), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 6, 30)),
    ]


def test_the_page_is_one_read(client: Client, platform: Platform) -> None:
    publish(platform)
    client.get(reverse("reports:transparency"))

    with CaptureQueriesContext(
        connection,
    ) as read:
        answer = client.get(reverse("reports:transparency"))

    assert answer.status_code == 200
    assert len(read) == 1
    html = answer.content.decode()
    assert "How we answered requests to remove intimate images" in html
    assert "November 2026: 118 received, 109 complete" in html
    assert "<script" not in html


def test_an_earlier_period_can_be_read(client: Client, platform: Platform) -> None:
    publish(platform)

    html = client.get(reverse("reports:transparency"), {"from": "2026-07-01"}).content.decode()

    assert "July 2026" in html
    assert "How many were complete is not shown." in html


@pytest.mark.parametrize("asked", [{"from": "2025-01-01"}, {"from": "x"}, {"site": "nobody"}])
def test_what_is_not_there_is_not_found(client: Client, platform: Platform, asked: Any) -> None:
    publish(platform)
    assert client.get(reverse("reports:transparency"), asked).status_code == 404


def test_a_report_that_is_not_public_is_not_found(client: Client, platform: Platform) -> None:
    pages = publish(platform)
    PublicPages.objects.filter(pk=pages.pk).update(is_report_public=False)

    assert client.get(reverse("reports:transparency")).status_code == 404
    for kind in ("csv", "json"):
        assert client.get(reverse("reports:transparency_file", args=[kind])).status_code == 404


def test_the_report_is_public_from_the_first_day_on(client: Client, platform: Platform) -> None:
    platform.created_at = datetime(2026, 11, 20, tzinfo=UTC)
    platform.save()
    before = client.get(reverse("reports:transparency"))
    pages = pages_of(platform)
    after = client.get(reverse("reports:transparency"))

    assert pages.is_report_public
    for answer in (before, after):
        assert answer.status_code == 200
        assert "15 January 2027" in answer.content.decode()
    assert client.get(reverse("reports:transparency_file", args=["json"])).json()["periods"] == []


def test_before_the_first_period_the_page_says_when_it_comes(
    client: Client, platform: Platform
) -> None:
    publish(platform, months={})
    html = client.get(reverse("reports:transparency")).content.decode()
    assert "There is no report yet." in html
    assert "15 July 2026" in html


def test_the_files_hold_every_period_and_no_small_number(
    client: Client, platform: Platform
) -> None:
    publish(platform)

    answer = client.get(reverse("reports:transparency_file", args=["csv"]))
    lines = list(csv.DictReader(io.StringIO(answer.content.decode())))
    given = client.get(reverse("reports:transparency_file", args=["json"])).json()

    assert {line["from"] for line in lines} == {f"2026-{month:02d}-01" for month in MONTHS}
    counts = [line for line in lines if line["name"] != "format"]
    assert [line for line in counts if line["number"] in {"1", "2", "3", "4"}] == []
    hidden = [line for line in lines if line["is_hidden"] == "1"]
    assert hidden
    assert {line["number"] for line in hidden} == {""}
    assert len(given["periods"]) == len(MONTHS)
    assert client.get("/transparency/numbers.xml").status_code == 404


def test_staff_choose_what_is_public(
    client_of: Callable[[User], Client], admin: User, platform: Platform, client: Client
) -> None:
    staff = client_of(admin)
    address = reverse("reports:public_pages")
    html = staff.get(address).content.decode()
    assert "&lt;iframe src=" in html

    sent = {"is_report_public": "on", "unit": "month", "contact": "help@forum.example"}
    assert staff.post(address, sent).status_code == 302

    pages = PublicPages.objects.get(platform=platform)
    assert (pages.is_report_public, pages.unit, pages.contact) == (True, "month", sent["contact"])
    assert client.get(reverse("reports:transparency")).status_code == 200
    assert staff.post(address, {"unit": "week"}).status_code == 400
