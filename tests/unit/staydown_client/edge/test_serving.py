"""What the replica's server does with bodies that it refuses unread."""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from staydown.errors import InputError
from staydown_client.edge import Edge
from staydown_client.edge.asking import asked_of
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


@pytest.mark.parametrize("name", ["acount", "contentref"])
def test_a_field_that_no_check_has_is_refused_as_the_hub_does(name: str) -> None:
    body = {"signals": [{"type": "sha256", "value": "0" * 64}], name: "ann"}
    with pytest.raises(InputError, match="its fields are account, content_ref"):
        asked_of(json.dumps(body).encode(), "application/json")
    form = f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\nann\r\n'
    form += '--x\r\nContent-Disposition: form-data; name="media"\r\n\r\nmedia\r\n--x--\r\n'
    with pytest.raises(InputError, match="its fields are account, content_ref"):
        asked_of(form.encode(), "multipart/form-data; boundary=x")


def test_a_misspelt_type_of_signal_is_refused_as_the_hub_does() -> None:
    good = {"type": "sha256", "value": "0" * 64}
    for name in ("PDQ", "foo", "windows/9"):
        body = {"signals": [good, {"type": name, "value": "xx"}]}
        with pytest.raises(InputError, match=r"`signals\.1\.type`.*sha256, md5, pdq"):
            asked_of(json.dumps(body).encode(), "application/json")
    whole = {"version": 1, "kind": "photo", "signals": [good, {"type": "PDQ", "value": "xx"}]}
    with pytest.raises(InputError, match=r"`fingerprint\.signals\.1\.type`"):
        asked_of(json.dumps({"fingerprint": whole}).encode(), "application/json")


def test_a_signal_of_a_later_version_in_a_fingerprint_is_named_in_the_answer(path: Path) -> None:
    signals = [{"type": "sha256", "value": "0" * 64}, {"type": "windows/9", "value": "xx"}]
    whole = {"version": 1, "kind": "photo", "signals": signals}
    body = json.dumps({"fingerprint": whole}).encode()
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(30)
        asking.connect(str(path))
        head = "POST /check HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        asking.sendall(head.encode() + body)
        answer = b"".join(iter(lambda: asking.recv(65_536), b""))
    said = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert (said["verdict"], said["ignored_signals"]) == ("hold", ["windows/9"])


def test_a_field_that_comes_twice_is_refused_as_the_hub_does() -> None:
    with pytest.raises(InputError, match="comes twice"):
        asked_of(b'{"signals": [1], "signals": []}', "application/json")


def test_an_address_of_another_kind_is_refused_as_the_hub_does() -> None:
    body = {"signals": [{"type": "sha256", "value": "0" * 64}], "url": "javascript:alert(1)"}
    with pytest.raises(InputError, match="https://"):
        asked_of(json.dumps(body).encode(), "application/json")
