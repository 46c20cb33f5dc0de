"""What the replica's server does with bodies that it refuses unread."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from staydown_client.edge import Edge
from staydown_client.edge.serving import MOST_JSON, make_server

LONG = MOST_JSON + 1


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """The socket file of a server without a copy."""
    with Edge(tmp_path / "memory", without_copy="hold") as edge:
        server = make_server(edge, str(tmp_path / "s"))
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield tmp_path / "s"
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("host", "size", "status"), [("hub.example", 2, b"400"), ("localhost", LONG, b"413")]
)
def test_who_still_sends_a_body_that_was_refused_gets_the_answer(
    path: Path, host: str, size: int, status: bytes
) -> None:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(30)
        asking.connect(str(path))
        head = f"POST /check HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}\r\n\r\n"
        asking.sendall(head.encode())
        assert select.select([asking], [], [], 30)[0], "no answer"
        asking.sendall(b"x" * size)
        assert asking.recv(4096).split(b" ")[1] == status
