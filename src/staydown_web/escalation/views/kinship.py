"""Two sites that seem to be one operation: side by side, with the reasons, for a person's word."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordConflictError
from staydown_web.escalation.models import Kinship, Mark, Site
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.services.kinship import answer_kinship
from staydown_web.escalation.views.shared import escalation_page, user_of
from staydown_web.escalation.views.sites import marks_of

_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two sites: its name, its marks, and which of them the other has too."""

    site: Site
    domain: str
    marks: list[tuple[str, str, Mark]]
    cases: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sites and why they seem to be one."""

    kinship: Kinship
    reasons: list[str]
    sides: list[Side]
    shared: set[str]


@require_safe
@role_required("reviewer")
def kinship(request: HttpRequest) -> HttpResponse:
    """Pairs that wait for a word, the likeliest first; and those that were answered."""
    rows = Kinship.objects.select_related("older", "newer", "answered_by")
    waiting = rows.filter(state=Kinship.State.PROPOSED).order_by("-score", "id")[:_A_PAGE]
    answered = rows.exclude(state=Kinship.State.PROPOSED).order_by("-answered_at")[:_A_PAGE]
    shown = {
        "pairs": [_pair(one) for one in waiting],
        "answered": [(one, domain_of(one.older), domain_of(one.newer)) for one in answered],
    }
    return escalation_page(request, "escalation/kinship.html", shown, tab="kinship")


@require_POST
@role_required("reviewer")
def answer_kin(request: HttpRequest, kinship_id: UUID) -> HttpResponse:
    """Say whether two sites are one operation."""
    is_same = request.POST.get("do") == "same"
    try:
        answer_kinship(kinship_id=kinship_id, is_same=is_same, user=user_of(request), now=utc_now())
    except RecordConflictError:
        messages.warning(request, _("Somebody has answered it before."))
    else:
        same = _("Kept: the same operation. What is known of one helps with the other.")
        messages.success(request, same if is_same else _("Kept: not the same."))
    return redirect("escalation:kinship")


def _pair(one: Kinship) -> Pair:
    sides = [_side(one.older), _side(one.newer)]
    blinds = [{mark.blind for _kind, _label, mark in side.marks} for side in sides]
    return Pair(
        kinship=one,
        reasons=[reason_words(str(kind), int(n)) for kind, n in one.reasons],
        sides=sides,
        shared=blinds[0] & blinds[1],
    )


def _side(site: Site) -> Side:
    cases = site.watches.values("location__case").distinct().count()
    return Side(site, domain_of(site), marks_of(site), cases)


def reason_words(kind: str, n: int) -> str:
    """How many marks of a kind two sites share."""
    words = {
        "ip": ngettext("%(n)s address of a server", "%(n)s addresses of servers", n),
        "nameserver": ngettext("%(n)s name server", "%(n)s name servers", n),
        "ads_account": ngettext("%(n)s account at an ad system", "%(n)s accounts at ad systems", n),
        "payment_account": ngettext(
            "%(n)s account at a payment service", "%(n)s accounts at payment services", n
        ),
        "template": ngettext("%(n)s template of pages", "%(n)s templates of pages", n),
        "favicon": ngettext("%(n)s small icon", "%(n)s small icons", n),
        "analytics": ngettext(
            "%(n)s account at a counting service", "%(n)s accounts at counting services", n
        ),
        "entry": ngettext("%(n)s banked picture or video", "%(n)s banked pictures or videos", n),
    }
    return words.get(kind, f"%(n)s {kind.replace('_', ' ')}") % {"n": n}
