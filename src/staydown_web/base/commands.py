"""How this program is called where it runs: commands that people copy must find it."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

from django.conf import settings

NAME = "staydown"


def program() -> Path | None:
    """Where this program lies; None where PATH leads to it, so that its name is enough."""
    here = Path(sys.executable).with_name(NAME)
    found = shutil.which(NAME)
    if not here.exists() or (found and Path(found).absolute() == here.absolute()):
        return None
    return here.absolute()


def as_called(command: str, *, home: Path | None = None, needs_data: bool = True) -> str:
    """A command as it is typed here, so that it works from any folder.

    Ours is named by its path where PATH does not lead to it, and finds the data of this service:
    whoever copies it is seldom in the folder in which the service was started. Other commands
    stay as they are.

    Args:
        command: of this program (``staydown doctor``) or of the system (``df -h``).
        home: where the data lie; as set, if not given.
        needs_data: False for a command that needs none of this service.
    """
    name, space, rest = command.partition(" ")
    if name != NAME:
        return command
    here = program()
    called = NAME if here is None else shlex.quote(str(here))
    if not needs_data:
        return f"{called}{space}{rest}"
    data = shlex.quote(str(home or settings.STAYDOWN_HOME))
    return f"STAYDOWN_HOME={data} {called}{space}{rest}"
