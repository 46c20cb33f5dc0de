"""How much happened, by the kinds of events of the audit, since this machine started.

Each reader goes on where the last one stopped, in a small file that the processes of this machine
share; so a scrape reads only what is new. The kinds are listed here: no other is counted.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import Count

from staydown_web.audit.models import ChainHead, Event

KINDS: Final = (
    "case_filed",
    "notice_valid",
    "case_withdrawn",
    "case_erased",
    "clock_breached",
    "complaint_filed",
    "decision_made",
    "decision_undone",
    "decision_firm",
    "order_made",
    "order_answered",
    "letter_sent",
    "letter_dead",
    "report_sent",
    "backup_made",
)
_FILE = "events.json"
_MOST_AT_ONCE: Final = 200_000
"""Events that one scrape reads at most; the rest is for the next."""


def events_since_start() -> dict[str, int]:
    """Events of each kind since the first look after this machine started."""
    folder = Path(settings.STAYDOWN_SHARED_MEMORY)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return {}
    with os.fdopen(handle, "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        seen, counts = _read(file.read())
        seen, counts = _go_on(seen, counts)
        text = json.dumps({"seq": seen, "counts": counts})
        with suppress(OSError):
            os.pwrite(handle, text.encode(), 0)
            os.ftruncate(handle, len(text))
    return counts


def _go_on(seen: int | None, counts: dict[str, int]) -> tuple[int, dict[str, int]]:
    head = ChainHead.objects.first()
    end = head.seq if head else 0
    if seen is None or seen > end:  # the first look, or another database
        return end, dict.fromkeys(KINDS, 0)
    end = min(end, seen + _MOST_AT_ONCE)
    rows = Event.objects.filter(seq__gt=seen, seq__lte=end, what__in=KINDS)
    news = dict(rows.values_list("what").annotate(n=Count("seq")))
    return end, {kind: counts.get(kind, 0) + news.get(kind, 0) for kind in KINDS}


def _read(text: str) -> tuple[int | None, dict[str, int]]:
    try:
        noted = json.loads(text)
        return int(noted["seq"]), {kind: int(noted["counts"].get(kind, 0)) for kind in KINDS}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, {}
