"""How often content of one uploader was restricted: counted for the platform, without effect."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from statement_scene import decide_firmly, make_copy, make_task
from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Order, Parcel
from staydown_web.actions.services import answer_order, make_orders
from staydown_web.banks.models import Bank, Entry
from staydown_web.base.sealing import unseal
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.uploaders import COUNTED_FOR, count_of_uploader
from staydown_web.reports.services import make_statements, state_blocked
from staydown_web.review import services
from staydown_web.screening.models import Copy, Hit
from staydown_web.screening.services import account_blind

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(seconds=60), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path: Any, settings: Any) -> None:
    settings.STAYDOWN_HOME = tmp_path


def remove(
    platform: Platform, user: User, now: datetime, *, account: str = "ann", ground: str = "us-tida"
) -> Copy:
    """One upload of an account, removed by a person."""
    blind = account_blind(platform.pk, account)
    copy = make_copy(platform, now, account_blind=blind)
    decide_firmly(make_task(platform, now, copy), user, now, grounds=(ground,))
    make_statements(now)
    return copy


def counted(copy: Copy, until: datetime) -> tuple[int, int]:
    found = count_of_uploader(copy, until=until)
    assert found is not None
    assert found.since == (until - COUNTED_FOR).date()
    return found.removed, found.stopped


def test_each_removal_under_a_law_counts_once_for_its_account(
    platform: Platform, other_platform: Platform, reviewer: User, now: datetime
) -> None:
    copies = [remove(platform, reviewer, now + n * HOUR) for n in range(3)]
    remove(platform, reviewer, now + 4 * HOUR, account="bob")
    remove(other_platform, reviewer, now + 5 * HOUR)
    remove(platform, reviewer, now + 6 * HOUR, ground="platform-terms")
    at = now + 7 * HOUR
    assert counted(copies[0], at) == (3, 0)
    assert counted(copies[0], now + HOUR) == (2, 0), "what comes later does not count yet"
    assert counted(copies[0], now + COUNTED_FOR) == (2, 0), "the first is 180 days ago"
    assert counted(copies[0], now + COUNTED_FOR + DAY) == (0, 0)


def test_what_was_decided_counts_whether_or_not_it_could_be_carried_out(
    client: Client, platform: Platform, reviewer: User, now: datetime
) -> None:
    copies = [remove(platform, reviewer, now + n * HOUR) for n in range(2)]
    make_orders(now + 3 * HOUR)
    for order in Order.objects.filter(what="remove"):
        answer_order(
            order_id=order.pk, platform_id=platform.pk, state="failed", note="", actor="system",
            now=now + 3 * HOUR,
        )  # fmt: skip
    assert counted(copies[0], now + DAY) == (2, 0)
    schemas = client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    words = schemas["UploaderCounts"]["properties"]["removed"]["description"]
    assert words == "a person decided to remove it, carried out yet or not; this one counted"


def test_one_post_that_was_removed_twice_counts_once(
    platform: Platform, reviewer: User, now: datetime
) -> None:
    copies = [remove(platform, reviewer, now + n * HOUR) for n in range(3)]
    for copy in copies[:2]:
        Copy.objects.filter(pk=copy.pk).update(group="f" * 64, content_ref="post-7")
    assert counted(copies[0], now + DAY) == (2, 0)


def test_without_an_account_nobody_is_counted(
    platform: Platform, reviewer: User, now: datetime
) -> None:
    copy = remove(platform, reviewer, now, account="")
    remove(platform, reviewer, now + HOUR, account="")
    assert count_of_uploader(copy, until=now + DAY) is None
    assert count_of_uploader(None, until=now + DAY) is None


def test_a_removal_that_a_complaint_reversed_does_not_count(
    platform: Platform, reviewer: User, user_named: Any, now: datetime
) -> None:
    copies = [remove(platform, reviewer, now + n * HOUR) for n in range(2)]
    decision = copies[1].tasks.get().decisions.get()
    at = now + 3 * HOUR
    complaint = services.file_complaint(
        decision=decision, side="uploader", text="It is art.", now=at, key="k" * 64
    )
    services.decide_complaint(
        complaint=complaint, outcome="reversed", grounds=["not_intimate"], facts="It is art.",
        user=user_named("sara"), now=at,
    )  # fmt: skip
    services.make_decisions_firm(at + MINUTE)
    make_statements(at + MINUTE)
    assert counted(copies[0], at + HOUR) == (1, 0)


def test_uploads_that_software_stopped_are_counted_apart(
    platform: Platform, reviewer: User, bank: Bank, now: datetime
) -> None:
    first = remove(platform, reviewer, now)
    values = {"content_kind": "photo", "origin": "notice", "blind": "0" * 32, "box": b"sealed"}
    entry = Entry.objects.create(bank=bank, claimed_at=now, created_at=now, **values)
    later = now + DAY
    for _n in range(2):
        stopped = make_copy(
            platform, later, state="blocked", source="upload", verdict="block",
            account_blind=first.account_blind,
        )  # fmt: skip
        for copy in (first, stopped):
            Hit.objects.get_or_create(
                copy=copy, entry=entry,
                defaults={"kind": "same", "score": 0.97, "response": "block", "at": later},
            )  # fmt: skip
    assert state_blocked(later) == 2
    assert counted(first, later + HOUR) == (1, 2)


def test_the_platform_reads_the_count_with_the_statement_and_nothing_else_follows(
    client: Client, headers: Any, platform: Platform, reviewer: User, now: datetime
) -> None:
    for n in range(2):
        copy = remove(platform, reviewer, now + n * HOUR)
    remove(platform, reviewer, now + 2 * HOUR, account="")
    since = (now + HOUR - COUNTED_FOR).date().isoformat()
    statement = Statement.objects.get(copy=copy)
    parcel = Parcel.objects.get(subject=f"statement:{statement.pk}")
    sent = json.loads(unseal(parcel.box, context=f"parcel:{parcel.pk}"))
    assert sent["uploader"] == {"removed": 2, "stopped": 0, "since": since}
    shown = client.get("/api/v1/statements", headers=headers).json()["statements"]
    assert [one["uploader"] and one["uploader"]["removed"] for one in shown] == [1, 2, None]
    assert "ann" not in json.dumps(sent["uploader"])
    texts = json.dumps(sent["texts"])
    assert "suspend" not in texts.lower()
    signals = [{"type": "pdq", "value": "0f" * 32, "quality": 90}]
    answer = client.post(
        "/api/v1/check", {"signals": signals, "account": "ann"},
        content_type="application/json", headers=headers,
    )  # fmt: skip
    assert answer.json()["verdict"] == "clear", "an account alone stops nothing"
