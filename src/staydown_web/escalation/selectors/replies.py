"""What came back to reports, and what nobody has read yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from staydown_web.base.errors import SealError
from staydown_web.base.sealing import unseal_for_case
from staydown_web.escalation.models import Reply, Report


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One reply as a page shows it.

    Attributes:
        id: of the reply.
        report_id: of the report that it answers.
        kind: ``Reply.Kind`` value.
        text: subject, an empty line, and the text; empty where the case was erased.
        left_out: how many parts were thrown away unread.
        at: when it came.
        read_at: when somebody read it first; None: nobody has.
    """

    id: UUID
    report_id: UUID
    kind: str
    text: str
    left_out: int
    at: datetime
    read_at: datetime | None


def replies_of(report: Report) -> list[ReplyRow]:
    """What came back to a report, oldest first."""
    replies = Reply.objects.filter(report=report).order_by("at", "pk")
    return [_row(reply, report.case_id) for reply in replies]


def unread_replies(*, most: int = 100) -> list[ReplyRow]:
    """What nobody has read yet, oldest first."""
    replies = _unread().select_related("report").order_by("at", "pk")[:most]
    return [_row(reply, reply.report.case_id) for reply in replies]


def unread_count() -> int:
    """How many replies nobody has read yet."""
    return _unread().count()


def why_of(report: Report) -> str:
    """Code of why a report did not leave, or waits for a person; empty where there is none.

    ``may_have_arrived``: a try whose end nobody saw; look at the recipient's own pages before it is
    sent by hand. ``no_credentials``: its interface needs some. Others are those of
    ``services.sending.checks.why_not``, codes of errors, and ``refused``.
    """
    return str(_proof(report).get("why", ""))


def said_of(report: Report) -> str:
    """What the other side said when it took a report, or did not; empty where it said nothing."""
    return str(_proof(report).get("said", ""))


def _proof(report: Report) -> dict[str, object]:
    if report.proof_box is None:
        return {}
    context = f"report-proof:{report.pk}"
    try:
        held = unseal_for_case(report.case_id, report.proof_box, context=context)
    except SealError:
        return {}
    return dict(held)


def _unread() -> QuerySet[Reply]:
    return Reply.objects.filter(read_at__isnull=True)


def _row(reply: Reply, case_id: UUID) -> ReplyRow:
    return ReplyRow(
        id=reply.pk,
        report_id=reply.report_id,
        kind=reply.kind,
        text=_text_of(reply, case_id),
        left_out=reply.left_out,
        at=reply.at,
        read_at=reply.read_at,
    )


def _text_of(reply: Reply, case_id: UUID) -> str:
    if reply.box is None:
        return ""
    try:
        return str(unseal_for_case(case_id, reply.box, context=f"reply:{reply.pk}"))
    except SealError:
        return ""
