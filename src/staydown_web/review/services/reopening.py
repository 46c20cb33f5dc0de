"""The answer to a complaint is taken back: the complaint waits again. ADR-0054."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from staydown_web.audit.services import record_event
from staydown_web.base.sealing import seal, unseal
from staydown_web.review.models import Complaint, Decision


def reopen_complaints(*, reversal: Decision, actor: str, why: str, now: datetime) -> int:
    """Let the complaints wait again that a reversal answered, because it was taken back.

    Args:
        reversal: neither firm nor standing any more.
        actor: who took it back.
        why: ``undone``, ``answered``, ``reviewer``; ``joined``, as somebody else's notice came; or
            ``minor``, after which nobody decides here.
        now: the moment, aware UTC.

    Returns:
        How many complaints.
    """
    rows = Complaint.objects.filter(reversal=reversal, state=Complaint.State.DECIDED)
    ids = list(rows.values_list("pk", flat=True))
    return sum(reopen(complaint_id, actor=actor, why=why, now=now) for complaint_id in ids)


def reopen(complaint_id: UUID, *, actor: str, why: str, now: datetime) -> int:
    """One conditional UPDATE from decided to waiting, or to dropped where a minor may be shown.

    Returns:
        1, or 0 where it was not decided, or is settled.
    """
    answered = Complaint.objects.select_related("reversal").get(pk=complaint_id)
    box = _box_of(answered) if why == "undone" else None
    state = Complaint.State.DROPPED if why == "minor" else Complaint.State.OPEN
    values: dict[str, Any] = {
        "state": state,
        "outcome": "",
        "decided_by": None,
        "decided_at": None,
        "firm_at": None,
        "answer_box": None,
        "answer_language": "",
        "reversal": None,
        "undone_box": box,
        "undone_at": now if box else None,
    }
    rows = Complaint.objects.filter(pk=complaint_id, state=Complaint.State.DECIDED)
    if not rows.update(**values):
        return 0
    complaint = Complaint.objects.select_related("decision__task").get(pk=complaint_id)
    what = "complaint_dropped" if state == Complaint.State.DROPPED else "complaint_reopened"
    record_complaint(what, complaint, actor, now, why=why)
    return 1


def _box_of(complaint: Complaint) -> bytes | None:
    """What who answered had chosen and written, sealed; None where their words are gone."""
    if complaint.answer_box is None:
        return None
    facts = unseal(complaint.answer_box, context=f"complaint-answer:{complaint.pk}").decode()
    stood: dict[str, Any] = {
        "by": str(complaint.decided_by_id),
        "outcome": complaint.outcome,
        "facts": facts,
        "facts_language": complaint.answer_language,
    }
    reversal = complaint.reversal
    if reversal is not None:
        stood["grounds"] = reversal.grounds
        if reversal.needs_box is not None:
            context = f"decision-needs:{reversal.pk}"
            told = json.loads(unseal(reversal.needs_box, context=context))
            stood |= {"needs": told.get("needs", []), "unopened": told.get("unopened", "")}
    return seal(json.dumps(stood).encode(), context=f"complaint-undone:{complaint.pk}")


def record_complaint(
    what: str, complaint: Complaint, actor: str, now: datetime, **facts: Any
) -> None:
    """The event of one step of a complaint."""
    record_event(
        what=what,
        actor=actor,
        at=now,
        case_id=complaint.case_id or complaint.decision.task.case_id,
        subject=f"complaint:{complaint.pk}",
        facts={
            "side": complaint.side,
            "state": complaint.state,
            "decision": complaint.decision_id,
            **facts,
        },
    )
