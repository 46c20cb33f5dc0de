"""Sites: what is known of each, and what people say of it."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from staydown_web.accounts.models import Approval
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.sealing import unseal
from staydown_web.escalation.forms.sites import UNSAFE
from staydown_web.escalation.models import (
    Escalation,
    Kinship,
    Mark,
    Report,
    Service,
    Site,
    WaitingPlace,
    Watch,
)
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.selectors.waiting import open_kinships
from staydown_web.escalation.services.kinds import KIND
from staydown_web.escalation.services.kinds import UNSAFE as UNSAFE_ASKED
from staydown_web.escalation.views.chain_rows import standing_note
from staydown_web.escalation.views.shared import escalation_page

PAGE_ROWS = 50
MOST_MARKS = 200


@require_safe
@role_required("reviewer")
def sites(request: HttpRequest) -> HttpResponse:
    """Every site, newest first; without search engines that were only asked to leave links out."""
    sent = Report.objects.filter(site=OuterRef("pk"))
    asked = Report.Purpose.DELISTING
    rows = Site.objects.filter(
        ~Exists(sent.filter(purpose=asked))
        | Exists(sent.exclude(purpose=asked))
        | Exists(Watch.objects.filter(site=OuterRef("pk")))
        | Exists(WaitingPlace.objects.filter(site=OuterRef("pk")))
    )
    page = Paginator(rows.order_by("-made_at", "id"), PAGE_ROWS).get_page(request.GET.get("page"))
    shown = {
        "page": page,
        "rows": rows_of(list(page.object_list)),
        "kinships": open_kinships(),
    }
    return escalation_page(request, "escalation/sites.html", shown, tab="sites")


def rows_of(shown: list[Site]) -> list[tuple[Site, str, int]]:
    """Sites with their names, and how many cases have links there: told, watched or waiting."""

    def of(kind: type[Report | Watch | WaitingPlace]) -> QuerySet[Any]:
        return kind.objects.filter(site__in=shown)

    pairs = {
        *of(Report).values_list("site_id", "case_id").distinct(),
        *of(Watch).values_list("site_id", "location__case_id").distinct(),
        *of(WaitingPlace).values_list("site_id", "location__case_id"),
    }
    counts = Counter(site_id for site_id, _case_id in pairs)
    return [(site, domain_of(site), counts[site.pk]) for site in shown]


@require_safe
@role_required("reviewer")
def site(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """One site."""
    return escalation_page(
        request, "escalation/site.html", site_facts(site_of(site_id)), tab="sites"
    )


def site_of(site_id: UUID) -> Site:
    """A site by its id.

    Raises:
        RecordNotFoundError: there is none.
    """
    found = Site.objects.select_related("kind_set_by").filter(pk=site_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such site")
    return found


def site_facts(found: Site) -> dict[str, Any]:
    """All that the page shows."""
    watches = list(Watch.objects.filter(site=found))
    newest = found.mappings.filter(state="done").order_by("-done_at").first()
    services = Service.objects.filter(mapping=newest).select_related("provider")
    kin = Kinship.objects.exclude(state=Kinship.State.REFUSED)
    return {
        "site": found,
        "domain": domain_of(found),
        "standing": standing_note(watches),
        "unsafe_words": dict(UNSAFE).get(found.unsafe_reason, found.unsafe_reason),
        "asked": asked_of(found, KIND),
        "asked_unsafe": asked_of(found, UNSAFE_ASKED),
        "marks": marks_of(found),
        "mapping": newest,
        "services": list(services.order_by("position", "id")) if newest else [],
        "escalations": Escalation.objects.filter(site=found).order_by("-number"),
        "kin": [
            (one, other, domain_of(other))
            for one in kin.filter(older=found).select_related("newer")
            for other in (one.newer,)
        ]
        + [
            (one, other, domain_of(other))
            for one in kin.filter(newer=found).select_related("older")
            for other in (one.older,)
        ],
    }


def asked_of(found: Site, what: str) -> Approval | None:
    """What was asked about it and waits for a second person."""
    rows = Approval.objects.filter(what=what, state=Approval.State.ASKED)
    return rows.filter(facts__site=str(found.pk), expires_at__gt=utc_now()).first()


def marks_of(found: Site) -> list[tuple[str, str, Mark]]:
    """By what it is known again: kind in words, label, and the row."""
    rows = Mark.objects.filter(site=found).order_by("kind", "first_seen_at", "id")[:MOST_MARKS]
    return [(mark_words(one.kind), _label(one), one) for one in rows]


def mark_words(kind: str) -> str:
    """A kind of mark."""
    words = {
        "ip": _("Address of its server"),
        "nameserver": _("Name server"),
        "ads_account": _("Account at an ad system"),
        "payment_account": _("Account at a payment service"),
        "template": _("Template of its pages"),
        "favicon": _("Its small icon"),
        "analytics": _("Account at a counting service"),
        "entry": _("Banked picture or video seen there"),
    }
    return words.get(kind, kind.replace("_", " "))


def _label(mark: Mark) -> str:
    return unseal(mark.label_box, context=f"mark:{mark.pk}").decode()
