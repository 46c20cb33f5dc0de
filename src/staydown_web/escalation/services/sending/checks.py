"""Whether a report may leave at this very moment: everything is looked at again.

Days can pass between a signature and a mail server that answers. In between she may have taken her
request back, the escalation may have been stopped, or the sender switched off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Case
from staydown_web.escalation.models import Escalation, Report, Sender, SignOff
from staydown_web.escalation.selectors.policy_steps import CORRECTION
from staydown_web.escalation.services.reporting import body_digest
from staydown_web.escalation.services.signing import signatures_needed

_OPEN = {Escalation.State.READY, Escalation.State.RUNNING, Escalation.State.MAPPING}
_OVER = {Case.State.WITHDRAWN, Case.State.CLOSED}


@dataclass(frozen=True, slots=True)
class Box:
    """What leaves, unsealed.

    Attributes:
        body: exactly what was signed.
        address: where it goes.
        media_type: of the body.
        headers: of an HTTP call.
    """

    body: str
    address: str
    media_type: str
    headers: Mapping[str, str]


def open_box(report: Report) -> Box:
    """What a report holds.

    Raises:
        SealError: the case was erased, or the box was changed.
    """
    held: Mapping[str, Any] = unseal_for_case(
        report.case_id, report.box or b"", context=f"report:{report.pk}"
    )
    return Box(
        body=str(held["body"]),
        address=str(held["address"]),
        media_type=str(held.get("media_type", "")),
        headers={str(name): str(value) for name, value in dict(held.get("headers") or {}).items()},
    )


def why_not(report: Report, box: Box) -> str:
    """Why a report may not leave now; empty where it may.

    Returns:
        ``sender_off``, ``not_agreed``, ``case_over``, ``escalation_over``, ``changed`` (other bytes
        than were signed) or ``not_signed``.
    """
    case, escalation = report.case, report.escalation
    if not Sender.objects.filter(pk=1, is_on=True).exists():
        return "sender_off"
    if case.providers_agreed_at is None:
        return "not_agreed"
    # A correction goes out because something is over; not where she took all of it back.
    is_correction = report.channel == CORRECTION
    over = {Case.State.WITHDRAWN} if is_correction else _OVER
    if case.state in over or case.closed_for or case.erased_at is not None:
        return "case_over"
    if escalation is not None and escalation.state not in _OPEN and not is_correction:
        return "escalation_over"
    digest = body_digest(box.body)
    if digest != report.digest:
        return "changed"
    return "" if _is_signed(report, digest) else "not_signed"


def must_wait(report: Report) -> bool:
    """Whether she has asked to take her request back and the pause of it still runs.

    Somebody may yet cancel that; until it is known, nothing leaves and nothing is given up.
    """
    return report.case.withdrawal_due_at is not None


def _is_signed(report: Report, digest: str) -> bool:
    signed = SignOff.objects.filter(report=report, digest=digest)
    return len(set(signed.values_list("user_id", flat=True))) >= signatures_needed(report)
