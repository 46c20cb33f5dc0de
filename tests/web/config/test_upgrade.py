"""From the release before to this one: nothing is lost, and nobody waits.

The data of the release before were made by its own code (``tests/web/upgrade``). Its web servers
answer on while this version changes the tables, and after.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from upgrade_scene import (
    MIGRATE,
    Installation,
    check,
    fetch,
    previous_code,
    previous_installation,
    rows_of,
    web_server,
)

GROWING = {"django_migrations", "django_content_type", "auth_permission"}
"""Tables to which a change of tables adds rows of its own."""

WITHIN_S = 120.0

READ = """
import json, sys
from staydown_web.audit.services import verify_chain
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import SealError
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Case
from staydown_web.cases.services import open_case

def name(case):
    try:
        return unseal_for_case(case.pk, case.details_box, context="details")["name"]
    except SealError:
        return "erased"

found = verify_chain()
told = json.loads(sys.argv[1])
opened = {}
for stage, one in told["cases"].items():
    case = Case.objects.get(pk=one["id"])
    opened[stage] = name(case) if case.details_box else "empty"
    if stage == "waiting":
        opened["by_words"] = str(
            open_case(number=one["number"], phrase=one["phrase"], now=utc_now()).pk == case.pk
        )
print(json.dumps({"whole": found.is_whole, "events": found.events, "opened": opened}))
"""

WORK = """
import json
from datetime import timedelta

from django.test.utils import setup_test_environment

setup_test_environment()

from case_world import World
from staydown_web.accounts.models import Platform, User
from staydown_web.audit.services import verify_chain
from staydown_web.cases.models import Case, Location
from staydown_web.cases.services import ask_withdrawal, erase_case, send_message
from staydown_web.review.models import Decision, Task
from staydown_web.review.services import decide
from staydown_web.base.clock import utc_now

world = World.__new__(World)
world.now, world.crashes, world.platform = utc_now(), 0, Platform.objects.get()
filed = [
    world.file(laws=["us-tida"], is_signed=True, is_slow=False, seed=seed) for seed in (71, 72, 73)
]
world.settle()
for place in Location.objects.filter(case=filed[0].case):
    world.find(place)
world.settle()
task = Task.objects.filter(case=filed[0].case).first()
decide(task=task, outcome=Decision.Outcome.REMOVE, grounds=["us-tida"], facts="It shows it.",
       user=User.objects.get(username="r2"), now=world.now)
world.now += timedelta(minutes=5)
world.settle()
cases = [Case.objects.get(pk=one.case.pk) for one in filed]
send_message(case=cases[0], sender="person", text="Thank you.", now=world.now)
ask_withdrawal(case=cases[1], now=world.now)
erase_case(case=cases[2], now=world.now)
world.settle()
states = [Case.objects.get(pk=case.pk).state for case in cases]
print(json.dumps({"whole": verify_chain().is_whole, "states": states}))
"""

DATED = """
import json
from staydown_web.base.clock import utc_now
from staydown_web.review.models import DUE_RULE, OPEN_STATES, Task
from staydown_web.review.services import follow_clocks

def rules():
    return sorted(set(tasks.values_list("due_rule", flat=True)))

tasks = Task.objects.filter(state__in=OPEN_STATES)
before = rules()
while follow_clocks(utc_now()):
    pass
print(json.dumps({"waiting": tasks.count(), "before": before, "after": rules(), "rule": DUE_RULE}))
"""

ADD = """
import hashlib, sys
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import add_entry
from staydown_web.base.clock import utc_now

signal = Signal(SignalType.PDQ, hashlib.sha256(sys.argv[1].encode()).hexdigest(), 100)
add_entry(bank=Bank.objects.get(slug="reported"), origin=Entry.Origin.IMPORT, actor="system",
          fingerprint=Fingerprint(ContentKind.PHOTO, (signal,)), now=utc_now())
"""


@pytest.fixture
def previous(tmp_path: Path) -> Iterator[Installation]:
    with previous_installation(tmp_path) as installation:
        yield installation


def test_everything_of_the_release_before_is_there_and_unchanged(previous: Installation) -> None:
    columns, before = rows_of(previous)
    assert len(before) > 100
    assert len(before["cases_case"]) == len(previous.told["cases"])
    previous.run(MIGRATE)
    _, after = rows_of(previous, columns)
    lost = {table: [row for row in before[table] if row not in after[table]] for table in before}
    assert {table: rows for table, rows in lost.items() if rows} == {}
    more = {table for table in before if len(after[table]) != len(before[table])}
    assert more <= GROWING
    assert previous.run(MIGRATE).strip() == "False", "a second time there is nothing to do"


def test_what_it_left_waiting_is_dated_by_the_rule_of_this_one(previous: Installation) -> None:
    previous.run(MIGRATE)
    found = json.loads(previous.run(DATED))
    assert found["waiting"] > 0
    assert (found["before"], found["after"]) == ([0], [found["rule"]])


def test_what_it_sealed_opens_its_events_hold_and_what_it_knew_is_found(
    previous: Installation,
) -> None:
    told = previous.told
    previous.run(MIGRATE)
    read = json.loads(previous.run(READ, json.dumps(told)))
    assert read["whole"]
    assert read["events"] == told["events"]
    opened = read["opened"]
    assert opened.pop("by_words") == "True"
    assert opened.pop("erased") in {"erased", "empty"}
    assert opened.pop("taken_back") in {"erased", "empty", "Ada"}
    assert set(opened.values()) == {"Ada"}
    with web_server(previous, source=Path(__file__).parents[3]) as port:
        assert check(port, told["key"], told["confirmed"]) == (200, "block")
        assert check(port, told["key"], told["withdrawn"]) == (200, "clear")
        assert check(port, told["key"], told["unknown"]) == (200, "clear")


@contextmanager
def asking(port: int, told: dict[str, Any]) -> Iterator[list[tuple[int, str]]]:
    """Ask one check after the other; the list fills with the answers."""
    answers: list[tuple[int, str]] = []
    stopped = threading.Event()

    def ask() -> None:
        while not stopped.is_set():
            answers.append(check(port, told["key"], told["confirmed"]))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        while thread.is_alive() and not answers:
            time.sleep(0.05)
        yield answers
    finally:
        stopped.set()
        thread.join()


def test_servers_of_the_release_before_answer_while_tables_change_and_after(
    previous: Installation,
) -> None:
    old, told = previous_code(), previous.told
    with web_server(previous, old) as port:
        with asking(port, told) as answers:
            before = len(answers)
            previous.run(MIGRATE)
            during = len(answers) - before
        assert during > 0
        assert set(answers) == {(200, "block")}
        worked = json.loads(previous.run(WORK, source=old).splitlines()[-1])
        assert worked["whole"]
        assert worked["states"][0] in {"decided", "closed"}
        assert worked["states"][1:] == ["withdrawn", "closed"]
        assert check(port, told["key"], told["withdrawn"]) == (200, "clear")


def test_both_versions_answer_side_by_side_and_see_what_the_other_adds(
    previous: Installation,
) -> None:
    old, new = previous_code(), Path(__file__).parents[3]
    with web_server(previous, old) as old_port:
        styles = re.findall(r"/static/[^\"]+\.css", fetch(old_port, "/")[1])
        previous.run(MIGRATE)
        with web_server(previous, new) as new_port:
            assert [fetch(old_port, path)[0] for path in styles] == [200] * len(styles) != []
            for name, source in (("by-old", old), ("by-new", new)):
                previous.run(ADD, name, source=source)
                for port in (old_port, new_port):
                    assert is_held_soon(port, previous.told["key"], name), (name, port == new_port)


def is_held_soon(port: int, key: str, name: str) -> bool:
    """Whether an entry that was just added is found, at the latest when the patience ends."""
    import hashlib

    value = hashlib.sha256(name.encode()).hexdigest()
    asked = {"signals": [{"type": "pdq", "value": value, "quality": 100}]}
    ends_at = time.monotonic() + WITHIN_S
    while time.monotonic() < ends_at:
        if check(port, key, asked) == (200, "hold"):
            return True
        time.sleep(0.1)
    return False
