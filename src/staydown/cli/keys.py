"""``staydown keys``: the service's keys, listed, changed without a pause, and retired."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

import click

from staydown.cli.console import Console, console_options
from staydown.cli.service import service
from staydown.cli.statuses import ExitStatus

KINDS = ("field", "blind", "audit", "django", "documents", "federation")
_KIND = click.argument("kind", type=click.Choice(KINDS))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def keys() -> None:
    """List the service's keys, change them without a pause, retire old ones."""


@keys.command("list")
@console_options
def list_keys(console: Console) -> ExitStatus:
    """List every key with its age, and how it is changed. No key is shown."""
    kinds = _ready("keyring.listing")
    now = _now()
    lines = list(kinds.key_lines())
    width = max((len(line.name) for line in lines), default=0)
    for line in lines:
        days = line.days(now)
        row = {
            "kind": line.kind,
            "name": line.name,
            "made_at": line.made_at.isoformat() if line.made_at else None,
            "days": days,
            "state": line.state,
            "remedy": line.remedy,
        }
        age = "" if days is None else f"{days} d"
        console.record(
            row, f"{line.kind:<10} {line.name:<{width}} {age:>7}  {line.state}; {line.remedy}"
        )
    return ExitStatus.DONE


@keys.command()
@_KIND
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=2),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a process can take to see a new file among the keys: on a network share 90.",
)
@console_options
def rotate(console: Console, *, kind: str, wait_s: float) -> ExitStatus:
    """Change a key while everything goes on.

    The new key comes beside the old one: every process takes what either made, and uses the new
    one once all of them know it. What the old field key sealed is sealed anew. A change that was
    cut short goes on where it was. `staydown keys retire` ends it. The key of blind indexes alone
    (`blind`) is changed with the service stopped.
    """
    kinds = _ready("keyring.kinds")
    with console.progress("Looked at", total=None) as meter:
        said = kinds.rotate(
            kinds.Kind(kind), wait_s=wait_s, now=_now(), say=console.note, note=meter.advance
        )
    console.record({"kind": kind, "done": said}, said)
    return ExitStatus.DONE


@keys.command()
@_KIND
@console_options
def retire(console: Console, *, kind: str) -> ExitStatus:
    """Destroy older keys of a kind, once nothing needs them.

    Looks first, and refuses as long as something still does. For the field key: backups of before
    the change cannot be opened any more, which is what a change after a theft is for.
    """
    kinds = _ready("keyring.kinds")
    with console.progress("Looked at", total=None) as meter:
        said = kinds.retire(kinds.Kind(kind), now=_now(), say=console.note, note=meter.advance)
    console.record({"kind": kind, "done": said}, said)
    return ExitStatus.DONE


def _ready(module: str) -> ModuleType:
    service("preparing").set_up_service(is_for_keys=True)
    return service(module)


def _now() -> object:
    return import_module("staydown_web.base.clock").utc_now()
