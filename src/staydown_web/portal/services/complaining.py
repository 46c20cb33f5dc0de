"""An uploader complains from the link of a statement: about a person or about software."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from staydown_web.reports.models import Statement
from staydown_web.review.models import Complaint
from staydown_web.review.services import file_complaint
from staydown_web.review.services.stopping import decision_for


@transaction.atomic
def complain_about_statement(
    *, statement: Statement, text: str, basis: Complaint.Basis, now: datetime, written_in: str = ""
) -> Complaint:
    """File a complaint about what a statement says.

    Where software stopped the upload, the statement is from now on of a decision of its own, so
    that what comes of the complaint reaches it.

    Raises:
        FieldsError: no text, or too long a one.
        RecordConflictError: it was sent before, or its time is over.
    """
    decision = decision_for(decision=statement.decision, copy=statement.copy, now=now)
    if decision.pk != statement.decision_id:
        Statement.objects.filter(pk=statement.pk).update(decision=decision)
    return file_complaint(
        decision=decision,
        side=Complaint.Side.UPLOADER,
        text=text,
        basis=basis,
        key=statement.token_digest,
        now=now,
        written_in=written_in,
        told_at=statement.made_at,
    )
