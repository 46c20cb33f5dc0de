"""A worker that is killed at any moment: no report is lost, and none is two to who receives it."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from little_internet.world import Net
from staydown_web.escalation.models import Report
from staydown_web.escalation.services.sending import notes, send_due_reports

pytestmark = [pytest.mark.django_db(transaction=True)]
REPORTS = 12
KILLS = 10
_SEND = """
import os, sys
from datetime import datetime
import django
django.setup()
from django.conf import settings
from django.db import connection
settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = os.environ["TEST_DB"]
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["TEST_SMTP"])
settings.EMAIL_TIMEOUT, settings.STAYDOWN_MAIL_READY = 20, True
from staydown_web.escalation.services.sending import send_due_reports
now = datetime.fromisoformat(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
while send_due_reports(now=now, clock=lambda: now):
    pass
print("done", flush=True)
"""


def started(net: Net, now) -> subprocess.Popen[str]:
    environ = {
        **os.environ,
        "TEST_DB": str(connection.settings_dict["NAME"]),
        "TEST_SMTP": str(net.smtp.port),
        "STAYDOWN_KEYS": str(settings.STAYDOWN_KEYS),
        "DJANGO_SETTINGS_MODULE": "staydown_web.config.settings",
    }
    process = subprocess.Popen(
        [sys.executable, "-c", _SEND, now.isoformat()],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def ids_by_report(net: Net) -> dict[str, set[str]]:
    """Which ids of mails each address got: one address a report."""
    found: dict[str, set[str]] = {}
    for letter in net.smtp.letters:
        (own,) = re.findall(rb"(?im)^message-id: (<[^>]+>)", letter.raw)
        found.setdefault(letter.to, set()).add(own.decode())
    return found


def test_no_report_is_lost_and_none_is_two(net: Net, signed, now) -> None:
    chance = random.Random(20261126)
    reports = [signed(address=f"abuse-{n}@northwind.example") for n in range(REPORTS)]
    at = now
    for kill in range(KILLS):
        process = started(net, at)
        before = len(net.smtp.letters)
        wanted = chance.randint(0, 2)
        go(process)
        # So many letters are let through first; then it dies at whatever it does at that moment.
        until = time.monotonic() + 20
        while len(net.smtp.letters) - before < wanted and process.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.001)
        time.sleep(chance.random() * 0.02)
        process.kill()
        process.communicate(timeout=30)
        at += timedelta(minutes=11)  # what it held is free again
        assert Report.objects.filter(state__in=["signed", "sent"]).count() == REPORTS, kill
    last = started(net, at)
    go(last)
    assert last.communicate(timeout=120)[0] == "done\n"

    mine = Report.objects.filter(pk__in=[report.pk for report in reports])
    assert set(mine.values_list("state", flat=True)) == {"sent"}
    ids = ids_by_report(net)
    assert set(ids) == {f"abuse-{n}@northwind.example" for n in range(REPORTS)}
    assert all(len(own) == 1 for own in ids.values())
    for n, report in enumerate(reports):
        assert ids[f"abuse-{n}@northwind.example"] == {f"<{report.pk}@helpline.example>"}
    whole = {(letter.to, letter.raw) for letter in net.smtp.letters}
    assert len(whole) == REPORTS  # sent twice, it is the same to the last byte
    times = Counter(letter.to for letter in net.smtp.letters)
    assert max(times.values()) <= KILLS + 1


def test_one_that_dies_between_the_server_s_yes_and_our_note_sends_the_same_again(
    net: Net, signed, now, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = signed()
    net.clock.now = now

    class Killed(BaseException):
        """The process died here."""

    def die(*args, **kwargs) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(notes, "note_handed", die)
        with pytest.raises(Killed):
            send_due_reports(now=now, clock=net.clock)
    report.refresh_from_db()
    assert (report.state, report.tries, len(net.smtp.letters)) == ("signed", 1, 1)
    later = net.clock.move(minutes=10)
    send_due_reports(now=later, clock=net.clock)
    report.refresh_from_db()
    assert (report.state, report.tries) == ("sent", 2)
    first, second = net.smtp.letters
    assert first.raw == second.raw


def test_two_workers_send_each_report_once(net: Net, signed, now) -> None:
    for n in range(REPORTS):
        signed(address=f"abuse-{n}@northwind.example")
    workers = [started(net, now) for _ in range(2)]
    for worker in workers:
        go(worker)
    for worker in workers:
        assert worker.communicate(timeout=120)[0] == "done\n"
    assert Counter(letter.to for letter in net.smtp.letters).most_common(1)[0][1] == 1
    assert len(net.smtp.letters) == REPORTS
