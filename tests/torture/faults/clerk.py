"""The clerk of a campaign: sets a service up, and reads past the service what its database holds.

    STAYDOWN_HOME=… python tests/torture/faults/clerk.py

A process of its own with the home's keys, so that it sees what a new process would see. It reads
one JSON object a line (``do`` and its arguments) and prints one JSON object a line.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SITE = "http://127.0.0.1:8377"
"""The site of the reports; nothing listens there, as on a site that is down."""

LAW = "us-tida"
_WITHIN_S = 90.0
_POISONED = 99
"""Position of places that are ours and no notice's."""


class Clerk:
    """A running clerk.

    Args:
        environment: of the service; ``STAYDOWN_HOME`` at least.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        cleared = {k: v for k, v in os.environ.items() if not k.startswith(("STAYDOWN_", "DJANGO"))}
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env={**cleared, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, do: str, **given: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **given}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the clerk has gone"
        return json.loads(line)

    def close(self) -> None:
        """Let it go."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait(60)


def drawn(number: int) -> str:
    """The ``pdq`` of a picture that is not there, 64 hex digits."""
    return hashlib.sha256(f"drawn {number}".encode()).hexdigest()


def serve() -> None:
    """Do what is asked until the input ends."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "staydown_web.config.settings"
    import django

    django.setup()
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.write(json.dumps(_patiently(asked.pop("do"), asked)) + "\n")
        sys.stdout.flush()


def _patiently(do: str, asked: dict[str, Any]) -> Any:
    """Again while the database is on its way back."""
    from django.db import Error, close_old_connections

    ends_at = time.monotonic() + _WITHIN_S
    while True:
        close_old_connections()
        try:
            return globals()[f"do_{do}"](**asked)
        except Error:
            if time.monotonic() > ends_at:
                raise
            time.sleep(0.1)


def do_move(port: int) -> dict[str, int]:
    """Read from another server of the same database from now on."""
    from django.db import connection

    connection.close()
    connection.settings_dict["PORT"] = port
    return {"port": port}


def do_prepare(reviewers: int) -> dict[str, Any]:
    """A platform, a key, reviewers who are signed in, and one confirmed entry: ``drawn(0)``."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django_otp import DEVICE_ID_SESSION_KEY
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from staydown.types import ContentKind, Fingerprint, Signal, SignalType
    from staydown_web.accounts.models import Platform, User
    from staydown_web.accounts.services import create_api_key
    from staydown_web.banks.models import Entry
    from staydown_web.banks.services import add_entry, confirm_entries, default_bank
    from staydown_web.base.clock import utc_now
    from staydown_web.regimes.selectors import regime, signing_text, text_digest

    now = utc_now()
    platform = Platform.objects.create(
        name="Forum Example",
        slug="forum-example",
        public_url=SITE,
        legal_email="legal@forum.example",
        media_origins=[SITE],
        regimes=[LAW],
        created_at=now,
    )
    scopes = ["check", "match:detail", "hits"]
    _row, key = create_api_key(
        platform=platform, name="uploads", scopes=scopes, per_minute=0, actor="system", now=now
    )
    sessions = []
    for number in range(reviewers):
        user = User.objects.create_user(
            username=f"r{number}",
            password=secrets.token_hex(20),
            pseudonym=f"R-{number}",
            role=User.Role.REVIEWER,
        )
        device = TOTPDevice.objects.create(user=user, name="app", confirmed=True)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session[DEVICE_ID_SESSION_KEY] = device.persistent_id
        session.create()
        sessions.append(session.session_key)
    known = Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, drawn(0), 100),))
    entry = add_entry(
        bank=default_bank(now),
        fingerprint=known,
        origin=Entry.Origin.NOTICE,
        actor="system",
        now=now,
    ).entry
    confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
    digest = text_digest(signing_text(regime(LAW), "en", "self"))
    return {"key": key, "sessions": sessions, "text_digest": digest}


def do_tasks() -> list[str]:
    """Numbers of tasks that wait for a reviewer."""
    from staydown_web.review.models import Task

    waiting = Task.objects.filter(
        state=Task.State.OPEN, taken_by__isnull=True, copies__isnull=False
    )
    return list(waiting.order_by("made_at").values_list("number", flat=True).distinct()[:50])


def do_stored(heads: list[int]) -> dict[str, dict[str, int]]:
    """What the database holds: kind -> item -> how often. A chain that is broken is an item."""
    from staydown_web.actions.models import Order
    from staydown_web.audit.models import Event
    from staydown_web.audit.services import verify_chain
    from staydown_web.cases.models import Case, Claim, Location
    from staydown_web.cases.services.places import url_of
    from staydown_web.review.models import Decision, Task

    # What follows is read before what it follows from: people go on filing meanwhile.
    orders = list(Order.objects.values_list("decision_id", "copy_id", "what"))
    firm = list(Event.objects.filter(what="decision_firm").values_list("subject", flat=True))
    made = list(Event.objects.filter(what="decision_made").values_list("facts__task", flat=True))
    decisions = Decision.objects.filter(undone_at__isnull=True)
    decided = list(decisions.values_list("task__number", flat=True))
    tasks = {str(pk): number for pk, number in Task.objects.values_list("pk", "number")}
    claims = Claim.objects.filter(ended_at__isnull=True)
    claimed = list(claims.values_list("item__case_id", flat=True))
    filed = list(Event.objects.filter(what="case_filed").values_list("case_id", flat=True))
    number_of = {}
    notices: Counter[str] = Counter()
    for place in Location.objects.exclude(position=_POISONED).select_related("case"):
        # Opened with the case's own key: a notice that nobody can read is a notice that is lost.
        number = url_of(place).rpartition("/")[2]
        number_of[place.case_id] = number
        notices[number] += 1
    whole = verify_chain()
    found: dict[str, Counter[str]] = {
        "notice": notices,
        "number": Counter(Case.objects.values_list("number", flat=True)),
        "entry": Counter(number_of.get(case, "?") for case in claimed),
        "notice event": Counter(number_of.get(case, "?") for case in filed),
        "upload": Counter(_uploads()),
        "decision": Counter(decided),
        "decision event": Counter(tasks.get(str(task), "?") for task in made),
        "firm": Counter(firm),
        "order": Counter("/".join(map(str, order)) for order in orders),
        "event": Counter(
            f"{seq} {digest}"
            for seq, digest in Event.objects.filter(seq__in=heads).values_list("seq", "digest")
        ),
        "broken chain": Counter([] if whole.is_whole else [str(whole.first_bad)]),
    }
    return {kind: dict(items) for kind, items in found.items()}


def _uploads() -> list[str]:
    """What uploads were found to be copies, by the platform's name for them; each row once.

    What is durable in the tray of a server of checks counts; it is read first, so that what is
    taken in meanwhile is seen in the database.
    """
    from staydown_web.screening.models import Copy
    from staydown_web.screening.services.sheet_texts import read_sheet
    from staydown_web.screening.services.sheets import COPY
    from staydown_web.screening.services.tray import Tray, tray_path

    found = {}
    if tray_path().exists():
        tray = Tray(tray_path())
        rows = tray.rest(tray.name, after=0, most=1_000_000)
        tray.close()
        copies = [copy for row in rows if (copy := read_sheet(row.sheet).copy) is not None]
        found = {copy[0]: copy[COPY.index("content_ref")] for copy in copies}
    found |= dict(Copy.objects.values_list("pk", "content_ref"))
    return [ref for ref in found.values() if ref]


def do_poison(count: int) -> dict[str, Any]:
    """Places that nobody can read, before all others that are to be looked at, and one after."""
    from datetime import timedelta

    from staydown_web.base.clock import utc_now
    from staydown_web.base.ids import new_id
    from staydown_web.base.sealing import seal_for_case
    from staydown_web.cases.models import Location

    now = utc_now()
    valid = Location.objects.filter(case__valid_at__isnull=False).exclude(position=_POISONED)
    model = valid.order_by("-added_at").first()
    if model is None:
        return {}
    for number in range(count + 1):
        is_last = number == count
        row = Location.objects.get(pk=model.pk)
        row.pk, row.position, row.url_box = new_id(), _POISONED, b"poisoned"
        row.copy, row.item, row.tries = None, None, 0
        row.state, row.next_try_at = Location.State.NEW, now - timedelta(days=2 - is_last)
        if is_last:
            row.url_box = seal_for_case(row.case_id, f"{SITE}/x", context=f"location:{row.pk}")
        row.save(force_insert=True)
    return {"rows": count, "after": str(row.pk)}


def do_looked(place: str) -> bool:
    """Whether a place was taken in hand."""
    from staydown_web.cases.models import Location

    return Location.objects.filter(pk=place, tries__gt=0).exists()


def do_head() -> dict[str, Any]:
    """The last event of the audit."""
    from staydown_web.audit.models import ChainHead

    head = ChainHead.objects.first()
    return {"seq": head.seq if head else 0, "digest": head.digest if head else ""}


def do_sizes() -> dict[str, int]:
    """Rows of some tables, to see that a campaign did something."""
    from staydown_web.actions.models import Order
    from staydown_web.audit.models import Event
    from staydown_web.banks.models import Entry

    return {
        "events": Event.objects.count(),
        "entries": Entry.objects.count(),
        "orders": Order.objects.count(),
        "keys": sum(1 for p in _keys().glob("??/*") if p.is_file()),
    }


def _keys() -> Path:
    from django.conf import settings

    return Path(settings.STAYDOWN_KEYS) / "cases"


if __name__ == "__main__":
    serve()
