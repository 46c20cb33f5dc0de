"""Entries reach the public database once, whatever answers, hangs up or falls over in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from statement_scene import Database, decide_firmly, make_copy, make_task, transparency_database
from staydown_web.audit.models import Event
from staydown_web.base.errors import RecordConflictError
from staydown_web.base.retrying import SUBMISSION
from staydown_web.reports.models import Submission
from staydown_web.reports.selectors.payloads import submissions_to_look_at
from staydown_web.reports.services import (
    change_public_facts,
    make_statements,
    queue_submissions,
    send_again,
    submit_due,
)
from staydown_web.review.services import Terms

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home_of_its_own(tmp_path, settings) -> None:
    settings.STAYDOWN_HOME = tmp_path


@pytest.fixture
def database(settings) -> Iterator[Database]:
    with transparency_database() as found:
        settings.STAYDOWN_TRANSPARENCY_URL = found.url
        settings.STAYDOWN_TRANSPARENCY_TOKEN = "4711|for-tests"
        yield found


@pytest.fixture
def waiting(platform, reviewer, now):
    """``waiting(3)``: statements whose entries wait."""

    def make(count: int = 1, **more: object) -> list[Submission]:
        copies = [make_copy(platform, now, group="a" * 64) for _ in range(count)]
        decide_firmly(make_task(platform, now, *copies), reviewer, now, **more)
        make_statements(now)
        queue_submissions(now)
        return list(Submission.objects.order_by("made_at", "id"))

    return make


def run(now: datetime, hours: float = 0.0, times: int = 4) -> None:
    """Let the worker run some times from a moment on."""
    at = now + timedelta(hours=hours)
    for _ in range(times):
        submit_due(now=at, clock=lambda: at)


def states() -> list[str]:
    return sorted(Submission.objects.values_list("state", flat=True))


def test_a_batch_is_taken_and_never_sent_again(database, waiting, now) -> None:
    rows = waiting(3)
    run(now)
    run(now, hours=100)
    assert database.calls == ["POST 3"]
    assert database.stored == {row.puid: 1 for row in rows}
    assert database.tokens == {"4711|for-tests"}
    assert states() == ["sent"] * 3
    sent = Event.objects.get(what="submission_sent")
    assert (sent.facts["entries"], sent.facts["status"]) == (3, 201)


def test_a_batch_holds_at_most_a_hundred(database, waiting, now) -> None:
    waiting(103)
    run(now, times=3)
    assert database.calls == ["POST 100", "POST 3"]
    assert states() == ["sent"] * 103


def test_nothing_is_sent_where_no_address_is_set(settings, waiting, now) -> None:
    settings.STAYDOWN_TRANSPARENCY_URL = ""
    assert waiting(1) == []
    assert submit_due(now=now, clock=lambda: now) == 0


def test_statements_of_before_are_caught_up_with(settings, database, waiting, now) -> None:
    address, settings.STAYDOWN_TRANSPARENCY_URL = settings.STAYDOWN_TRANSPARENCY_URL, ""
    assert waiting(2) == []
    settings.STAYDOWN_TRANSPARENCY_URL = address
    assert queue_submissions(now) == 2
    assert queue_submissions(now) == 0
    run(now)
    assert len(database.stored) == 2


def test_another_platform_is_not_sent_under_this_token(
    database, other_platform, platform, reviewer, now
) -> None:
    task = make_task(other_platform, now, make_copy(other_platform, now))
    decide_firmly(task, reviewer, now)
    make_statements(now)
    assert queue_submissions(now) == 0


def test_an_entry_that_is_invalid_does_not_hold_up_the_others(database, waiting, now) -> None:
    rows = waiting(4)
    database.refuses = {rows[1].puid}
    run(now, times=8)
    assert states() == ["refused", "sent", "sent", "sent"]
    assert database.stored == {row.puid: 1 for row in rows if row.puid not in database.refuses}
    assert [row.puid for row in submissions_to_look_at()] == [rows[1].puid]
    calls = list(database.calls)
    run(now, hours=200)
    assert database.calls == calls, "a refused entry waits for a person"


def test_a_call_cut_before_it_was_stored_is_sent_again(database, waiting, now) -> None:
    waiting(2)
    database.answers = ["cut"]
    run(now, times=1)
    assert states() == ["unsure"] * 2
    run(now, times=2)
    assert database.calls == ["POST 2"], "not at once: it may still be stored over there"
    run(now, hours=0.1)
    assert database.calls == ["POST 2", "GET", "GET", "POST 2"]
    assert set(database.stored.values()) == {1}
    assert states() == ["sent"] * 2


@pytest.mark.parametrize("how", ["cut_after", "late"])
def test_what_was_stored_without_an_answer_is_not_sent_again(database, waiting, now, how) -> None:
    waiting(2)
    database.answers = [how]
    run(now)
    run(now, hours=0.1)
    assert database.calls == ["POST 2", "GET", "GET"]
    assert set(database.stored.values()) == {1}
    assert states() == ["sent"] * 2


def test_a_process_that_died_in_the_middle_sends_nothing_twice(database, waiting, now) -> None:
    first, second = waiting(2)
    # It had claimed both and sent them; then it died, before it noted anything.
    Submission.objects.update(state="sending", tries=1, next_try_at=now + timedelta(minutes=3))
    database.stored = {first.puid: 1}
    run(now)
    assert database.calls == [], "the claim of the other process still holds"
    run(now, hours=0.1)
    assert database.stored == {first.puid: 1, second.puid: 1}
    assert states() == ["sent"] * 2


@pytest.mark.parametrize("status", ["500", "503"])
def test_errors_of_the_database_are_tried_again_by_the_rule(database, waiting, now, status) -> None:
    waiting(1)
    database.answers = [status]
    run(now)
    assert states() == ["unsure"]
    run(now, hours=0.1)
    assert states() == ["sent"]
    assert set(database.stored.values()) == {1}


def test_a_wrong_token_is_tried_again_later_and_asked_nothing(database, waiting, now) -> None:
    waiting(1)
    database.answers = ["401"]
    run(now)
    assert (database.calls, states()) == (["POST 1"], ["waiting"])
    run(now, hours=0.1)
    assert states() == ["sent"]
    assert Event.objects.get(what="submission_failed").facts["status"] == 401


def test_too_many_calls_wait_as_long_as_the_database_asks(database, waiting, now) -> None:
    waiting(1)
    database.answers = ["429"]
    run(now)
    run(now, hours=0.9)
    assert database.calls == ["POST 1"]
    run(now, hours=1.1)
    assert states() == ["sent"]


def test_a_question_without_an_answer_is_asked_again(database, waiting, now) -> None:
    waiting(1)
    database.answers = ["cut_after", "get_500"]
    run(now)
    run(now, hours=0.1)
    assert states() == ["unsure"]
    run(now, hours=1)
    assert states() == ["sent"]
    assert set(database.stored.values()) == {1}


def test_it_is_given_up_after_days_and_a_person_can_send_it(database, waiting, lead, now) -> None:
    (row,) = waiting(1)
    database.answers = ["401"] * SUBMISSION.most_tries
    for day in range(12):
        run(now, hours=24 * day)
    assert states() == ["given_up"]
    assert database.calls == ["POST 1"] * SUBMISSION.most_tries
    row.refresh_from_db()
    send_again(submission=row, actor=f"user:{lead.pk}", now=now + timedelta(days=20))
    run(now, hours=24 * 20)
    assert states() == ["sent"]
    assert database.stored == {row.puid: 1}
    with pytest.raises(RecordConflictError):
        send_again(submission=row, actor=f"user:{lead.pk}", now=now)


def test_a_leak_is_stopped_here_and_goes_out_when_it_is_taken_out(
    database, waiting, lead, now
) -> None:
    (row,) = waiting(1, facts="The picture shows Katharina at home.")
    run(now)
    assert (states(), database.calls) == (["stopped"], [])
    row.refresh_from_db()
    assert row.why == "name"
    actor, clean = f"user:{lead.pk}", "The picture shows a person at home."
    change_public_facts(statement=row.statement, facts=clean, actor=actor, now=now)
    send_again(submission=row, actor=actor, now=now)
    run(now)
    assert states() == ["sent"]
    assert database.payloads[0]["decision_facts"] == clean


def test_what_holds_outside_the_eea_alone_is_not_sent(database, waiting, now) -> None:
    waiting(1, terms=Terms(scope="uk"))
    run(now)
    assert (states(), database.calls) == (["stopped"], [])


def test_an_entry_leads_to_no_record_of_ours(database, waiting, now) -> None:
    (row,) = waiting(1)
    run(now)
    text = str(database.payloads)
    statement = row.statement
    for secret in (
        str(statement.pk),
        statement.pk.hex,
        statement.decision.task.number,
        statement.copy.content_ref,
        statement.decision.task.platform.name,
    ):
        assert secret not in text
