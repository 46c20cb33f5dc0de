"""A statement names the check that found its copy: an upload may have no other name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from review_scene import fingerprint_of_file, make_entry
from statement_scene import decide_firmly, make_copy, make_task
from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Parcel
from staydown_web.actions.services import add_endpoint
from staydown_web.banks.models import Bank
from staydown_web.banks.services import catch_up, close_segments
from staydown_web.base.clock import utc_now
from staydown_web.base.sealing import unseal
from staydown_web.reports.services import make_statements
from staydown_web.review import tasks
from staydown_web.review.models import Task
from web.reports.test_complaint_outcomes import HOUR, complaint_about, settle

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "citrus.jpg"


@pytest.fixture(autouse=True)
def _of_this_test_alone(tmp_path: Any, settings: Any) -> Iterator[None]:
    settings.STAYDOWN_HOME = tmp_path
    yield
    close_segments()


@pytest.fixture
def ask(client: Client, headers: dict[str, str], bank: Bank) -> Callable[[], dict[str, Any]]:
    """``ask()`` checks an upload without an id, an account or an address, and gives the answer."""
    make_entry(bank, NAME, utc_now())
    catch_up()
    body = json.dumps({"signals": fingerprint_of_file(NAME).to_dict()["signals"]})

    def asked() -> dict[str, Any]:
        given = client.post("/api/v1/check", body, content_type="application/json", headers=headers)
        answer: dict[str, Any] = given.json()
        return answer

    return asked


def stated(client: Client, headers: dict[str, str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get("/api/v1/statements", headers=headers).json()[
        "statements"
    ]
    return rows


def test_an_upload_without_an_id_or_an_address_is_known_by_its_check(
    ask: Callable[[], dict[str, Any]],
    client: Client,
    headers: dict[str, str],
    platform: Platform,
    reviewer: User,
) -> None:
    add_endpoint(platform=platform, url="https://forum.example/hook", actor="system", now=utc_now())
    answer = ask()
    assert answer["verdict"] == "hold"
    now = utc_now()
    tasks.take_in(now)
    decide_firmly(Task.objects.get(), reviewer, now)
    make_statements(now)
    (shown,) = stated(client, headers)
    parcel = Parcel.objects.get()
    sent = json.loads(unseal(parcel.box, context=f"parcel:{parcel.pk}"))
    for message in (shown, sent):
        assert (message["content_ref"], message["content_url"]) == ("", "")
        assert message["check_id"] == answer["check_id"]


def test_what_came_of_a_complaint_about_it_names_the_check_too(
    ask: Callable[[], dict[str, Any]],
    client: Client,
    headers: dict[str, str],
    reviewer: User,
    user_named: Any,
) -> None:
    check, now = ask()["check_id"], utc_now()
    tasks.take_in(now)
    made = decide_firmly(Task.objects.get(), reviewer, now)
    make_statements(now)
    settle(complaint_about(made, now + HOUR), user_named("sara"), now + HOUR, "stands")
    (shown,) = client.get("/api/v1/complaints", headers=headers).json()["complaints"]
    assert (shown["content_refs"], shown["check_ids"]) == ([], [check])


def test_the_same_bytes_without_an_id_are_one_upload(ask: Callable[[], dict[str, Any]]) -> None:
    assert ask()["check_id"] == ask()["check_id"]


def test_what_a_notice_led_to_names_no_check(
    client: Client, headers: dict[str, str], platform: Platform, reviewer: User, now: datetime
) -> None:
    decide_firmly(make_task(platform, now, make_copy(platform, now)), reviewer, now)
    decide_firmly(make_task(platform, now), reviewer, now + timedelta(hours=1))
    make_statements(now + timedelta(hours=1))
    assert [message["check_id"] for message in stated(client, headers)] == [None, None]
