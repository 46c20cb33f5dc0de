"""Tables of this room: the case and what belongs to it; its time limits; helplines."""

from staydown_web.cases.models.case import (
    Case,
    Claim,
    Contact,
    Item,
    Letter,
    Location,
    Message,
    Notice,
)
from staydown_web.cases.models.clock import (
    CalendarFeed,
    Clock,
    ClockPause,
    ClockWarning,
    StaffLetter,
)
from staydown_web.cases.models.helpline import Access, Authority, Client, HandOver, Telling
from staydown_web.cases.models.signature import Signature
from staydown_web.cases.models.suspension import Suspension

__all__ = [
    "Access",
    "Authority",
    "CalendarFeed",
    "Case",
    "Claim",
    "Client",
    "Clock",
    "ClockPause",
    "ClockWarning",
    "Contact",
    "HandOver",
    "Item",
    "Letter",
    "Location",
    "Message",
    "Notice",
    "Signature",
    "StaffLetter",
    "Suspension",
    "Telling",
]
