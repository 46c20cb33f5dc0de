"""The chain in words: one line a service, for the table and for the drawing."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.escalation.chain import Confidence, Source
from staydown_web.escalation.models import (
    Escalation,
    ProviderContact,
    Report,
    Service,
    Watch,
)
from staydown_web.escalation.selectors.graph import Node, note_fits
from staydown_web.escalation.views.sent_parts import waits_for_mail

_GONE = {Report.State.SENT_BACK, Report.State.CANCELLED}
_TONES = {
    Report.State.DRAFT: ("now", "half"),
    Report.State.SIGNED: ("now", "half"),
    Report.State.TO_PASTE: ("now", "half"),
    Report.State.SENT: ("wait", "dot"),
    Report.State.DELIVERED: ("wait", "dot"),
    Report.State.BOUNCED: ("heed", "look"),
    Report.State.DEAD: ("heed", "look"),
    Report.State.SENT_BACK: ("wait", "dot"),
    Report.State.CANCELLED: ("wait", "dot"),
}
_HEED = {"placeholder", "came_back", "no_contact", "no_keys"}
"""Words of the policy that a person can do something about."""
_OUTCOME_TONES = {
    Report.Outcome.ACTIONED: ("done", "check"),
    Report.Outcome.NEED_MORE: ("now", "half"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A state in one word or a few, with its tone and icon of the stylesheet."""

    words: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class Found:
    """By what an edge was found: the source, what exactly, and when."""

    source: str
    detail: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """One service of the chain.

    Attributes:
        service: the edge.
        role: in words.
        contact: where reports go, the best one; None: nowhere that is known.
        found: by what it was found.
        sure: how sure, in words.
        chip: how it stands in this escalation.
        report: the report to it, if there is one.
    """

    service: Service
    role: str
    contact: ProviderContact | None
    found: list[Found]
    sure: str
    chip: Chip
    report: Report | None


def chain_rows(
    *,
    services: Sequence[Service],
    reports: Sequence[Report],
    reasons: Map[UUID, tuple[str, str]],
) -> list[Row]:
    """The lines of a chain.

    Args:
        services: the edges, with their providers and contacts.
        reports: of the escalation.
        reasons: id of a service -> the policy's word and sentence why it is not, or not yet, told.
    """
    living = [report for report in reports if report.state not in _GONE]
    return [_row(service, living, reasons) for service in services]


def nodes_of(rows: Sequence[Row]) -> list[Node]:
    """The same lines for the drawing."""
    return [
        Node(
            role=row.service.role,
            label=row.role,
            name=row.service.provider.name,
            note=_note(row.found),
            confidence=row.service.confidence,
            is_ready=row.report is not None and row.report.state == Report.State.DRAFT,
        )
        for row in rows
    ]


def report_chip(report: Report) -> Chip:
    """How a report stands."""
    if report.outcome:
        tone, icon = _OUTCOME_TONES.get(Report.Outcome(report.outcome), ("heed", "look"))
        return Chip(report.get_outcome_display(), tone, icon)
    tone, icon = _TONES[Report.State(report.state)]
    if report.state == Report.State.SIGNED and waits_for_mail(report):
        return Chip(_("Signed"), tone, icon)
    return Chip(report.get_state_display(), tone, icon)


def standing_note(watches: Sequence[Watch]) -> str:
    """How the links of a case on a site were last seen, in a few words."""
    total = len(watches)
    links = ngettext("%(n)s link", "%(n)s links", total) % {"n": total}
    there = sum(watch.state in (Watch.State.THERE, Watch.State.BACK) for watch in watches)
    gone = sum(watch.state == Watch.State.GONE for watch in watches)
    if not total:
        return ""
    if there == total:
        return _("%(links)s, still there") % {"links": links}
    if gone == total:
        return _("%(links)s, gone") % {"links": links}
    if not there and not gone:
        return links
    return _("%(links)s: %(there)s there, %(gone)s gone") % {
        "links": links,
        "there": there,
        "gone": gone,
    }


def best_contact(service: Service) -> ProviderContact | None:
    """The contact that is used; where there is none, the refused one, so that one sees why."""
    contacts = sorted(
        service.provider.contacts.all(),
        key=lambda one: (one.state != ProviderContact.State.USABLE, one.rank, one.found_at),
    )
    return contacts[0] if contacts else None


def refusal_words(contact: ProviderContact) -> str:
    """Why a contact is not used."""
    if contact.state == ProviderContact.State.BOUNCED:
        return _("Reports to it came back")
    words = {
        "placeholder": _("Contact is a placeholder"),
        "not_abuse": _("Contact is not for reports"),
        "malformed": _("Contact is no address"),
    }
    return words.get(contact.refused, _("Contact is not to be used"))


def _row(service: Service, reports: Sequence[Report], reasons: Map[UUID, tuple[str, str]]) -> Row:
    own = [one for one in reports if one.provider_id == service.provider_id]
    report = next((one for one in reversed(own) if one.role == service.role), None)
    return Row(
        service=service,
        role=service.get_role_display(),
        contact=best_contact(service),
        found=[_found(one) for one in service.evidence],
        sure=str(Confidence(service.confidence).label),
        chip=report_chip(report) if report else _reason(service, reasons),
        report=report,
    )


def _reason(service: Service, reasons: Map[UUID, tuple[str, str]]) -> Chip:
    why, words = reasons.get(service.pk, ("", ""))
    tone, icon = ("heed", "look") if why in _HEED else ("wait", "dot")
    return Chip(words or _("Not yet"), tone, icon)


def _found(evidence: Sequence[str]) -> Found:
    source, detail, at = (*evidence, "", "", "")[:3]
    label = Source(source).label if source in Source.values else source
    return Found(str(label), detail, parse_datetime(at) if at else None)


def _note(found: Sequence[Found]) -> str:
    """By what it was found; where there is no room for both, what exactly comes before where."""
    if not found:
        return ""
    first = found[0]
    both = ", ".join(part for part in (first.detail, first.source) if part)
    return both if note_fits(both) else first.detail or first.source


def full_time(escalation: Escalation) -> str:
    """How long the site had, in hours or days: “48 hours”."""
    hours = round((escalation.deadline_at - escalation.served_at).total_seconds() / 3600)
    if hours % 24 or hours < 72:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    days = hours // 24
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
