"""The command line: one module per subcommand, loaded only when it is called."""

from __future__ import annotations


def main() -> None:
    """Run ``staydown`` as a program: read the arguments, exit with a status of ``statuses``."""
    from staydown.cli.program import run  # noqa: PLC0415 - nothing may load before it is needed

    raise SystemExit(run())
