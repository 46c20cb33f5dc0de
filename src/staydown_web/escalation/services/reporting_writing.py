"""The reports of one step are written: to each service that is due, by its contact and format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from staydown_web.base.errors import RecordConflictError, ReportUnfitError
from staydown_web.base.ids import new_id
from staydown_web.escalation.chain import ContactKind
from staydown_web.escalation.formats import batches, compose_report, formats_for, leaks
from staydown_web.escalation.formats.facts import Composed, ReportFacts
from staydown_web.escalation.models import Escalation, ProviderContact, Report
from staydown_web.escalation.selectors.policy_grounds import Grounds
from staydown_web.escalation.selectors.policy_plan import (
    Measure,
    Planned,
    cases_on,
    plan,
    services_of,
)
from staydown_web.escalation.selectors.policy_private import claims_duty, private_of
from staydown_web.escalation.selectors.policy_steps import CORRECTION
from staydown_web.escalation.selectors.sender import sender_facts
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.services.ladders import Step, ladder
from staydown_web.escalation.services.reporting_facts import (
    Place,
    Sending,
    facts_digest,
    places_of,
    report_facts,
)
from staydown_web.escalation.services.reporting_new import new_report

WAITING = (Report.State.DRAFT, Report.State.SIGNED, Report.State.TO_PASTE)


@dataclass(frozen=True, slots=True)
class Due:
    """One service to tell; ``is_again``: it was told by a contact that was wrong."""

    planned: Planned
    is_again: bool


def make_reports(
    escalation: Escalation,
    step: Step,
    grounds: Grounds,
    *,
    now: datetime,
) -> int:
    """Write the reports of one step as drafts; what was said before is not said again.

    Args:
        escalation: its row locked.
        step: of its ladder.
        grounds: of its case and site, just read.
        now: the moment, aware UTC.

    Returns:
        How many were written.
    """
    sender = sender_facts()
    places = places_of(grounds.reportable(now))
    if sender is None or not places:
        return 0
    sending = Sending(escalation, sender, domain_of(escalation.site), places, now)
    private = private_of(escalation.case)
    made = 0
    if step.is_in_order and is_waiting(escalation, step, now):
        return 0
    for one in due_services(escalation, step, links=len(places)):
        count = _write(sending, one, private)
        made += count
        if count and step.is_in_order:
            break
    return made


def due_services(escalation: Escalation, step: Step, *, links: int) -> list[Due]:
    """The services that a step tells and that were not told in this escalation, in its order.

    One whose contact was wrong, or whose report was sent back, is told by another contact.
    """
    planned = plan(
        services_of(escalation.mapping),
        ladder(escalation.ladder),
        escalation.site.kind,
        Measure(links=links, cases=cases_on(escalation.site)),
    )
    mine = list(
        escalation.reports.exclude(channel=CORRECTION).exclude(state=Report.State.CANCELLED)
    )
    has_links_first = any(not one.targets_domain and one.sent_at for one in mine)
    due = []
    for one in planned:
        if one.step != step.number or one.why or one.contact is None:
            continue
        if one.targets_domain and not has_links_first:
            continue
        service = one.service
        told = [r for r in mine if (r.provider_id, r.role) == (service.provider_id, service.role)]
        if all(_missed(report, one.contact) for report in told):
            due.append(Due(one, is_again=bool(told)))
    return sorted(due, key=lambda one: step.roles.index(one.planned.service.role))


def is_waiting(escalation: Escalation, step: Step, now: datetime) -> bool:
    """Whether somebody was asked at a step in order and may still answer."""
    mine = escalation.reports.filter(step=step.number).exclude(channel=CORRECTION)
    may_answer = Q(outcome="") & (Q(due_at__isnull=True) | Q(due_at__gt=now))
    left = Q(state__in=[Report.State.SENT, Report.State.DELIVERED])
    return mine.filter(Q(state__in=WAITING) | (left & may_answer)).exists()


def _missed(report: Report, contact: ProviderContact) -> bool:
    """Whether a report did not reach its provider, and another contact may."""
    is_missed = (
        report.outcome == Report.Outcome.WRONG_CONTACT or report.state == Report.State.SENT_BACK
    )
    return is_missed and report.contact_id != contact.pk


def _write(sending: Sending, due: Due, private: Sequence[str]) -> int:
    """The reports to one service: one, or more where there are more links than one may name."""
    contact = due.planned.contact
    if contact is None:
        return 0
    format_ = formats_for(contact.kind, due.planned.service.role)
    by_url = {place.url: place for place in sending.places}
    try:
        groups = batches(format=format_, urls=list(by_url))
    except ReportUnfitError:
        return 0
    return sum(
        _write_one(sending, due, format_, [by_url[url] for url in group], private)
        for group in groups
    )


def _write_one(
    sending: Sending,
    due: Due,
    format_: str,
    places: Sequence[Place],
    private: Sequence[str],
) -> int:
    planned, report_id = due.planned, new_id()
    contact, service = planned.contact, planned.service
    if contact is None:
        return 0
    facts = report_facts(
        sending=sending,
        service=service,
        contact=contact,
        places=places,
        targets_domain=planned.targets_domain,
        report_id=report_id,
    )
    composed = _compose(format_, facts)
    if composed is None and contact.kind == ContactKind.EMAIL:
        composed = _compose(Report.Format.MAIL, facts)  # a letter holds what a program cannot read
    if composed is None or claims_duty(composed):
        return 0
    if leaks(composed, private, links=facts.urls, sender=facts.sender):
        return 0
    try:
        new_report(
            case=sending.escalation.case,
            site=sending.escalation.site,
            purpose=Report.Purpose.PROVIDER,
            composed=composed,
            address=contact.address,
            facts_digest=facts_digest(facts, places, contact=contact if due.is_again else None),
            report_id=report_id,
            locations=[place.location for place in places],
            escalation=sending.escalation,
            provider=service.provider,
            contact=contact,
            role=service.role,
            step=planned.step,
            targets_domain=planned.targets_domain,
            language=facts.language,
            now=sending.now,
        )
    except RecordConflictError:
        return 0  # the same facts: it knows them
    return 1


def _compose(format_: str, facts: ReportFacts) -> Composed | None:
    try:
        return compose_report(format=format_, facts=facts)
    except ReportUnfitError:
        return None
