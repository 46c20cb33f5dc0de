"""``staydown backup`` and ``staydown restore``: the whole service, put aside and put back."""

from __future__ import annotations

from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from staydown.cli.console import Console, console_options
from staydown.cli.service import service
from staydown.cli.statuses import ExitStatus
from staydown.nouns import many

_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("to", metavar="FILE_OR_FOLDER", type=_PATH)
@click.option(
    "--keys-to",
    type=_PATH,
    metavar="FILE_OR_FOLDER",
    help="Where the keys go; never beside the database. Without it they are not copied.",
)
@console_options
def backup(console: Console, *, to: Path, keys_to: Path | None) -> ExitStatus:
    """Put the service's data aside while it runs: the database, and apart from it the keys.

    Each is one file, whole or not there at all, with the digest of every part. A folder gets a file
    named by the moment. The database without the keys opens nothing that people wrote; who has both
    has all of it. Nothing is stopped meanwhile.
    """
    service("preparing").set_up_service()
    now = import_module("staydown_web.base.clock").utc_now()
    made = service("backup.making").make_backup(to, keys_to, now=now, say=console.note)
    row = {
        "backup": made.backup_id,
        "file": str(made.path),
        "bytes": made.size_bytes,
        "events": made.events,
        "keys": str(made.keys_path) if made.keys_path else None,
        "case_keys": made.case_keys,
    }
    megabytes = f"{made.size_bytes / 1e6:.1f} MB"
    keys = f"Keys: {made.keys_path} ({made.case_keys} of cases)."
    if made.keys_path is None:
        keys = "The keys are not in it, and were not copied: without them it opens nothing."
    console.record(row, f"Backup: {made.path} ({megabytes}).\n{keys}")
    return ExitStatus.DONE


@click.command()
@click.argument("source", metavar="FILE", type=_PATH)
@click.option(
    "--keys",
    required=True,
    type=_PATH,
    metavar="FILE_OR_FOLDER",
    help="The keys: what --keys-to wrote, or a folder of keys that was put aside.",
)
@click.option(
    "--accept-broken-audit",
    is_flag=True,
    help="Put it back also where the chain of events does not hold, and say so.",
)
@console_options
def restore(console: Console, *, source: Path, keys: Path, accept_broken_audit: bool) -> ExitStatus:
    """Put a backup back on a machine where nothing is yet, and prove it.

    STAYDOWN_HOME and STAYDOWN_KEYS name empty folders, or none; a backup of PostgreSQL wants an
    empty database in DATABASE_URL. Checks every digest, that the keys fit, and the whole audit;
    brings the tables to this version; makes the bank that matches anew. Where anything does not
    hold, nothing is left behind. Then `staydown serve` starts it.
    """
    restoring = service("backup.restoring")
    now = import_module("staydown_web.base.clock").utc_now()
    done = restoring.restore(
        source, keys, now=now, say=console.note, accept_broken=accept_broken_audit
    )
    row: dict[str, Any] = {**asdict(done), "home": str(done.home)}
    entries = many(done.entries, "entry", "entries")
    lines = [
        f"Restored into {done.home}: the service as it was at {done.made_at}.",
        f"Audit: {many(done.events, 'event')} and {many(done.checkpoints, 'signature')} hold."
        if not done.audit_broken
        else f"Audit: does not hold: {done.audit_broken}.",
        f"Bank: {entries}. Sealed fields opened: {done.fields}. Cases: {done.cases}.",
    ]
    if done.forgotten:
        cases = many(done.forgotten, "case")
        lines.append(f"Without a key in this copy: {cases}, erased since.")
    console.record(row, "\n".join(lines))
    return ExitStatus.DONE if not done.audit_broken else ExitStatus.CONFIG
