"""A broad handler stands only where a process ends, or cleans up and raises again."""

from __future__ import annotations

import ast
from pathlib import Path

SRC = Path(__file__).parents[2] / "src"
OUTERMOST = {
    "staydown/cli/program.py",
    "staydown/isolate/child.py",
    "staydown_web/base/jobs.py",
    "staydown_web/config/worker.py",
    "staydown_web/screening/services/keeping.py",
    "staydown_web/screening/services/recording.py",
}
"""One broad handler a process or background thread: the command line, the child that opens media,
the worker and, in it, each row of a job by itself, the writers of findings that nobody waits for
and of uploads kept for dry runs."""

BROAD = {"Exception", "BaseException"}


def broad_handlers(path: Path) -> int:
    """How many handlers catch everything and keep it, in one module."""
    handlers = [
        n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ExceptHandler)
    ]
    return sum(
        handler.type is None
        or any(isinstance(n, ast.Name) and n.id in BROAD for n in ast.walk(handler.type))
        for handler in handlers
        if not raises_again(handler)
    )


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Whether the handler ends in a bare ``raise``: it only cleans up."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_only_the_outermost_handler_of_a_process_is_broad() -> None:
    found = {
        path.relative_to(SRC).as_posix(): broad_handlers(path)
        for path in SRC.rglob("*.py")
        if broad_handlers(path)
    }
    assert set(found) <= OUTERMOST
    assert set(found.values()) <= {1}
