"""What is wrong with this machine: disk, memory, clock, and how old its backups are."""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from staydown_web.audit.models import Event
from staydown_web.config.watch.limits import (
    LOW_DISK_BYTES,
    LOW_MEMORY_BYTES,
    NO_DISK_BYTES,
    is_synchronised,
)
from staydown_web.config.watch.troubles import Trouble

AHEAD: Final = timedelta(minutes=2)
"""An event this far ahead of the clock says that the clock was set back."""

A_DAY: Final = timedelta(days=1)
BACKUP_EVENT: Final = "backup_made"
"""What the audit calls a backup; ``staydown backup`` records it."""
BACKUP_EVERY: Final = timedelta(days=2)
"""A daily backup that failed once is made good the next night."""

Looked = tuple[list[Trouble], dict[str, Any]]


def look_at_disk(now: datetime) -> Looked:
    """Room on the disk of the service and in the memory for the bank."""
    home = Path(settings.STAYDOWN_HOME)
    free = shutil.disk_usage(home).free
    troubles = []
    if not os.access(home, os.W_OK):
        troubles.append(Trouble("disk_readonly"))
    elif free < NO_DISK_BYTES:
        troubles.append(Trouble("disk_full", facts={"free": free >> 20}))
    elif free < LOW_DISK_BYTES:
        troubles.append(Trouble("disk_low", facts={"free": free >> 20}))
    memory = Path(settings.STAYDOWN_SHARED_MEMORY)
    existing = next(path for path in (memory, *memory.parents) if path.exists())
    free_memory = shutil.disk_usage(existing).free
    if free_memory < LOW_MEMORY_BYTES:
        troubles.append(Trouble("memory_low", facts={"free": free_memory >> 20}))
    return troubles, {"free_bytes": free, "free_memory_bytes": free_memory}


def look_at_clock(now: datetime) -> Looked:
    """Whether the clock can be believed: time limits are computed by it."""
    last = Event.objects.order_by("-seq").values_list("at", flat=True).first()
    if last is not None and last > now + AHEAD:
        return [Trouble("clock_behind")], {"is_behind": True}
    is_kept = is_synchronised()
    return ([] if is_kept else [Trouble("clock_unkept")]), {"is_kept": is_kept}


def look_at_backups(now: datetime) -> Looked:
    """How old the last backup is."""
    if settings.STAYDOWN_DEMO:
        return [], {"last_at": None, "is_demo": True}
    made = Event.objects.filter(what=BACKUP_EVENT).order_by("-seq").values_list("at", flat=True)
    last = made.first()
    if last is None:
        begun = Event.objects.order_by("seq").values_list("at", flat=True).first()
        is_new = begun is None or now - begun < A_DAY
        return ([] if is_new else [Trouble("backup_never", begun)]), {"last_at": None}
    age = now - last
    facts = {"last_at": last, "age_s": max(0, int(age.total_seconds()))}
    if age > BACKUP_EVERY:
        return [Trouble("backup_old", last + A_DAY, {"days": age.days})], facts
    return [], facts
