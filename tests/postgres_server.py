"""A PostgreSQL cluster of a test's own, that ends with it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_PROGRAM = Path(__file__).parents[1] / ".ci" / "postgres"
_MISSING = 77
_WAIT = "import os, sys; print(os.environ['DATABASE_URL'], flush=True); sys.stdin.read()"


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of an empty database; the test is skipped where PostgreSQL is not installed."""
    process = subprocess.Popen(
        [sys.executable, str(_PROGRAM), sys.executable, "-c", _WAIT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = process.stdout.readline().strip() if process.stdout else ""
        if not url and process.wait(60) == _MISSING:
            pytest.skip("PostgreSQL is not installed")
        assert url, "PostgreSQL did not start"
        yield url
    finally:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait(60)
