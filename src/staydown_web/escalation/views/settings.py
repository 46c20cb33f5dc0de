"""Who writes to sites and providers: filled in, tried and switched on by an administrator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from staydown_web.base import mailing
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FetchError, FieldsError
from staydown_web.escalation.forms.settings import SenderForm, initial_of
from staydown_web.escalation.selectors.secrets import secrets_set
from staydown_web.escalation.selectors.sender import missing_fields, sender
from staydown_web.escalation.services.receiving.mailbox import try_mailbox
from staydown_web.escalation.services.sender import change_sender
from staydown_web.escalation.views.shared import escalation_page, user_of

_WHO = ("org", "contact_name", "contact_email", "domain", "appeal_email", "postal", "ladder")
_MAILBOX = ("reply_address", "imap_host", "imap_port", "imap_user", "imap_password")
_KEYS = ("inbound_secret", "cloudflare_account", "cloudflare_token", "aws_key", "aws_secret")
_SWITCH = {"on": True, "off": False}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that is missing, and the field where it goes; empty where it is none of ours."""

    words: str
    field: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("admin")
def settings(request: HttpRequest) -> HttpResponse:
    """The sender; one form, so that nothing typed is lost whichever button is pressed."""
    row = sender()
    form = SenderForm(
        request.POST if request.method == "POST" else None,
        initial=initial_of(row),
        secrets_set=secrets_set(),
    )
    if request.method == "POST" and form.is_valid() and _changed(request, form):
        return redirect("escalation:settings")
    shown = {
        "sender": row,
        "form": form,
        "gaps": gaps_of(form),
        **{name: [form[field] for field in fields] for name, fields in _groups().items()},
        "stored": secrets_set(),
    }
    status = 400 if form.errors else 200
    page = "escalation/settings.html"
    return escalation_page(request, page, shown, tab="settings", status=status)


@require_POST
@role_required("admin")
def try_mail(request: HttpRequest) -> HttpResponse:
    """Sign in to the mailbox that is stored, and say what came of it."""
    try:
        count = try_mailbox()
    except FetchError as error:
        messages.warning(request, _mailbox_words(error))
    else:
        words = ngettext(
            "The mailbox opens. %(n)s message lies in it.",
            "The mailbox opens. %(n)s messages lie in it.",
            count,
        )
        messages.success(request, words % {"n": count})
    return redirect("escalation:settings")


def gaps_of(form: SenderForm) -> list[Gap]:
    """What must be done before anything can leave."""
    fields = form.fields
    gaps = [Gap(str(fields[name].label), f"id_{name}") for name in missing_fields(sender())]
    if not mailing.is_ready():
        gaps.append(
            Gap(_("A mail server (STAYDOWN_MAIL_URL): this installation cannot send mail yet"))
        )
    row = sender()
    has_mailbox = row is not None and row.imap_host and "imap_password" in secrets_set()
    if not has_mailbox and "inbound_secret" not in secrets_set():
        gaps.append(
            Gap(_("A way for answers to come in: the mailbox, or a secret"), "id_imap_host")
        )
    return gaps


def _groups() -> dict[str, tuple[str, ...]]:
    return {"who": _WHO, "mailbox": _MAILBOX, "keys": _KEYS}


def _changed(request: HttpRequest, form: SenderForm) -> bool:
    is_on = _SWITCH.get(request.POST.get("do", ""))
    given: dict[str, Any] = {"values": form.values, "secrets": form.secrets}
    try:
        change_sender(**given, is_on=is_on, user=user_of(request), now=utc_now())
    except FieldsError as wrong:
        form.add_wrong(wrong.fields)
        return False
    said = _("The settings are kept.")
    if is_on and mailing.is_ready():
        said = _("Switched on. Reports that are signed leave.")
    elif is_on is False:
        said = _("Switched off.")
    messages.success(request, said)
    return True


def _mailbox_words(error: FetchError) -> str:
    text = str(error)
    if "certificate" in text:
        return _("No safe connection to the mailbox. Check the name of its server.")
    if "no mailbox" in text:
        return _("No mailbox is set. Enter its server and its user name first.")
    if "INBOX" in text:
        return _("The mailbox opens, but it has no folder for incoming mail.")
    return _("The mailbox does not answer, or refuses the user name or password.")
