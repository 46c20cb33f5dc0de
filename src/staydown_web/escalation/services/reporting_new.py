"""One report becomes a draft that people read and sign; equal facts never make a second one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from staydown_web.audit.services import record_event
from staydown_web.base.errors import RecordConflictError
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal_for_case
from staydown_web.cases.models import Case, Location
from staydown_web.escalation.formats.facts import Composed
from staydown_web.escalation.models import (
    Escalation,
    Provider,
    ProviderContact,
    Report,
    ReportPlace,
    Site,
)


def body_digest(body: str) -> str:
    """SHA-256 of a body in UTF-8, 64 hex digits: what people sign."""
    return hashlib.sha256(body.encode()).hexdigest()


def box_of(composed: Composed, *, address: str) -> dict[str, object]:
    """What ``Report.box`` holds: exactly what leaves, and where to."""
    return {
        "body": composed.body,
        "headers": dict(composed.headers),
        "address": address,
        "media_type": composed.media_type,
        "subject": composed.subject,
        "shown": list(composed.shown),
        "fields": [list(pair) for pair in composed.fields],
    }


@transaction.atomic
def new_report(
    *,
    case: Case,
    site: Site,
    purpose: str,
    composed: Composed,
    address: str,
    facts_digest: str,
    now: datetime,
    report_id: UUID | None = None,
    locations: Sequence[Location] = (),
    escalation: Escalation | None = None,
    provider: Provider | None = None,
    contact: ProviderContact | None = None,
    channel: str = "",
    role: str = "",
    step: int = 0,
    targets_domain: bool = False,
    language: str = "en",
    due_at: datetime | None = None,
    actor: str = "system",
) -> Report:
    """Store what is to leave as a draft; nobody has signed it.

    Args:
        case: whose key seals it.
        site: on which the links are.
        purpose: a value of ``Report.Purpose``.
        composed: what leaves.
        address: e-mail address, or address of the form or interface.
        facts_digest: blind of the facts (``base.sealing.blind``); equal ones are refused.
        now: the moment, aware UTC.
        report_id: its id, where the text holds it already.
        locations: the links that it names.
        escalation: of a report to a provider.
        provider: that it is for.
        contact: of the provider, that it goes to.
        role: of the provider for the site.
        step: of the ladder.
        targets_domain: it asks for more than the links.
        channel: key of our data, of first notices and search removal.
        language: that it is written in.
        due_at: when the recipient's time to answer is over, where that is known before it leaves.
        actor: who made it, as in the audit.

    Raises:
        RecordConflictError: the same was said to the same recipient before; only new facts are
            reported again.
        SealError: the case was erased.
    """
    made = Report(
        id=report_id or new_id(),
        case=case,
        site=site,
        escalation=escalation,
        provider=provider,
        contact=contact,
        purpose=purpose,
        channel=channel,
        format=composed.format,
        role=role,
        step=step,
        targets_domain=targets_domain,
        language=language,
        digest=body_digest(composed.body),
        facts_digest=facts_digest,
        made_at=now,
        due_at=due_at,
    )
    box = box_of(composed, address=address)
    made.box = seal_for_case(case.pk, box, context=f"report:{made.pk}")
    _insert(made)
    ReportPlace.objects.bulk_create(ReportPlace(report=made, location=one) for one in locations)
    _record(made, len(locations), actor, now)
    return made


def _insert(made: Report) -> None:
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise RecordConflictError(
            "this recipient was told exactly this before; only new facts are reported again"
        ) from None


def _record(made: Report, links: int, actor: str, now: datetime) -> None:
    facts = {
        "purpose": made.purpose,
        "format": made.format,
        "role": made.role,
        "step": made.step,
        "links": links,
        "domain": made.targets_domain,
    }
    if made.escalation_id is not None:
        facts["escalation"] = made.escalation_id
    record_event(
        what="report_made",
        actor=actor,
        at=now,
        case_id=made.case_id,
        subject=f"report:{made.pk}",
        facts=facts,
    )
