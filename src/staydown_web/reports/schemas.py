"""What the calls of this room give, as the OpenAPI says it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

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
    kind: Literal["order_made", "order_answered"]
    issuer: Issuer
    made_at: datetime
    facts: dict[str, Any]
    key: ReceiptKey
    signature: str = Field(description="ed25519, 128 hex digits")
    timestamp: Timestamp | None = None
