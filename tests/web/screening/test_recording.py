"""Findings are stored in groups, durable before the answer, and none is lost or doubled."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, connections

from staydown_web.audit.services import verify_chain
from staydown_web.banks.models import Entry
from staydown_web.banks.services import dispute_entries, set_policy, withdraw_entry
from staydown_web.banks.services.facts_table import FactsTable
from staydown_web.base.lending import keep_lines
from staydown_web.screening.models import BlockWeek, Copy, Hit, Verdict
from staydown_web.screening.services import judging, recording, storing
from staydown_web.screening.services.recording import Recorder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def recorder(monkeypatch) -> Recorder:
    """A recorder of this test's own, in the place of the process's."""
    made = Recorder()
    monkeypatch.setattr(recording, "_recorder", made)
    return made


@pytest.fixture
def serving(monkeypatch) -> Iterator[None]:
    """As in a process that serves: those who write share a connection, those who look another."""
    facts = judging._FactsCache()
    monkeypatch.setattr(judging, "_facts", facts)
    keep_lines()
    yield
    keep_lines(is_on=False)
    facts._line.close()


def in_threads(work, count: int) -> list:
    def run(n: int):
        try:
            return work(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_findings_that_come_together_are_one_transaction(
    ask, seed, drawn_fingerprint, recorder, monkeypatch
):
    pictures = [drawn_fingerprint(n) for n in range(6)]
    for picture in pictures:
        seed(picture)
    sizes, gate, began = [], threading.Event(), threading.Event()
    write = recording.write_group

    def slow(batch):
        sizes.append(len(batch))
        if len(sizes) == 1:
            began.set()
            gate.wait(20)
        write(batch)

    monkeypatch.setattr(recording, "write_group", slow)

    def work(n: int):
        if n == 0:
            return ask(pictures[0])
        began.wait(20)
        if n == 5:
            # The others are in the queue, or on their way to it, when the first goes on.
            while len(recorder._queue) < 4:
                threading.Event().wait(0.01)
            gate.set()
        return ask(pictures[n])

    outcomes = in_threads(work, 6)

    assert {o.verdict for o in outcomes} == {Verdict.HOLD}
    assert sizes[0] == 1
    assert len(sizes) <= 3
    assert sum(sizes) == 6
    assert Copy.objects.count() == 6
    assert verify_chain().is_whole


def test_what_holds_is_stored_when_the_answer_comes(ask, seed, drawn_fingerprint):
    seed(drawn_fingerprint(1))
    outcome = ask(drawn_fingerprint(1))
    connection.close()  # what another connection sees is committed
    assert Copy.objects.filter(check_id=outcome.check_id).exists()


def test_one_that_cannot_be_stored_does_not_cost_the_others(
    ask, seed, drawn_fingerprint, recorder, monkeypatch
):
    pictures = [drawn_fingerprint(n) for n in range(2)]
    entries = [seed(p) for p in pictures]
    caught = []

    def keep(self, finding, *, wait):
        caught.append(finding)
        return recording.Recorded(uuid4(), None)

    monkeypatch.setattr(Recorder, "record", keep)
    for picture in pictures:
        ask(picture)
    Entry.objects.filter(pk=entries[1].pk).delete()

    batch = [recording.Pending(finding, is_awaited=True) for finding in caught]
    storing.write_group(batch)

    assert batch[0].result is not None
    assert isinstance(batch[1].error, DatabaseError)
    assert list(Hit.objects.values_list("entry_id", flat=True)) == [entries[0].pk]


def test_a_refusing_database_refuses_the_answer(ask, seed, drawn_fingerprint, monkeypatch):
    seed(drawn_fingerprint(1))

    def refuse(batch):
        raise DatabaseError("full")

    monkeypatch.setattr(recording, "write_group", refuse)
    with pytest.raises(DatabaseError):
        ask(drawn_fingerprint(1))


def test_what_nobody_waits_for_is_stored_soon_and_survives_a_refusal(
    ask, confirmed, drawn_fingerprint, recorder, monkeypatch
):
    from staydown import Evidence, Match, MatchKind

    entry = confirmed(drawn_fingerprint(1))
    row = Match(str(entry.pk), MatchKind.ALTERED, 0.9, Evidence(reason=""))
    monkeypatch.setattr("staydown_web.screening.services.checking.match_entries", lambda _: [row])
    monkeypatch.setattr(recorder, "_thread", threading.current_thread())
    ask(drawn_fingerprint(1))
    assert not Copy.objects.exists()

    write, tries = recording.write_group, []

    def refuse_once(batch):
        tries.append(len(batch))
        if len(tries) == 1:
            raise DatabaseError("busy")
        write(batch)

    monkeypatch.setattr(recording, "write_group", refuse_once)
    with pytest.raises(DatabaseError):
        recorder.flush()
    recorder.flush()

    assert tries == [1, 1]
    assert Copy.objects.get().state == Copy.State.SEEN


def test_the_background_thread_stores_within_a_moment(
    ask, confirmed, drawn_fingerprint, monkeypatch
):
    recorder = Recorder()
    monkeypatch.setattr(recording, "_recorder", recorder)
    stored = threading.Event()
    monkeypatch.setattr(Recorder, "flush", lambda self, **_: stored.set() if self._queue else None)
    from staydown import Evidence, Match, MatchKind

    entry = confirmed(drawn_fingerprint(1))
    row = Match(str(entry.pk), MatchKind.ALTERED, 0.9, Evidence(reason=""))
    monkeypatch.setattr("staydown_web.screening.services.checking.match_entries", lambda _: [row])
    recorder.start()
    ask(drawn_fingerprint(1))
    try:
        assert stored.wait(10)
    finally:
        recorder._queue.clear()
        recorder.stop()


def test_all_threads_of_a_server_write_by_one_connection(
    ask, seed, drawn_fingerprint, recorder, serving, monkeypatch
):
    if connection.vendor != "sqlite":
        pytest.skip("there, connections know nothing that others could change")
    pictures = [drawn_fingerprint(n) for n in range(4)]
    for picture in pictures:
        seed(picture)
    wrote: list[int] = []
    write = recording.write_group

    def noted(batch):
        wrote.append(id(connections["default"]))
        write(batch)

    monkeypatch.setattr(recording, "write_group", noted)
    recorder.start()
    try:
        outcomes = in_threads(lambda n: ask(pictures[n]), len(pictures))
    finally:
        recorder.stop()
    assert len(set(wrote)) == 1
    assert {o.copy_id for o in outcomes} == set(Copy.objects.values_list("pk", flat=True))


def test_all_threads_look_at_entries_by_one_connection(
    ask, seed, drawn_fingerprint, serving, monkeypatch
):
    if connection.vendor != "sqlite":
        pytest.skip("there, connections know nothing that others could change")
    pictures = [drawn_fingerprint(n) for n in range(4)]
    for picture in pictures:
        seed(picture)
    looked = []
    look = judging.entry_facts

    def noted(ids, line, standing):
        looked.append(line)
        return look(ids, line, standing)

    monkeypatch.setattr(judging, "entry_facts", noted)
    in_threads(lambda n: ask(pictures[n]), len(pictures))
    assert len(looked) == len(pictures)
    assert looked[0] is not None
    assert len(set(map(id, looked))) == 1


@pytest.mark.parametrize("is_in_memory", [False, True])
@pytest.mark.parametrize("order", range(4))
def test_whatever_changes_between_is_felt_by_every_thread_at_once(
    ask,
    confirmed,
    drawn_fingerprint,
    recorder,
    serving,
    bank,
    now,
    order,
    is_in_memory,
    monkeypatch,
):
    """The same as one thread alone would answer, in whatever order things come."""
    rng = random.Random(order)
    entries = [confirmed(drawn_fingerprint(n)) for n in range(3)]
    if is_in_memory and connection.vendor == "sqlite":
        table = FactsTable()
        table.read()
        monkeypatch.setattr(judging, "FACTS", table)
    states = dict.fromkeys(range(3), "block")
    changes = [
        (0, "clear", partial(dispute_entries, entry_ids=[entries[0].pk])),
        (1, "clear", partial(withdraw_entry, entry_id=entries[1].pk)),
        (None, "hold", partial(set_policy, bank=bank, on_same="hold", on_identical="hold")),
    ]
    rng.shuffle(changes)
    recorder.start()
    try:
        for which, then, change in changes:
            change(actor="system", now=now)
            for n in states:
                if n == which or (which is None and states[n] != "clear"):
                    states[n] = then
            refs = [f"{which}-{then}-{order}-{n}" for n in range(6)]
            found = in_threads(
                lambda n, refs=refs: ask(drawn_fingerprint(n % 3), content_ref=refs[n]), 6
            )
            assert [str(one.verdict) for one in found] == [states[n % 3] for n in range(6)]
    finally:
        recorder.stop()


def test_two_threads_with_one_idempotency_key_get_one_answer(ask, seed, drawn_fingerprint):
    seed(drawn_fingerprint(1))
    outcomes = in_threads(lambda _: ask(drawn_fingerprint(1), idempotency_key="k"), 4)
    assert len({o.check_id for o in outcomes}) == 1
    assert Copy.objects.count() == 1


def test_the_same_again_writes_nothing_also_after_the_bank_has_changed(
    ask, seed, drawn_fingerprint, recorder, monkeypatch
):
    seed(drawn_fingerprint(1))
    first = ask(drawn_fingerprint(1))
    written = []
    write = recording.write_group
    monkeypatch.setattr(recording, "write_group", lambda batch: (written.append(1), write(batch)))
    seed(drawn_fingerprint(2))

    again = ask(drawn_fingerprint(1))
    assert (again.check_id, again.copy_id, written) == (first.check_id, first.copy_id, [])
    assert Copy.objects.get().repeats == 1


def test_what_this_process_has_forgotten_or_another_has_stored_is_counted_again(
    ask, confirmed, drawn_fingerprint, monkeypatch
):
    entry = confirmed(drawn_fingerprint(1))
    for _ in range(3):
        monkeypatch.setattr(recording, "_recorder", Recorder())
        ask(drawn_fingerprint(1))
    assert Copy.objects.get().repeats == 2
    assert BlockWeek.objects.get(entry=entry).count == 2  # and one more by its event


def test_what_was_decided_meanwhile_is_a_new_finding(
    ask, seed, drawn_fingerprint, recorder, monkeypatch
):
    seed(drawn_fingerprint(1))
    first = ask(drawn_fingerprint(1))
    Copy.objects.update(state=Copy.State.RESTORED)
    seed(drawn_fingerprint(2))

    again = ask(drawn_fingerprint(1))
    assert again.copy_id != first.copy_id
    assert set(Copy.objects.values_list("state", flat=True)) == {"restored", "held"}


def test_a_hit_that_is_missing_is_stored(ask, seed, drawn_fingerprint, recorder):
    seed(drawn_fingerprint(1))
    ask(drawn_fingerprint(1))
    Hit.objects.all().delete()
    seed(drawn_fingerprint(2))

    ask(drawn_fingerprint(1))
    assert Hit.objects.count() == 1
    assert Copy.objects.count() == 1
