"""Commands of the service in tests, each a process of its own in an installation's surroundings."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from upgrade_scene import Installation

VERIFY = """
from staydown_web.audit.services import verify_chain
found = verify_chain()
print(found.is_whole, found.events)
"""


def staydown(
    installation: Installation, *arguments: object, status: int = 0, **more: str
) -> dict[str, Any]:
    """Run a command of an installation; what it says, as JSON."""
    command = [sys.executable, "-m", "staydown", *map(str, arguments)]
    done = subprocess.run(
        command,
        env=installation.environment(**more),
        cwd=installation.home.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stderr[-3000:]
    return json.loads(done.stdout) if done.stdout.startswith("{") else {"said": done.stderr}
