"""A Ray cluster for tests: several nodes of this machine, started and killed one by one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

HOST = Path(__file__).with_name("ray_host.py")
END_S = 30


class RayCluster:
    """A head without processors, and as many nodes with one processor as a test adds.

    Args:
        environment: more variables for all its processes.
    """

    def __init__(self, **environment: str) -> None:
        # Sockets lie below it, whose names may have a hundred characters.
        self._folder = tempfile.mkdtemp(prefix="sdray", dir="/tmp")
        self._said = (Path(self._folder) / "said").open("w")
        self._host = subprocess.Popen(
            [sys.executable, str(HOST)],
            env={**os.environ, "RAY_TMPDIR": self._folder, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
            bufsize=1,
        )
        self.address = self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add_node(self, *, core: int | None = None) -> int:
        """Start a node with one processor; its number."""
        return int(self._ask(f"add {'-' if core is None else core}"))

    def kill_node(self, number: int) -> None:
        """End a node as a power cut would."""
        assert self._ask(f"kill {number}") == "killed"

    def kill_head(self) -> None:
        """End the head in the same way; no node can be added any more."""
        assert self._ask("kill head") == "killed"

    def close(self) -> None:
        """End all nodes and remove what they left."""
        assert self._host.stdin
        assert self._host.stdout
        self._host.stdin.close()
        try:
            self._host.wait(END_S)
        except subprocess.TimeoutExpired:
            self._host.kill()
            self._host.wait()
        self._host.stdout.close()
        self._said.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ask(self, line: str) -> str:
        assert self._host.stdin
        self._host.stdin.write(line + "\n")
        return self._answer()

    def _answer(self) -> str:
        assert self._host.stdout
        answer = self._host.stdout.readline().strip()
        assert answer, (Path(self._folder) / "said").read_text()[-2000:]
        return answer
