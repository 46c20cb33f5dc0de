"""How this program is called where it runs: commands that people copy must find it."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

NAME = "staydown"


def program() -> Path | None:
    """Where this program lies; None where PATH leads to it, so that its name is enough."""
    here = Path(sys.executable).with_name(NAME)
    found = shutil.which(NAME)
    if not here.exists() or (found and Path(found).absolute() == here.absolute()):
        return None
    return here.absolute()


def as_called(command: str) -> str:
    """A command that begins with the program's name, so that it works from any folder here."""
    here = program()
    if here is None:
        return command
    return shlex.quote(str(here)) + command.removeprefix(NAME)
