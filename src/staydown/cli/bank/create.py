"""``staydown bank create``: make an empty bank file."""

from __future__ import annotations

from pathlib import Path

import click

from staydown.cli.console import Console, console_options
from staydown.cli.inputs import bank_argument
from staydown.cli.statuses import ExitStatus


@click.command()
@bank_argument
@console_options
def create(console: Console, *, bank_file: Path) -> ExitStatus:
    """Make an empty bank file.

    A file that is already there is left as it is, and the command fails.
    """
    from staydown.index import BankFile  # noqa: PLC0415 - loads numba

    BankFile.create(bank_file).close()
    console.record({"bank_file": str(bank_file), "entries": 0})
    console.note(f"Made {bank_file}. Next: staydown bank add {bank_file} FILE...")
    return ExitStatus.DONE
