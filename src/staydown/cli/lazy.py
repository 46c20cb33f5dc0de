"""Groups of commands that import a command's module only when it is called.

``staydown --help`` prints from the table alone, so it starts without numpy, numba or a decoder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """One row of a command table.

    Attributes:
        name: what the user types.
        where: ``module:attribute`` of the ``click.Command``.
        help: one line for the list of commands; a test holds it against the command's own help.
    """

    name: str
    where: str
    help: str

    def load(self) -> click.Command:
        """Import the command."""
        module, _, attribute = self.where.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


class LazyGroup(click.Group):
    """A group whose commands come from a table, in the order in which help lists them."""

    def __init__(
        self,
        *args: Any,
        table: Iterable[LazyCommand] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.table = {row.name: row for row in table}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's shape
        """Names in the table's order."""
        return list(self.table)

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's shape
        cmd_name: str,
    ) -> click.Command | None:
        """Load one command, or None where there is none of this name."""
        row = self.table.get(cmd_name)
        return row.load() if row else None

    def format_commands(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's shape
        formatter: click.HelpFormatter,
    ) -> None:
        """Write the list of commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl([(row.name, row.help) for row in self.table.values()])
