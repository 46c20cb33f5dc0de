"""What the worker does for the audit."""

from __future__ import annotations

from datetime import datetime

from staydown_web.audit.services import make_checkpoint
from staydown_web.base.jobs import Job


def sign(now: datetime) -> int:
    """Make a checkpoint where one is due; never asks to be run again at once."""
    make_checkpoint(now=now)
    return 0


JOBS: tuple[Job, ...] = (Job(name="audit_checkpoint", every_s=20, run=sign),)
