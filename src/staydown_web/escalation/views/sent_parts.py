"""What a report holds, opened for a page; and what is said of it in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_string
from email.message import EmailMessage, Message
from email.policy import default as mail_policy

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.base.errors import SealError
from staydown_web.base.mailing import is_ready
from staydown_web.base.sealing import unseal_for_case
from staydown_web.escalation.models import Report
from staydown_web.escalation.selectors.first import channel_of_report
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.services.signing import BY_MAIL

_KIB = 1024
_SUFFIXES = {"application/json": "json", "message/rfc822": "eml"}


@dataclass(frozen=True, slots=True)
class Contents:
    """What leaves, exactly.

    Attributes:
        body: the whole text.
        address: where it goes.
        subject: of a mail.
        media_type: of the body.
        headers: of an HTTP call, without credentials.
        shown: what of the person shown is in it, in words.
        fields: label and value of each field of a form.
        is_erased: nothing is left of it; the other attributes are empty.
    """

    body: str = ""
    address: str = ""
    subject: str = ""
    media_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    fields: list[list[str]] = field(default_factory=list)
    is_erased: bool = False


def contents_of(report: Report) -> Contents:
    """The bytes of a report, unsealed; empty where its case was erased, with its key."""
    if report.box is None:
        return Contents(is_erased=True)
    try:
        held = unseal_for_case(report.case_id, report.box, context=f"report:{report.pk}")
    except SealError:
        return Contents(is_erased=True)
    return Contents(
        body=str(held.get("body", "")),
        address=str(held.get("address", "")),
        subject=str(held.get("subject", "")),
        media_type=str(held.get("media_type", "")),
        headers=dict(held.get("headers") or {}),
        shown=[shown_words(name) for name in held.get("shown") or []],
        fields=[list(pair) for pair in held.get("fields") or []],
    )


def proof_of(report: Report) -> list[tuple[str, str]]:
    """What is known of its delivery: pairs of a name in words and what it says."""
    if report.proof_box is None:
        return []
    context = f"report-proof:{report.pk}"
    try:
        held = unseal_for_case(report.case_id, report.proof_box, context=context)
    except SealError:
        return []
    words = {
        "said": _("What the other side said"),
        "first_try_at": _("First try"),
        "why": _("Why it waits or did not leave"),
        "at": _("Pasted at"),
        "number": _("Number that the form gave"),
    }
    known = [(words[name], _moment(held[name])) for name in words if held.get(name)]
    if held.get("is_doubtful"):
        doubt = _("One may have arrived although nobody said so. Look before you send it again.")
        known.append((_("Tries"), doubt))
    return known


def shown_words(name: str) -> str:
    """What of the person shown is in a notice."""
    words = {
        "signed_name": _("the name under it"),
        "statement": _("the statement that she signed"),
        "contact_email": _("an address for answers"),
        "email": _("her e-mail address"),
        "authority": _("by what right somebody acts for her"),
        "acts_as": _("whether she writes herself or somebody acts for her"),
    }
    return words.get(name, name.replace("_", " "))


def format_words(report: Report, contents: Contents) -> str:
    """Format, way and size: “XARF 4, by mail, 1.4 KB”."""
    return ", ".join((*_format_and_way(report.format), size_words(contents.body)))


def size_words(body: str) -> str:
    """How large a text is in bytes."""
    size = len(body.encode())
    if size < _KIB:
        return ngettext("%(n)s byte", "%(n)s bytes", size) % {"n": size}
    return _("%(n)s KB") % {"n": number_format(size / _KIB, 1)}


def recipient_of(report: Report) -> str:
    """To whom a report goes, in words."""
    if report.provider is not None:
        return report.provider.name
    if report.purpose == Report.Purpose.DELISTING:
        channel = channel_of_report(report)
        name = channel.name if channel else report.channel.replace("-", " ")
        return _("Search removal: %(name)s") % {"name": name}
    return domain_of(report.site)


def leaving_words(report: Report) -> str:
    """When a signed report leaves: soon, or not before a mail server is set."""
    if waits_for_mail(report):
        return _("It leaves once a mail server is set: this installation cannot send mail yet.")
    return _("It leaves within a minute.")


def waits_for_mail(report: Report) -> bool:
    """Whether it goes by mail, which this installation cannot send."""
    return report.format in BY_MAIL and not is_ready()


def can_by_hand(report: Report) -> bool:
    """Whether it is signed, was never tried, and waits for a mail server that is not set."""
    return report.state == Report.State.SIGNED and not report.tries and waits_for_mail(report)


def mail_parts(contents: Contents) -> list[tuple[str, str]]:
    """What a person copies into a mail of their own: subject, text, and each attachment as text."""
    message = message_from_string(contents.body, policy=mail_policy)
    parts = [part for part in message.walk() if not part.is_multipart()]
    rows = [(_("Subject"), contents.subject)] if contents.subject else []
    for part in parts:
        name = part.get_filename()
        text = part.get_content() if part.get_content_maintype() == "text" else _text_of(part)
        rows.append((_("Attachment %(name)s") % {"name": name} if name else _("Text"), text))
    return rows


def suffix_of(report: Report, contents: Contents) -> str:
    """The ending of a file that holds exactly what leaves."""
    if report.format in BY_MAIL:
        return "eml" if ":" in contents.body.partition("\n")[0] else "json"
    return _SUFFIXES.get(contents.media_type.partition(";")[0].strip(), "txt")


def _text_of(part: Message | EmailMessage) -> str:
    held = part.get_payload(decode=True)
    return held.decode("utf-8", "replace") if isinstance(held, bytes) else str(part.get_payload())


def _format_and_way(name: str) -> tuple[str, str]:
    words = {
        Report.Format.MAIL: (_("Letter"), _("by mail")),
        Report.Format.ARF: ("ARF", _("by mail")),
        Report.Format.XARF_MAIL: ("XARF 4", _("by mail")),
        Report.Format.XARF_HTTP: ("XARF 4", _("by its interface")),
        Report.Format.CLOUDFLARE: ("JSON", _("by Cloudflare's interface")),
        Report.Format.AWS: ("JSON", _("by Amazon's interface")),
        Report.Format.FORM_LETTER: (_("Letter"), _("to paste into a form")),
    }
    return words[Report.Format(name)]


def _moment(value: object) -> str:
    """A moment in words, anything else as it is."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return _("%(at)s UTC") % {"at": date_format(at, "j M Y, H:i:s")}
