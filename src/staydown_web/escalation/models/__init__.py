"""Tables of this room."""

from staydown_web.escalation.models.chain import Mapping, Provider, ProviderContact, Service
from staydown_web.escalation.models.escalation import Escalation, SignOff
from staydown_web.escalation.models.first import SiteChannel, WaitingPlace
from staydown_web.escalation.models.policy import Appeal, Sighting
from staydown_web.escalation.models.report import Reply, Report, ReportPlace
from staydown_web.escalation.models.sender import Sender
from staydown_web.escalation.models.site import Kinship, Mark, Site
from staydown_web.escalation.models.watch import CaseTurn, Look, SiteTurn, Watch

__all__ = [
    "Appeal",
    "CaseTurn",
    "Escalation",
    "Kinship",
    "Look",
    "Mapping",
    "Mark",
    "Provider",
    "ProviderContact",
    "Reply",
    "Report",
    "ReportPlace",
    "Sender",
    "Service",
    "Sighting",
    "SignOff",
    "Site",
    "SiteChannel",
    "SiteTurn",
    "WaitingPlace",
    "Watch",
]
