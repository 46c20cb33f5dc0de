"""What the calls about orders take and give, as the OpenAPI says it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ninja import Field, Schema

LONGEST_WAIT_S = 20
_GREATEST_SEQ = (1 << 63) - 1


class OrderQuery(Schema):
    """Which orders, and how long to wait for one."""

    after: int = Field(0, ge=0, le=_GREATEST_SEQ, description="the last `seq` you saw")
    wait: int = Field(0, ge=0, le=LONGEST_WAIT_S, description="seconds to wait for news")
    only_waiting: bool = Field(
        default=False,
        description="only those that you have not answered yet and that no later one replaced",
    )


class ShownOrder(Schema):
    """One thing to do with one piece of content on your platform."""

    id: UUID
    seq: int = Field(description="grows; ask for those after the last you saw")
    what: Literal["block", "hold", "remove", "restore"]
    state: Literal["waiting", "done", "failed"]
    content_ref: str = Field(description="your own id of the content, where you gave one")
    content_url: str = Field(description="its address on your platform, where it is known")
    check_id: UUID | None = Field(description="the check that found it, where one did")
    made_at: datetime
    reason: str = Field(description="the first law of the grounds or site_rules; empty for restore")
    grounds: list[str] = Field(
        description="ids of all laws and rules of the decision to remove or block, the first "
        "counts most; empty for hold and restore"
    )
    restriction: Literal["", "removed", "disabled"] = Field(
        description="removed: delete it; disabled: keep it where nobody can open it"
    )
    scope: Literal["", "world", "eea", "uk", "us"] = Field(description="where it holds")
    until: date | None = Field(description="the last day it holds; null where it has no end")


class OrderList(Schema):
    """Orders in their order, and what to ask for next."""

    orders: list[ShownOrder]
    next: int = Field(description="give this as `after` in the next call")


class OrderAnswer(Schema):
    """What became of an order."""

    state: Literal["done", "failed"]
    note: str = Field("", max_length=300, description="for the people here; kept sealed")
