"""What is agreed on local copies of banks, what they are given, and what they found."""

from staydown_web.replicas.services.agreeing import (
    REPLICA_COPY,
    ask_replica,
    end_expired,
    end_replica,
    start_replica,
)
from staydown_web.replicas.services.giving import (
    give_agreement,
    give_changes,
    give_entries,
    note_seen,
)
from staydown_web.replicas.services.taking import take_reports
from staydown_web.replicas.services.waiting import wait_for_change

__all__ = [
    "REPLICA_COPY",
    "ask_replica",
    "end_expired",
    "end_replica",
    "give_agreement",
    "give_changes",
    "give_entries",
    "note_seen",
    "start_replica",
    "take_reports",
    "wait_for_change",
]
