"""The platform is told what came of each complaint: once, by message or by asking, and not who."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from review_scene import file_notice, place_copy
from statement_scene import decide_firmly, make_copy, make_task
from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Order, Parcel
from staydown_web.actions.services import add_endpoint, make_orders
from staydown_web.actions.tasks import deliver
from staydown_web.audit.models import Event
from staydown_web.base.sealing import unseal
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import make_statements, tell_outcomes
from staydown_web.reports.tasks import JOBS
from staydown_web.review import services
from staydown_web.review.models import Complaint, Decision, Task
from web_servers import answering, serving

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(seconds=60), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path: Any, settings: Any) -> None:
    settings.STAYDOWN_HOME = tmp_path


@pytest.fixture
def task(platform: Platform, now: datetime) -> Task:
    """One visible copy that nobody reported."""
    return make_task(platform, now, make_copy(platform, now))


def complaint_about(decision: Decision, now: datetime, key: str = "k" * 64) -> Complaint:
    return services.file_complaint(
        decision=decision, side="uploader", text="It is art.", now=now, key=key
    )


def settle(complaint: Complaint, user: User, now: datetime, outcome: str) -> datetime:
    """Answer it, and let its minute and all waiting pass."""
    grounds = ["not_intimate"] if outcome == "reversed" else []
    services.decide_complaint(
        complaint=complaint, outcome=outcome, grounds=grounds, facts="We looked again.",
        user=user, now=now,
    )  # fmt: skip
    for later in (MINUTE, 49 * HOUR):
        services.make_decisions_firm(now + later)
        services.settle_complaints(now + later)
    return now + 49 * HOUR


def told() -> list[dict[str, Any]]:
    parcels = Parcel.objects.filter(what="complaint.settled").order_by("made_at")
    return [json.loads(unseal(one.box, context=f"parcel:{one.pk}")) for one in parcels]


@pytest.mark.parametrize(("outcome", "holds"), [("stands", "remove"), ("reversed", "restore")])
def test_the_platform_is_told_whether_the_decision_stays(
    task: Task, reviewer: User, user_named: Any, now: datetime, outcome: str, holds: str
) -> None:
    made = decide_firmly(task, reviewer, now)
    make_statements(now)
    statement = Statement.objects.get()
    complaint = complaint_about(made, now + HOUR, key=statement.token_digest)
    assert tell_outcomes(now + HOUR) == 0, "nothing is told before somebody has answered"
    at = settle(complaint, user_named("sara"), now + HOUR, outcome)
    assert tell_outcomes(at) == 1
    assert tell_outcomes(at) == 0
    (data,) = told()
    assert data == {
        "id": str(complaint.pk),
        "side": "uploader",
        "outcome": outcome,
        "decided": "remove",
        "holds": holds,
        "statement": str(statement.pk),
        "content_refs": [task.copies.get().content_ref],
        "check_ids": [],
        "settled_at": data["settled_at"],
    }
    assert datetime.fromisoformat(data["settled_at"]) > now
    make_orders(at)
    assert Order.objects.filter(what="restore").exists() is (outcome == "reversed")
    event = Event.objects.get(what="parcel_made", subject=f"complaint:{complaint.pk}")
    assert event.facts["kind"] == "complaint_settled"


def test_it_comes_as_a_signed_message_and_to_its_own_platform_alone(
    task: Task, platform: Platform, other_platform: Platform, reviewer: User, user_named: Any,
    now: datetime,
) -> None:  # fmt: skip
    with serving(answering(status="204 No Content")) as hook:
        for one in (platform, other_platform):
            one.media_origins = [*one.media_origins, hook.origin]
            one.save()
            address = f"{hook.origin}/{one.slug}"
            add_endpoint(platform=one, url=address, actor="system", now=now)
        made = decide_firmly(task, reviewer, now)
        at = settle(complaint_about(made, now + HOUR), user_named("sara"), now + HOUR, "stands")
        tell_outcomes(at)
        assert deliver(at) == 1
        ((head, _, body),) = [one.partition(b"\r\n\r\n") for one in hook.requests]
    assert head.startswith(f"POST /{platform.slug} ".encode())
    assert b"webhook-signature: v1," in head.lower()
    message = json.loads(body)
    assert (message["type"], message["data"]["outcome"]) == ("complaint.settled", "stands")
    assert message["data"]["statement"] is None


def test_of_a_notifiers_complaint_it_says_nothing_of_her(
    platform: Platform, reviewer: User, user_named: Any, now: datetime
) -> None:
    case = file_notice(platform, ["citrus.jpg"], now, urls=["http://127.0.0.1:8161/1.jpg"])
    copy = make_copy(platform, now)
    place_copy(case, copy, now)
    task = make_task(platform, now, copy, case=case)
    services.decide(
        task=task, outcome="restore", grounds=["not_intimate"], facts="Fruit.", user=reviewer,
        now=now,
    )  # fmt: skip
    for later in (MINUTE, 49 * HOUR):
        services.make_decisions_firm(now + later)
    at = now + 3 * DAY
    complaint = services.file_complaint(
        decision=Decision.objects.get(), side="notifier", text="It is of me.", case=case, now=at
    )
    tell_outcomes(settle(complaint, user_named("sara"), at, "stands"))
    (data,) = told()
    assert (data["side"], data["outcome"], data["holds"]) == ("notifier", "stands", "restore")
    message = json.dumps(data)
    for secret in ("Anna", case.number, str(case.pk), "It is of me", "looked again"):
        assert secret not in message, secret


def test_a_platform_without_a_webhook_asks_for_them(
    client: Client, headers: Any, task: Task, other_platform: Platform, key_for: Any,
    reviewer: User, user_named: Any, now: datetime,
) -> None:  # fmt: skip
    made, sara = decide_firmly(task, reviewer, now), user_named("sara")
    for place, key in enumerate("ab"):
        at = now + (1 + place) * HOUR
        settle(complaint_about(made, at, key=key * 64), sara, at, "stands")
    waits = complaint_about(made, now + 5 * HOUR, key="c" * 64)
    first = client.get("/api/v1/complaints", headers=headers).json()
    assert [one["outcome"] for one in first["complaints"]] == ["stands", "stands"]
    assert str(waits.pk) not in json.dumps(first)
    last = first["complaints"][-1]["id"]
    assert first["next"] == last
    again = client.get(f"/api/v1/complaints?after={last}", headers=headers).json()
    assert again == {"complaints": [], "next": last}
    half = f"/api/v1/complaints?after={first['complaints'][0]['id']}"
    assert [one["id"] for one in client.get(half, headers=headers).json()["complaints"]] == [last]
    _key, foreign = key_for(other_platform, "orders")
    theirs = {"Authorization": f"Bearer {foreign}"}
    assert client.get("/api/v1/complaints", headers=theirs).json()["complaints"] == []
    assert client.get(half, headers=theirs).status_code == 404


def test_old_news_is_not_told(task: Task, reviewer: User, user_named: Any, now: datetime) -> None:
    made = decide_firmly(task, reviewer, now)
    at = settle(complaint_about(made, now + HOUR), user_named("sara"), now + HOUR, "stands")
    assert tell_outcomes(at + 31 * DAY) == 1
    assert told() == []


def test_the_worker_does_it() -> None:
    assert any(job.run is tell_outcomes for job in JOBS)


def test_the_page_of_an_endpoint_names_it(
    task: Task, platform: Platform, reviewer: User, admin_client: Client, user_named: Any,
    now: datetime,
) -> None:  # fmt: skip
    url = "https://forum.example/hook"
    endpoint, _secret = add_endpoint(platform=platform, url=url, actor="system", now=now)
    made = decide_firmly(task, reviewer, now)
    make_statements(now)
    token = said_by(Statement.objects.get()).token
    at = settle(complaint_about(made, now + HOUR), user_named("sara"), now + HOUR, "stands")
    tell_outcomes(at)
    page = admin_client.get(f"/staff/endpoints/{endpoint.pk}/")
    assert "<strong>Complaint</strong>" in page.text
    assert "<strong>Statement of reasons</strong>" in page.text
    assert token not in page.text
