"""What ``staydown doctor`` looks at where a service is set up. Each check answers; none raises."""

from __future__ import annotations

import shutil
import smtplib
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from staydown.cli.checks import Check, Health
from staydown.errors import ConfigError
from staydown.nouns import many
from staydown_web.base.clock import utc_now
from staydown_web.base.keys import load_keys, missing_keys
from staydown_web.base.signing import public_keys
from staydown_web.base.sql import journal_mode
from staydown_web.config.environment import DEFAULT_URL, Environment, read_environment
from staydown_web.config.folders import folders_named
from staydown_web.config.preparing import is_set_up
from staydown_web.config.unknown_settings import unknown_sentence
from staydown_web.config.watch.address import noted_address, url_of
from staydown_web.config.watch.heartbeat import read_heartbeat
from staydown_web.config.watch.limits import (
    LOW_DISK_BYTES,
    LOW_MEMORY_BYTES,
    NO_DISK_BYTES,
    WORKER_SILENT_S,
    is_synchronised,
)

MAIL_WITHIN_S: Final = 5.0
FINDINGS_WAIT_S: Final = 60.0
_NO_PROXY: Final = (
    "STAYDOWN_BEHIND_PROXY is not set, so all visitors seem to come from the proxy's one address"
    " and share its limits. Set it to 1, and let nobody reach the port past the proxy."
)


def service_checks(*, is_deep: bool = False) -> Iterator[Check]:
    """Every check of the service, in order; one line where there is none.

    Args:
        is_deep: also everything that takes longer, and each part of the service as it stands.
    """
    if unknown := unknown_sentence():
        yield Check("names", Health.WARNING, unknown)
    try:
        environment = read_environment()
        home = environment.home
    except ConfigError as error:
        yield Check("settings", Health.BROKEN, str(error))
        return
    if not is_set_up(home):
        yield Check("service", Health.OK, "not set up here; `staydown serve` does it")
        return
    from staydown_web.config.preparing import set_up_django

    try:
        if missing := _keys_to_be_made(environment):
            # The settings would make them, and nothing could be restored here any more.
            yield missing
            return
        set_up_django()
    except ConfigError as error:
        yield Check("settings", Health.BROKEN, str(error))
        return
    checks: tuple[Callable[[], Check], ...] = (
        settings_check,
        keys_check,
        signing_check,
        database_check,
        findings_check,
        bank_memory_check,
        mail_check,
        *(() if is_deep else (disk_check, clock_check, worker_check)),
    )
    for check in checks:
        yield check()
    if is_deep:
        from staydown_web.config.watch.deep.checking import deep_checks

        yield from deep_checks()
    connection.close()


def _keys_to_be_made(environment: Environment) -> Check | None:
    """What is said where a database is named and no key is there yet; a look makes none."""
    from staydown_web.config.preparing import refuse_lost_keys

    with folders_named():
        refuse_lost_keys()
        if not missing_keys(environment.keys):
            return None
    remedy = (
        "`staydown serve` makes new ones, for a new service; those of a service that was put aside"
        " are put back by `staydown restore`."
    )
    detail = (
        f"none, or not all, are in {environment.keys} yet; nothing more was looked at. {remedy}"
    )
    return Check("keys", Health.WARNING, detail)


def settings_check() -> Check:
    """The address, and whether the way to it is safe.

    Where no address is set, the port that ``staydown serve`` was given is known to its own process
    alone: then the address that the web server noted is shown, or none.
    """
    url = str(settings.STAYDOWN_URL)
    if url == DEFAULT_URL:
        noted = noted_address(Path(settings.STAYDOWN_HOME))
        url = url_of(*noted) if noted else "STAYDOWN_URL is not set"
    if settings.DEBUG:
        remedy = "Unset STAYDOWN_DEBUG_PAGES: such pages show secrets."
        return Check("settings", Health.BROKEN, f"{url}; error pages of Django are on. {remedy}")
    host = urlsplit(url).hostname or ""
    if url.startswith("http:") and host not in {"localhost", "::1"} and not host.startswith("127."):
        remedy = "Put a proxy with TLS before it and set STAYDOWN_URL to its https address."
        return Check("settings", Health.WARNING, f"{url} is not encrypted. {remedy}")
    if url.startswith("https:") and not settings.SECURE_PROXY_SSL_HEADER:
        return Check("settings", Health.WARNING, f"{url}; {_NO_PROXY}")
    return Check("settings", Health.OK, url)


def keys_check() -> Check:
    """The keys: there, whole, and for their owner alone."""
    folder = Path(settings.STAYDOWN_KEYS)
    try:
        load_keys(folder)
        mode = folder.stat().st_mode & 0o777
    except (ConfigError, OSError) as error:
        return Check("keys", Health.BROKEN, f"{error}")
    if mode & 0o077:
        return Check("keys", Health.BROKEN, f"others may enter {folder}; run: chmod 700 {folder}")
    return Check("keys", Health.OK, f"in {folder}, outside the database")


def signing_check() -> Check:
    """The key that signs receipts: which it is, and that no other of our documents is orphaned."""
    from staydown_web.reports.models import Document

    try:
        keys = public_keys(Path(settings.STAYDOWN_KEYS))
        used = set(Document.objects.values_list("key", flat=True).distinct())
    except (ConfigError, OSError) as error:
        return Check("signing", Health.BROKEN, f"{error}")
    except DatabaseError:
        used = set()  # the check of the database says so
    if used - set(keys):
        remedy = "Restore signing/ from your copy of the keys, or their proof is lost."
        return Check("signing", Health.BROKEN, f"receipts name keys that are gone. {remedy}")
    stamps = settings.STAYDOWN_TIMESTAMP_URL
    more = f"; stamped by {urlsplit(stamps).hostname}" if stamps else ""
    return Check("signing", Health.OK, f"receipts by key {next(iter(keys))}{more}")


def database_check() -> Check:
    """The database: it answers, its tables are of this version, its log survives power loss."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        mode = journal_mode(connection)
        is_empty = not connection.introspection.table_names()
    except DatabaseError as error:
        remedy = "Check DATABASE_URL and that its server runs."
        return Check("database", Health.BROKEN, f"no answer ({type(error).__name__}). {remedy}")
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(connection.vendor, "unknown")
    if is_empty:
        return Check(
            "database", Health.BROKEN, f"{kind}; it has no tables yet. Start `staydown serve`."
        )
    if plan:
        remedy = "Start `staydown serve`, or run `staydown manage migrate`."
        return Check("database", Health.BROKEN, f"{kind}; its tables are older. {remedy}")
    if mode not in {"wal", ""}:
        remedy = "Put it on a local disk: a network drive has no such log."
        return Check("database", Health.WARNING, f"{kind} without a write-ahead log. {remedy}")
    return Check("database", Health.OK, f"{kind}, tables up to date")


def findings_check() -> Check:
    """The tray of a server of checks: it holds together, and somebody takes in what lies there."""
    from staydown_web.screening.services.taking_in import taken_until
    from staydown_web.screening.services.tray import Tray, is_useful, tray_path

    path = tray_path()
    if not is_useful() or not path.exists():
        return Check("findings", Health.OK, "stored in the database at once")
    tray = Tray(path)
    try:
        count, lain_s = tray.examine(after=taken_until(tray))
    except OSError as error:
        remedy = (
            "New findings go into the database at once. Stop the service, put this file and those "
            "that begin with its name aside, and start it: what lay there was held or blocked at "
            "the platform, and is found again by the next check or scan."
        )
        return Check("findings", Health.BROKEN, f"{path}: {type(error).__name__}. {remedy}")
    finally:
        tray.close()
    if lain_s > FINDINGS_WAIT_S:
        remedy = "Look at the check of the database, and start the service."
        said = f"{count} wait for {lain_s:.0f} s to be stored in the database. {remedy}"
        return Check("findings", Health.WARNING, said)
    return Check("findings", Health.OK, f"{count} wait to be stored in the database")


def bank_memory_check() -> Check:
    """The folder in memory where opened segments lie; those of killed services are removed."""
    from staydown_web.banks.services import remove_left_folders

    folder = Path(settings.STAYDOWN_SHARED_MEMORY)
    left = remove_left_folders(folder, spare_own=False)
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if folder.exists() and folder.stat().st_mode & 0o077:
        remedy = f"Run: chmod 700 {folder}"
        return Check("segments", Health.BROKEN, f"others may read {folder}. {remedy}")
    if not is_in_memory(existing):
        remedy = "Set STAYDOWN_SHARED_MEMORY to a folder of a tmpfs."
        return Check("segments", Health.WARNING, f"{folder} lies on a disk. {remedy}")
    if free < LOW_MEMORY_BYTES:
        remedy = "Give the tmpfs more (containers: --shm-size), or add memory."
        detail = f"{free >> 20} MiB free in {existing}. {remedy}"
        return Check("segments", Health.WARNING, detail)
    removed = f"; removed what {left} ended before had left" if left else ""
    return Check("segments", Health.OK, f"opened in {folder}, {free >> 20} MiB free{removed}")


def is_in_memory(path: Path) -> bool:
    """Whether a folder lies in a tmpfs or ramfs."""
    best, kind = "", ""
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, where, mounted, *_ = line.split(" ")
        if (f"{path}/").startswith(where.rstrip("/") + "/") and len(where) >= len(best):
            best, kind = where, mounted
    return kind in {"tmpfs", "ramfs"}


def disk_check() -> Check:
    """Room for the database and its backups."""
    home = Path(settings.STAYDOWN_HOME)
    free = shutil.disk_usage(home).free
    detail = f"{free / (1 << 30):.1f} GiB free in {home}"
    if free < NO_DISK_BYTES:
        return Check("disk", Health.BROKEN, f"{detail}. Notices cannot be stored: make room.")
    if free < LOW_DISK_BYTES:
        return Check("disk", Health.WARNING, f"{detail}. Make room soon.")
    return Check("disk", Health.OK, detail)


def clock_check() -> Check:
    """The clock: legal deadlines are computed by it."""
    from staydown_web.audit.models import Event

    try:
        last = Event.objects.order_by("-seq").first()
    except DatabaseError:
        last = None  # the check of the database says so
    if last is not None and last.at > utc_now() + timedelta(minutes=2):
        return Check("clock", Health.BROKEN, "it is behind the last event. Set it, by NTP.")
    if not is_synchronised():
        remedy = "Deadlines follow it: turn on a time service (timedatectl set-ntp true)."
        return Check("clock", Health.WARNING, f"the system does not keep it by a server. {remedy}")
    return Check("clock", Health.OK, "kept by a time server")


def mail_setting_check() -> Check:
    """Whether a mail server is named; it is not asked."""
    if not settings.STAYDOWN_MAIL_READY:
        remedy = "People see answers on their page alone; set STAYDOWN_MAIL_URL to write to them."
        return Check("mail", Health.WARNING, f"not set. {remedy}")
    return Check("mail", Health.OK, f"{settings.EMAIL_HOST}, port {settings.EMAIL_PORT}")


def mail_check() -> Check:
    """Whether letters can leave: the server is asked."""
    named = mail_setting_check()
    if named.health is not Health.OK:
        return named
    where = named.detail
    kind = smtplib.SMTP_SSL if settings.EMAIL_USE_SSL else smtplib.SMTP
    try:
        with kind(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=MAIL_WITHIN_S) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        remedy = "Check STAYDOWN_MAIL_URL."
        return Check("mail", Health.BROKEN, f"{where}: {type(error).__name__}. {remedy}")
    return Check("mail", Health.OK, f"{where} answers")


def worker_check() -> Check:
    """Whether the jobs of this machine run, and which of them fail."""
    try:
        beat = read_heartbeat(Path(settings.STAYDOWN_HOME))
    except (OSError, ValueError):
        return Check("worker", Health.BROKEN, "its heartbeat cannot be read. Start it again.")
    if beat is None:
        remedy = "Start `staydown serve`, or `staydown worker` beside your own web server."
        return Check("worker", Health.WARNING, f"does not run on this machine. {remedy}")
    silent_s = time.time() - beat.at
    if silent_s > WORKER_SILENT_S:
        return Check("worker", Health.BROKEN, f"silent for {silent_s:.0f} s. Start it again.")
    failing = [f"{job.name} ({job.error})" for job in beat.jobs if job.failures]
    if failing:
        named = ", ".join(failing)
        detail = f"these jobs fail and are tried again: {named}. docs/errors.md explains the codes."
        return Check("worker", Health.WARNING, detail)
    return Check("worker", Health.OK, many(len(beat.jobs), "job runs", "jobs run"))
