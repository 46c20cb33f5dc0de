"""Tables of this room: the case and what belongs to it; helplines and the people they act for."""

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
from staydown_web.cases.models.helpline import Access, Authority, Client, HandOver, Telling

__all__ = [
    "Access",
    "Authority",
    "Case",
    "Claim",
    "Client",
    "Contact",
    "HandOver",
    "Item",
    "Letter",
    "Location",
    "Message",
    "Notice",
    "Telling",
]
