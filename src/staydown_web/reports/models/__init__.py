"""Tables of this room."""

from staydown_web.reports.models.documents import AuditTree, Document
from staydown_web.reports.models.publishing import LegalAlert, PublicPages, PublishedPeriod
from staydown_web.reports.models.statements import Statement, Submission

__all__ = [
    "AuditTree",
    "Document",
    "LegalAlert",
    "PublicPages",
    "PublishedPeriod",
    "Statement",
    "Submission",
]
