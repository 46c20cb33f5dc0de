"""What the worker does for this room."""

from __future__ import annotations

from staydown_web.base.dates import when_sure
from staydown_web.base.jobs import Job
from staydown_web.hooks.services.buckets import check_objects, forget_objects

JOBS: tuple[Job, ...] = (
    Job(name="check_bucket_objects", every_s=0.5, run=check_objects),
    Job(name="forget_bucket_objects", every_s=3600, run=when_sure(forget_objects)),
)
