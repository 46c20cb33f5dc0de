"""Signed reports leave, once each; what became of them is noted."""

from staydown_web.escalation.services.sending.due import send_due_reports
from staydown_web.escalation.services.sending.polling import poll_interfaces
from staydown_web.escalation.services.sending.settling import send_again, settle_delivered

__all__ = ["poll_interfaces", "send_again", "send_due_reports", "settle_delivered"]
