"""The applications of ``upload_apps`` under a real server, in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from served import free_ports

START_S = 60.0
TESTS = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class RunningApp:
    """An application that answers.

    Attributes:
        uploads: where it stores.
        temporary: where its process puts temporary files.
        log: what it wrote.
    """

    address: str
    uploads: Path
    temporary: Path
    log: Path

    def stored(self) -> list[bytes]:
        """What it stored, in the order in which it did."""
        return [path.read_bytes() for path in sorted(self.uploads.iterdir())]


@contextmanager
def running_app(
    target: str, interface: str, service: tuple[str, str], **environment: str
) -> Iterator[RunningApp]:
    """Start an application under granian.

    Args:
        target: such as ``upload_apps.asgi_app:app``.
        interface: "asgi" or "wsgi".
        service: address and key.
        environment: choices, see ``upload_apps``.
    """
    port = free_ports()
    with tempfile.TemporaryDirectory(prefix="uploads-") as made:
        folder = Path(made)
        uploads, temporary, log = folder / "uploads", folder / "temporary", folder / "log"
        uploads.mkdir()
        temporary.mkdir()
        own = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("STAYDOWN_", "DJANGO_"))},
            "PYTHONPATH": str(TESTS),
            "TMPDIR": str(temporary),
            "UPLOADS": str(uploads),
            "UPLOADS_TEMP": str(temporary),
            "STAYDOWN_URL": service[0],
            "STAYDOWN_KEY": service[1],
            **environment,
        }
        command = ["-m", "granian", "--interface", interface, "--port", str(port), "--no-ws"]
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, *command, target], env=own, stdout=out, stderr=out
            )
        try:
            running = RunningApp(f"http://127.0.0.1:{port}", uploads, temporary, log)
            _wait_for(running, process)
            yield running
        finally:
            process.terminate()
            try:
                process.wait(20)
            finally:
                process.kill()
                process.wait()


def _wait_for(app: RunningApp, process: subprocess.Popen[bytes]) -> None:
    ends_at = time.monotonic() + START_S
    while True:
        try:
            urllib.request.urlopen(app.address, timeout=5).close()
        except urllib.error.HTTPError as answered:
            answered.close()
            return
        except OSError:
            assert process.poll() is None, app.log.read_text()
            assert time.monotonic() < ends_at, app.log.read_text()
            time.sleep(0.05)
        else:
            return
