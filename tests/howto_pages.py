"""How-tos that need a service: all blocks of a page in one shell, as a reader would type them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PAGES = Path(__file__).parents[1] / "docs" / "howto"
MARK = "<!-- runs with a service -->"
BLOCK = re.compile(r"^```(sh|python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"# (\w+\.py)\n")
MOST_S = 300


@dataclass(frozen=True, slots=True)
class Step:
    """A block of commands, and what it is to print; None where the page does not say."""

    commands: str
    printed: str | None


def steps_of(page: Path, folder: Path, replaced: dict[str, str]) -> list[Step]:
    """The blocks of commands of a page; its programs are put into the folder by their names."""
    text = page.read_text()
    assert MARK in text
    for old, new in replaced.items():
        assert old in text, f"{page.name} does not name {old}"
        text = text.replace(old, new)
    steps: list[Step] = []
    for kind, block in BLOCK.findall(text):
        if kind == "python":
            named = FILE_NAME.match(block)
            assert named, "a program says in its first line which file it is"
            (folder / named[1]).write_text(block)
        elif kind == "sh":
            steps.append(Step(block, None))
        else:
            steps[-1] = Step(steps[-1].commands, block)
    return steps


def run_steps(steps: list[Step], folder: Path, **environment: str) -> None:
    """Run all of them in one shell, and compare what they print."""
    script = ["set -euo pipefail", "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT"]
    for number, step in enumerate(steps):
        script.append(f"exec 3>step-{number}\n{{\n{step.commands}}} >&3 3>&-")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    cleared = {k: v for k, v in os.environ.items() if not k.startswith(("STAYDOWN_", "DJANGO_"))}
    with (folder / "said").open("w") as said:
        done = subprocess.run(
            ["bash", "-c", "\n".join(script)],
            cwd=folder,
            env={**cleared, "PATH": path, **environment},
            stdout=said,
            stderr=said,
            timeout=MOST_S,
            check=False,
        )
    told = (folder / "said").read_text()
    printed = [(folder / f"step-{number}").read_text() for number in range(len(steps))]
    assert done.returncode == 0, f"{told}\n{printed}"
    for step, text in zip(steps, printed, strict=True):
        assert step.printed in {None, text}, f"{step.commands}\n{text}\n{told}"
