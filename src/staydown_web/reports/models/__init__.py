"""Tables of this room."""

from staydown_web.reports.models.publishing import LegalAlert, PublicPages, PublishedPeriod
from staydown_web.reports.models.statements import Statement, Submission

__all__ = ["LegalAlert", "PublicPages", "PublishedPeriod", "Statement", "Submission"]
