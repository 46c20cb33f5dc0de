"""An app that stores what it gets, a hook of a real service, and guards between them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from checked_service import CheckedService, staydown
from staydown_client.guard import Guard, GuardSettings


@dataclass
class App:
    """A forum that nobody can change.

    Attributes:
        stored: bodies of all uploads that reached it.
        seen: method, target and headers of each request.
    """

    origin: str = ""
    stored: list[bytes] = field(default_factory=list)
    seen: list[tuple[str, str, list[tuple[str, str]]]] = field(default_factory=list)


@contextmanager
def running_app() -> Iterator[App]:
    app, kept = Flask(__name__), App()

    @app.route("/<path:path>", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def any_path(path: str) -> Response:
        body = request.get_data()
        target = request.environ["RAW_URI"]
        kept.seen.append((request.method, target, list(request.headers.items())))
        if request.method in {"POST", "PUT", "PATCH"}:
            kept.stored.append(body)
        if path == "stream":
            return Response(iter([b"one,", b"two,", b"three"]), content_type="text/plain")
        answer = Response(b"\x00\xff" + path.encode(), status=201, content_type="x/y")
        answer.headers.add("Set-Cookie", "a=1")
        answer.headers.add("Set-Cookie", "b=2")
        return answer

    server = make_server("127.0.0.1", 0, app, threaded=True)
    kept.origin = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def running_guard(**settings: Any) -> Iterator[Guard]:
    with Guard(GuardSettings(port=0, **settings)) as guard:
        thread = threading.Thread(target=guard.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield guard
        finally:
            guard.shutdown()
            thread.join(5)


@pytest.fixture
def app() -> Iterator[App]:
    with running_app() as started:
        yield started


@pytest.fixture(scope="session")
def hook_for(service: CheckedService) -> Callable[..., str]:
    """``hook_for("closed", "refuse")`` gives the secret of such a hook of the real service."""

    @cache  # a hook keeps nothing of one test for the next
    def made(on_failure: str, on_hold: str) -> str:
        home = service.served.home
        said = staydown(
            home,
            *("manage", "create-hook", "guard", "--kind", "guard", "--json"),
            *("--on-failure", on_failure, "--on-hold", on_hold),
        )
        return str(json.loads(said)["secret"])

    return made


@pytest.fixture
def guarded(app: App) -> Iterator[Callable[..., str]]:
    """``guarded(service=…, secret=…, on_unreachable=…)`` puts one before the app; its address."""
    with ExitStack() as stack:

        def started(**settings: Any) -> str:
            guard = stack.enter_context(running_guard(upstream=app.origin, **settings))
            return f"http://127.0.0.1:{guard.server_address[1]}"

        yield started
