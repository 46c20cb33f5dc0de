"""Facts of a report to exact bytes, in the format that its recipient takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import assert_never
from urllib.parse import urlsplit

from staydown_web.base.errors import ReportUnfitError
from staydown_web.escalation.chain import ContactKind, Role
from staydown_web.escalation.formats import clean, feedback, interfaces, mail, xarf_report
from staydown_web.escalation.formats.facts import Composed, ReportFacts
from staydown_web.escalation.formats.least import OF_ROLE, Given, given
from staydown_web.escalation.formats.letters import language_of
from staydown_web.escalation.formats.provider_letters import ProviderLetter, form_rows

MOST_LINKS = 250
XARF_FILE = "xarf.json"
_JSON = "application/json"
_MAIL = "message/rfc822"
# Desks of networks and names run programs that read XARF; those of money and ads are people.
_READS_XARF = frozenset(
    {Role.HOST, Role.CDN, Role.NETWORK, Role.DNS, Role.REGISTRAR, Role.REGISTRY}
)


def formats_for(kind: str, role: str) -> str:
    """The best format for a way of contact.

    Args:
        kind: ``ContactKind`` value.
        role: ``Role`` value, of the service.

    Returns:
        A ``Report.Format`` value. ``arf`` is never the best; a person chooses it for a recipient
        who asks for it.
    """
    match ContactKind(kind):
        case ContactKind.EMAIL:
            return "xarf_mail" if role in _READS_XARF else "mail"
        case ContactKind.FORM:
            return "form_letter"
        case ContactKind.CLOUDFLARE:
            # Its call wants links; a role that gets none or some goes through the public form.
            return "cloudflare" if "links" in OF_ROLE.get(role, ()) else "form_letter"
        case ContactKind.AWS:
            return "aws"
        case ContactKind.XARF:
            return "xarf_http"
        case unknown:
            assert_never(unknown)


def batches(*, format: str, urls: Sequence[str]) -> list[tuple[str, ...]]:  # noqa: A002 # the word of the record
    """Links in groups that fit one report of a format each; the order is kept within a group.

    Args:
        format: ``Report.Format`` value.
        urls: the links of one site; one that comes twice counts once.

    Raises:
        ReportUnfitError: something that is no link.
    """
    groups: dict[str, list[str]] = {}
    for url in dict.fromkeys(urls):
        host = urlsplit(clean.link(url)).hostname or ""
        groups.setdefault(host if format == "cloudflare" else "", []).append(url)
    return [
        tuple(group[at : at + MOST_LINKS])
        for group in groups.values()
        for at in range(0, len(group), MOST_LINKS)
    ]


def compose_report(*, format: str, facts: ReportFacts) -> Composed:  # noqa: A002 # the word of the record
    """What leaves for one provider, exactly; the same facts give the same bytes.

    Args:
        format: ``Report.Format`` value.
        facts: what may be said.

    Raises:
        ReportUnfitError: the facts do not fit the format; the sentence says why.
        ConfigError: a defect of the caller: a role or format that does not exist.
    """
    if not 1 <= len(facts.urls) <= MOST_LINKS:
        raise ReportUnfitError(f"a report names 1 to {MOST_LINKS} links; make several")
    if format not in _COMPOSERS:
        raise ReportUnfitError("no report is written in this format")
    return _COMPOSERS[format](given(facts, format))


def _compose_mail(facts: Given) -> Composed:
    written = ProviderLetter(facts)
    text = mail.wrapped(written.paragraphs())
    body = mail.message(_envelope(facts, written.subject), text)
    return Composed(format="mail", body=body, media_type=_MAIL, subject=written.subject)


def _compose_xarf_mail(facts: Given) -> Composed:
    written = ProviderLetter(facts)
    text = mail.wrapped(written.paragraphs("attached"))
    part = mail.json_part(xarf_report.as_text(xarf_report.xarf_report(facts)), XARF_FILE)
    body = mail.message(_envelope(facts, written.subject), text, [part])
    return Composed(format="xarf_mail", body=body, media_type=_MAIL, subject=written.subject)


def _compose_arf(facts: Given) -> Composed:
    written = ProviderLetter(facts)
    text = mail.wrapped(written.paragraphs("feedback"))
    body = mail.message(
        _envelope(facts, written.subject),
        text,
        feedback.feedback_parts(facts),
        report_type=feedback.REPORT_TYPE,
    )
    return Composed(format="arf", body=body, media_type=_MAIL, subject=written.subject)


def _compose_xarf_http(facts: Given) -> Composed:
    body = xarf_report.as_text(xarf_report.xarf_report(facts))
    return Composed(format="xarf_http", body=body, media_type=_JSON, headers=_HEADERS)


def _compose_aws(facts: Given) -> Composed:
    body = interfaces.as_text(interfaces.aws_body(facts, xarf_report.xarf_report(facts)))
    return Composed(format="aws", body=body, media_type=_JSON, headers=_HEADERS)


def _compose_cloudflare(facts: Given) -> Composed:
    body = interfaces.as_text(interfaces.cloudflare_body(facts))
    return Composed(format="cloudflare", body=body, media_type=_JSON, headers=_HEADERS)


def _compose_form_letter(facts: Given) -> Composed:
    written = ProviderLetter(facts)
    return Composed(
        format="form_letter",
        body="\n\n".join(written.paragraphs()) + "\n",
        media_type="text/plain",
        fields=tuple(form_rows(written, facts)),
    )


def _envelope(facts: Given, subject: str) -> mail.Envelope:
    return mail.Envelope(
        report_id=facts.report_id,
        from_name=facts.org,
        from_email=facts.contact_email,
        to_name=facts.recipient,
        to_email=facts.address,
        reply_to=facts.reply_address,
        subject=subject,
        language=language_of(facts.language),
    )


_HEADERS = (("Content-Type", _JSON), ("Accept", _JSON))
_COMPOSERS: dict[str, Callable[[Given], Composed]] = {
    "mail": _compose_mail,
    "arf": _compose_arf,
    "xarf_mail": _compose_xarf_mail,
    "xarf_http": _compose_xarf_http,
    "cloudflare": _compose_cloudflare,
    "aws": _compose_aws,
    "form_letter": _compose_form_letter,
}
