"""``staydown bank``: make and change bank files."""

from __future__ import annotations

import click

from staydown.cli.lazy import LazyCommand, LazyGroup

COMMANDS = (
    LazyCommand("create", "staydown.cli.bank.create:create", "Make an empty bank file."),
    LazyCommand("add", "staydown.cli.bank.add:add", "Add pictures and videos as entries."),
    LazyCommand("remove", "staydown.cli.bank.remove:remove", "Remove entries."),
    LazyCommand("list", "staydown.cli.bank.listing:list_entries", "List the entries."),
    LazyCommand("export", "staydown.cli.bank.export:export", "Write the entries as a list."),
    LazyCommand("import", "staydown.cli.bank.take_in:import_list", "Add the entries of a list."),
)


@click.group(cls=LazyGroup, table=COMMANDS)
def bank() -> None:
    """Make and change bank files.

    A bank file holds the fingerprints of reported pictures and videos, never the pictures. It is
    personal data: keep it where only those who need it can read it.
    """
