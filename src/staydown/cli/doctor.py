"""``staydown doctor``: check that this installation works."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click

from staydown.cli.checks import Check, Health, bank_check, installation_checks
from staydown.cli.console import Console, console_options
from staydown.cli.statuses import ExitStatus


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
    broken = [check for check in found if check.health is Health.BROKEN]
    console.note(f"{len(broken)} of {len(found)} checks failed." if broken else "Everything works.")
    return ExitStatus.CONFIG if broken else ExitStatus.DONE


def service_checks(*, is_deep: bool = False) -> Iterable[Check]:
    """The service's own checks; none where only the library is installed."""
    if find_spec("django") is None or find_spec("staydown_web") is None:
        return ()
    checks: Iterable[Check] = import_module("staydown_web.config.doctor").service_checks(
        is_deep=is_deep
    )
    return checks
