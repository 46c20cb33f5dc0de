"""Reads cases: what a person sees of her own, and what reviewers need of a case."""

from staydown_web.cases.selectors.clocks import ClockState, ClockView, clock_of, clocks_of
from staydown_web.cases.selectors.contents import (
    CaseDetails,
    ItemRow,
    LocationRow,
    MessageRow,
    NoticeRow,
    case_details,
    items_of,
    locations_of,
    messages_of,
    notices_of,
)
from staydown_web.cases.selectors.partners import entries_agreed
from staydown_web.cases.selectors.person import (
    PersonView,
    are_let_go,
    blocked_by_week,
    person_view,
    waits_for_upload,
)
from staydown_web.cases.selectors.standing import (
    CaseStanding,
    Standing,
    is_of_link,
    items_at,
    kept_since,
    standing_of,
)
from staydown_web.cases.selectors.timeline import Moment, is_told_of, timeline

__all__ = [
    "CaseDetails",
    "CaseStanding",
    "ClockState",
    "ClockView",
    "ItemRow",
    "LocationRow",
    "MessageRow",
    "Moment",
    "NoticeRow",
    "PersonView",
    "Standing",
    "are_let_go",
    "blocked_by_week",
    "case_details",
    "clock_of",
    "clocks_of",
    "entries_agreed",
    "is_of_link",
    "is_told_of",
    "items_at",
    "items_of",
    "kept_since",
    "locations_of",
    "messages_of",
    "notices_of",
    "person_view",
    "standing_of",
    "timeline",
    "waits_for_upload",
]
