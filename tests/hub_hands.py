"""Hands at a hub: what staff and notices do there, done by another process of the same home.

    STAYDOWN_HOME=… python tests/hub_hands.py

Reads one JSON object a line (``do`` and its arguments), prints one JSON object a line.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID


class Hands:
    """A running pair of hands.

    Args:
        home: of the hub.
        environment: more of it.
    """

    def __init__(self, home: Path, **environment: str) -> None:
        cleared = {k: v for k, v in os.environ.items() if not k.startswith(("STAYDOWN_", "DJANGO"))}
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env={**cleared, "STAYDOWN_HOME": str(home), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, do: str, **given: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **given}) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """Let them rest."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(30)


def drawn(number: int) -> str:
    """The ``pdq`` of a drawn entry, 64 hex digits."""
    return hashlib.sha256(f"drawn {number}".encode()).hexdigest()


def serve_hands() -> None:
    """Do what is asked until the input ends."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "staydown_web.config.settings"
    import django

    django.setup()
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.write(json.dumps(patiently(globals()[f"do_{asked.pop('do')}"], asked)) + "\n")
        sys.stdout.flush()


def patiently(do: Callable[..., Any], asked: dict[str, Any]) -> Any:
    """Once more where the database was busy for too long: this machine may have much to do."""
    from django.db import OperationalError

    for _ in range(9):
        try:
            return do(**asked)
        except OperationalError:
            time.sleep(0.5)
    return do(**asked)


def do_agree(public_key: str, **more: Any) -> dict[str, str]:
    """An agreement on every bank, asked for by one person and granted by two others."""
    from staydown_web.accounts.models import Platform, User
    from staydown_web.accounts.services import grant_approval
    from staydown_web.banks.models import Bank
    from staydown_web.banks.services import default_bank
    from staydown_web.base.clock import utc_now
    from staydown_web.replicas.services import ask_replica, start_replica

    now = utc_now()
    default_bank(now)
    platform = Platform.objects.first() or Platform.objects.create(
        name="Forum Example", slug="forum-example", created_at=now
    )
    people = [
        User.objects.get_or_create(
            username=name, defaults={"role": User.Role.LEAD, "pseudonym": f"R-{name}"}
        )[0]
        for name in ("asta", "bela", "cora")
    ]
    given = {"days": 30, "stale_hours": 24, "sees_details": False, "reason": "A test.", **more}
    asked = ask_replica(
        platform=platform,
        name="Upload servers",
        banks=list(Bank.objects.all()),
        public_key=public_key,
        user=people[0],
        now=now,
        **given,
    )
    for approval, user in ((asked.first_approval, people[1]), (asked.second_approval, people[2])):
        grant_approval(approval_id=approval.pk, user=user, now=now)
    begun, text = start_replica(replica_id=asked.pk, user=people[0], now=now)
    return {"replica": str(begun.pk), "key": text}


def do_add(number: int, *, is_confirmed: bool = True, pdq: str = "") -> dict[str, str]:
    """An entry of a drawn picture."""
    from staydown.types import ContentKind, Fingerprint, Signal, SignalType
    from staydown_web.banks.models import Entry
    from staydown_web.banks.services import add_entry, confirm_entries, default_bank
    from staydown_web.base.clock import utc_now

    now = utc_now()
    made = Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, pdq or drawn(number), 100),))
    entry = add_entry(
        bank=default_bank(now),
        fingerprint=made,
        origin=Entry.Origin.NOTICE,
        actor="person",
        now=now,
    ).entry
    if is_confirmed:
        confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
    return {"entry": str(entry.pk)}


def do_file(number: int) -> dict[str, Any]:
    """A notice of a drawn picture that somebody threatens to show, and when it was acknowledged."""
    from staydown.types import ContentKind, Fingerprint, Signal, SignalType
    from staydown_web.base.clock import utc_now
    from staydown_web.cases.forms import Answers, FiledFile, Filing
    from staydown_web.cases.services import file_case

    made = Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, drawn(number), 100),))
    filed = file_case(
        filing=Filing(
            way="threatened",
            acts_as="self",
            is_adult_in_picture=True,
            language="en",
            regimes=["platform-terms"],
            files=[FiledFile(made, name="one.jpg", size_bytes=1000)],
            answers=Answers(
                statement="They say that they will show it.",
                signature="Ada Example",
                is_good_faith=True,
                declarations=frozenset({"on_service", "role"}),
                name="Ada Example",
                email="ada@mail.example",
            ),
        ),
        now=utc_now(),
    )
    return {"case": str(filed.case.pk), "acknowledged_at": time.time()}


def do_fill(first: int, count: int) -> dict[str, int]:
    """Many seeds at once."""
    from staydown.types import ContentKind, Fingerprint, Signal, SignalType
    from staydown_web.banks.models import Entry
    from staydown_web.banks.services import default_bank, take_in_entries
    from staydown_web.base.clock import utc_now

    now = utc_now()
    rows = [
        Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, drawn(n), 100),)).to_bytes()
        for n in range(first, first + count)
    ]
    taken = take_in_entries(
        bank=default_bank(now), raws=rows, origin=Entry.Origin.IMPORT, actor="system", now=now
    )
    return {"entries": sum(t.is_new for t in taken)}


def do_withdraw(entry: str) -> dict[str, bool]:
    """Take an entry back."""
    from staydown_web.banks.services import withdraw_entry
    from staydown_web.base.clock import utc_now

    done = withdraw_entry(entry_id=UUID(entry), actor="person", now=utc_now(), reason="she asked")
    return {"done": bool(done)}


def do_end(replica: str) -> dict[str, str]:
    """Revoke an agreement."""
    from staydown_web.accounts.models import User
    from staydown_web.base.clock import utc_now
    from staydown_web.replicas.services import end_replica

    user = User.objects.get(username="bela")
    return {"state": end_replica(replica_id=UUID(replica), user=user, now=utc_now()).state}


def do_connections() -> dict[str, int]:
    """How many connections the database has, of all machines together."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return {"connections": int(cursor.fetchone()[0])}


def do_copies() -> dict[str, Any]:
    """What the hub knows of uploads."""
    from staydown_web.screening.models import Copy

    return {"refs": sorted(Copy.objects.values_list("content_ref", flat=True))}


if __name__ == "__main__":
    serve_hands()
