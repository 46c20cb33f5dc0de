"""The tray: durable before the answer, in the database a moment later, nothing lost or doubled."""

from __future__ import annotations

import json
import random
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from unittest.mock import Mock
from uuid import UUID

import pytest
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection
from django.test import Client

from staydown_web.audit.models import Cursor, Event
from staydown_web.audit.services import verify_chain
from staydown_web.banks.models import Entry
from staydown_web.banks.services import confirm_entries
from staydown_web.base import journal
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import IdempotencyError, StorageFailedError
from staydown_web.base.ids import new_ordered_id
from staydown_web.screening import tasks
from staydown_web.screening.models import BlockWeek, Copy, Hit, RememberedCheck, Verdict
from staydown_web.screening.selectors import url_of
from staydown_web.screening.services import (
    LEFT_BEHIND_S,
    bring_check,
    flush_recorder,
    recording,
    take_in_findings,
    taking_in,
    tray_path,
)
from staydown_web.screening.services import tray as tray_module
from staydown_web.screening.services.recording import Recorder
from staydown_web.screening.services.sheet_texts import read_sheet
from staydown_web.screening.services.taking_in import RUSH_LAIN_S, Tending
from staydown_web.screening.services.tray import Tray

pytestmark = pytest.mark.django_db(transaction=True)

is_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite")
only_sqlite = pytest.mark.skipif(not is_sqlite, reason="there each writes when it wants")


@pytest.fixture
def begin(monkeypatch):
    """``begin()`` is the start of another process of checks, with the same tray."""
    trays = []

    def begun() -> Recorder:
        tray_path().parent.mkdir(parents=True, exist_ok=True)
        trays.append(Tray(tray_path()))
        recorder = Recorder(trays[-1])
        monkeypatch.setattr(recording, "_recorder", recorder)
        return recorder

    yield begun
    for one in trays:
        one.close()


@pytest.fixture
def recorder(begin) -> Recorder:
    return begin()


@contextmanager
def our_file() -> Iterator[journal.Journal]:
    file = journal.Journal(tray_path(), size=tray_module._SIZE)
    try:
        yield file
    finally:
        file.close()


def waiting() -> int:
    with our_file() as file:
        return len(file.read(after=0, most=1_000))


def rewrite(change: Callable[[bytes], bytes]) -> None:
    """Put something else, which is no longer, in the place of the first finding of the tray."""
    with our_file() as file, file.turn():
        first = file.read(after=0, most=1)[0]
        text = change(first.text)
        assert len(text) <= len(first.text)
        text = text.ljust(len(first.text))
        head = journal._HEAD.pack(
            journal._MARK, len(text), first.start, journal._sum_of(first.start, text)
        )
        file._write(first.start, head + text)


@contextmanager
def our_tray() -> Iterator[Tray]:
    tray = Tray(tray_path())
    try:
        yield tray
    finally:
        tray.close()


def take_in(*, sweeps: bool = True) -> int:
    with our_tray() as tray:
        count = taking_in.take_in(tray)
        if sweeps:
            taking_in.sweep(tray)
        return count


@pytest.fixture
def let_lie(monkeypatch) -> Callable[[float], None]:
    """``let_lie(seconds)``: what lies in the tray has lain there for so much longer."""
    passed = [0.0]

    def later(seconds: float) -> None:
        passed[0] += seconds

    monkeypatch.setattr(tray_module, "utc_now", lambda: utc_now() + timedelta(seconds=passed[0]))
    return later


@only_sqlite
def test_a_check_waits_for_nobody_who_writes(ask, seed, drawn_fingerprint, recorder):
    seed(drawn_fingerprint(1))
    ask(drawn_fingerprint(5))  # what is read once is read
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        connection.cursor().execute("PRAGMA busy_timeout = 0")
        outcome = ask(drawn_fingerprint(1))
        other.execute("ROLLBACK")
    assert outcome.verdict == Verdict.HOLD
    assert (waiting(), Copy.objects.count()) == (1, 0)


def test_what_lies_there_comes_into_the_database_whole(ask, seed, drawn_fingerprint, recorder):
    entry = seed(drawn_fingerprint(1))
    outcome = ask(
        drawn_fingerprint(1), url="https://forum.example/p/1", account="u1", content_ref="r1"
    )
    assert Copy.objects.count() == 0
    flush_recorder()

    copy = Copy.objects.get()
    assert (copy.pk, copy.check_id, copy.state) == (outcome.copy_id, outcome.check_id, "held")
    assert (url_of(copy), copy.content_ref) == ("https://forum.example/p/1", "r1")
    assert Hit.objects.get().entry_id == entry.pk
    event = Event.objects.get(what="copy_held")
    assert (event.subject, event.facts) == (f"copy:{copy.pk}", {"entries": [str(entry.pk)]})
    assert verify_chain().is_whole
    assert waiting() == 0


def test_the_rows_are_those_that_go_into_the_database_at_once(
    ask, confirmed, drawn_fingerprint, begin, monkeypatch
):
    confirmed(drawn_fingerprint(1))

    def rows(model, *left_out):
        fields = [f.name for f in model._meta.fields if f.name not in left_out]
        return sorted(map(repr, model.objects.values_list(*fields)))

    def stored(recorder) -> list:
        monkeypatch.setattr(recording, "_recorder", recorder)
        ask(drawn_fingerprint(1), account="u1", content_ref="r", idempotency_key="k")
        recorder.flush()
        found = [
            rows(Copy, "id", "check_id", "seen_at", "state_at", "url_box"),
            rows(Hit, "id", "copy"),
            rows(RememberedCheck, "id", "answer"),
            list(Event.objects.filter(what="copy_blocked").values_list("actor", "facts")),
        ]
        Copy.objects.all().delete()
        RememberedCheck.objects.all().delete()
        Event.objects.filter(what="copy_blocked").delete()
        return found

    assert stored(begin()) == stored(Recorder())


def test_the_file_is_its_owners_and_names_no_address(ask, seed, drawn_fingerprint, recorder):
    seed(drawn_fingerprint(1))
    ask(drawn_fingerprint(1), url="https://forum.example/secret", account="somebody")
    for path in tray_path().parent.glob("findings*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        held = path.read_bytes()
        assert b"forum.example" not in held
        assert b"somebody" not in held


def test_the_same_content_in_another_process_is_the_same_check(ask, seed, drawn_fingerprint, begin):
    begin()
    seed(drawn_fingerprint(1))
    first = ask(drawn_fingerprint(1))
    begin()
    second = ask(drawn_fingerprint(1))
    take_in()
    begin()
    third = ask(drawn_fingerprint(1))
    take_in()

    assert {first.check_id, second.check_id, third.check_id} == {first.check_id}
    assert {first.copy_id, second.copy_id, third.copy_id} == {Copy.objects.get().pk}
    assert Hit.objects.count() == 1
    assert Event.objects.filter(what="copy_held").count() == 1


def test_an_idempotency_key_has_one_answer_before_and_after(
    ask, seed, drawn_fingerprint, begin, trusted
):
    begin()
    seed(drawn_fingerprint(1))
    seed(drawn_fingerprint(2))
    given = {"idempotency_key": "k", "caller": trusted}
    first = ask(drawn_fingerprint(1), **given)
    for _ in range(2):
        begin()
        again = ask(drawn_fingerprint(1), **given)
        assert again.check_id == first.check_id
        said, before = (json.loads(json.dumps(o.matches)) for o in (again, first))
        assert said == before
        with pytest.raises(IdempotencyError):
            ask(drawn_fingerprint(2), **given)
        take_in()
    assert RememberedCheck.objects.count() == 1
    assert Copy.objects.count() == 1


@only_sqlite
def test_the_process_of_pages_knows_what_lies_there(
    ask, seed, drawn_fingerprint, begin, monkeypatch
):
    begin()
    seed(drawn_fingerprint(1))
    plain, keyed = {"content_ref": "a"}, {"content_ref": "b", "idempotency_key": "k"}
    before = [ask(drawn_fingerprint(1), **given).check_id for given in (plain, keyed)]
    monkeypatch.setattr(recording, "_recorder", Recorder())
    after = [ask(drawn_fingerprint(1), **given).check_id for given in (plain, keyed)]
    begin()
    again = [ask(drawn_fingerprint(1), **given).check_id for given in (plain, keyed)]

    assert before == after == again
    assert (Copy.objects.count(), RememberedCheck.objects.count()) == (2, 1)
    assert Event.objects.filter(what="copy_held").count() == 2


@pytest.mark.parametrize("forgets", [False, True])
def test_who_dies_after_taking_in_leaves_what_is_passed_over(
    ask, seed, drawn_fingerprint, recorder, forgets
):
    seed(drawn_fingerprint(1))
    ask(drawn_fingerprint(1))
    assert take_in(sweeps=False) == 1
    assert (waiting(), Copy.objects.count()) == (1, 1)
    # Somebody decides in between: that stays, even where nobody knows how far it was taken in.
    Copy.objects.update(state=Copy.State.RESTORED)
    if forgets:
        Cursor.objects.all().delete()
    assert take_in() == int(forgets)

    assert (waiting(), Copy.objects.get().state) == (0, "restored")
    assert Hit.objects.count() == 1
    assert Event.objects.filter(what="copy_held").count() == 1
    assert verify_chain().is_whole


def test_a_database_that_takes_nothing_now_costs_nothing(
    ask, seed, drawn_fingerprint, recorder, monkeypatch
):
    seed(drawn_fingerprint(1))
    ask(drawn_fingerprint(1))

    def refuse(*_given, **_named):
        raise DatabaseError("full")

    with monkeypatch.context() as patched:
        patched.setattr("staydown_web.screening.services.bringing.record_events", refuse)
        with pytest.raises(DatabaseError):
            flush_recorder()
    assert waiting() == 1
    flush_recorder()
    assert (waiting(), Copy.objects.count()) == (0, 1)


def test_what_is_gone_meanwhile_costs_the_others_nothing(
    ask, seed, drawn_fingerprint, recorder, caller
):
    from staydown_web.accounts.models import ApiKey

    entries = [seed(drawn_fingerprint(n)) for n in range(3)]
    for n in range(3):
        ask(drawn_fingerprint(n))
    Entry.objects.filter(pk=entries[1].pk).delete()
    ApiKey.objects.filter(pk=caller.key_id).delete()
    flush_recorder()

    assert set(Hit.objects.values_list("entry_id", flat=True)) == {entries[0].pk, entries[2].pk}
    assert set(Copy.objects.values_list("api_key_id", flat=True)) == {None}
    assert waiting() == 0


def test_what_cannot_be_stored_at_all_is_left_out_alone(
    ask, seed, drawn_fingerprint, recorder, caplog
):
    seed(drawn_fingerprint(1))
    seed(drawn_fingerprint(2))
    ask(drawn_fingerprint(1), content_ref="gone")
    ask(drawn_fingerprint(2), content_ref="stays")

    def of_nobody(sheet: bytes) -> bytes:
        # Of a platform that is gone: what the row was drawn up for is no longer there.
        lost = read_sheet(sheet).copy[1]
        return sheet.replace(str(lost).encode(), str(UUID(int=lost.int ^ 1)).encode())

    rewrite(of_nobody)
    flush_recorder()

    assert Copy.objects.get().content_ref == "stays"
    assert waiting() == 0
    assert [r.getMessage() for r in caplog.records if "left out" in r.getMessage()] == [
        "a finding was left out (IntegrityError)"
    ]


@pytest.mark.parametrize(
    "sheet", [b"\xff torn", b"{}", b'[0, "p", "s", "c", "", "", ["x"], [], [], null]']
)
def test_what_nobody_can_read_holds_up_no_other(
    ask, seed, drawn_fingerprint, recorder, caplog, sheet
):
    for n in (1, 2):
        seed(drawn_fingerprint(n))
        ask(drawn_fingerprint(n), content_ref=str(n))
    rewrite(lambda _: sheet)
    flush_recorder()
    assert Copy.objects.get().content_ref == "2"
    assert waiting() == 0
    assert "a finding was left out" in caplog.text


def test_a_confirmed_entry_blocks_what_still_lies_there_as_held(
    ask, seed, drawn_fingerprint, recorder
):
    entry = seed(drawn_fingerprint(1))
    assert ask(drawn_fingerprint(1)).verdict == Verdict.HOLD
    confirm_entries(entry_ids=[entry.pk], actor="system", now=entry.created_at)
    assert ask(drawn_fingerprint(1)).verdict == Verdict.BLOCK
    flush_recorder()
    assert sorted(Copy.objects.values_list("state", flat=True)) == ["blocked", "held"]


def test_of_two_that_came_in_at_the_same_moment_the_later_one_counts(
    ask, seed, drawn_fingerprint, begin
):
    begin()
    entry = seed(drawn_fingerprint(1))
    ask(drawn_fingerprint(1))
    confirm_entries(entry_ids=[entry.pk], actor="system", now=entry.created_at)
    blocked = ask(drawn_fingerprint(1))
    flush_recorder()
    # The database need not give rows of one moment in the order in which they came.
    held = Copy.objects.get(state="held")
    Hit.objects.filter(copy=held).delete()
    Copy.objects.filter(pk=held.pk).delete()
    held.save(force_insert=True)
    begin()

    again = ask(drawn_fingerprint(1))
    assert (again.check_id, again.copy_id) == (blocked.check_id, blocked.copy_id)
    flush_recorder()
    assert Copy.objects.count() == 2


def test_repeats_of_what_lies_there_are_counted(
    ask, confirmed, drawn_fingerprint, recorder, monkeypatch
):
    monkeypatch.setattr(recorder, "_thread", threading.current_thread())  # as where it has begun
    entry = confirmed(drawn_fingerprint(1))
    for _ in range(4):
        ask(drawn_fingerprint(1))
    assert Copy.objects.count() == 0
    recorder.flush()
    assert Copy.objects.get().repeats == 3
    assert BlockWeek.objects.get(entry=entry).count == 3


def test_repeats_are_counted_whenever_they_are_written_down(
    ask, confirmed, drawn_fingerprint, recorder, monkeypatch
):
    monkeypatch.setattr(recorder, "_thread", threading.current_thread())
    entry = confirmed(drawn_fingerprint(1))
    for _ in range(3):
        ask(drawn_fingerprint(1))
    with monkeypatch.context() as failing:
        failing.setattr(recording, "store_repeats", Mock(side_effect=OperationalError))
        with pytest.raises(OperationalError):
            recorder.flush(with_tray=False)
    ask(drawn_fingerprint(1))
    recorder.flush(with_tray=False)  # nobody has taken in what they repeat
    ask(drawn_fingerprint(1))
    recorder.flush()
    assert Copy.objects.get().repeats == 4
    assert BlockWeek.objects.get(entry=entry).count == 4


def test_a_tray_that_fails_is_passed_by(ask, seed, drawn_fingerprint, begin, monkeypatch, caplog):
    recorder = begin()
    seed(drawn_fingerprint(1))
    seed(drawn_fingerprint(2))
    tray_path().write_bytes(b"no database" * 1000)
    for n in (1, 2):
        assert ask(drawn_fingerprint(n), content_ref="/private/name").verdict == Verdict.HOLD
    assert Copy.objects.count() == 2
    said = [r.getMessage() for r in caplog.records if "past the tray" in r.getMessage()]
    assert said == ["findings go past the tray (JournalError)"]
    assert "private" not in caplog.text

    for path in tray_path().parent.glob("findings*"):
        path.unlink()
    seed(drawn_fingerprint(3))
    ask(drawn_fingerprint(3))
    assert (waiting(), Copy.objects.count()) == (1, 2)
    recorder.flush()
    assert Copy.objects.count() == 3


def test_a_full_tray_is_passed_by(ask, seed, drawn_fingerprint, begin, monkeypatch):
    monkeypatch.setattr(tray_module, "_SIZE", 2_400)
    begin()
    for n in range(3):
        seed(drawn_fingerprint(n))
        ask(drawn_fingerprint(n))
    assert (waiting(), Copy.objects.count()) == (2, 1)
    flush_recorder()
    assert Copy.objects.count() == 3


@only_sqlite
def test_a_check_that_lies_there_is_found_by_its_number(
    ask, seed, drawn_fingerprint, recorder, platform, key_for
):
    _, text = key_for(platform, "check")
    seed(drawn_fingerprint(1))
    outcome = ask(drawn_fingerprint(1))
    answer = Client().get(
        f"/api/v1/checks/{outcome.check_id}", headers={"Authorization": f"Bearer {text}"}
    )
    assert (answer.status_code, answer.json()["verdict"]) == (200, "hold")


@only_sqlite
def test_the_worker_takes_in_what_was_left_behind(
    ask, seed, drawn_fingerprint, recorder, let_lie, now
):
    assert tasks.take_in_findings(now) == 0
    seed(drawn_fingerprint(1))
    ask(drawn_fingerprint(1))
    assert tasks.take_in_findings(now) == 0, "the processes that answer take it in"
    let_lie(LEFT_BEHIND_S)
    assert tasks.take_in_findings(now) == 1
    assert (Copy.objects.count(), waiting()) == (1, 1), "whoever put it there clears it away"
    let_lie(60)
    assert tasks.take_in_findings(now) == 0
    assert waiting() == 0, "whoever put it there is gone"


@only_sqlite
def test_the_process_of_pages_takes_in_and_never_holds_up_a_check(
    ask, seed, drawn_fingerprint, recorder
):
    for n in range(3):
        seed(drawn_fingerprint(n))
        ask(drawn_fingerprint(n))
    with our_tray() as tray:
        tending = Tending(tray, takes_in=True)
        with our_file() as other, other.turn():  # a check that puts something in, for as long
            assert not tending.look(sweeps=False)
        assert (Copy.objects.count(), waiting()) == (3, 3)
        assert tending.look(sweeps=True)
        assert waiting() == 0
        assert tending.look(sweeps=True)
    assert Event.objects.filter(what="copy_held").count() == 3


def test_in_a_rush_what_is_found_lies_for_some_seconds_while_there_is_place(
    ask, seed, drawn_fingerprint, recorder, let_lie, monkeypatch
):
    for n in range(4):
        seed(drawn_fingerprint(n))
    with our_tray() as tray, monkeypatch.context() as rushing:
        rushing.setattr(taking_in, "RUSH", 0)  # any at all
        tending = Tending(tray, takes_in=True)
        ask(drawn_fingerprint(0))
        assert tending.look(sweeps=True), "what lay there at the start is no rush"
        assert Copy.objects.count() == 1
        ask(drawn_fingerprint(0), content_ref="again")
        assert not tending.look(sweeps=True)
        assert Copy.objects.count() == 1
        let_lie(RUSH_LAIN_S)
        ask(drawn_fingerprint(1))
        assert not tending.look(sweeps=True)
        assert Copy.objects.count() == 2
        ask(drawn_fingerprint(2))
        rushing.setattr(taking_in, "_FULL", 0)
        assert tending.look(sweeps=False)
        assert Copy.objects.count() == 4
        rushing.undo()
        ask(drawn_fingerprint(3))
        assert Copy.objects.count() == 4
        assert tending.look(sweeps=True)
    assert Copy.objects.count() == 5


def test_a_rush_that_begins_meanwhile_ends_the_taking_in(
    ask, seed, drawn_fingerprint, begin, monkeypatch
):
    begin()
    seed(drawn_fingerprint(1))
    for n in range(2 * tray_module.AT_ONCE + 5):
        ask(drawn_fingerprint(1), content_ref=str(n))
    stored = taking_in._store

    def store(*given, **named):
        monkeypatch.setattr(taking_in, "RUSH", -1)
        stored(*given, **named)

    monkeypatch.setattr(taking_in, "_A_PIECE", tray_module.AT_ONCE)
    monkeypatch.setattr(taking_in, "_store", store)
    with our_tray() as tray:
        assert not Tending(tray, takes_in=True).look(sweeps=True)
    assert Copy.objects.count() == tray_module.AT_ONCE


@only_sqlite
def test_of_several_processes_one_takes_in_until_it_ends(
    ask, seed, drawn_fingerprint, recorder, tmp_path
):
    seed(drawn_fingerprint(1))
    ask(drawn_fingerprint(1))
    keep = (
        "import sys\nfrom pathlib import Path\nfrom staydown_web.base.journal import Journal\n"
        "journal = Journal(Path(sys.argv[1]), size=0)\n"
        "print(journal.is_kept(), flush=True)\nsys.stdin.read()\n"
    )
    command = [sys.executable, "-c", keep, str(tray_path())]
    with our_tray() as tray:
        tending = Tending(tray, takes_in=True)
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline().strip() == "True"
            tending.look(sweeps=True)
            assert (Copy.objects.count(), waiting()) == (0, 1)
            other.kill()
        tending.look(sweeps=True)
    assert (Copy.objects.count(), waiting()) == (1, 0)


@only_sqlite
def test_what_the_process_of_pages_cannot_take_in_is_said_once_and_tried_again(
    ask, seed, drawn_fingerprint, recorder, monkeypatch, caplog
):
    seed(drawn_fingerprint(1))
    ask(drawn_fingerprint(1))
    tending = Tending(recorder._tray, takes_in=True)

    def refuse(*_given, **_named):
        raise DatabaseError("full, https://forum.example/p/1")

    with monkeypatch.context() as patched:
        patched.setattr("staydown_web.screening.services.bringing.record_events", refuse)
        patched.setattr(taking_in, "_PAUSE_S", 0.0)
        for _ in range(3):
            assert not tending.look(sweeps=True)
    said = [r.getMessage() for r in caplog.records if "stay in their tray" in r.getMessage()]
    assert said == ["findings of checks stay in their tray (DatabaseError)"]
    assert (waiting(), Copy.objects.count()) == (1, 0)
    assert tending.look(sweeps=True)
    assert Copy.objects.count() == 1


def test_a_server_of_checks_takes_in_itself_what_nobody_does(
    ask, seed, drawn_fingerprint, recorder, let_lie
):
    for n in range(2):
        seed(drawn_fingerprint(n))
    ask(drawn_fingerprint(0))
    let_lie(LEFT_BEHIND_S)
    ask(drawn_fingerprint(1))
    assert not Tending(recorder._tray, takes_in=False).look(sweeps=True)
    assert (Copy.objects.count(), waiting()) == (1, 1), "what came a moment ago is not its work"


def test_what_seems_old_waits_for_what_lies_before_it(
    ask, seed, drawn_fingerprint, recorder, let_lie
):
    for n, passes in enumerate((-60, 60, -60)):
        seed(drawn_fingerprint(n))
        let_lie(passes)  # the clock was set
        ask(drawn_fingerprint(n))
    let_lie(60)
    with our_tray() as tray:
        assert taking_in.take_in(tray, lain_s=LEFT_BEHIND_S) == 1
        assert taking_in.take_in(tray) == 2
    assert Copy.objects.count() == 3


def test_more_than_one_transaction_takes_comes_in_whole(ask, seed, drawn_fingerprint, begin):
    begin()
    seed(drawn_fingerprint(1))
    for n in range(tray_module.AT_ONCE + 5):
        ask(drawn_fingerprint(1), content_ref=str(n))
    with our_tray() as tray:
        assert taking_in.take_in(tray, most=1) == tray_module.AT_ONCE
        assert waiting() == tray_module.AT_ONCE + 5
        taking_in.sweep(tray)
        assert waiting() == 5
    assert take_in() == 5
    assert Copy.objects.count() == Hit.objects.count() == tray_module.AT_ONCE + 5
    assert verify_chain().is_whole


def test_two_that_take_in_at_once_do_it_once(ask, seed, drawn_fingerprint, recorder):
    for n in range(3):
        seed(drawn_fingerprint(n))
        ask(drawn_fingerprint(n))
    with our_tray() as tray:
        rows = tray.rest(tray.name, after=0)
        assert take_in() == 3  # another was quicker, and somebody has restored one since
        Copy.objects.filter(pk=Copy.objects.first().pk).delete()
        taking_in._store(rows, reader=tray_module.reader_of(tray.name))
    assert Copy.objects.count() == 2, "what another has taken in is passed over"
    assert Event.objects.filter(what="copy_held").count() == 3


@only_sqlite
def test_much_is_cleared_away_bit_by_bit_so_that_checks_come_between(
    ask, seed, drawn_fingerprint, recorder, monkeypatch
):
    monkeypatch.setattr(tray_module, "CLEARED_AT_ONCE", 2)
    seed(drawn_fingerprint(1))
    for n in range(5):
        ask(drawn_fingerprint(1), content_ref=str(n))
    take_in(sweeps=False)
    left = [waiting()]
    with our_tray() as tray:
        for is_more in (True, True, False):
            assert taking_in.sweep_some(tray) is is_more
            left.append(waiting())
    assert left == [5, 3, 1, 0]


def test_what_is_put_in_while_all_is_swept_stays(ask, seed, drawn_fingerprint, recorder):
    for n in range(2):
        seed(drawn_fingerprint(n))
    ask(drawn_fingerprint(0))
    take_in()
    assert waiting() == 0
    ask(drawn_fingerprint(1))  # in an empty file numbers must not begin anew
    with our_tray() as tray:
        taking_in.sweep(tray)
    assert waiting() == 1
    assert take_in() == 1


def test_another_file_in_its_place_is_another_tray(ask, seed, drawn_fingerprint, recorder):
    for n in range(3):
        seed(drawn_fingerprint(n))
    for n in range(2):
        ask(drawn_fingerprint(n))
    with our_tray() as tray:
        before = tray.name
    assert take_in() == 2
    for path in tray_path().parent.glob("findings*"):
        path.unlink()
    ask(drawn_fingerprint(2))
    with our_tray() as tray:
        assert tray.name != before
        assert tray.rest(before, after=0) == []
        assert not tray.sweep(before, until=100)
    assert waiting() == 1, "what is put into a file that is gone would be lost"
    assert take_in() == 1
    assert Copy.objects.count() == 3


@only_sqlite
def test_a_check_is_looked_for_and_the_others_stay(ask, seed, drawn_fingerprint, recorder):
    for n in range(3):
        seed(drawn_fingerprint(n))
    wanted = [ask(drawn_fingerprint(n)) for n in range(3)][1]
    assert not bring_check(new_ordered_id())
    assert bring_check(wanted.check_id)
    assert Copy.objects.get().check_id == wanted.check_id
    assert take_in() == 3
    assert Copy.objects.count() == Hit.objects.count() == 3
    assert Event.objects.filter(what="copy_held").count() == 3


def test_a_long_tray_is_not_gone_through_for_each_finding(
    ask, seed, drawn_fingerprint, recorder, monkeypatch
):
    seed(drawn_fingerprint(1))
    read = journal.Journal._bytes

    def bytes_for(content_ref: str) -> int:
        counted = []

        def count(self: journal.Journal, at: int, size: int) -> bytes:
            counted.append(size)
            return read(self, at, size)

        with monkeypatch.context() as patched:
            patched.setattr(journal.Journal, "_bytes", count)
            ask(drawn_fingerprint(1), content_ref=content_ref)
        return sum(counted)

    ask(drawn_fingerprint(1), content_ref="first")
    few = bytes_for("second")
    for n in range(200):
        ask(drawn_fingerprint(1), content_ref=str(n))
    assert few <= bytes_for("last") < few + 100


@only_sqlite
def test_without_a_tray_nothing_is_taken_in_and_none_is_made():
    assert take_in_findings() == 0
    assert not tray_path().exists()


@only_sqlite
def test_a_tray_that_cannot_be_read_is_said():
    tray_path().parent.mkdir(parents=True, exist_ok=True)
    tray_path().write_bytes(b"no database" * 1000)
    with pytest.raises(StorageFailedError):
        take_in_findings()


@pytest.mark.parametrize("seed_number", range(3))
def test_in_any_order_it_comes_to_the_same_as_without(
    ask, seed, drawn_fingerprint, begin, monkeypatch, seed_number
):
    draw = random.Random(seed_number)
    for n in range(4):
        seed(drawn_fingerprint(n))
    recorder, asked = begin(), 0
    told: dict[tuple[int, str], set] = {}
    for _ in range(40):
        monkeypatch.setattr(recorder, "_thread", threading.current_thread())
        lot = draw.random()
        if lot < 0.1:
            recorder.flush(with_tray=False)
            recorder = begin()
        elif lot < 0.2:
            recorder.flush(with_tray=False)
        elif lot < 0.3:
            take_in()
        else:
            n, ref = draw.randrange(4), draw.choice(("a", "b"))
            outcome = ask(drawn_fingerprint(n), content_ref=ref)
            told.setdefault((n, ref), set()).add(outcome.check_id)
            asked += 1
    recorder.flush()

    assert sum(Copy.objects.values_list("repeats", flat=True)) == asked - len(told)
    assert all(len(ids) == 1 for ids in told.values()), "one number for the same content"
    assert set(Copy.objects.values_list("check_id", flat=True)) == set().union(*told.values())
    assert Copy.objects.count() == len(told) == Hit.objects.count()
    assert Event.objects.filter(what="copy_held").count() == len(told)
    assert verify_chain().is_whole
