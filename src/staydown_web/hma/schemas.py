"""What HMA's calls take, as its interface describes them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class HashQuery(BaseModel):
    """What to hash."""

    url: str
    content_type: str | None = None
    types: str | None = None


class RawLookupQuery(BaseModel):
    """A hash to look up, whether its matches are switched on or not."""

    signal: str
    signal_type: str
    banks: str | None = None
    include_distance: bool = False


class LookupQuery(BaseModel):
    """A hash, or the address of a file, to look up."""

    url: str | None = None
    content_type: str | None = None
    types: str | None = None
    signal: str | None = None
    signal_type: str | None = None
    banks: str | None = None
    seed: str | None = None
    bypass_coinflip: bool = False


class FileLookupQuery(BaseModel):
    """How to look up a file that came with the call."""

    types: str | None = None
    banks: str | None = None
    seed: str | None = None
    bypass_coinflip: bool = False


class BankMaking(BaseModel):
    """A bank to make."""

    name: str
    enabled_ratio: float | None = Field(None, ge=0, le=1, allow_inf_nan=False)
    enabled: bool | None = None


class BankChange(BaseModel):
    """What changes of a bank; what is not there stays."""

    name: str | None = None
    enabled_ratio: float | None = Field(None, ge=0, le=1, allow_inf_nan=False)
    enabled: bool | None = None


class ContentMetadata(BaseModel):
    """What a program notes beside a content."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    content_id: str | None = None
    content_uri: str | None = None
    json_data: dict[str, Any] | None = Field(None, alias="json")


class ExchangeChange(BaseModel):
    """What changes of an exchange."""

    enabled: bool | None = None
