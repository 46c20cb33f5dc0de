"""Whatever goes to an address goes through the guarded fetcher, caller or mailer of ``base``."""

from __future__ import annotations

import ast
from pathlib import Path

SRC = Path(__file__).parents[2] / "src" / "staydown_web"
SOCKETS = {"aiohttp", "ftplib", "httpx", "imaplib", "poplib", "requests", "smtplib"} | {
    *("socket", "telnetlib", "urllib3", "websockets"),
}
OPENERS = {"http.client", "urllib.request"}
MAY = {
    "base/fetching/proxies.py": "the guard itself",
    "base/fetching/resolving.py": "the guard itself",
    "base/fetching/transport.py": "the guard itself",
    "base/smtp.py": "the mailer itself",
    "config/demo/platform/client.py": "the demonstration, to this machine",
    "config/doctor.py": "the operator's own mail server",
    "config/preparing.py": "whether a port of this machine is free",
    "config/serving.py": "our own server",
    "config/watch/deep/called.py": "our own server",
    "escalation/services/receiving/mailbox.py": "the mailbox that an administrator set",
}
"""Modules that open a connection or could, and why."""


def opened_by(path: Path) -> set[str]:
    """Which of these a module imports; what is imported for types alone too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name in OPENERS or name.partition(".")[0] in SOCKETS}


def test_only_the_guards_open_connections() -> None:
    found = {
        path.relative_to(SRC).as_posix(): names
        for path in SRC.rglob("*.py")
        if (names := opened_by(path))
    }
    assert {path: names for path, names in found.items() if path not in MAY} == {}
    assert set(MAY) <= set(found), "a module that opens nothing any more needs no leave"
