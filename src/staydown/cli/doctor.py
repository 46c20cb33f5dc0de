"""``staydown doctor``: check that this installation works."""

from __future__ import annotations

from pathlib import Path

import click

from staydown.cli.checks import Check, Health, bank_check, installation_checks
from staydown.cli.console import Console, console_options
from staydown.cli.statuses import ExitStatus


@click.command()
@click.argument("bank_files", nargs=-1, metavar="[BANKFILE...]", type=click.Path(path_type=Path))
@console_options
def doctor(console: Console, *, bank_files: tuple[Path, ...]) -> ExitStatus:
    """Check that this installation works.

    Looks at Python, the packages, the fingerprint kernel (against a known answer), the sandbox
    that opens media, the compiler's cache and the memory; and opens the bank files given. The
    exit status is 7 where something does not work.
    """
    found: list[Check] = []
    for check in (*installation_checks(), *map(bank_check, bank_files)):
        found.append(check)
        row = {"check": check.name, "health": str(check.health), "detail": check.detail}
        console.record(row, f"{check.health:<8} {check.name:<10} {check.detail}")
    broken = [check for check in found if check.health is Health.BROKEN]
    console.note(f"{len(broken)} of {len(found)} checks failed." if broken else "Everything works.")
    return ExitStatus.CONFIG if broken else ExitStatus.DONE
