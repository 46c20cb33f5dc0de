"""``staydown doctor``: check that this installation works."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click

from staydown.cli.checks import Check, Health, bank_check, installation_checks
from staydown.cli.console import Console, console_options
from staydown.cli.statuses import ExitStatus
from staydown.nouns import many


@click.command()
@click.argument("bank_files", nargs=-1, metavar="[BANKFILE...]", type=click.Path(path_type=Path))
@click.option(
    "--deep",
    is_flag=True,
    help="Also read the audit, open sealed copies and fields, measure the disk, look at the "
    "database, and send a known picture through the API. At most two minutes.",
)
@console_options
def doctor(console: Console, *, bank_files: tuple[Path, ...], deep: bool) -> ExitStatus:
    """Check that this installation works.

    Looks at Python, the packages, the fingerprint kernel (against a known answer), the sandbox
    that opens media, the compiler's cache and the memory; opens the bank files given; and, where a
    service is set up, looks at its settings, keys, database, disk, clock, mail and worker. The exit
    status is 7 where something does not work.

    With --deep it says in words how each part of the service stands, and tries it in earnest, while
    the service goes on.
    """
    found: list[Check] = []
    for check in (
        *installation_checks(),
        *service_checks(is_deep=deep),
        *map(bank_check, bank_files),
    ):
        found.append(check)
        row = {"check": check.name, "health": str(check.health), "detail": check.detail}
        console.record(row, f"{check.health:<8} {check.name:<10} {check.detail}")
    console.note(headline(found))
    is_broken = any(check.health is Health.BROKEN for check in found)
    return ExitStatus.CONFIG if is_broken else ExitStatus.DONE


def headline(found: Sequence[Check]) -> str:
    """One sentence on all checks: how many failed, and how many gave a warning."""
    broken = sum(check.health is Health.BROKEN for check in found)
    warned = sum(check.health is Health.WARNING for check in found)
    warnings = many(warned, "warning")
    if broken:
        more = f", {warnings}" if warned else ""
        return f"{broken} of {many(len(found), 'check')} failed{more}."
    return f"It works, with {warnings}: see above." if warned else "Everything works."


def service_checks(*, is_deep: bool = False) -> Iterable[Check]:
    """The service's own checks; none where only the library is installed."""
    if find_spec("django") is None or find_spec("staydown_web") is None:
        return ()
    checks: Iterable[Check] = import_module("staydown_web.config.doctor").service_checks(
        is_deep=is_deep
    )
    return checks
