"""What came of reports: recorded, replaced, closed when time is over; and what a score says."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from chain_scene import Scene, make_scene, send
from staydown_web.accounts.models import Platform, User
from staydown_web.audit.models import Event
from staydown_web.base.errors import (
    FieldsError,
    NotAllowedError,
    RecordConflictError,
    RecordNotFoundError,
)
from staydown_web.escalation.models import ProviderContact, Report, SiteTurn, Watch
from staydown_web.escalation.selectors.scorecards import (
    case_outcomes,
    provider_scores,
    questions,
    score_of,
)
from staydown_web.escalation.services.outcomes import close_unanswered, record_outcome
from staydown_web.escalation.services.watching import watch_left_places

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def scene(platform: Platform, now: datetime) -> Scene:
    """Two reports that left a day ago."""
    made = make_scene(platform, now)
    for report in made.reports:
        send(report, now - DAY)
        report.refresh_from_db()
    return made


def events() -> list[tuple[str, str, str]]:
    rows = Event.objects.filter(what="outcome_recorded").order_by("seq")
    return [
        (one.actor.partition(":")[0], one.facts["before"], one.facts["outcome"]) for one in rows
    ]


def test_a_person_records_and_replaces_what_came_of_it(
    scene: Scene, reviewer: User, now: datetime
) -> None:
    report = scene.reports[0]
    record_outcome(report_id=report.pk, outcome="need_more", user=reviewer, now=now)
    done = record_outcome(report_id=report.pk, outcome="refused", user=reviewer, now=now + DAY)
    assert (done.outcome, done.outcome_at, done.outcome_by) == ("refused", now + DAY, reviewer)
    assert events() == [("user", "", "need_more"), ("user", "need_more", "refused")]


def test_the_same_word_twice_is_one(scene: Scene, reviewer: User, now: datetime) -> None:
    for _ in range(2):
        with suppress(RecordConflictError):
            record_outcome(report_id=scene.reports[0].pk, outcome="refused", user=reviewer, now=now)
    assert len(events()) == 1


def test_an_interface_replaces_silence_and_no_person(
    scene: Scene, reviewer: User, now: datetime
) -> None:
    first, second = scene.reports
    assert close_unanswered(now + 9 * DAY) == 2
    record_outcome(report_id=first.pk, outcome="actioned", system=True, now=now + 10 * DAY)
    record_outcome(report_id=second.pk, outcome="refused", user=reviewer, now=now + 10 * DAY)
    with pytest.raises(RecordConflictError):
        record_outcome(report_id=second.pk, outcome="actioned", system=True, now=now + 11 * DAY)
    assert events() == [
        ("system", "", "no_answer"),
        ("system", "", "no_answer"),
        ("system", "no_answer", "actioned"),
        ("user", "no_answer", "refused"),
    ]


def test_only_what_left_has_an_outcome(platform: Platform, reviewer: User, now: datetime) -> None:
    draft = make_scene(platform, now).reports[0]
    with pytest.raises(RecordConflictError):
        record_outcome(report_id=draft.pk, outcome="actioned", user=reviewer, now=now)
    with pytest.raises(RecordNotFoundError):
        record_outcome(report_id=draft.case_id, outcome="actioned", user=reviewer, now=now)
    with pytest.raises(FieldsError):
        record_outcome(report_id=draft.pk, outcome="maybe", user=reviewer, now=now)
    with pytest.raises(NotAllowedError):
        record_outcome(report_id=draft.pk, outcome="actioned", now=now)
    assert events() == []


def test_silence_is_closed_when_the_time_is_over_and_once(scene: Scene, now: datetime) -> None:
    due = scene.reports[0].due_at
    assert due is not None
    assert close_unanswered(due - timedelta(seconds=1)) == 0
    assert close_unanswered(due) == 2
    assert close_unanswered(due + DAY) == 0
    assert set(Report.objects.values_list("outcome", flat=True)) == {"no_answer"}


def test_a_wrong_contact_is_not_used_again(scene: Scene, reviewer: User, now: datetime) -> None:
    report = scene.reports[0]
    record_outcome(report_id=report.pk, outcome="wrong_contact", user=reviewer, now=now)
    contact = ProviderContact.objects.get(pk=report.contact_id)
    assert (contact.state, contact.refused) == ("refused", "wrong_contact")
    assert list(questions()) == [report]


def test_who_says_it_acted_is_looked_at_soon(scene: Scene, reviewer: User, now: datetime) -> None:
    watch_left_places(now)
    Watch.objects.update(next_look_at=now + 30 * DAY, round=6)
    SiteTurn.objects.update(at=now + 30 * DAY)
    record_outcome(report_id=scene.reports[0].pk, outcome="actioned", user=reviewer, now=now + DAY)
    assert set(Watch.objects.values_list("next_look_at", "round")) == {(now + DAY, 0)}
    assert SiteTurn.objects.get().at == now + DAY


def test_a_score_says_how_a_provider_answers(scene: Scene, reviewer: User, now: datetime) -> None:
    first, second = scene.reports
    record_outcome(report_id=first.pk, outcome="actioned", user=reviewer, now=now)
    provider = first.provider
    assert provider is not None
    score = score_of(provider)
    assert (score.sent, score.waiting, score.answered, score.closed) == (1, 0, 1, 1)
    assert (score.median_s, score.answered_percent) == (86_400, 100)
    waiting = next(one for one in provider_scores() if one.provider.pk == second.provider_id)
    assert (waiting.waiting, waiting.answered_percent, waiting.median_s) == (1, None, None)
    assert provider_scores(since=now) == []


def test_a_case_counts_once_at_a_provider_by_its_last_word(
    scene: Scene, reviewer: User, platform: Platform, now: datetime
) -> None:
    first, second = scene.reports
    Report.objects.filter(pk=second.pk).update(provider=first.provider, role="dns")
    record_outcome(report_id=first.pk, outcome="need_more", user=reviewer, now=now)
    record_outcome(report_id=second.pk, outcome="actioned", user=reviewer, now=now + DAY)
    span = (now - DAY, now + 2 * DAY)
    (one,) = case_outcomes(platform=platform, span=span)
    assert (one.outcome, one.seconds) == ("actioned", 2 * 86_400)
    scene.case.closed_for = "minor"
    scene.case.save()
    assert case_outcomes(platform=platform, span=span) == []
