"""First notices: what waits for a person, one notice, and the channels of sites."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staydown_web.audit.models import Event
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import (
    FieldsError,
    NotAllowedError,
    RecordConflictError,
    RecordNotFoundError,
)
from staydown_web.escalation.forms.first import ChannelForm
from staydown_web.escalation.forms.outcomes import OutcomeForm
from staydown_web.escalation.forms.signing import DigestForm, SendBackForm
from staydown_web.escalation.models import Report, Site, WaitingPlace
from staydown_web.escalation.selectors.first import (
    TABS,
    channel_of_report,
    counts_of_tabs,
    first_notice,
    may_leave,
    notices_in,
    waiting_sites,
)
from staydown_web.escalation.selectors.first_channels import channel_of, channels, rules
from staydown_web.escalation.selectors.sender import sender_facts
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.services.first import set_channel, write_again
from staydown_web.escalation.services.signing import send_back, sign_report
from staydown_web.escalation.views.chain_rows import Chip, report_chip
from staydown_web.escalation.views.first_words import (
    ClockShown,
    asks_words,
    caution_words,
    checks_of,
    clock_shown,
    covers_words,
    name_of,
    timeline_of_notice,
)
from staydown_web.escalation.views.replies_parts import replies_shown
from staydown_web.escalation.views.sent_parts import (
    can_by_hand,
    contents_of,
    format_words,
    leaving_words,
)
from staydown_web.escalation.views.shared import escalation_page, note_look, user_of

_A_PAGE = 50
_AGAIN = (Report.State.SENT_BACK, Report.State.BOUNCED, Report.State.DEAD)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list."""

    report: Report
    name: str
    domain: str
    chip: Chip
    clock: ClockShown | None


@require_safe
@role_required("reviewer")
def first(request: HttpRequest) -> HttpResponse:
    """One group of notices; without a choice the first that needs a person."""
    counts = counts_of_tabs()
    group = request.GET.get("group", "")
    if group not in counts:
        group = next((one for one in ("sign", "paste", "channel") if counts[one]), "running")
    now = utc_now()
    shown: dict[str, Any] = {"group": group, "counts": counts, "is_off": sender_facts() is None}
    if group in TABS:
        page = Paginator(notices_in(group), _A_PAGE).get_page(request.GET.get("page"))
        rows = [
            Line(
                one, name_of(one), domain_of(one.site), report_chip(one), clock_shown(one, now=now)
            )
            for one in page.object_list
        ]
        shown |= {"page": page, "rows": rows}
    else:
        shown["waiting"] = waiting_sites()
    return escalation_page(request, "escalation/first.html", shown, tab="first")


@require_safe
@role_required("reviewer")
def notice(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """One notice: what leaves, what was checked, how it stands."""
    found = first_notice(report_id)
    now = utc_now()
    contents = contents_of(found)
    if not contents.is_erased:
        note_look(request, found)
    channel = channel_of_report(found)
    events = Event.objects.filter(case_id=found.case_id, subject=f"report:{found.pk}")
    shown = {
        "report": found,
        "name": name_of(found),
        "domain": domain_of(found.site),
        "chip": report_chip(found),
        "contents": contents,
        "format": "" if contents.is_erased else format_words(found, contents),
        "channel": channel,
        "covers": covers_words(channel) if channel else "",
        "clock": clock_shown(found, now=now),
        "checks": checks_of(found, contents, links=found.places.count()),
        "signs": found.signs.select_related("user").order_by("at"),
        "timeline": timeline_of_notice(found, list(events.order_by("seq")), now=now),
        "replies": replies_shown(found),
        "can_by_hand": can_by_hand(found),
        "back_form": SendBackForm(),
        "form": OutcomeForm(),
        "may_write_again": found.state in _AGAIN,
    }
    return escalation_page(request, "escalation/first_notice.html", shown, tab="first")


@require_POST
@role_required("reviewer")
def sign(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Sign what was shown: a letter leaves, a letter for a form waits to be pasted."""
    found = first_notice(report_id)
    form = DigestForm(request.POST)
    if not may_leave(found.case):
        messages.warning(request, _("Nothing of this case may leave at present."))
        return redirect("escalation:first_notice", found.pk)
    if not form.is_valid():
        messages.warning(request, _("Read it again, then sign."))
        return redirect("escalation:first_notice", found.pk)
    try:
        signed = sign_report(
            report_id=found.pk,
            digest=form.cleaned_data["digest"],
            user=user_of(request),
            now=utc_now(),
        )
    except (NotAllowedError, RecordConflictError):
        messages.warning(
            request,
            _("It was not signed: it does not wait for a signature any more, or it changed."),
        )
        return redirect("escalation:first_notice", found.pk)
    if signed.state == Report.State.TO_PASTE:
        messages.success(request, _("Signed. Now paste it into the form."))
        return redirect("escalation:paste", found.pk)
    messages.success(request, " ".join((_("It is signed."), leaving_words(signed))))
    return redirect("escalation:first_notice", found.pk)


@require_POST
@role_required("reviewer")
def back(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Do not let a notice leave as it is."""
    found = first_notice(report_id)
    form = SendBackForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("Choose why it does not leave."))
    else:
        try:
            send_back(
                report_id=found.pk,
                reason=form.cleaned_data["reason"],
                user=user_of(request),
                now=utc_now(),
            )
        except RecordConflictError:
            messages.warning(request, _("It does not wait for a signature any more."))
        else:
            messages.success(request, _("It does not leave. It can be written again."))
    return redirect("escalation:first_notice", found.pk)


@require_POST
@role_required("reviewer")
def again(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Let the links of a notice be told anew."""
    try:
        write_again(report_id=report_id, user=user_of(request), now=utc_now())
    except RecordConflictError:
        messages.warning(request, _("Only what was sent back or came back is written again."))
    else:
        messages.success(request, _("A new notice is written within a minute. Somebody signs it."))
    return redirect("escalation:first_notice", report_id)


@require_safe
@role_required("reviewer")
def known_channels(request: HttpRequest) -> HttpResponse:
    """Our list: where each site takes notices, where that was read, and when."""
    rows = [(one, asks_words(one), caution_words(one)) for one in channels().values()]
    shown = {
        "sites": [row for row in rows if not row[0].is_search],
        "engines": [row for row in rows if row[0].is_search],
        "names": {one.key: one.name for one in channels().values()},
        "rules": rules(),
    }
    return escalation_page(request, "escalation/first_channels.html", shown, tab="first")


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("reviewer")
def channel(request: HttpRequest, site_id: UUID) -> HttpResponse:
    """Enter how a site takes notices."""
    site = Site.objects.filter(pk=site_id).first()
    if site is None:
        raise RecordNotFoundError("there is no such site")
    domain = domain_of(site)
    known = channel_of(site, domain=domain)
    initial: dict[str, Any] = {"language": "en"}
    if known:
        initial = {
            "kind": known.kind,
            "address": known.address,
            "source": known.source,
            "language": known.language,
            "laws": list(known.laws),
        }
    form = ChannelForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            set_channel(site=site, **form.cleaned_data, user=user_of(request), now=utc_now())
        except FieldsError as wrong:
            form.add_wrong(dict(wrong.fields))
        else:
            messages.success(request, _("Kept. Notices to this site are written within a minute."))
            return redirect("escalation:first")
    shown = {
        "site": site,
        "domain": domain,
        "known": known,
        "form": form,
        "links": WaitingPlace.objects.filter(site=site).count(),
        "rules": rules(),
    }
    status = 400 if form.errors else 200
    return escalation_page(
        request, "escalation/first_channel.html", shown, tab="first", status=status
    )
