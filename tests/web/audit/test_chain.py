"""Events are chained, in order, within the caller's transaction."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.audit.models import ChainHead, Event
from staydown_web.audit.selectors import case_events, events_after
from staydown_web.audit.services import (
    NewEvent,
    move_cursor,
    record_event,
    record_events,
    verify_chain,
)
from staydown_web.audit.services.chain import _digest_of_clean, event_digest

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def record(**more) -> Event:
    return record_event(**{"what": "case_filed", "actor": "person", "at": NOW, **more})


@pytest.mark.django_db
def test_each_event_names_the_digest_before_it() -> None:
    first, second = record(), record(what="case_opened")
    assert (first.seq, second.seq) == (1, 2)
    assert (first.previous, second.previous) == ("0" * 64, first.digest)
    assert ChainHead.objects.get().digest == second.digest


_WORDS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(1 << 53), 1 << 53),
    st.uuids().map(str),
    st.text(),  # more than may be in it, such as digits of other scripts
)
_FACTS = st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True),
    st.one_of(
        _WORDS,
        st.lists(_WORDS, max_size=4),
        st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), _WORDS, max_size=3),
    ),
    max_size=4,
)


@given(
    facts=_FACTS,
    subject=st.one_of(st.just(""), st.uuids().map("copy:{}".format), st.just("case:\u0663")),
    case_id=st.one_of(st.none(), st.uuids()),
    at=st.datetimes(timezones=st.just(UTC)),
)
def test_the_quick_digest_is_the_digest(facts, subject, case_id, at) -> None:
    fields = {"seq": 7, "at": at, "what": "copy_held", "actor": "system", "case_id": case_id}
    fields |= {"subject": subject, "facts": facts, "previous": "a" * 64}
    assert _digest_of_clean(**fields) == event_digest(**fields)


def test_a_name_that_is_more_than_a_text_has_the_same_digest() -> None:
    class Name(StrEnum):
        STATE = "state"

    fields = {"seq": 7, "at": NOW, "what": "copy_held", "actor": "system", "case_id": None}
    fields |= {"subject": "", "facts": {Name.STATE: "held"}, "previous": "a" * 64}
    assert _digest_of_clean(**fields) == event_digest(**fields)


@pytest.mark.django_db
def test_a_known_event_has_a_known_digest() -> None:
    # Worked out by hand once, so that the encoding never changes unseen: ADR-0036 shows the text.
    assert (
        event_digest(
            seq=1,
            at=NOW,
            what="case_filed",
            actor="person",
            case_id=None,
            subject="",
            facts={"items": 2, "a": "b"},
            previous="0" * 64,
        )
        == __import__("hashlib")
        .sha256(
            b'[1,"2026-11-26T09:00:00.000000+00:00","case_filed","person","","",{"a":"b","items":2},"'
            + b"0" * 64
            + b'"]'
        )
        .hexdigest()
    )


@pytest.mark.django_db
def test_an_event_reads_back_to_the_same_digest() -> None:
    case = uuid4()
    made = record(
        case_id=case,
        at=NOW + timedelta(microseconds=123),
        subject=f"item:{uuid4()}",
        facts={"z": 1, "a": [True, None, "held"], "m": {"k": -3}, "when": NOW, "id": uuid4()},
    )
    read = Event.objects.get(seq=made.seq)
    fields = {f: getattr(read, f) for f in ("seq", "at", "what", "actor", "case_id", "subject")}
    assert event_digest(**fields, facts=read.facts, previous=read.previous) == made.digest
    assert list(case_events(case_id=case)) == [read]


@pytest.mark.django_db
def test_an_event_falls_with_the_transaction_it_belongs_to() -> None:
    record()
    with transaction.atomic():
        record()
        transaction.set_rollback(True)
    assert record().seq == 2
    assert verify_chain().is_whole


@pytest.mark.django_db
def test_a_batch_keeps_its_order_and_nothing_gives_nothing() -> None:
    rows = [NewEvent("copy_held", "system", NOW, facts={"n": n}) for n in range(1_200)]
    assert record_events(rows) == 1_200
    assert record_events([]) == 0
    assert [e.facts["n"] for e in Event.objects.order_by("seq")] == list(range(1_200))
    assert verify_chain().events == 1_200


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_moment_make_one_chain() -> None:
    def write() -> None:
        try:
            for _ in range(15):
                record()
        finally:
            connection.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    found = verify_chain()
    assert (found.events, found.first_bad) == (60, None)


@pytest.mark.django_db
@pytest.mark.usefixtures("append_only_tables")
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_an_event(change: str) -> None:
    record()
    events = Event.objects.filter(seq=1)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        events.update(what="case_closed") if change == "update" else events.delete()
    assert Event.objects.get().what == "case_filed"


@pytest.mark.django_db
@pytest.mark.usefixtures("append_only_tables")
def test_appending_goes_on_where_the_database_refuses_changes() -> None:
    record()
    assert record().seq == 2


@pytest.mark.django_db
def test_a_reader_sees_each_event_once_and_never_goes_back() -> None:
    record_events([NewEvent("copy_held", "system", NOW) for _ in range(5)])
    assert [e.seq for e in events_after(reader="exchange", limit=3)] == [1, 2, 3]
    assert move_cursor(reader="exchange", seq=3)
    assert [e.seq for e in events_after(reader="exchange")] == [4, 5]
    assert not move_cursor(reader="exchange", seq=2)
    assert [e.seq for e in events_after(reader="exchange")] == [4, 5]
    assert [e.seq for e in events_after(reader="another", limit=1)] == [1]
