"""One escalation: who keeps the site online, what is ready to sign, and all that happened."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.escalation.models import Escalation, Reply, Report, Service, Watch
from staydown_web.escalation.selectors.graph import draw_chain
from staydown_web.escalation.selectors.policy_steps import steps_of
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.views.chain_appeals_shown import appeals_of
from staydown_web.escalation.views.chain_rows import (
    chain_rows,
    full_time,
    nodes_of,
    report_chip,
    standing_note,
)
from staydown_web.escalation.views.chain_steps import steps_shown
from staydown_web.escalation.views.chain_timeline import timeline_of
from staydown_web.escalation.views.sent_parts import contents_of, recipient_of
from staydown_web.escalation.views.shared import escalation_page, note_look
from staydown_web.escalation.views.signing_parts import signing_of

_WAITING = (Report.State.DRAFT, Report.State.TO_PASTE, Report.State.SIGNED)


@require_safe
@role_required("reviewer")
def chain(request: HttpRequest, escalation_number: int) -> HttpResponse:
    """The page of one escalation; ``report`` in the address chooses the report that is shown."""
    escalation = escalation_of(escalation_number)
    shown = chain_facts(request, escalation)
    return escalation_page(request, "escalation/chain.html", shown, tab="list")


def escalation_of(number: int) -> Escalation:
    """An escalation by its number.

    Raises:
        RecordNotFoundError: there is none.
    """
    rows = Escalation.objects.select_related("case", "site", "mapping")
    found = rows.filter(number=number).first()
    if found is None:
        raise RecordNotFoundError("there is no escalation of this number")
    return found


def chain_facts(request: HttpRequest, escalation: Escalation) -> dict[str, Any]:
    """All that the page shows."""
    now = utc_now()
    services = _services(escalation)
    reports = _in_order(reports_about(escalation), services)
    watches = list(Watch.objects.filter(location__case=escalation.case_id, site=escalation.site_id))
    domain = domain_of(escalation.site)
    steps = steps_of(escalation)
    reasons = {
        row.service.pk: (row.why, str(row.why_not)) for step in steps for row in step.services
    }
    rows = chain_rows(
        services=services,
        reports=[one for one in reports if one.escalation_id == escalation.pk],
        reasons=reasons,
    )
    note = standing_note(watches)
    names = {str(one.pk): recipient_of(one) for one in reports}
    waiting = [one for one in reports if one.state in _WAITING]
    chosen = _chosen(request.GET.get("report", ""), waiting)
    if chosen is not None and not contents_of(chosen).is_erased:
        note_look(request, chosen)
    return {
        "escalation": escalation,
        "domain": domain,
        "full_time": full_time(escalation),
        "is_open": escalation.ended_at is None,
        "has_answered": _has_answered(reports),
        "rows": rows,
        "graph": draw_chain(domain=domain, note=note, nodes=nodes_of(rows)) if rows else None,
        "standing": note,
        "is_looking": escalation.site.mappings.filter(state="due").exists(),
        "troubles": _troubles(escalation),
        "appeals": appeals_of(escalation),
        "steps": steps_shown(steps),
        "name": names[str(chosen.pk)] if chosen else "",
        "waiting": [(one, names[str(one.pk)]) for one in waiting],
        "sent": [
            (one, names[str(one.pk)], report_chip(one)) for one in reports if one not in waiting
        ],
        "signing": signing_of(chosen, request.user, now=now) if chosen else None,
        "unread": [
            (reply, names[str(one.pk)])
            for one in reports
            for reply in one.replies.all()
            if reply.read_at is None
        ],
        "timeline": timeline_of(
            escalation=escalation, reports=reports, watches=watches, names=names, now=now
        ),
    }


def reports_about(escalation: Escalation) -> list[Report]:
    """Reports of the escalation, and notices and search removals of its case about the site."""
    first = Q(purpose__in=[Report.Purpose.FIRST_NOTICE, Report.Purpose.DELISTING])
    of_site = Q(case=escalation.case_id, site=escalation.site_id) & first
    rows = Report.objects.filter(Q(escalation=escalation.pk) | of_site)
    rows = rows.select_related("provider", "contact", "case", "site").prefetch_related(
        "signs__user", "replies"
    )
    return list(rows.order_by("made_at", "id"))


def _in_order(reports: list[Report], services: list[Service]) -> list[Report]:
    """Reports to providers by their step and place in the chain, then the other ones by age."""
    place = {(one.provider_id, one.role): number for number, one in enumerate(services)}
    last = len(services)

    def order(one: Report) -> tuple[bool, int, int]:
        is_other = one.purpose != Report.Purpose.PROVIDER
        return is_other, one.step, place.get((one.provider_id or UUID(int=0), one.role), last)

    return sorted(reports, key=order)


def _services(escalation: Escalation) -> list[Service]:
    if escalation.mapping_id is None:
        return []
    rows = Service.objects.filter(mapping=escalation.mapping_id).select_related("provider")
    return list(rows.prefetch_related("provider__contacts").order_by("position", "id"))


def _has_answered(reports: list[Report]) -> bool:
    """Whether the site itself wrote back; a robot's letter is no answer."""
    first = [one for one in reports if one.purpose == Report.Purpose.FIRST_NOTICE]
    return any(reply.kind == Reply.Kind.ANSWER for one in first for reply in one.replies.all())


def _chosen(wanted: str, waiting: list[Report]) -> Report | None:
    for one in waiting:
        if str(one.pk) == wanted:
            return one
    return waiting[0] if waiting else None


def _troubles(escalation: Escalation) -> list[str]:
    """What of the map could not be read, in words."""
    mapping = escalation.mapping
    return [trouble_words(part, code) for part, code in (mapping.troubles if mapping else [])]


def trouble_words(part: str, code: str) -> str:
    """One trouble of a map as a sentence."""
    parts = {
        "dns": _("The DNS"),
        "rdap_domain": _("RDAP of the domain"),
        "rdap_ip": _("RDAP of the network"),
        "rdap_asn": _("RDAP of the AS number"),
        "mail": _("The mail servers"),
        "asn": _("The AS number"),
        "favicon": _("The site's icon"),
        "rdap_registrar": _("RDAP of the registrar"),
        "page": _("The site's page"),
        "ads_txt": _("Its ads.txt"),
        "sellers_json": _("A sellers.json"),
    }
    what = parts.get(part, part.replace("_", " "))
    if code == "robots":
        return _("%(what)s was not read: the site asks programs to stay away.") % {"what": what}
    if code == "behind_cdn":
        return _("The CDN in front hides the host. Only the CDN can say who it is.")
    words = _("%(what)s could not be read (%(code)s). The rest holds all the same.")
    return words % {"what": what, "code": code}
