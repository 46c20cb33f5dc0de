"""What a platform is sent beside orders, such as a statement of reasons to hand on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from staydown_web.accounts.models import Platform
from staydown_web.actions.models import Delivery, Endpoint, Parcel
from staydown_web.audit.services import record_event
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal


@transaction.atomic
def send_parcel(
    *,
    platform: Platform,
    what: str,
    subject: str,
    data: Mapping[str, Any],
    case_id: UUID | None,
    now: datetime,
) -> Parcel:
    """Send something to every endpoint of a platform, once for each subject.

    Args:
        platform: whose endpoints.
        what: type of the message, such as ``statement.made``.
        subject: what it is about, as the audit names it: ``<kind>:<id>``.
        data: of the message; plain JSON values, nothing about whoever asked.
        case_id: under which case the audit keeps it; None where none does.
        now: the moment, aware UTC.

    Returns:
        The parcel; the one sent before, where there is one of this kind about this subject.
    """
    found = Parcel.objects.filter(what=what, subject=subject).first()
    if found is not None:
        return found
    made = Parcel(id=new_id(), platform=platform, what=what, subject=subject, made_at=now)
    made.box = seal(orjson.dumps(data), context=f"parcel:{made.pk}")
    made.save(force_insert=True)
    endpoints = Endpoint.objects.filter(platform=platform, is_active=True)
    Delivery.objects.bulk_create(
        [
            Delivery(endpoint=endpoint, parcel=made, next_try_at=now, made_at=now)
            for endpoint in endpoints
        ]
    )
    record_event(
        what="parcel_made",
        actor="system",
        at=now,
        case_id=case_id,
        subject=subject,
        facts={"parcel": made.pk, "kind": what.replace(".", "_"), "platform": platform.pk},
    )
    return made
