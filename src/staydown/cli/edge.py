"""``staydown edge``: a copy of a hub's banks near a platform, and checks from it.

The library never imports the client: these commands find it by its name, when they are called.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click

from staydown.cli.console import Console, console_options
from staydown.cli.statuses import ExitStatus
from staydown.errors import ConfigError

_REMEDY = "the edge replica is not installed here; install it: pip install 'staydown[edge]'"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def edge() -> None:
    """Check uploads near a platform, also while the hub is away."""


@edge.command()
@click.argument("path", metavar="KEYFILE", type=click.Path(path_type=Path))
@console_options
def key(console: Console, *, path: Path) -> ExitStatus:
    """Print the public key of this replica.

    Makes the private key at KEYFILE where there is none, readable by its owner alone. Whoever asks
    for the agreement at the hub types the public key there.
    """
    keys = _part("keys")
    made = keys.read_key(path) if path.exists() else keys.make_key(path)
    console.record({"public_key": made.public}, made.public)
    return ExitStatus.DONE


@edge.command()
@console_options
def run(console: Console) -> ExitStatus:
    """Keep the copy, and answer checks on this machine.

    Settings are variables of the environment: STAYDOWN_EDGE_HUB, STAYDOWN_EDGE_API_KEY_FILE,
    STAYDOWN_EDGE_KEY, STAYDOWN_EDGE_DATA, STAYDOWN_EDGE_WITHOUT_COPY (clear, hold or refuse),
    STAYDOWN_EDGE_LISTEN, STAYDOWN_EDGE_MEMORY, STAYDOWN_EDGE_SURVIVES_REBOOT. docs/edge.md explains
    each. Ctrl-C or SIGTERM ends it, with status 0, and what is decrypted is destroyed.
    """
    settings = _part("settings").from_environment(os.environ)
    try:
        return ExitStatus(_part("running").run(settings, say=console.note))
    except KeyboardInterrupt:
        return ExitStatus.DONE


@edge.command()
@console_options
def status(console: Console) -> ExitStatus:
    """Say how the copy on this machine stands.

    Prints whether it answers, how many seconds ago it was last up to date, and until when it may
    answer without the hub. The exit status is 7 where it may not answer.
    """
    named = {"without_copy": os.environ.get("STAYDOWN_EDGE_WITHOUT_COPY") or "refuse"}
    folder = _part("settings").memory_folder(os.environ)
    if not folder.exists():
        raise ConfigError("no edge replica runs here: its folder in memory is not there")
    with _part("checking").Edge(folder, **named) as found:
        row = found.status()
    lines = (f"{name:<16} {'-' if value is None else value}" for name, value in row.items())
    console.record(row, "\n".join(lines))
    return ExitStatus.DONE if row["is_ready"] else ExitStatus.CONFIG


def _part(module: str) -> ModuleType:
    """A module of the edge replica.

    Raises:
        ConfigError: what it needs is not installed.
    """
    try:
        import_module("cryptography")
        import_module("httpx")
        return import_module(f"staydown_client.edge.{module}")
    except ModuleNotFoundError as error:
        raise ConfigError(f"{_REMEDY} (missing: {error.name})") from None
