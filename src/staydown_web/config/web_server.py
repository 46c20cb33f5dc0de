"""The process that answers requests: ``python -m staydown_web.config.web_server``.

Granian's main process holds the socket; its workers import Django each for themselves, end with
it, and are replaced when they fall.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from staydown_web.config.processes import end_with_parent

APPLICATION = "staydown_web.config.wsgi:application"
THREADS = 8
"""Requests that one worker answers at once. Most wait for the database or a decoding process."""

BACKLOG = 1024
KEEP_ALIVE_S = 30
HEADER_TIMEOUT_S = 15


def load_application(parent: int) -> Callable[..., Any]:
    """Import Django in a worker, once that worker is tied to its main process."""
    end_with_parent(parent)
    from staydown_web.config.wsgi import application

    warm_up()
    return application


def warm_up() -> None:
    """Do now what the first request would wait for; a defect in a room shows here."""
    from django.urls import get_resolver

    from staydown_web.banks.services import open_segments
    from staydown_web.screening.services import start_decoding, start_keeper, start_recorder

    _ = get_resolver().url_patterns
    open_segments()
    start_decoding()
    start_recorder()
    start_keeper()


def serve(*, host: str, port: int, workers: int, threads: int) -> None:
    """Answer requests until SIGTERM or SIGINT."""
    main_process = os.getpid()
    server = Server(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        loop=Loops.asyncio,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEADER_TIMEOUT_S * 1000, keep_alive=True, pipeline_flush=False
        ),
        log_level=LogLevels.error,
        log_access=False,  # addresses of pages say who looks at which case
        respawn_failed_workers=True,
        workers_kill_timeout=15,
        process_name=None,
    )
    server.serve(target_loader=lambda: load_application(main_process), wrap_loader=False)


def main() -> None:
    """Read the arguments and serve."""
    reader = argparse.ArgumentParser(prog="web_server")
    reader.add_argument("--host", default="127.0.0.1")
    reader.add_argument("--port", type=int, default=8000)
    reader.add_argument("--workers", type=int, default=1)
    reader.add_argument("--threads", type=int, default=THREADS)
    given = reader.parse_args()
    end_with_parent()
    serve(host=given.host, port=given.port, workers=given.workers, threads=given.threads)


if __name__ == "__main__":
    main()
