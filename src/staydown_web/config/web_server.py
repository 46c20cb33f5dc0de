"""The process that answers requests: ``python -m staydown_web.config.web_server``.

Granian's main process holds the socket; its workers import Django each for themselves, end with
it, and are replaced when they fall.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from staydown_web.base.logs import logging_of
from staydown_web.config.environment import read_environment
from staydown_web.config.folders import refusal_of
from staydown_web.config.processes import end_with_parent
from staydown_web.config.roles import in_role
from staydown_web.config.watch.address import note_address

APPLICATION = "staydown_web.config.wsgi:application"
THREADS = 8
"""Checks by hash that one worker answers at once; ``config.lanes`` has the places of all else."""

MORE_CARRIERS = 168
"""Threads of a worker beside one a processor: for each request that is in work, waits in a line or
is being refused. They start when they are needed. What comes above them waits in the server's own
queue, which moves as quickly as there is somebody to say no."""

_RUBBISH_AFTER = 10_000
"""New objects after which Python looks for cycles among them: what a check makes has none."""
_GENERATIONS = 20

BACKLOG = 1024
KEEP_ALIVE_S = 30
HEADER_TIMEOUT_S = 15


def load_application(parent: int, threads: int, *, is_beside: bool) -> Callable[..., Any]:
    """Import Django in a worker, once that worker is tied to its main process."""
    end_with_parent(parent)
    gc.disable()  # nothing that is imported is rubbish; looking for some is a tenth of the start
    from staydown_web.config import wsgi
    from staydown_web.config.counted import counted, lane_of
    from staydown_web.config.lanes import Lanes, lender
    from staydown_web.config.refusals import make_pages

    wsgi.lanes = Lanes(threads)
    lender.begin()
    warm_up(is_beside=is_beside)
    make_pages(wsgi.pages)
    # What is there now stays: looking through all of it for rubbish would be a pause for everybody,
    # and now a tenth of the start, for no megabyte.
    gc.freeze()
    gc.set_threshold(_RUBBISH_AFTER, _GENERATIONS, _GENERATIONS)
    gc.enable()
    return counted(in_role(wsgi.application), lane_of=lane_of)


def warm_up(*, is_beside: bool = False) -> None:
    """Do now what the first request would wait for; a defect in a room shows here.

    Args:
        is_beside: this is a server of checks beside that of pages.
    """
    from django.conf import settings
    from django.urls import get_resolver

    from staydown_web.banks.services import open_segments
    from staydown_web.banks.services.facts_table import FACTS
    from staydown_web.base.counting import start_counting
    from staydown_web.base.lending import keep_lines
    from staydown_web.base.logs import guard_process
    from staydown_web.base.sqlite import NOW_AND_THEN_S, OFTEN_S, look_often
    from staydown_web.base.tracing import start_tracing
    from staydown_web.config.compiled_search import load_search
    from staydown_web.config.watch.looking import WATCH
    from staydown_web.screening.services import start_decoding, start_keeper, start_recorder

    guard_process()
    keep_lines()
    look_often(NOW_AND_THEN_S if is_beside else OFTEN_S)
    start_counting("web")
    start_tracing(settings.STAYDOWN_TRACES_URL, role="web")
    _ = get_resolver().url_patterns
    load_search(settings.STAYDOWN_HOME)
    open_segments()
    FACTS.begin()
    start_decoding()
    start_recorder(takes_in=not is_beside)
    start_keeper()
    WATCH.start()


def serve(*, host: str, port: int, workers: int, threads: int, is_beside: bool = False) -> None:
    """Answer requests until SIGTERM or SIGINT.

    Args:
        host: where to listen.
        port: where to listen.
        workers: processes.
        threads: checks by hash that each answers at once.
        is_beside: another server of this folder is the one whose address is noted.
    """
    main_process, environment = os.getpid(), read_environment()
    server = Server(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=MORE_CARRIERS + len(os.sched_getaffinity(0)),
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
        log_dictconfig=logging_of(environment.observed.log_form, is_open=environment.debug),
    )
    if not is_beside:
        try:
            note_address(environment.home, host=host, port=port)
        except OSError as error:
            sys.exit(f"error[config_error]: {refusal_of(error)}")
    server.serve(
        target_loader=lambda: load_application(main_process, threads, is_beside=is_beside),
        wrap_loader=False,
    )


def main() -> None:
    """Read the arguments and serve."""
    reader = argparse.ArgumentParser(prog="web_server")
    reader.add_argument("--host", default="127.0.0.1")
    reader.add_argument("--port", type=int, default=8000)
    reader.add_argument("--workers", type=int, default=1)
    reader.add_argument("--threads", type=int, default=THREADS)
    reader.add_argument("--beside", action="store_true")
    given = reader.parse_args()
    end_with_parent()
    serve(
        host=given.host,
        port=given.port,
        workers=given.workers,
        threads=given.threads,
        is_beside=given.beside,
    )


if __name__ == "__main__":
    main()
