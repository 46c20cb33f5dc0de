"""Who was told that a link should go hears it when that does not stand any more.

The letter is a report of its own: a draft that two people sign, to the contact that got the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from staydown_web.base.errors import RecordConflictError, ReportUnfitError, SealError
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import blind
from staydown_web.cases.models import Location
from staydown_web.cases.services.places import url_of
from staydown_web.escalation.chain import ContactKind
from staydown_web.escalation.formats import mail
from staydown_web.escalation.formats.facts import Composed, SenderFacts
from staydown_web.escalation.formats.letters import language_of, letter, moment
from staydown_web.escalation.models import Escalation, Report
from staydown_web.escalation.selectors.policy_steps import CORRECTION
from staydown_web.escalation.selectors.sender import sender_facts
from staydown_web.escalation.selectors.sites import domain_of
from staydown_web.escalation.services.reply_addresses import reply_address_for
from staydown_web.escalation.services.reporting_new import new_report

LEFT = (Report.State.SIGNED, Report.State.SENT, Report.State.DELIVERED)


def correct_reports(
    *, escalation: Escalation, now: datetime, only: Sequence[UUID] | None = None
) -> int:
    """Write a correction to every recipient that was told; inside the caller's transaction.

    Args:
        escalation: with its site and case.
        now: the moment, aware UTC.
        only: ids of the places that do not stand any more; None: all that were reported.

    Returns:
        How many letters were written; 0 as well while nobody is set to send them.
    """
    sender = sender_facts()
    if sender is None:
        return 0
    rows = escalation.reports.filter(sent_at__isnull=False).exclude(channel=CORRECTION)
    told = rows.select_related("provider", "contact").order_by("sent_at", "pk")
    return sum(_correct(escalation, report, sender, now, only) for report in told)


def _correct(
    escalation: Escalation,
    report: Report,
    sender: SenderFacts,
    now: datetime,
    only: Sequence[UUID] | None,
) -> int:
    places = Location.objects.filter(reports__report=report, url_box__isnull=False)
    if only is not None:
        places = places.filter(pk__in=only)
    named = list(places.order_by("position", "pk"))
    if not named or report.provider is None:
        return 0
    report_id = new_id()
    try:
        urls = [url_of(place) for place in named]
        composed = _compose(escalation, report, sender, urls, report_id)
        new_report(
            case=escalation.case,
            site=escalation.site,
            purpose=Report.Purpose.PROVIDER,
            composed=composed,
            address=_address(report),
            facts_digest=_digest(report, named),
            report_id=report_id,
            locations=named,
            escalation=escalation,
            provider=report.provider,
            contact=report.contact,
            channel=CORRECTION,
            role=report.role,
            step=report.step,
            language=report.language,
            now=now,
        )
    except (RecordConflictError, ReportUnfitError, SealError):
        return 0  # corrected before, or nothing of it can be read any more
    return 1


def _compose(
    escalation: Escalation,
    report: Report,
    sender: SenderFacts,
    urls: Sequence[str],
    report_id: UUID,
) -> Composed:
    recipient = report.provider.name if report.provider else ""
    language = language_of(report.language)
    values = {
        "number": str(escalation),
        "domain": domain_of(escalation.site),
        "org": sender.org,
        "recipient": recipient,
        "sent_at": moment(report.sent_at, language) if report.sent_at else "",
        "their_number": report.remote_id,
        "reply_address": reply_address_for(report_id),
        "contact_name": sender.contact_name,
    }
    texts = letter("correction", language, values)
    paragraphs = [texts.say("greeting"), texts.say("opening")]
    paragraphs += [texts.say("their_number")] if report.remote_id else []
    paragraphs += [texts.say("links"), "\n".join(urls), texts.say("undo"), texts.say("keep")]
    paragraphs += [texts.say("answer"), texts.say("closing")]
    text = mail.wrapped([*paragraphs, f"{sender.contact_name}\n{sender.org}"])
    if not _is_mail(report):
        fields = (
            (texts.say("label_subject"), texts.say("subject")),
            (texts.say("label_text"), text),
        )
        return Composed(
            format=Report.Format.FORM_LETTER,
            body=text,
            media_type="text/plain",
            subject=texts.say("subject"),
            fields=fields,
        )
    envelope = mail.Envelope(
        report_id=report_id,
        from_name=sender.org,
        from_email=sender.contact_email,
        to_name=recipient,
        to_email=_address(report),
        reply_to=reply_address_for(report_id),
        subject=texts.say("subject"),
        language=language,
    )
    return Composed(
        format=Report.Format.MAIL,
        body=mail.message(envelope, text),
        media_type="message/rfc822",
        subject=texts.say("subject"),
    )


def _is_mail(report: Report) -> bool:
    return report.contact is not None and report.contact.kind == ContactKind.EMAIL


def _address(report: Report) -> str:
    return report.contact.address if report.contact else ""


def _digest(report: Report, places: Sequence[Location]) -> str:
    ids = sorted(str(place.pk) for place in places)
    text = "\n".join([str(report.pk), *ids])
    return blind(text.encode(), purpose="report-correction")
