"""What a caseworker has before them: cases by deadline, and the places that were not told yet."""

from staydown_web.portal.selectors.caseload.late import late_places
from staydown_web.portal.selectors.caseload.listing import PAGE, TABS, Listing, listing
from staydown_web.portal.selectors.caseload.rows import Deadline, Row, rows_for, shown_states
from staydown_web.portal.selectors.caseload.untold import (
    PlaceRow,
    UntoldCase,
    places_of_case,
    untold_cases,
)

__all__ = [
    "PAGE",
    "TABS",
    "Deadline",
    "Listing",
    "PlaceRow",
    "Row",
    "UntoldCase",
    "late_places",
    "listing",
    "places_of_case",
    "rows_for",
    "shown_states",
    "untold_cases",
]
