"""A complaint comes in, from whoever uploaded it or whoever reported it. ADR-0054."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.base.lengths import too_long
from staydown_web.base.sealing import seal, seal_for_case
from staydown_web.cases.models import Case
from staydown_web.cases.services.appealing import begin_appeal
from staydown_web.review.models import Complaint, Decision
from staydown_web.review.selectors.complaining import may_complain, placed_cases
from staydown_web.review.services.reopening import record_complaint

MOST_CHARACTERS = 4000


@transaction.atomic
def file_complaint(
    *,
    decision: Decision,
    side: Complaint.Side | str,
    text: str,
    now: datetime,
    case: Case | None = None,
    key: str = "",
    basis: Complaint.Basis | str = Complaint.Basis.OTHER,
    actor: str = "person",
    written_in: str = "",
    told_at: datetime | None = None,
) -> Complaint:
    """Ask that another person looks at a firm decision again; nothing changes by it.

    Args:
        decision: a firm one that restricts the side which complains.
        side: of ``Complaint.Side``.
        text: what they say, 1 to 4,000 characters; kept sealed.
        now: the moment, aware UTC.
        case: the notifier's; none for an uploader.
        key: for an uploader, digest of the token of the statement: one complaint each.
        basis: what was judged wrongly, of ``Complaint.Basis``.
        actor: who sends it, for the audit: the person, or a helpline that acts for her.
        written_in: the language of the text as whoever wrote it said, as a code; empty where nobody
            did.
        told_at: when this uploader was told, by a statement; their time begins then.

    Raises:
        FieldsError: no text, or too long a one.
        RecordConflictError: not this side's decision, not firm, too late, complained before, or
            both sides were heard about it already.
    """
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise FieldsError({"text": _("Please say why, in a sentence or two.")})
    if len(text) > MOST_CHARACTERS:
        raise FieldsError({"text": too_long(text, MOST_CHARACTERS)})
    side = Complaint.Side(side)
    if not may_complain(decision, side, case=case, now=now, told_at=told_at):
        raise RecordConflictError("nobody can complain about this decision, or not any more")
    made = Complaint(
        decision=decision,
        side=side,
        case=case,
        key=str(case.pk) if case else key,
        basis=Complaint.Basis(basis),
        language=case.language if case else (get_language() or "en"),
        written_in=written_in,
        made_at=now,
        decided_first_by_id=decision.decided_by_id,
    )
    context = f"complaint:{made.pk}"
    made.box = (
        seal_for_case(case.pk, text, context=context)
        if case
        else seal(text.encode(), context=context)
    )
    _save_once(made)
    by = "person" if actor == "person" else "helpline"
    record_complaint("complaint_filed", made, actor, now, basis=made.basis, by=by)
    for one in [case] if case else placed_cases(decision):
        begin_appeal(case=one, actor=actor, now=now)
    return made


def _save_once(made: Complaint) -> None:
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise RecordConflictError("a complaint about this decision was sent before") from None
