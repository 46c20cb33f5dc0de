"""The command line: one module per subcommand, loaded only when it is called."""

from __future__ import annotations

import os


def main() -> None:
    """Run ``staydown`` as a program: read the arguments, exit with a status of ``statuses``."""
    from staydown.cli.program import run  # noqa: PLC0415 - nothing may load before it is needed

    # Nothing here multiplies large matrices: threads for it cost a tenth of a command's start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    raise SystemExit(run())
