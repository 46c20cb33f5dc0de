"""The links of statements, for staff who hand one on by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from staydown_web.actions.selectors import Stage
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statement_places import places_of
from staydown_web.reports.selectors.statements import link_of, said_by, stage_of_statement
from staydown_web.review.models import Decision


@dataclass(frozen=True, slots=True)
class Link:
    """One statement of a decision, for staff who hand it on.

    Attributes:
        address: of the uploader's page.
        content_ref: the platform's own id of the content; empty where it is known by its address.
        content_url: where it is or was on the platform; empty where that is not known.
        maybe: without a copy, the addresses that the notice gave, where there are several.
        copy_id: our own id of it; empty where its record is gone.
        source: how we came to know of it, in words; empty where its record is gone.
        seen_at: when that was; None where its record is gone.
        state: in words.
    """

    address: str
    content_ref: str
    content_url: str
    maybe: tuple[str, ...]
    copy_id: str
    source: str
    seen_at: datetime | None
    state: str

    @property
    def name(self) -> str:
        """What tells it from its neighbours; empty where nothing does."""
        return self.content_ref or self.content_url or self.copy_id

    @property
    def is_by_hand(self) -> bool:
        """Whether no program can know whom to give it to, so that staff have to."""
        return not self.name


def links_of(decision: Decision) -> list[Link]:
    """The statements of a decision, one for each uploader; empty until it is firm.

    Addresses are opened: the caller records that somebody looked.
    """
    rows = decision.statements.select_related("copy").order_by("made_at", "pk")
    return [_link(one) for one in rows]


def _link(statement: Statement) -> Link:
    said, copy, places = said_by(statement), statement.copy, places_of(statement)
    return Link(
        address=link_of(said),
        content_ref=said.content_ref,
        content_url=places[0] if len(places) == 1 else "",
        maybe=tuple(places) if len(places) > 1 else (),
        copy_id=str(copy.pk) if copy else "",
        source=copy.get_source_display() if copy else "",
        seen_at=copy.seen_at if copy else None,
        state=_state_of(statement),
    )


def _state_of(statement: Statement) -> str:
    """In force is what was decided; that it is carried out the platform says."""
    if statement.state != Statement.State.STANDING:
        return str(statement.get_state_display())
    match stage_of_statement(statement):
        case Stage.DONE:
            return str(statement.get_state_display())
        case Stage.FAILED:
            return _("In force; the site could not carry it out yet")
        case _stage:
            return _("In force; the site has not said yet that it did so")
