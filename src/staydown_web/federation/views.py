"""Pages about other installations: administrators agree with them, lead reviewers look again."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from staydown.errors import StaydownError
from staydown_web.accounts.models import User
from staydown_web.base.access import has_rank, role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, RecordConflictError, RecordNotFoundError
from staydown_web.base.fetching import Fetcher
from staydown_web.federation import selectors
from staydown_web.federation.forms import AgreementForm, InvitationForm
from staydown_web.federation.models import Member
from staydown_web.federation.services import joining
from staydown_web.federation.services.announcing import change_own_key
from staydown_web.federation.services.looking import note_looked

FIRST = {"gives": "nothing", "takes": True, "cap_day": 1_000, "cap_total": 10_000}


@require_safe
@role_required("lead")
def members(request: HttpRequest) -> HttpResponse:
    """Every installation that we share with, and what they doubt."""
    now = utc_now()
    shown = {
        "rows": selectors.members_with_counts(),
        "card": selectors.own_card(settings.STAYDOWN_URL, now),
        "doubts": selectors.doubts(now),
        "is_admin": has_rank(request.user, "admin"),
    }
    return _page(request, "federation/members.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("admin")
def add_member(request: HttpRequest) -> HttpResponse:
    """Invite an installation: it is looked up, compared, and a second person is asked."""
    form = InvitationForm(request.POST or None, initial=FIRST)
    if request.method == "POST" and form.is_valid():
        try:
            member = _ask(form, request)
        except FieldsError as error:
            for name, text in error.fields.items():
                form.add_error(name, text)
        except RecordConflictError:
            form.add_error("address", _("This installation is in the list already."))
        except StaydownError as error:
            form.add_error("address", _WHY.get(error.code, _NO_ANSWER)())
        else:
            messages.success(request, _("A second person can now grant it, under Approvals."))
            return redirect("federation:member", member_id=member.pk)
    status = 400 if form.errors else 200
    shown = {"form": form, "card": selectors.own_card(settings.STAYDOWN_URL, utc_now())}
    return _page(request, "federation/add_member.html", shown, status=status)


@require_safe
@role_required("admin")
def member(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """One member: what was agreed, how far both sides have read, and what can be done."""
    return _member_page(request, member_id)


@require_POST
@role_required("admin")
def change_member(request: HttpRequest, member_id: UUID) -> HttpResponse:
    """Ask for another agreement, start what was granted, stop giving, pause, resume, expel."""
    found, now, user = selectors.member_named(member_id), utc_now(), cast("User", request.user)
    asked: dict[str, Any] = {"member_id": member_id, "actor": f"user:{user.pk}", "now": now}
    match request.POST.get("do", ""):
        case "ask":
            form = AgreementForm(request.POST)
            if not form.is_valid():
                return _member_page(request, member_id, form=form, status=400)
            joining.ask_agreement(
                member=found,
                agreement=form.agreement(),
                reason=form.cleaned_data["reason"],
                user=user,
                now=now,
            )
            said = _("A second person can now grant it, under Approvals.")
        case "start":
            joining.start_agreement(**asked)
            said = _("It is in force.")
        case "stop":
            joining.stop_giving(**asked)
            said = _("It is told to withdraw everything it got.")
        case "pause":
            joining.pause_member(**asked)
            said = _("Paused. Withdrawals go on both ways.")
        case "resume":
            joining.resume_member(**asked)
            said = _("Resumed where it was left.")
        case "expel":
            joining.expel_member(**asked)
            said = _("Expelled. Nothing that it brought matches any more.")
        case _other:
            raise RecordNotFoundError("there is no such change")
    messages.success(request, said)
    return redirect("federation:member", member_id=member_id)


@require_POST
@role_required("lead")
def look(request: HttpRequest, opinion_id: int) -> HttpResponse:
    """Somebody looked at what a member doubts; the entry stays as it is."""
    actor = f"user:{cast('User', request.user).pk}"
    note_looked(opinion_id=opinion_id, actor=actor, now=utc_now())
    messages.success(request, _("Noted. The entry stays as it is."))
    return redirect("federation:members")


@require_POST
@role_required("admin")
def change_key(request: HttpRequest) -> HttpResponse:
    """Make a new key of this installation; members learn of it by themselves."""
    change_own_key(actor=f"user:{cast('User', request.user).pk}", now=utc_now())
    messages.success(request, _("The key was changed. Members learn of it by themselves."))
    return redirect("federation:members")


def _ask(form: InvitationForm, request: HttpRequest) -> Member:
    return joining.ask_member(
        name=form.cleaned_data["name"],
        address=form.cleaned_data["address"],
        is_private=form.cleaned_data["is_private"],
        compared=form.cleaned_data["compared"],
        agreement=form.agreement(),
        reason=form.cleaned_data["reason"],
        user=cast("User", request.user),
        fetcher=Fetcher(),
        now=utc_now(),
    )


def _no_answer() -> str:
    return _("No installation answers at this address. Check it, or try again later.")


def _refused() -> str:
    return _("This address leads into a private network. Say so below, if it is yours.")


_NO_ANSWER = _no_answer
_WHY = {"address_refused": _refused}


def _member_page(
    request: HttpRequest, member_id: UUID, *, form: AgreementForm | None = None, status: int = 200
) -> HttpResponse:
    page = selectors.member_page(member_id, utc_now())
    names = ("gives", "gives_banks", "takes", "cap_day", "cap_total")
    first = {name: getattr(page.member, name) for name in names}
    shown = {"page": page, "member": page.member, "form": form or AgreementForm(initial=first)}
    return _page(request, "federation/member.html", shown, status=status)


def _page(
    request: HttpRequest, template: str, shown: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    return render(request, template, {"area": "sharing", **shown}, status=status)
