"""Writes of the audit: events, checkpoints, cursors; and the proof that the chain holds."""

from staydown_web.audit.services.chain import NewEvent, record_event, record_events
from staydown_web.audit.services.checkpoints import (
    change_audit_key,
    make_checkpoint,
    public_key_pem,
)
from staydown_web.audit.services.cursors import hold_cursor, move_cursor
from staydown_web.audit.services.verifying import Verified, verify_chain

__all__ = [
    "NewEvent",
    "Verified",
    "change_audit_key",
    "hold_cursor",
    "make_checkpoint",
    "move_cursor",
    "public_key_pem",
    "record_event",
    "record_events",
    "verify_chain",
]
