"""``docs/cli.md``, written from the commands themselves: ``make docs`` calls this module."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from staydown.cli.program import root

HEAD = """\
# The command line

This page is written by `make docs` from the commands themselves. Results go to standard output,
everything else to standard error; `--json` prints one JSON object a line; a file called `-` is
standard input. [errors.md](errors.md) lists the exit statuses and every error code.
"""


def page() -> str:
    """The whole page as Markdown."""
    context = click.Context(root, info_name="staydown", help_option_names=["-h", "--help"])
    parts = [HEAD, *(_section(inner, command) for inner, command in commands(context))]
    return "\n".join(parts)


def commands(context: click.Context) -> Iterator[tuple[click.Context, click.Command]]:
    """Every command with its context, groups before what they hold."""
    group = context.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is not None:
            inner = click.Context(command, info_name=name, parent=context)
            yield inner, command
            yield from commands(inner)


def _section(context: click.Context, command: click.Command) -> str:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    text = inspect.cleandoc((command.help or "").partition("\f")[0])
    lines = [f"## {context.command_path}", "", "```", usage, "```", "", text, ""]
    records = [p.get_help_record(context) for p in command.get_params(context)]
    rows = [record for record in records if record is not None and record[1]]
    if rows:
        lines += ["| option | what it does |", "|---|---|"]
        lines += [f"| `{_cell(option)}` | {_cell(what)} |" for option, what in rows]
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
