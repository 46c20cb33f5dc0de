"""Two workers at once, and one that is killed: every warning, breach and letter once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from audit_replay import wrong_histories
from staydown_web.accounts.models import User
from staydown_web.audit.models import Event
from staydown_web.audit.services import verify_chain
from staydown_web.cases.models import ClockWarning, Contact, Letter, StaffLetter
from staydown_web.cases.services import Filed

pytestmark = pytest.mark.django_db(transaction=True)
CASES = 6
_WORK = """
import os, signal, sys
import django
django.setup()
from datetime import datetime, timedelta
from django.conf import settings
from django.core import mail
from django.db import connection
settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = os.environ["TEST_DB"]
settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
settings.EMAIL_FILE_PATH = sys.argv[1]
settings.STAYDOWN_MAIL_READY = True
from staydown_web.cases import tasks
from staydown_web.cases.services.clock_warnings import advance_clocks, write_to_staff
start, dies = datetime.fromisoformat(sys.argv[2]), int(sys.argv[3])
left = [dies]
def execute(run, sql, params, many, context):
    if dies and sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return run(sql, params, many, context)
print("ready", flush=True)
with connection.execute_wrapper(execute):
    for line in sys.stdin:
        now = start + timedelta(hours=int(line))
        for turn in range(3):
            advance_clocks(now)
            write_to_staff(now)
            tasks.send_letters(now)
            tasks.send_staff_letters(now)
        print("done", flush=True)
"""


def worker(box: Path, start: datetime, *, dies: int = 0) -> subprocess.Popen[str]:
    environ = {
        **os.environ,
        "TEST_DB": str(connection.settings_dict["NAME"]),
        "STAYDOWN_KEYS": str(settings.STAYDOWN_KEYS),
        "DJANGO_SETTINGS_MODULE": "staydown_web.config.settings",
    }
    started = subprocess.Popen(
        [sys.executable, "-c", _WORK, str(box), start.isoformat(), str(dies)],
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


def together(*workers: subprocess.Popen[str]) -> list[int]:
    """At every mark all of them work at once, at the same date; their exit codes."""
    for hours in (24, 36, 46, 48):
        for one in workers:
            with suppress(BrokenPipeError):
                one.stdin.write(f"{hours}\n")
                one.stdin.flush()
        said = [one.stdout.readline() for one in workers]
        assert set(said) <= {"done\n", ""}, "a worker that was killed says nothing"
    for one in workers:
        with suppress(BrokenPipeError):
            one.stdin.close()
        one.stdout.close()
    return [one.wait(timeout=120) for one in workers]


def sent(box: Path) -> Counter[str]:
    """Message-IDs of what left."""
    found: Counter[str] = Counter()
    for path in box.glob("*.log"):
        lines = path.read_text().splitlines()
        found.update(line for line in lines if line.startswith("Message-ID: "))
    return found


@pytest.fixture
def due(filed: Callable[..., Filed], lead: User) -> None:
    for number in range(CASES):
        case = filed(email=f"a{number}@mail.example").case
        case.contacts.update(state=Contact.State.CONFIRMED)
    Letter.objects.all().delete()


def test_two_workers_at_once_do_everything_once(due: None, now: datetime, tmp_path: Path) -> None:
    assert together(worker(tmp_path, now), worker(tmp_path, now)) == [0, 0]
    marks = Counter(ClockWarning.objects.values_list("mark", flat=True))
    assert marks == {"half": CASES, "12h": CASES, "2h": CASES, "over": CASES}
    assert Event.objects.filter(what="clock_warned").count() == 3 * CASES
    assert Event.objects.filter(what="clock_breached").count() == CASES
    assert Letter.objects.filter(state="sent").count() == CASES
    assert set(sent(tmp_path).values()) == {1}
    letters = Letter.objects.filter(state="sent").count() + StaffLetter.objects.count()
    assert len(sent(tmp_path)) == letters
    assert all(one.letters.count() == 1 for one in ClockWarning.objects.all())
    assert wrong_histories("clock", "letter", "item") == []
    assert verify_chain().is_whole


@pytest.mark.parametrize(
    "dies",
    [4, 15, *(pytest.param(write, marks=pytest.mark.torture) for write in (1, 2, 7, 9, 22, 31))],
)
def test_what_a_killed_worker_left_is_done_once(
    due: None, now: datetime, tmp_path: Path, dies: int
) -> None:
    assert together(worker(tmp_path, now, dies=dies)) == [-signal.SIGKILL]
    later = now + timedelta(minutes=30)
    assert together(worker(tmp_path, later)) == [0]
    marks = Counter(ClockWarning.objects.values_list("mark", flat=True))
    assert marks == {"half": CASES, "12h": CASES, "2h": CASES, "over": CASES}
    assert Event.objects.filter(what="clock_breached").count() == CASES
    assert not Letter.objects.filter(state="due").exists()
    assert wrong_histories("clock", "letter", "item") == []
    assert verify_chain().is_whole
