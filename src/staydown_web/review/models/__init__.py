"""What waits for a person, what was decided, what was complained about, and what looking cost."""

from staydown_web.review.models.complaints import Complaint
from staydown_web.review.models.licensed import LicensedAccount
from staydown_web.review.models.queue import (
    DUE_RULE,
    NOT_HERE,
    OPEN_STATES,
    Decision,
    Exposure,
    Pause,
    Task,
    Telling,
)
from staydown_web.review.models.statement_tellings import StatementTelling

__all__ = [
    "DUE_RULE",
    "NOT_HERE",
    "OPEN_STATES",
    "Complaint",
    "Decision",
    "Exposure",
    "LicensedAccount",
    "Pause",
    "StatementTelling",
    "Task",
    "Telling",
]
