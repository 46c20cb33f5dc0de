"""What the worker does for local copies."""

from __future__ import annotations

from staydown_web.base.dates import when_sure
from staydown_web.base.jobs import Job
from staydown_web.replicas.services import end_expired

JOBS = (Job("end_expired_replicas", 60.0, when_sure(end_expired)),)
