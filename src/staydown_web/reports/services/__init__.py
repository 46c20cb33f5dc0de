"""Writes of this room, one function a use case."""

from staydown_web.reports.services.forgetting import forget_reasons
from staydown_web.reports.services.legal_alerts import (
    legal_alert_failed,
    legal_alert_sent,
    make_legal_alerts,
    take_legal_alert,
)
from staydown_web.reports.services.outcomes import tell_outcomes
from staydown_web.reports.services.publishing import choose_pages, pages_of, publish_periods
from staydown_web.reports.services.receipts import (
    forget_receipts,
    keep_offered,
    make_receipt,
    make_receipts,
)
from staydown_web.reports.services.records import ask_export, export_record, make_record
from staydown_web.reports.services.signing import SignedDocument, change_key, file_of, sign_document
from staydown_web.reports.services.stamping import stamp_due
from staydown_web.reports.services.stating import (
    change_public_facts,
    make_statement,
    make_statements,
    make_waiting_statements,
    state_blocked,
)
from staydown_web.reports.services.submitting import queue_submissions, send_again, submit_due
from staydown_web.reports.services.trees import make_tree

__all__ = [
    "SignedDocument",
    "ask_export",
    "change_key",
    "change_public_facts",
    "choose_pages",
    "export_record",
    "file_of",
    "forget_reasons",
    "forget_receipts",
    "keep_offered",
    "legal_alert_failed",
    "legal_alert_sent",
    "make_legal_alerts",
    "make_receipt",
    "make_receipts",
    "make_record",
    "make_statement",
    "make_statements",
    "make_tree",
    "make_waiting_statements",
    "pages_of",
    "publish_periods",
    "queue_submissions",
    "send_again",
    "sign_document",
    "stamp_due",
    "state_blocked",
    "submit_due",
    "take_legal_alert",
    "tell_outcomes",
]
