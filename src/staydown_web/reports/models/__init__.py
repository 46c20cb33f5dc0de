"""Tables of this room."""

from staydown_web.reports.models.statements import Statement, Submission

__all__ = ["Statement", "Submission"]
