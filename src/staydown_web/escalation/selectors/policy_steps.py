"""The steps of an escalation as they stand, with a reason for each service that is not told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from staydown_web.escalation.models import Escalation, Report, Service, Site
from staydown_web.escalation.selectors.policy_links import links_of
from staydown_web.escalation.selectors.policy_plan import (
    Measure,
    Planned,
    cases_on,
    plan,
    services_of,
)
from staydown_web.escalation.services.ladders import Step, ladder

Text = str | Promise
CORRECTION = "correction"
"""``Report.channel`` of a letter that takes a report back."""
_ENDED = (Escalation.State.ENDED, Escalation.State.STOPPED)


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """One service of the map at its step.

    Attributes:
        service: with its provider.
        report: the newest report to it in this escalation, None where there is none.
        why: stable word: why there is none (``policy_plan.Planned.why``, or ``later``, ``not_yet``,
            ``links_first``, ``told_before``, ``over``); empty where there is one.
        why_not: the same in words; empty where there is one.
    """

    service: Service
    report: Report | None
    why: str
    why_not: Text


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step.

    Attributes:
        number: from 1; 0 for the services that no step tells.
        roles: values of ``Role`` that it tells.
        state: ``done``, ``now``, ``later`` or ``over``.
        due_at: when it begins, where that is known.
        why_not: why it has no report, in words; empty where it has.
        services: of the map.
    """

    number: int
    roles: tuple[str, ...]
    state: str
    due_at: datetime | None
    why_not: Text
    services: tuple[ServiceRow, ...]


def steps_of(escalation: Escalation) -> list[StepRow]:
    """The steps of an escalation, and at the end, as number 0, what no step tells.

    Cost: about eight queries.
    """
    used = ladder(escalation.ladder)
    planned = plan(
        services_of(escalation.mapping),
        used,
        Site.Kind(escalation.site.kind),
        measure_of(escalation),
    )
    reports = _newest_reports(escalation)
    rows = [_step_row(escalation, step, planned, reports) for step in used.steps]
    rest = [one for one in planned if one.step == 0]
    if rest:
        services = tuple(_service_row(escalation, one, reports) for one in rest)
        rows.append(StepRow(0, (), "over", None, "", services))
    return rows


def measure_of(escalation: Escalation) -> Measure:
    """How many links of the case are known to be there, and how many cases the site has."""
    pair = (escalation.case_id, escalation.site_id)
    there = [link for link in links_of([pair])[pair] if link.state in {"there", "back"}]
    return Measure(links=len(there), cases=cases_on(escalation.site))


def _newest_reports(escalation: Escalation) -> dict[tuple[object, str], Report]:
    rows = escalation.reports.exclude(channel=CORRECTION).order_by("made_at", "pk")
    return {(report.provider_id, report.role): report for report in rows}


def _step_row(
    escalation: Escalation,
    step: Step,
    planned: list[Planned],
    reports: dict[tuple[object, str], Report],
) -> StepRow:
    rows = tuple(
        _service_row(escalation, one, reports) for one in planned if one.step == step.number
    )
    has_report = any(row.report is not None for row in rows)
    return StepRow(
        number=step.number,
        roles=step.roles,
        state=_state_of(escalation, step),
        due_at=escalation.next_step_at if step.number == escalation.step + 1 else None,
        why_not="" if has_report else _why_no_report(rows),
        services=rows,
    )


def _state_of(escalation: Escalation, step: Step) -> str:
    if step.number < escalation.step:
        return "done"
    if escalation.state in _ENDED:
        return "done" if step.number == escalation.step else "over"
    return "now" if step.number == max(escalation.step, 1) else "later"


def _why_no_report(rows: tuple[ServiceRow, ...]) -> Text:
    if not rows:
        return _("No service of this kind was found")
    reasons = list(dict.fromkeys(str(row.why) for row in rows))
    return rows[0].why_not if len(reasons) == 1 else _("None of its services can be told")


def _service_row(
    escalation: Escalation, planned: Planned, reports: dict[tuple[object, str], Report]
) -> ServiceRow:
    service = planned.service
    report = reports.get((service.provider_id, service.role))
    if report is not None:
        return ServiceRow(service, report, "", "")
    if planned.why:
        return ServiceRow(service, None, planned.why, planned.why_not)
    why, words = _why_none_yet(escalation, planned, reports)
    return ServiceRow(service, None, why, words)


def _why_none_yet(
    escalation: Escalation, planned: Planned, reports: dict[tuple[object, str], Report]
) -> tuple[str, Text]:
    if escalation.state in _ENDED:
        return "over", _("It was over before")
    if planned.step > escalation.step:
        if escalation.step == 0 and planned.step == 1:
            return "not_yet", _("The report is being written")
        return "later", format_lazy(_("Later, at step {n}"), n=planned.step)
    if planned.targets_domain and not any(
        one.sent_at and not one.targets_domain for one in reports.values()
    ):
        return "links_first", _("Not before a report of the links has left")
    return "told_before", _(
        "It was told this before, waits for another to answer, or no report fits it"
    )
