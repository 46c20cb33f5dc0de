"""What the calls of replicas take and give, as the OpenAPI says it."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from staydown_web.screening.schemas import FINGERPRINT

MOST_REPORTS = 100


class EntriesQuery(Schema):
    """Where to go on."""

    after: str = Field("", max_length=64, description="`next` of the page before")


class ChangesQuery(Schema):
    """Where to go on, and how long to wait for something new."""

    after: str = Field(
        "0.", max_length=120, description="`next` of the page before, or the agreement's cursor"
    )
    wait: float = Field(0.0, ge=0.0, le=25.0, description="seconds that the call may stay open")


class EdgeReport(Schema):
    """An upload that matched at the edge."""

    check_id: UUID = Field(..., description="the UUID that the replica gave to its check")
    verdict: Literal["clear", "hold", "block"]
    fingerprint: dict[str, Any] = Field(..., json_schema_extra=FINGERPRINT)
    content_ref: str = Field("", max_length=200)
    url: str = Field("", max_length=2000)
    account: str = Field("", max_length=200)


class EdgeReports(Schema):
    """Up to a hundred of them."""

    reports: list[EdgeReport] = Field(..., min_length=1, max_length=MOST_REPORTS)


class SettledReport(Schema):
    """What the hub says of it now, and under which check it keeps it; or why it cannot."""

    check_id: UUID
    verdict: Literal["clear", "hold", "block"] | None = None
    stored_as: UUID | None = None
    code: str = ""


class SettledReports(Schema):
    """In the order of the reports."""

    answers: list[SettledReport]


SEALED: dict[str, Any] = {
    "responses": {
        200: {
            "description": "sealed to the key of the agreement; docs/edge.md has the layout",
            "content": {"application/octet-stream": {"schema": {"type": "string"}}},
        }
    }
}
