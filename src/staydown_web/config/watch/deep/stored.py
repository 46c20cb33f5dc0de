"""What is stored: the audit, sealed copies of the bank, sealed fields, keys, database, disk."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection

from staydown.cli.checks import Check, Health
from staydown.errors import ConfigError
from staydown.nouns import many
from staydown_web.audit.services import verify_chain
from staydown_web.banks.services.looking import sealed_snapshots
from staydown_web.banks.services.sealed_file import unseal_file
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import SealError
from staydown_web.base.integrity import database_time, database_troubles
from staydown_web.config.backup.proving import cases_without_key
from staydown_web.config.keyring.sampling import open_some

INTEGRITY_WITHIN_S: Final = 40.0
SLOW_SYNC_MS: Final = 50.0
"""A notice waits for a handful of these."""
SLOW_WRITE_MB_S: Final = 20.0
APART: Final = timedelta(seconds=5)
"""How far the clocks of two machines may be apart: far less than any time limit."""

_SYNCS: Final = 20
_SYNC_BYTES: Final = 4096
_WRITE_BYTES: Final = 16 << 20


def audit_check() -> Check:
    """The whole chain of events, with its signatures."""
    found = verify_chain()
    if not found.is_whole:
        remedy = "Keep the disk as it is, and read docs/operations.md, “Watching it”."
        detail = f"broken at event {found.first_bad}: {found.why}. {remedy}"
        return Check("chain", Health.BROKEN, detail)
    detail = f"whole: {many(found.events, 'event')} and {many(found.checkpoints, 'signature')} hold"
    return Check("chain", Health.OK, detail)


def snapshots_check() -> Check:
    """Every sealed copy of the bank on this disk, opened from its first byte to its last."""
    snapshots = sealed_snapshots()
    damaged = 0
    with Path(os.devnull).open("wb") as nowhere:
        for path in snapshots:
            try:
                unseal_file(path, nowhere)
            except SealError:
                damaged += 1
    if damaged:
        remedy = "It is made again from the database: delete the folder segments/ and start again."
        return Check("copies", Health.BROKEN, f"{damaged} of {len(snapshots)} damaged. {remedy}")
    if not snapshots:
        return Check("copies", Health.OK, "none sealed yet; a start reads the database")
    size = sum(path.stat().st_size for path in snapshots)
    return Check("copies", Health.OK, f"{len(snapshots)} open, {size / 1e6:.1f} MB")


def fields_check() -> Check:
    """Some values of each sealed field, opened with the keys that are there."""
    try:
        opened = open_some()
    except ConfigError as error:
        return Check("fields", Health.BROKEN, str(error))
    return Check("fields", Health.OK, f"{many(opened, 'sealed value opens', 'sealed values open')}")


def cases_check() -> Check:
    """The key of each case: without it nobody reads that case again."""
    cases, without = cases_without_key()
    if without:
        remedy = "Put keys/cases back from your copy of the keys, unless they were erased there."
        detail = f"without a key, so that nobody can read them: {without} of {cases}. {remedy}"
        return Check("cases", Health.BROKEN, detail)
    return Check("cases", Health.OK, f"each of {cases} has its key")


def integrity_check() -> Check:
    """The database's own look at itself."""
    troubles = database_troubles(connection, within_s=INTEGRITY_WITHIN_S)
    if troubles:
        remedy = "Stop the service, keep the files as they are, and restore the last backup."
        return Check("integrity", Health.BROKEN, f"{'; '.join(troubles)}. {remedy}")
    return Check("integrity", Health.OK, "the database finds its tables whole")


def clocks_check() -> Check:
    """The clock of this machine beside that of the database's."""
    before = utc_now()
    theirs = database_time(connection)
    if theirs is None:
        return Check("clocks", Health.OK, "the database is on this machine")
    ours = before + (utc_now() - before) / 2
    apart_s = abs((theirs - ours).total_seconds())
    if apart_s > APART.total_seconds():
        remedy = "Let one time service keep both."
        detail = f"the database's clock is {apart_s:.0f} s away from ours. {remedy}"
        return Check("clocks", Health.BROKEN, detail)
    return Check("clocks", Health.OK, f"{apart_s:.2f} s apart from the database's")


def disk_speed_check() -> Check:
    """How long the disk takes to keep something for good, and how fast it writes."""
    home = Path(settings.STAYDOWN_HOME)
    with tempfile.TemporaryFile(dir=home, prefix=".speed-") as file:
        began = time.perf_counter()
        for _number in range(_SYNCS):
            file.write(os.urandom(_SYNC_BYTES))
            file.flush()
            os.fsync(file.fileno())
        sync_ms = (time.perf_counter() - began) * 1000 / _SYNCS
        data = os.urandom(_WRITE_BYTES)
        began = time.perf_counter()
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        speed = _WRITE_BYTES / 1e6 / (time.perf_counter() - began)
    detail = f"{sync_ms:.1f} ms to keep a page, {speed:.0f} MB/s"
    if sync_ms > SLOW_SYNC_MS or speed < SLOW_WRITE_MB_S:
        remedy = "Every notice and decision waits for it: use a local disk, and see what else does."
        return Check("speed", Health.WARNING, f"{detail}. {remedy}")
    return Check("speed", Health.OK, detail)
