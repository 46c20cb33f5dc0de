"""Two processes at one moment: a complaint is answered once, by another person, and told once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from staydown.errors import StaydownError
from staydown_web.audit.models import Event
from staydown_web.review import services
from staydown_web.review.models import Complaint, Decision

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, HOUR = timedelta(seconds=60), timedelta(hours=1)

PROCESS = """
import json, sys
import django
django.setup()
from django.db import connections
from staydown.errors import StaydownError
from staydown_web.accounts.models import User
from staydown_web.base.clock import utc_now
from staydown_web.review import services
from staydown_web.review.models import Complaint
asked = json.loads(sys.argv[1])
complaint = Complaint.objects.get(pk=asked["complaint"])
user = User.objects.get(pk=asked["user"])
print("ready", flush=True)
sys.stdin.readline()
try:
    services.decide_complaint(
        complaint=complaint, outcome=asked["outcome"], grounds=asked["grounds"],
        facts="We looked again.", user=user, now=utc_now(),
    )
    print("done")
except StaydownError as error:
    print(error.code)
"""


def at_once(acts: list[Callable[[], object]]) -> list[str]:
    """Run all at one moment; for each the code of its error, or what it gave in words."""
    start, told = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait()
            told.append(str(act()))
        except StaydownError as error:
            told.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


@pytest.fixture
def made(noticed, reviewer, today) -> Decision:
    """A firm removal."""
    _case, task = noticed("same", "citrus.jpg")
    decision = services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="Shown.", user=reviewer, now=today
    )
    services.make_decisions_firm(today + MINUTE)
    decision.refresh_from_db()
    return decision


def by_uploader(made: Decision, today, key: str = "a") -> Complaint:
    return services.file_complaint(
        decision=made, side="uploader", text="It is art.", now=today + HOUR, key=key
    )


def in_processes(rows: list[dict[str, Any]], environment: dict[str, str]) -> list[str]:
    """Each in a process of its own, let go together."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, json.dumps(row)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )
        for row in rows
    ]  # fmt: skip
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    return [one.communicate(timeout=60)[0].strip() for one in running]


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """That of the tests, with the test's own database."""
    values = dict(os.environ)
    database = settings.DATABASES["default"]
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        values["DATABASE_URL"] = f"sqlite:///{name}"
    else:
        host, port = database["HOST"], database["PORT"]
        who = f"{database['USER']}:{database['PASSWORD']}"
        values["DATABASE_URL"] = f"postgres://{who}@{host}:{port}/{name}"
    return values


def test_of_two_processes_one_answers_and_the_first_reviewer_never(
    made, reviewer, user_named, today, environment
) -> None:
    complaint = by_uploader(made, today)
    users = [user_named("sara"), user_named("toni"), reviewer]
    rows = [
        {
            "complaint": str(complaint.pk),
            "user": str(user.pk),
            "outcome": outcome,
            "grounds": ["not_intimate"] if outcome == "reversed" else [],
        }
        for user, outcome in zip(users, ("stands", "reversed", "stands"), strict=True)
    ]
    told = in_processes(rows, environment)
    assert told[2] == "not_allowed"
    assert sorted(told[:2]) == ["done", "record_conflict"]
    complaint.refresh_from_db()
    assert complaint.decided_by_id in {users[0].pk, users[1].pk}
    reversals = Decision.objects.filter(reverses=made).count()
    assert reversals == (complaint.outcome == "reversed")
    assert Event.objects.filter(what="complaint_decided").count() == 1


def test_two_complaints_about_one_decision_are_not_reversed_twice(made, user_named, today) -> None:
    complaints = [by_uploader(made, today, key) for key in ("a", "b")]
    users = [user_named("sara"), user_named("toni")]

    def reverse(number: int) -> Callable[[], object]:
        return lambda: services.decide_complaint(
            complaint=complaints[number], outcome="reversed", grounds=["not_intimate"],
            facts="We looked again.", user=users[number], now=today + 2 * HOUR,
        ).state  # fmt: skip

    told = Counter(at_once([reverse(0), reverse(1)]))
    assert told == {"decided": 1, "record_conflict": 1}
    assert Decision.objects.filter(reverses=made, undone_at__isnull=True).count() == 1


def test_undoing_and_settling_exclude_each_other(made, user_named, today) -> None:
    complaint, user = by_uploader(made, today), user_named("sara")
    at = today + 2 * HOUR
    complaint = services.decide_complaint(
        complaint=complaint, outcome="stands", facts="It stays.", user=user, now=at
    )
    at_once(
        [
            lambda: services.undo_complaint(complaint=complaint, user=user, now=at),
            lambda: services.settle_complaints(at + MINUTE),
        ]
    )
    complaint.refresh_from_db()
    told = Event.objects.filter(what="complaint_settled").count()
    assert (complaint.state, told) in {("open", 0), ("settled", 1)}


def test_two_workers_tell_once(noticed, reviewer, user_named, today) -> None:
    case, task = noticed("same", "citrus.jpg")
    made = services.decide(
        task=task, outcome="restore", grounds=["not_intimate"], facts="", user=reviewer, now=today
    )
    for at in (MINUTE, MINUTE + 48 * HOUR):
        services.make_decisions_firm(today + at)
    made.refresh_from_db()
    at = today + 50 * HOUR
    complaint = services.file_complaint(
        decision=made, side="notifier", text="It is of me.", now=at, case=case
    )
    services.decide_complaint(
        complaint=complaint, outcome="stands", facts="It stays.", user=user_named("sara"), now=at
    )
    told = at_once([lambda: services.settle_complaints(at + MINUTE)] * 3)
    assert sum(int(count) for count in told) == 1
    assert Event.objects.filter(what="complaint_told").count() == 1
    assert Event.objects.filter(what="complaint_settled").count() == 1


def test_the_same_complaint_sent_twice_at_once_is_one(made, today) -> None:
    told = Counter(at_once([lambda: by_uploader(made, today).state] * 3))
    assert told == {"open": 1, "record_conflict": 2}
