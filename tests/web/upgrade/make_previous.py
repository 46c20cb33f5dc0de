"""Make the data of a release, by its own code: a service that has worked for a few days.

    git archive COMMIT src js tests | tar -x -C OLD
    PYTHONPATH=OLD/src:OLD/tests STAYDOWN_HOME=EMPTY python tests/web/upgrade/make_previous.py

``make_previous.sh`` does it for both databases. Everything in it is drawn; its keys open nothing
else. What a reader of it has to know, such as the words that open a case, is in ``told.json``.
"""

# ruff: noqa: E402
from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

HOME = Path(os.environ["STAYDOWN_HOME"])
os.environ["DJANGO_SETTINGS_MODULE"] = "staydown_web.config.settings"
os.umask(0o077)

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test.utils import setup_test_environment

setup_test_environment()
call_command("migrate", interactive=False, verbosity=0)

from django_otp.plugins.otp_totp.models import TOTPDevice

from case_world import World
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.accounts.models import ApiKey, ServiceSettings
from staydown_web.audit.services import verify_chain
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import add_entry, confirm_entries, save_snapshot, withdraw_entry
from staydown_web.base.sealing import digest_token
from staydown_web.cases.models import Case, Location
from staydown_web.cases.services import ask_withdrawal, erase_case, send_message
from staydown_web.review.models import Decision, Task
from staydown_web.review.services import decide

BEGUN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
KEY = "the-key-of-an-uploader-that-was-drawn-for-this"


def pdq(number: int) -> Fingerprint:
    """A drawn picture, known by its ``pdq`` alone."""
    bits = hashlib.sha256(f"drawn {number}".encode()).hexdigest()
    return Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, bits, 100),))


def make() -> dict[str, object]:
    """Some days of a small service; what a reader has to know."""
    world = World(BEGUN)
    ServiceSettings.objects.update_or_create(
        id=1, defaults={"default_platform": world.platform, "setup_done_at": BEGUN}
    )
    for user in (*world.reviewers, world.lead, world.admin):
        TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    ApiKey.objects.create(
        platform=world.platform,
        name="uploads",
        digest=digest_token(KEY),
        scopes=["check", "hits", "match:detail", "orders"],
        created_at=BEGUN,
    )
    entries = bank_of(world.now)
    words = cases_of(world)
    world.settle()
    save_snapshot()
    found = verify_chain()
    assert found.is_whole
    return {
        "key": KEY,
        "confirmed": pdq(1).to_dict(),
        "withdrawn": pdq(3).to_dict(),
        "unknown": pdq(200).to_dict(),
        "entries": entries,
        "cases": words,
        "events": found.events,
    }


def bank_of(now: datetime) -> int:
    """Entries in three states."""
    bank = Bank.objects.get_or_create(
        slug="reported", defaults={"name": "Reported", "created_at": now}
    )[0]
    made = [
        add_entry(
            bank=bank, fingerprint=pdq(n), origin=Entry.Origin.IMPORT, actor="system", now=now
        ).entry
        for n in (1, 2, 3)
    ]
    confirm_entries(entry_ids=[made[0].pk], actor="system", now=now)
    withdraw_entry(entry_id=made[2].pk, actor="system", reason="by_staff", now=now)
    return len(made)


def cases_of(world: World) -> dict[str, dict[str, str]]:
    """Cases at every stage: incomplete, waiting, decided, taken back, erased."""
    filed = {
        "incomplete": world.file(laws=["us-tida"], is_signed=False, is_slow=False, seed=11),
        "waiting": world.file(laws=["us-tida", "uk-osa"], is_signed=True, is_slow=False, seed=12),
        "decided": world.file(laws=["us-tida"], is_signed=True, is_slow=False, seed=13),
        "pausing": world.file(laws=["uk-osa"], is_signed=True, is_slow=True, seed=14),
        "taken_back": world.file(laws=["us-tida"], is_signed=True, is_slow=False, seed=15),
        "erased": world.file(laws=["us-tida"], is_signed=True, is_slow=False, seed=16),
    }
    world.settle()
    world.confirm()
    for name in ("waiting", "decided"):
        for place in Location.objects.filter(case=filed[name].case):
            world.find(place)
    world.now += timedelta(hours=2)
    world.settle()
    task = Task.objects.filter(case=filed["decided"].case).first()
    assert task is not None
    decide(
        task=task,
        outcome=Decision.Outcome.REMOVE,
        grounds=["us-tida"],
        facts="It shows what the notice says.",
        user=world.reviewers[0],
        now=world.now,
    )
    world.now += timedelta(minutes=5)
    world.settle()
    send_message(
        case=Case.objects.get(pk=filed["waiting"].case.pk),
        sender="person",
        text="Is there news?",
        now=world.now,
    )
    for name in ("pausing", "taken_back"):
        ask_withdrawal(case=Case.objects.get(pk=filed[name].case.pk), now=world.now)
    erase_case(case=Case.objects.get(pk=filed["erased"].case.pk), now=world.now)
    world.settle()
    numbers = {name: Case.objects.get(pk=one.case.pk).number for name, one in filed.items()}
    return {
        name: {"number": numbers[name], "phrase": one.phrase, "id": str(one.case.pk)}
        for name, one in filed.items()
    }


told = make()
(HOME / "told.json").write_text(json.dumps(told, indent=1) + "\n")
connection.close()
