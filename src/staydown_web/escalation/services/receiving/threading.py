"""To which report a message belongs: by the signed address, else by the id of what it answers."""

from __future__ import annotations

import re
from uuid import UUID

from staydown_web.base.errors import SealError
from staydown_web.escalation.models import Report
from staydown_web.escalation.services.receiving.reading import Read
from staydown_web.escalation.services.reply_addresses import report_of_token
from staydown_web.escalation.services.sending.checks import open_box
from staydown_web.escalation.services.sending.mails import message_id_of

_UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_MOST_LOOKED_AT = 10


def report_of(read: Read) -> Report | None:
    """The report that a message belongs to; None for a token of nobody's, or none at all."""
    for token in read.tokens:
        report = report_of_token(token)
        if report is not None:
            return report
    for reference in read.references[:_MOST_LOOKED_AT]:
        report = _report_of_id(reference)
        if report is not None:
            return report
    return None


def _report_of_id(message_id: str) -> Report | None:
    """The report whose mail has this id: it holds the report's own, which nobody can guess."""
    found = _UUID.search(message_id)
    report = Report.objects.filter(pk=UUID(found[0])).first() if found else None
    if report is None:
        return None
    try:
        is_its = message_id_of(open_box(report).body) == message_id
    except SealError:
        return None
    return report if is_its else None
