"""What the calls of this room give, as the OpenAPI says it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema


class Issuer(Schema):
    """Which service signed."""

    name: str
    url: str


class ReceiptKey(Schema):
    """The key that proves the signature."""

    fingerprint: str = Field(description="SHA-256 of the key in DER form, 64 hex digits")
    public: str = Field(description="the 32 bytes of an ed25519 key, base64")


class Timestamp(Schema):
    """By an authority (RFC 3161), where one has stamped it."""

    authority: str
    signature: str
    token: str = Field(description="the authority's answer, DER in base64")


class Receipt(Schema):
    """A signed document; docs/document.schema.json has its schema."""

    format: Literal["staydown-document/1"]
    kind: Literal["order_made", "order_answered", "decision_made"]
    issuer: Issuer
    made_at: datetime
    facts: dict[str, Any]
    key: ReceiptKey
    signature: str = Field(description="ed25519, 128 hex digits")
    timestamp: Timestamp | None = None


class ReceiptQuery(Schema):
    """Which receipt."""

    of: Literal["order", "decision"] = Field(
        "order", description="the order and your answer, or the decision that it carries out"
    )


class StatementQuery(Schema):
    """Which statements."""

    after: UUID | None = Field(None, description="the id of the last statement you saw")


class UploaderCounts(Schema):
    """How often content of this account was restricted under a law and the restriction stands.

    Whether it is plainly illegal and often enough to suspend somebody is for you to judge, after a
    warning; this service suspends nobody.
    """

    removed: int = Field(
        description="a person decided to remove it, carried out yet or not; this one counted"
    )
    stopped: int = Field(description="stopped by software as a copy of what a person decided on")
    since: date = Field(description="the first day that counts, 180 days back")


class ShownStatement(Schema):
    """A statement of reasons, to be handed on to whoever uploaded the content."""

    id: UUID
    state: Literal["standing", "ended"]
    made_at: datetime
    content_ref: str = Field(description="your own id of the content, where you gave one")
    content_url: str = Field(description="its address on your platform, where it is known")
    check_id: UUID | None = Field(description="the check that found it, where one did")
    restriction: Literal["removed", "disabled"]
    scope: Literal["world", "eea", "uk", "us"]
    duration: Literal["permanent", "limited", "until_review"]
    ends_on: date | None = Field(description="the last day; null where it has no end")
    automation: Literal["none", "detected", "full"]
    grounds: list[str] = Field(description="ids of laws, or platform-terms")
    uploader: UploaderCounts | None = Field(
        description="null where you gave no account with the check"
    )
    link: str = Field(description="the page of the statement, for the uploader alone")
    texts: dict[str, str] = Field(description="language -> the whole statement as plain text")


class StatementList(Schema):
    """Statements in their order, and what to ask for next."""

    statements: list[ShownStatement]
    next: UUID | None = Field(description="give this as `after` in the next call")


class OutcomeQuery(Schema):
    """Which complaints."""

    after: UUID | None = Field(None, description="the id of the last complaint you saw")


class ShownOutcome(Schema):
    """What came of a complaint about a decision. What is to be done follows as orders."""

    id: UUID
    side: Literal["uploader", "notifier"] = Field(description="who complained")
    outcome: Literal["stands", "reversed"]
    decided: Literal["remove", "restore"] = Field(description="the decision it was about")
    holds: Literal["remove", "restore"] = Field(description="what holds from now on")
    statement: UUID | None = Field(description="the statement whose uploader complained")
    content_refs: list[str] = Field(description="your own ids of the content, at most 100")
    check_ids: list[UUID] = Field(description="the checks that found it, at most 100")
    settled_at: datetime


class OutcomeList(Schema):
    """Complaints in their order, and what to ask for next."""

    complaints: list[ShownOutcome]
    next: UUID | None = Field(description="give this as `after` in the next call")
