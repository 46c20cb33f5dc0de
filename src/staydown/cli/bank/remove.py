"""``staydown bank remove``: remove entries."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from staydown.cli.console import Console, console_options, shown
from staydown.cli.inputs import DASH, bank_argument
from staydown.cli.statuses import ExitStatus, status_of
from staydown.errors import EntryNotFoundError


@click.command()
@bank_argument
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@click.option(
    "--erase",
    is_flag=True,
    help="Then write the file anew, so that nothing of removed entries stays in it.",
)
@console_options
def remove(console: Console, *, bank_file: Path, ids: tuple[str, ...], erase: bool) -> ExitStatus:
    """Remove entries.

    ID is an entry's id, or - to read ids from standard input, one a line. Each line of output is
    an id that no longer matches. Ids that are not there are reported, and the others removed.
    """
    from staydown.index import BankFile  # noqa: PLC0415 - loads numba

    removed, last, missing = 0, None, 0
    with BankFile.open(bank_file) as store:
        for entry_id in _all(ids):
            try:
                store.remove(entry_id)
            except EntryNotFoundError as error:
                console.failure(error, source=entry_id)
                last, missing = error, missing + 1
                continue
            removed += 1
            console.record({"id": entry_id, "removed": True}, shown(entry_id))
        if erase:
            store.compact()
    console.note(f"{removed} removed, {missing} not found.")
    if last is None:
        return ExitStatus.DONE
    return ExitStatus.INCOMPLETE if removed else status_of(last)


def _all(ids: tuple[str, ...]) -> Iterator[str]:
    for entry_id in ids:
        if entry_id == DASH:
            yield from (line.strip() for line in sys.stdin if line.strip())
        else:
            yield entry_id
