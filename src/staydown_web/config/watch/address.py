"""Where the web server of a folder answers, for who looks from the same machine."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

WEB_FILE: Final = "web.json"


def note_address(home: Path, *, host: str, port: int) -> None:
    """Say where the web server of this folder answers, for who checks it on this machine.

    Raises:
        OSError: the folder takes nothing.
    """
    asked = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared
    path = home / WEB_FILE
    made = path.with_suffix(f".{os.getpid()}")
    try:
        made.write_text(json.dumps({"host": asked, "port": port}), encoding="ascii")
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def web_address(home: Path, *, otherwise: str) -> tuple[str, int]:
    """Host and port of this folder's web server.

    Args:
        home: folder of the service.
        otherwise: the service's address, whose port counts where none was noted.
    """
    return noted_address(home) or ("127.0.0.1", urlsplit(otherwise).port or 8000)


def noted_address(home: Path) -> tuple[str, int] | None:
    """Host and port that this folder's web server noted last; None where it never did."""
    try:
        noted = json.loads((home / WEB_FILE).read_text(encoding="ascii"))
        return str(noted["host"]), int(noted["port"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def url_of(host: str, port: int) -> str:
    """The address of a web server on this machine, without TLS."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
