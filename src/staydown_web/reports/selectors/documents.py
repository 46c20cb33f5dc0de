"""Signed documents as they were handed out."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from staydown_web.base.sealing import unseal, unseal_for_case
from staydown_web.reports.models import Document


def moment(at: datetime | None) -> str | None:
    """A moment as documents write it: UTC, to the second, with a Z."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def content_of(document: Document) -> dict[str, Any]:
    """What a kept document says, without its timestamp.

    Raises:
        SealError: its case was erased.
    """
    context = f"document:{document.pk}"
    if document.is_of_case and document.case_id is not None:
        return dict(unseal_for_case(document.case_id, document.box, context=context))
    return dict(json.loads(unseal(document.box, context=context)))


def whole_of(document: Document) -> dict[str, Any]:
    """A kept document with its timestamp, where it has one.

    Raises:
        SealError: its case was erased.
    """
    content = content_of(document)
    if document.token is None:
        return content
    stamp = {
        "authority": document.authority,
        "signature": document.stamp_signature,
        "token": base64.b64encode(bytes(document.token)).decode(),
    }
    return {**content, "timestamp": stamp}
