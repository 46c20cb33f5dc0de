"""Stops: what has not left never does, and who was told hears of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from policy_scene import World, escalate, mark_sent, see
from staydown_web.accounts.services import grant_approval
from staydown_web.audit.models import Event
from staydown_web.audit.services import record_event
from staydown_web.base.errors import NotAllowedError, RecordConflictError
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.services import close_for_minor
from staydown_web.cases.services.withdrawing import ask_withdrawal
from staydown_web.escalation.models import Escalation, Report, Site
from staydown_web.escalation.services.appeals import answer_appeal, record_appeal
from staydown_web.escalation.services.kinds import (
    carry_out_site_approvals,
    set_site_kind,
    set_unsafe,
)
from staydown_web.escalation.services.outcomes import record_outcome
from staydown_web.escalation.services.reporting import make_ready_reports
from staydown_web.escalation.services.reporting_advance import advance_escalations
from staydown_web.escalation.services.sightings import record_sighting
from staydown_web.escalation.services.signing import sign_report
from staydown_web.escalation.services.stopping import stop_escalation
from staydown_web.escalation.services.stopping_news import follow_news

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(world: World) -> Escalation:
    """The report to the host left; the one to the CDN is signed once."""
    escalation = escalate(world)
    make_ready_reports(world.now)
    host = escalation.reports.get(role="host")
    for user in world.reviewers[:2]:
        sign_report(report_id=host.pk, digest=host.digest, user=user, now=world.now)
    mark_sent(host, world.now)
    cdn = escalation.reports.get(role="cdn")
    sign_report(report_id=cdn.pk, digest=cdn.digest, user=world.reviewers[0], now=world.now)
    escalation.refresh_from_db()
    return escalation


def decide(world: World, answer: str) -> None:
    """A decision about her picture, as the room of reviews notes it."""
    item = Item.objects.create(
        case=world.case, position=1, added_at=world.now, state_at=world.now, answer=answer,
        answered_at=world.now,
    )  # fmt: skip
    Location.objects.filter(case=world.case).update(item=item)
    record_event(what="answer_noted", actor="system", at=world.now, case_id=world.case.pk)


def withdraw(world: World) -> None:
    ask_withdrawal(case=world.case, now=world.now)


def end_consent(world: World) -> None:
    Case.objects.update(providers_agreed_at=None)
    record_event(what="providers_ended", actor="person", at=world.now, case_id=world.case.pk)


def find_minor(world: World) -> None:
    close_for_minor(case=world.case, actor="system", now=world.now)


def see_minor(world: World) -> None:
    place, user = world.places[0], world.reviewers[2]
    record_sighting(location_id=place.pk, says="minor", user=user, now=world.now)


def overturn(world: World) -> None:
    decide(world, "kept")


def find_lawful(world: World) -> None:
    for place in world.places:
        user = world.reviewers[2]
        record_sighting(location_id=place.pk, says="lawful", user=user, now=world.now)


@pytest.mark.parametrize(
    ("happens", "reason", "corrections"),
    [
        (withdraw, "taken_back", 0),
        (end_consent, "taken_back", 0),
        (find_minor, "minor", 0),
        (see_minor, "minor", 0),
        (overturn, "overturned", 1),
        (find_lawful, "lawful", 1),
    ],
)
def test_news_stop_it(
    world: World,
    running: Escalation,
    happens: Callable[[World], None],
    reason: str,
    corrections: int,
) -> None:
    follow_news(world.now)
    happens(world)
    assert follow_news(world.now) > 0
    running.refresh_from_db()
    assert (running.state, running.stopped) == ("stopped", reason)
    assert running.ended_at == world.now
    assert Report.objects.get(role="cdn", channel="").state == "cancelled"
    assert running.reports.filter(channel="correction", state="draft").count() == corrections
    assert Event.objects.get(what="escalation_stopped").facts["reason"] == reason
    assert advance_escalations(world.now) == 0


def test_links_that_are_gone_end_it(world: World, running: Escalation) -> None:
    for watch in world.watches:
        see(watch, "gone", world.now)
    advance_escalations(world.now)
    running.refresh_from_db()
    assert (running.state, running.stopped) == ("ended", "")
    assert Report.objects.get(role="cdn", channel="").state == "cancelled"
    world.site.refresh_from_db()
    assert world.site.cool_until is None
    assert Event.objects.filter(what="escalation_ended").count() == 1


def test_a_person_stops_it_with_a_reason_of_hers(world: World, running: Escalation) -> None:
    user = world.reviewers[0]
    with pytest.raises(RecordConflictError):
        stop_escalation(escalation_id=running.pk, reason="minor", user=user, now=world.now)
    stop_escalation(escalation_id=running.pk, reason="site_answered", user=user, now=world.now)
    world.site.refresh_from_db()
    assert world.site.cool_until == world.now + timedelta(days=30)
    with pytest.raises(RecordConflictError):
        stop_escalation(escalation_id=running.pk, reason="staff", user=user, now=world.now)


def test_a_correction_says_what_to_undo_and_takes_two_people(
    world: World, running: Escalation
) -> None:
    decide(world, "kept")
    follow_news(world.now)
    letter = running.reports.get(channel="correction")
    held = unseal_for_case(letter.case_id, letter.box or b"", context=f"report:{letter.pk}")
    host = running.reports.get(role="host", channel="")
    first = unseal_for_case(host.case_id, host.box or b"", context=f"report:{host.pk}")
    assert held["address"] == first["address"]
    assert "To: Northwind Hosting <abuse@northwind.example>" in held["body"]
    assert str(running) in held["subject"]
    assert "Ana" not in held["body"]
    for number, user in enumerate(world.reviewers[:2], 1):
        signed = sign_report(report_id=letter.pk, digest=letter.digest, user=user, now=world.now)
        assert signed.state == ("draft" if number == 1 else "signed")


def test_a_link_that_is_kept_is_corrected_alone(world: World, running: Escalation) -> None:
    item = Item.objects.create(
        case=world.case, position=1, added_at=world.now, state_at=world.now, answer="kept",
        answered_at=world.now,
    )  # fmt: skip
    Location.objects.filter(pk=world.places[0].pk).update(item=item)
    for _ in range(2):
        record_event(what="answer_noted", actor="system", at=world.now, case_id=world.case.pk)
        follow_news(world.now)
    running.refresh_from_db()
    assert running.state == "ready"
    letter = running.reports.get(channel="correction")
    assert [place.location_id for place in letter.places.all()] == [world.places[0].pk]
    assert running.reports.get(role="cdn", channel="").state == "cancelled"


def test_an_appeal_holds_everything_until_two_people_agree(
    world: World, running: Escalation
) -> None:
    made = record_appeal(escalation_id=running.pk, side="provider", text="Not ours.", now=world.now)
    cdn = running.reports.get(role="cdn")
    with pytest.raises(RecordConflictError, match="no_appeal"):
        sign_report(report_id=cdn.pk, digest=cdn.digest, user=world.reviewers[1], now=world.now)
    anna, bela, cleo = world.reviewers
    answer_appeal(appeal_id=made.pk, upholds=False, user=anna, now=world.now)
    with pytest.raises(NotAllowedError):
        answer_appeal(appeal_id=made.pk, upholds=False, user=anna, now=world.now)
    assert answer_appeal(appeal_id=made.pk, upholds=True, user=bela, now=world.now).state == "open"
    assert (
        answer_appeal(appeal_id=made.pk, upholds=True, user=cleo, now=world.now).state == "upheld"
    )
    running.refresh_from_db()
    assert (running.state, running.stopped) == ("stopped", "overturned")
    assert running.reports.filter(channel="correction").count() == 1


def test_a_refused_appeal_lets_it_go_on(world: World, running: Escalation) -> None:
    made = record_appeal(escalation_id=running.pk, side="site", text="No.", now=world.now)
    for user in world.reviewers[:2]:
        answer_appeal(appeal_id=made.pk, upholds=False, user=user, now=world.now)
    cdn = running.reports.get(role="cdn")
    signed = sign_report(
        report_id=cdn.pk, digest=cdn.digest, user=world.reviewers[1], now=world.now
    )
    assert signed.state == "to_paste"


def test_the_next_step_comes_early_when_every_answer_failed(
    world: World, running: Escalation
) -> None:
    cdn = running.reports.get(role="cdn")
    sign_report(report_id=cdn.pk, digest=cdn.digest, user=world.reviewers[1], now=world.now)
    Report.objects.filter(pk=cdn.pk).update(state="delivered", sent_at=world.now)
    advance_escalations(world.now)
    running.refresh_from_db()
    assert running.state == "running"
    later = world.now + timedelta(hours=1)
    for role, outcome in (("host", "refused"), ("cdn", "no_answer")):
        report = running.reports.get(role=role)
        record_outcome(report_id=report.pk, outcome=outcome, system=True, now=later)
        follow_news(later)
        running.refresh_from_db()
        assert (running.next_step_at == later) == (role == "cdn")


def test_the_kind_of_a_site_takes_two_people(dedicated: World) -> None:
    escalation = escalate(dedicated)
    make_ready_reports(dedicated.now)
    anna, bela, _ = dedicated.reviewers
    asked = set_site_kind(
        site_id=dedicated.site.pk, kind="user_content", reason="A forum", user=anna,
        now=dedicated.now,
    )  # fmt: skip
    assert carry_out_site_approvals(dedicated.now) == 0
    with pytest.raises(NotAllowedError):
        grant_approval(approval_id=asked.pk, user=anna, now=dedicated.now)
    grant_approval(approval_id=asked.pk, user=bela, now=dedicated.now)
    assert carry_out_site_approvals(dedicated.now) == 1
    dedicated.site.refresh_from_db()
    assert (dedicated.site.kind, dedicated.site.kind_set_by) == ("user_content", bela)
    assert escalation.reports.get(role="payment").state == "cancelled"
    assert escalation.reports.get(role="host").state == "draft"


def test_that_a_site_is_unsafe_takes_two_people(world: World) -> None:
    anna, bela, _ = world.reviewers
    asked = set_unsafe(
        site_id=world.site.pk, unsafe_reason="extorts", reason="Seen", user=anna, now=world.now
    )
    grant_approval(approval_id=asked.pk, user=bela, now=world.now)
    carry_out_site_approvals(world.now)
    assert Site.objects.get().unsafe_reason == "extorts"
    assert Event.objects.get(what="site_safety_set").actor == f"user:{bela.pk}"
