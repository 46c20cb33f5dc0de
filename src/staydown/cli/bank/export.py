"""``staydown bank export``: write the entries as a list."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from staydown.cli.bank.tags import tags_of
from staydown.cli.console import Console, console_options
from staydown.cli.inputs import bank_argument
from staydown.cli.statuses import ExitStatus
from staydown.formats import LeftOut, ListEntry, ListFormat, write_list
from staydown.nouns import many
from staydown.types import SignalType
from staydown.whole_file import DASH, whole_text

if TYPE_CHECKING:
    from staydown.index import BankFile


@click.command()
@bank_argument
@click.option(
    "--format",
    "form",
    type=click.Choice([str(form) for form in ListFormat]),
    default=str(ListFormat.FINGERPRINTS),
    show_default=True,
    help="fingerprints keeps everything; the others hold what their readers know.",
)
@click.option(
    "--type",
    "type_name",
    type=click.Choice(["sha256", "md5", "pdq"]),
    default="sha256",
    show_default=True,
    help="Which hash --format hashes writes.",
)
@click.option("--tag", "wanted", multiple=True, metavar="TAG", help="Only entries with this tag.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write this file, readable for you alone, instead of standard output.",
)
@console_options
def export(
    console: Console,
    *,
    bank_file: Path,
    form: str,
    type_name: str,
    wanted: tuple[str, ...],
    output: Path | None,
) -> ExitStatus:
    """Write the entries as a list.

    docs/formats.md shows each format. A list of hashes is personal data: some hashes can be
    turned into a rough likeness of the picture.
    """
    from staydown.index import BankFile  # noqa: PLC0415 - loads numba

    left_out, count = LeftOut(), 0
    with BankFile.open(bank_file, read_only=True) as store:
        entries = _entries(store, wanted)
        lines = write_list(
            entries, form=ListFormat(form), type_=SignalType(type_name), left_out=left_out
        )
        if output is None or str(output) == DASH:
            for count, line in enumerate(lines, 1):  # noqa: B007 - counts what was written
                console.line(line)
        else:
            count = _write_file(output, lines)
    count -= form == ListFormat.CSV
    console.note(f"{many(count, 'entry', 'entries')} written.")
    if left_out.counts:
        console.warn(f"Left out: {left_out}.")
    return ExitStatus.DONE


def _entries(store: BankFile, wanted: tuple[str, ...]) -> Iterator[ListEntry]:
    for entry in store.entries():
        tags = tags_of(entry.meta)
        if set(wanted) <= set(tags):
            fingerprint = store.fingerprint(entry.entry_id)
            yield ListEntry(fingerprint, entry_id=entry.entry_id, tags=tags)


def _write_file(path: Path, lines: Iterator[str]) -> int:
    """Write a list beside the path, then put it in place at once; the number of lines."""
    count = 0
    with whole_text(path) as file:
        for count, line in enumerate(lines, 1):  # noqa: B007 - counts what was written
            file.write(line + "\n")
    return count
