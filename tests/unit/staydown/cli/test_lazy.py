from __future__ import annotations

import click
import pytest

from staydown.cli import bank, program
from staydown.cli.lazy import LazyCommand, LazyGroup

EVERY = [*program.COMMANDS, *bank.COMMANDS]


@pytest.mark.parametrize("row", EVERY, ids=lambda row: row.name)
def test_the_table_says_what_the_command_says(row: LazyCommand) -> None:
    command = row.load()
    assert command.name == row.name
    assert (command.help or "").partition("\n")[0] == row.help


def test_an_unknown_name_is_no_command() -> None:
    group = LazyGroup("group", table=[LazyCommand("hash", "staydown.cli.hash:hash_command", "x")])
    context = click.Context(group)
    assert group.get_command(context, "other") is None
    assert group.list_commands(context) == ["hash"]
