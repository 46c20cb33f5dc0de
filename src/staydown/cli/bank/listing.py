"""``staydown bank list``: list the entries."""

from __future__ import annotations

from pathlib import Path

import click

from staydown.cli.bank.tags import tags_of
from staydown.cli.console import Console, console_options, shown
from staydown.cli.inputs import bank_argument
from staydown.cli.statuses import ExitStatus
from staydown.nouns import many


@click.command("list")
@bank_argument
@click.option("--tag", "wanted", multiple=True, metavar="TAG", help="Only entries with this tag.")
@console_options
def list_entries(console: Console, *, bank_file: Path, wanted: tuple[str, ...]) -> ExitStatus:
    """List the entries.

    One line an entry: id, photo or video, its signal types, its tags. No hashes are shown;
    `staydown bank export` writes them.
    """
    from staydown.index import BankFile  # noqa: PLC0415 - loads numba

    count = 0
    with BankFile.open(bank_file, read_only=True) as store:
        for entry in store.entries():
            entry_id, tags = entry.entry_id, tags_of(entry.meta)
            if not set(wanted) <= set(tags):
                continue
            count += 1
            fingerprint = store.fingerprint(entry_id)
            types = [str(signal.type) for signal in fingerprint.signals]
            row = {"id": entry_id, "kind": str(fingerprint.kind), "signals": types}
            cells = (entry_id, str(fingerprint.kind), ",".join(types), " ".join(tags))
            console.record({**row, "tags": list(tags)}, "\t".join(map(shown, cells)))
    console.note(f"{many(count, 'entry', 'entries')}.")
    return ExitStatus.DONE
