"""After a case was taken back nothing of it is left: searched for, byte by byte, everywhere.

In every column of every table, in the database's own files with their free pages, in the folder of
the service, in the opened segments in memory, in sealed snapshots, and in what an export holds.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection

from staydown.types import Fingerprint
from staydown_web.actions.tasks import JOBS as ACTION_JOBS
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.selectors import living_entries
from staydown_web.banks.services import confirm_entries, purge_segments, save_snapshot
from staydown_web.base.errors import CaseNotOpenedError, SealError
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.forms import FiledFile, Filing
from staydown_web.cases.models import Case, Claim, Item, Message
from staydown_web.cases.services import (
    Filed,
    ask_withdrawal,
    file_case,
    open_case,
    send_message,
    settle_item,
)
from staydown_web.cases.tasks import erase_old
from staydown_web.portal.services import clear_pages, clear_sendings, open_page
from web.cases.conftest import key_files

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = {
    "name": "Zenobia Quill",
    "email": "zenobia.quill@mail.example",
    "phone": "+44 20 7946 0321",
    "statement": "Kestrel statement of hers.",
    "place": "The second gallery of ostrich.",
    "signature": "Zenobia Quill",
}
URL = "http://127.0.0.1:8161/media/kingfisher-77.jpg"
FILE = "walrus at sea.jpg"
MESSAGE = "Mongoose message."
SAFE = "narwhal@mail.example"


@pytest.fixture
def hers(drawn_fingerprint: Callable[[int], Fingerprint]) -> Fingerprint:
    return drawn_fingerprint(4711)


@pytest.fixture
def made(filing: Callable[..., Filing], hers: Fingerprint, now: datetime) -> Filed:
    """A case with a word of its own in every field, its page open, and an answer."""
    files = [FiledFile(hers, name=FILE, size_bytes=123_457, modified_on=date(2026, 1, 2))]
    given = filing(files=files, urls=[URL], safe_contact=SAFE, **WORDS)
    filed = file_case(filing=given, now=now)
    send_message(case=filed.case, sender=Message.Sender.PERSON, text=MESSAGE, now=now)
    open_page(case=filed.case, now=now)
    return filed


def traces(filed: Filed, fingerprint: Fingerprint) -> dict[str, bytes]:
    """What to look for: each word of hers and each hash, as text, base64 and bytes."""
    looked_for = {
        **{f"word {w}": w.encode() for w in (*WORDS.values(), URL, FILE, MESSAGE, SAFE)},
        "phrase": filed.phrase.encode(),
        "kingfisher": b"kingfisher",
        "walrus": b"walrus",
    }
    for place, signal in enumerate(fingerprint.signals):
        raw = signal.raw[:32]
        looked_for[f"signal {place} raw"] = raw
        looked_for[f"signal {place} hex"] = raw.hex().encode()
    for name, value in list(looked_for.items()):
        if len(value) >= 9:
            whole = value[: len(value) // 3 * 3]
            looked_for[f"{name} in base64"] = base64.b64encode(whole)
    return looked_for


def places() -> Iterator[tuple[str, bytes]]:
    """Everything that is stored: name and bytes."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    yield f"table {table}", _bytes(value)
    if connection.vendor == "sqlite":
        stem = Path(str(connection.settings_dict["NAME"]))
        for path in stem.parent.glob(f"{stem.name}*"):
            yield f"file {path.name}", path.read_bytes()
    for folder in (django_settings.STAYDOWN_HOME, django_settings.STAYDOWN_SHARED_MEMORY):
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file() and "static" not in path.parts:
                yield f"file {path.name}", path.read_bytes()
    yield "cache", repr(getattr(cache, "_cache", {})).encode()
    yield (
        "what an export would hold",
        b"".join(living.fingerprint().to_bytes() for living in living_entries()),
    )


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


def found(filed: Filed, fingerprint: Fingerprint) -> list[str]:
    """Where a trace is, and of what."""
    looked_for = traces(filed, fingerprint)
    return sorted(
        {
            f"{where}: {name}"
            for where, data in places()
            for name, value in looked_for.items()
            if value in data
        }
    )


def test_the_search_finds_what_is_there(made: Filed, hers: Fingerprint) -> None:
    """Else the tests below would pass on nothing."""
    save_snapshot(is_due=True)
    there = found(made, hers)
    assert [one for one in there if one.startswith("file bank")]
    assert [one for one in there if one.startswith("what an export would hold")]
    # Even while the case lives, no table and no snapshot can be read.
    assert [one for one in there if one.startswith("table")] == []
    message = Message.objects.get()
    Message.objects.update(box=MESSAGE.encode())
    assert [one for one in found(made, hers) if one.startswith("table cases_message")]
    Message.objects.update(box=message.box)


def test_taken_back_at_once_nothing_is_left(made: Filed, hers: Fingerprint, now: datetime) -> None:
    save_snapshot(is_due=True)
    case = Case.objects.get(pk=made.case.pk)
    kept_by_a_backup = {"details": bytes(case.details_box or b"")}

    ask_withdrawal(case=case, now=now)
    _run_the_jobs(now + timedelta(hours=25))

    assert found(made, hers) == []
    assert case.pk.hex not in {path.name for path in key_files()}
    for context, box in kept_by_a_backup.items():
        with pytest.raises(SealError):
            unseal_for_case(case.pk, box, context=context)


def test_partners_can_read_that_it_ended_and_nothing_more(
    made: Filed, hers: Fingerprint, now: datetime
) -> None:
    entry_id = Entry.objects.get().pk
    ask_withdrawal(case=made.case, now=now)

    told = Event.objects.filter(what="entry_withdrawn", subject=f"entry:{entry_id}")
    assert told.count() == 1
    assert Entry.objects.get().box is None


def test_where_a_removal_rests_on_her_notice_it_goes_after_six_months(
    made: Filed, hers: Fingerprint, now: datetime
) -> None:
    case = made.case
    entry = Entry.objects.get()
    confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
    settle_item(item=case.items.get(), state=Item.State.REMOVED, actor="system", now=now)
    ask_withdrawal(case=Case.objects.get(pk=case.pk), now=now)
    assert case.notices.filter(box__isnull=False).exists()

    _run_the_jobs(now + timedelta(days=185))

    assert found(made, hers) == []
    assert not case.notices.filter(box__isnull=False).exists()
    assert not Claim.objects.filter(ended_at=None).exists()
    late = now + timedelta(days=185 + 31)
    _run_the_jobs(late)
    with pytest.raises(CaseNotOpenedError):
        open_case(number=case.number, phrase=made.phrase, now=late)


def _run_the_jobs(now: datetime) -> None:
    """What the worker does in the meantime."""
    erase_old(now)
    clear_sendings(now)
    clear_pages(now)
    for job in ACTION_JOBS:
        if job.name == "forget_old_rows":
            job.run(now)
    purge_segments()
    save_snapshot(is_due=True)
