"""The service on a port of this machine, as clients of HMA meet it, with segments of its own."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import httpx
import pytest
from django.conf import settings
from django.db import connections
from django.test import override_settings

from staydown_web.accounts.services.keys import forget_keys
from staydown_web.banks.services import close_segments

EVERYTHING = ("check", "match:detail", "banks:read", "banks:write", "exchanges")


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    """One thread a request; each gives its connection to the database back."""

    daemon_threads = False

    def process_request_thread(self, *args: Any) -> None:
        try:
            super().process_request_thread(*args)
        finally:
            connections.close_all()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Nothing: addresses are not logged."""


@pytest.fixture(autouse=True)
def segments(tmp_path: Path) -> Iterator[None]:
    """Segments in folders of this test alone."""
    close_segments()
    forget_keys()
    changed = {
        "STAYDOWN_HOME": tmp_path / "home",
        "STAYDOWN_SHARED_MEMORY": tmp_path / "memory",
        "STAYDOWN_KEYS": settings.STAYDOWN_KEYS,
        "STAYDOWN_HMA_KEYLESS": False,
    }
    with override_settings(**changed):
        yield
        close_segments()


@pytest.fixture
def address(transactional_db: None) -> Iterator[str]:
    """``http://127.0.0.1:PORT`` of the service."""
    from staydown_web.config.wsgi import application  # its static files are there by now

    with make_server("127.0.0.1", 0, application, _Server, _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def hma(address: str, platform: Any, key_for: Any) -> Iterator[httpx.Client]:
    """A client with a key that may do everything."""
    headers = {"Authorization": f"Bearer {key_for(platform, *EVERYTHING)[1]}"}
    with httpx.Client(base_url=address, headers=headers, timeout=30) as client:
        yield client


@pytest.fixture
def client_with(address: str, platform: Any, key_for: Any) -> Iterator[Callable[..., httpx.Client]]:
    """``client_with("check")`` gives a client whose key has these scopes; none for no key."""
    made: list[httpx.Client] = []

    def client(*scopes: str, **headers: str) -> httpx.Client:
        if scopes:
            headers["Authorization"] = f"Bearer {key_for(platform, *scopes)[1]}"
        made.append(httpx.Client(base_url=address, headers=headers, timeout=30))
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.fixture
def keyless(settings: Any, client_with: Callable[..., httpx.Client]) -> httpx.Client:
    """A client without a key, where the mode for those is on."""
    settings.STAYDOWN_HMA_KEYLESS = True
    return client_with()
