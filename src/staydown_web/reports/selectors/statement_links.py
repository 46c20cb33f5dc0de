"""The links of statements, for staff who hand one on by hand."""

from __future__ import annotations

from dataclasses import dataclass

from staydown_web.reports.selectors.statements import link_of, said_by
from staydown_web.review.models import Decision


@dataclass(frozen=True, slots=True)
class Link:
    """One statement of a decision, for staff who hand it on.

    Attributes:
        address: of the uploader's page.
        content_ref: the platform's own id of the content; empty where it is known by its address.
        state: in words.
    """

    address: str
    content_ref: str
    state: str


def links_of(decision: Decision) -> list[Link]:
    """The statements of a decision, one for each uploader; empty until it is firm."""
    rows = [(one, said_by(one)) for one in decision.statements.order_by("made_at", "pk")]
    return [Link(link_of(said), said.content_ref, one.get_state_display()) for one, said in rows]
