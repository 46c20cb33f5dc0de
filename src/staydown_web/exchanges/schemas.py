"""What the calls about exchanges take and give, as the OpenAPI says it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema

MOST_RUNS = 200


class ExchangeCounts(Schema):
    """How much there is of an exchange."""

    listed: int = Field(description="keys that the partner lists")
    withdrawn: int = Field(description="keys that it withdrew")
    left_out: int = Field(description="listed keys without a signal that can be used")
    seeds: int
    confirmed: int
    disputed: int
    due: int = Field(description="what the partner is still to be told")
    sent: int
    dead: int = Field(description="what it could not be told; see the pages to send it again")
    given: int = Field(description="entries of this installation that the partner has")


class ShownExchange(Schema):
    """One partner's list as it stands."""

    id: UUID
    kind: Literal["stopncii", "ncmec", "threatexchange", "tat", "list"]
    name: str
    bank: str = Field(description="short name of its bank")
    state: Literal["off", "trial", "on"]
    is_trusted: bool = Field(description="its entries come confirmed and may block")
    contributes: bool = Field(description="entries of those who agreed go there")
    every_s: int
    fetched_at: datetime | None = Field(description="when the last fetch came to the list's end")
    next_try_at: datetime | None
    failures: int = Field(description="calls that failed since the last that did not")
    error_code: str = Field(description="of the last failure; empty while all is well")
    is_stopped: bool = Field(description="it stands still until somebody has acted")


class DetailedExchange(ShownExchange):
    """One partner's list, with counts."""

    counts: ExchangeCounts


class ExchangeList(Schema):
    """Every exchange, in alphabetical order."""

    exchanges: list[ShownExchange]


class ShownRun(Schema):
    """One fetch, and what it brought."""

    began_at: datetime
    ended_at: datetime | None = Field(description="null while it is under way")
    pages: int
    records: int
    added: int = Field(description="new entries")
    withdrawn: int = Field(description="entries that went")
    disputed: int
    changed: int = Field(description="records that say something else than before")
    stale: int = Field(description="records older than what was known")
    left_out: int
    error_code: str


class RunList(Schema):
    """The last fetches, newest first."""

    runs: list[ShownRun]


class RunQuery(Schema):
    """How many fetches."""

    limit: int = Field(50, ge=1, le=MOST_RUNS)
