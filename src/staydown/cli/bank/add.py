"""``staydown bank add``: add pictures and videos as entries."""

from __future__ import annotations

from pathlib import Path

import click

from staydown.cli.bank.ids import name_as_id, new_entry_id
from staydown.cli.bank.tags import note_of
from staydown.cli.console import Console, console_options, shown
from staydown.cli.inputs import bank_argument, files_argument, fingerprinted, inputs, mode_option
from staydown.cli.statuses import ExitStatus
from staydown.cli.tally import Tally
from staydown.errors import EntryIdError


@click.command()
@bank_argument
@files_argument
@click.option("--id", "entry_id", metavar="ID", help="The entry's id; with one file only.")
@click.option("--id-from-name", is_flag=True, help="Use the files' names, without ending, as ids.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Tag every entry; may repeat.")
@mode_option
@console_options
def add(
    console: Console,
    *,
    bank_file: Path,
    files: tuple[str, ...],
    entry_id: str | None,
    id_from_name: bool,
    tags: tuple[str, ...],
    mode: str,
) -> ExitStatus:
    """Add pictures and videos as entries.

    FILE is a picture, a video, a folder of them, or - for standard input. Ids are random unless
    you choose them. Each line of output is an entry that is safely in the file, and the name of
    the file it came from: keep it if you will want to remove entries again.
    """
    from staydown.index import BankFile  # noqa: PLC0415 - loads numba

    found = list(inputs(files))
    if entry_id is not None and (id_from_name or len(found) != 1):
        raise click.UsageError("--id names one entry: give one file, and not --id-from-name.")
    tally, note = Tally(console), note_of(tags)
    with (
        BankFile.open(bank_file) as store,
        console.progress("Adding", total=len(found)) as meter,
    ):
        for one, outcome in fingerprinted(found, mode=mode):
            meter.advance()
            fingerprint = tally.take(one, outcome)
            if fingerprint is None:
                continue
            chosen = entry_id or (name_as_id(one.name) if id_from_name else new_entry_id())
            try:
                store.add(chosen, fingerprint, meta=note)
            except EntryIdError as error:
                tally.fail(one, error)
                continue
            console.record({"id": chosen, "file": one.name}, f"{shown(chosen)}\t{shown(one.name)}")
    console.note(f"{tally.done} added, {tally.failed} failed.")
    status = tally.status()
    tally.require_any("add")
    return status
