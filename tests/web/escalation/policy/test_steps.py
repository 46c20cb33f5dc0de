"""Steps of a ladder: who is told when, and nobody who may not be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from policy_scene import World, add_service, escalate, mark_sent, see
from staydown_web.audit.models import Event
from staydown_web.escalation.models import Escalation, Report
from staydown_web.escalation.selectors.policy import steps_of
from staydown_web.escalation.services.contacts import add_contact
from staydown_web.escalation.services.outcomes import record_outcome
from staydown_web.escalation.services.reporting import make_ready_reports
from staydown_web.escalation.services.reporting_advance import advance_escalations
from staydown_web.escalation.services.signing import send_back, sign_report
from staydown_web.escalation.services.stopping_news import follow_news

pytestmark = pytest.mark.django_db


def roles_of(escalation: Escalation) -> list[tuple[int, str]]:
    rows = escalation.reports.exclude(state="cancelled").order_by("step", "role")
    return list(rows.values_list("step", "role"))


def sign_all(escalation: Escalation, world: World) -> None:
    """Two people sign every draft; forms are pasted and mails arrive at once."""
    for report in escalation.reports.filter(state="draft"):
        for user in world.reviewers[:2]:
            sign_report(report_id=report.pk, digest=report.digest, user=user, now=world.now)
        Report.objects.filter(pk=report.pk, state="to_paste").update(state="signed")
        mark_sent(report, world.now)


def test_a_site_of_user_content_loses_links_alone(world: World) -> None:
    escalation = escalate(world)
    assert make_ready_reports(world.now) == 1
    escalation.refresh_from_db()
    assert escalation.state == "ready"
    assert roles_of(escalation) == [(1, "cdn"), (1, "host")]
    assert not escalation.reports.filter(targets_domain=True).exists()
    why = {row.service.role: row.why for step in steps_of(escalation) for row in step.services}
    assert why == {
        "host": "",
        "cdn": "",
        "dns": "joined",
        "registrar": "site_kind",
        "payment": "site_kind",
        "ads": "site_kind",
    }


def test_money_is_told_with_the_host_where_a_site_is_made_for_it(dedicated: World) -> None:
    escalation = escalate(dedicated)
    make_ready_reports(dedicated.now)
    # Ads have a placeholder for a contact; the name server is the CDN's.
    assert roles_of(escalation) == [(1, "cdn"), (1, "host"), (1, "payment")]
    why = {row.service.role: row.why for step in steps_of(escalation) for row in step.services}
    assert (why["ads"], why["dns"], why["registrar"]) == ("placeholder", "joined", "later")


def test_the_domain_comes_after_the_links_were_reported_and_stayed(dedicated: World) -> None:
    escalation = escalate(dedicated)
    make_ready_reports(dedicated.now)
    sign_all(escalation, dedicated)
    advance_escalations(dedicated.now)
    escalation.refresh_from_db()
    assert (escalation.state, escalation.step) == ("running", 1)
    assert escalation.next_step_at == dedicated.now + timedelta(hours=72)
    dedicated.now += timedelta(hours=72)
    for watch in dedicated.watches:
        see(watch, "there", dedicated.now)
    advance_escalations(dedicated.now)
    escalation.refresh_from_db()
    assert (escalation.state, escalation.step) == ("ready", 2)
    assert (2, "registrar") in roles_of(escalation)
    assert escalation.reports.get(role="registrar").targets_domain


def test_no_domain_is_asked_for_while_no_report_of_links_has_left(dedicated: World) -> None:
    escalation = escalate(dedicated, state="running", step=1, next_step_at=dedicated.now)
    advance_escalations(dedicated.now)
    assert not escalation.reports.filter(targets_domain=True).exists()


def test_one_company_with_two_roles_in_a_step_gets_one_report(dedicated: World) -> None:
    for role in ("host", "ads"):
        add_service(dedicated.site, role, "Bothways", dedicated.now, address="abuse@both.example")
    escalation = escalate(dedicated)
    make_ready_reports(dedicated.now)
    assert escalation.reports.filter(provider__name="Bothways").count() == 1
    rows = [row for step in steps_of(escalation) for row in step.services]
    both = [row.why for row in rows if row.service.provider.name == "Bothways"]
    assert both == ["", "joined"]


def test_a_domain_needs_several_links(dedicated: World) -> None:
    see(dedicated.watches[0], "gone", dedicated.now)
    escalation = escalate(dedicated)
    make_ready_reports(dedicated.now)
    why = {row.service.role: row.why for step in steps_of(escalation) for row in step.services}
    assert why["registrar"] == "few_links"


def test_the_same_facts_are_not_said_twice(world: World) -> None:
    first = escalate(world)
    make_ready_reports(world.now)
    sign_all(first, world)
    Escalation.objects.filter(pk=first.pk).update(state="ended", ended_at=world.now)
    world.case.locations.update(added_at=world.now + timedelta(hours=1))
    again = escalate(world)
    make_ready_reports(world.now)
    assert not again.reports.exists()


def test_links_that_were_not_seen_lately_are_looked_at_first(world: World) -> None:
    for watch in world.watches:
        see(watch, "there", world.now - timedelta(hours=30))
    escalation = escalate(world)
    make_ready_reports(world.now)
    escalation.refresh_from_db()
    assert escalation.state == "mapping"
    assert not escalation.reports.exists()
    assert escalation.next_step_at == world.now + timedelta(minutes=15)
    assert all(
        moment == world.now
        for moment in world.case.locations.values_list("watch__next_look_at", flat=True)
    )


def test_a_ladder_ends_when_every_step_was_taken(world: World) -> None:
    escalation = escalate(world, state="running", step=3, next_step_at=world.now)
    advance_escalations(world.now)
    escalation.refresh_from_db()
    assert (escalation.state, escalation.stopped) == ("stopped", "exhausted")
    world.site.refresh_from_db()
    assert world.site.cool_until == world.now + timedelta(days=30)


def test_a_draft_that_names_a_link_which_is_gone_is_written_anew(world: World) -> None:
    escalation = escalate(world)
    make_ready_reports(world.now)
    before = set(escalation.reports.values_list("pk", flat=True))
    see(world.watches[0], "gone", world.now)
    advance_escalations(world.now)
    old = escalation.reports.filter(pk__in=before)
    assert set(old.values_list("state", flat=True)) == {"cancelled"}
    fresh = escalation.reports.exclude(pk__in=before)
    assert {report.places.count() for report in fresh} == {2}
    assert fresh.count() == len(before)


def test_each_transition_is_an_event(world: World) -> None:
    escalation = escalate(world)
    make_ready_reports(world.now)
    whats = list(Event.objects.filter(case_id=world.case.pk).values_list("what", flat=True))
    assert whats.count("report_made") == 2
    assert "escalation_step_made" in whats
    made = Event.objects.get(what="escalation_step_made")
    assert made.subject == f"escalation:{escalation.pk}"


def test_a_wrong_contact_gives_way_to_the_next_one(world: World) -> None:
    escalation = escalate(world)
    make_ready_reports(world.now)
    sign_all(escalation, world)
    advance_escalations(world.now)
    host = escalation.reports.get(role="host")
    record_outcome(report_id=host.pk, outcome="wrong_contact", system=True, now=world.now)
    advance_escalations(world.now)
    assert escalation.reports.filter(role="host").count() == 1
    add_contact(
        provider_id=host.provider_id, kind="email", address="desk@northwind.example",
        detail="by telephone", user=world.reviewers[0], now=world.now,
    )  # fmt: skip
    advance_escalations(world.now)
    again = escalation.reports.get(role="host", state="draft")
    assert again.contact.address == "desk@northwind.example"
    escalation.refresh_from_db()
    assert escalation.state == "ready"
    advance_escalations(world.now)
    assert escalation.reports.filter(role="host").count() == 2


def test_what_was_sent_back_is_not_written_again_to_the_same_contact(world: World) -> None:
    escalation = escalate(world)
    make_ready_reports(world.now)
    host = escalation.reports.get(role="host")
    send_back(report_id=host.pk, reason="wrong_text", user=world.reviewers[0], now=world.now)
    advance_escalations(world.now)
    assert escalation.reports.filter(role="host").count() == 1


def test_in_order_the_next_one_is_asked_when_the_one_before_failed(world: World) -> None:
    escalation = escalate(world, ladder="careful")
    make_ready_reports(world.now)
    assert roles_of(escalation) == [(1, "host")]
    sign_all(escalation, world)
    advance_escalations(world.now)
    advance_escalations(world.now)
    assert roles_of(escalation) == [(1, "host")]
    host = escalation.reports.get()
    record_outcome(report_id=host.pk, outcome="refused", system=True, now=world.now)
    follow_news(world.now)
    advance_escalations(world.now)
    assert roles_of(escalation) == [(1, "cdn"), (1, "host")]
    escalation.refresh_from_db()
    assert (escalation.state, escalation.step) == ("ready", 1)
