"""Running commands in this process, as a user runs them in a shell."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest

from staydown.cli import program


class Run:
    """Runs commands in this process and keeps what they print."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.err = ""

    def __call__(self, *arguments: object, status: int = 0) -> list[str]:
        """Lines on standard output of a command that ends in this status."""
        ended = program.run([str(argument) for argument in arguments])
        said = self._capsys.readouterr()
        self.err = said.err
        assert ended == status, said.err
        return said.out.splitlines()

    def json(self, *arguments: object, status: int = 0) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self(*arguments, "--json", status=status)]


def as_stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Make this standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
