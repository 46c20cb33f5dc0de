"""What client, guard and edge replica say where their service does not answer as one."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from served import free_ports
from small_disk import small_disk
from staydown.cli.statuses import ExitStatus
from staydown.errors import ConfigError
from staydown_client import Client, ClientError
from staydown_client.edge.errors import HubError
from staydown_client.edge.hub import Hub
from staydown_client.edge.keys import make_key, read_key
from staydown_client.guard.asking import HookClient
from staydown_client.outages import no_answer, other_answer
from web_servers import Reply, answering, certificate, serving

HOST = "127.0.0.1"
LOGIN = "https://sign-in.example/start?to=%2Fapi%2Fv1%2Fcheck"
PAGE = b"<h1>Welcome to the network</h1>"
HTML = {"Content_Type": "text/html"}
Ask = Callable[[str], object]

ANSWERS: dict[str, tuple[Reply | None, str]] = {
    "down": (None, "no connection to 127.0.0.1; check the address, and whether it runs"),
    "broken": (lambda *_: None, "the connection to 127.0.0.1 broke"),
    "busy": (
        answering(PAGE, status="503 No", Retry_After="30", **HTML),
        "127.0.0.1 cannot answer now (status 503); try again in 30 s",
    ),
    "too many": (
        answering(PAGE, status="429 No", **HTML),
        "127.0.0.1 cannot answer now (status 429); try again later",
    ),
    "login": (
        answering(status="302 Found", Location=LOGIN),
        "127.0.0.1 sends on to sign-in.example (status 302), as a login page or a proxy does; give",
    ),
    "elsewhere": (answering(status="301 Moved", Location="/x"), "sends on to another address"),
    "barred": (
        answering(PAGE, status="403 No", **HTML),
        "127.0.0.1 answered with status 403, and not as Staydown does: what stands before",
    ),
    "page": (answering(PAGE, **HTML), "what answered at 127.0.0.1 is no Staydown service; check"),
    "nonsense": (answering(b"{", Content_Type="application/json"), "is no Staydown service; check"),
    "missing": (
        answering(PAGE, status="404 No", **HTML),
        "127.0.0.1 answered with status 404; see that it is the address of the service",
    ),
}


def problem(status: int, code: str) -> Reply:
    body = json.dumps({"code": code, "detail": f"about {code}"}).encode()
    return answering(body, status=f"{status} No", Content_Type="application/problem+json")


@contextmanager
def service(reply: Reply | None) -> Iterator[str]:
    """The address of a service that answers so; None: of nobody."""
    if reply is None:
        yield f"http://{HOST}:{free_ports()}"
        return
    with serving(reply) as server:
        yield server.origin


def by_client(address: str) -> object:
    with Client(address, "sd_secret", retries=0, timeout_s=5) as client:
        return client.check(signals=[{"type": "pdq", "value": "0f" * 32, "quality": 90}])


def by_guard(address: str) -> object:
    asked = HookClient(address, "sd_secret", on_unreachable="open", wait_s=5)
    try:
        return asked.check(media=io.BytesIO(b"a picture"))
    finally:
        asked.close()


@pytest.fixture
def by_replica(tmp_path: Path) -> Ask:
    def ask(address: str) -> object:
        hub = Hub(address, "sd_secret", make_key(tmp_path / "edge.key"))
        try:
            return hub.agreement()
        finally:
            hub.close()

    return ask


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("who", ["client", "guard", "replica"])
def test_each_names_the_host_and_what_to_do(who: str, answer: str, by_replica: Ask) -> None:
    ask = {"client": by_client, "guard": by_guard, "replica": by_replica}[who]
    reply, sentence = ANSWERS[answer]
    with service(reply) as address, pytest.raises((ClientError, HubError)) as raised:
        ask(address)
    said = str(raised.value)
    assert sentence in said
    assert not re.search(r"sd_secret|[a-z]+://|/api|picture|0f0f|start\?", said)
    is_for_now = answer in {"down", "broken", "busy", "too many"}
    assert raised.value.retryable or not is_for_now


@pytest.mark.parametrize(("status", "code"), [(401, "key_unknown"), (403, "scope_missing")])
def test_a_key_that_is_refused_is_named_with_what_holds_it(
    status: int, code: str, by_replica: Ask
) -> None:
    with service(problem(status, code)) as address:
        with pytest.raises(ClientError, match=f"127.0.0.1: about {code}"):
            by_client(address)
        with pytest.raises(
            ClientError, match=rf"127.0.0.1 refuses the secret.*\({code}\).*--secret"
        ):
            by_guard(address)
        with pytest.raises(
            HubError, match=rf"127.0.0.1 refuses the key of STAYDOWN_EDGE.*\({code}"
        ):
            by_replica(address)


def test_a_certificate_that_is_not_trusted_and_a_name_that_is_not_known_are_told_apart(
    tmp_path: Path,
) -> None:
    _, context = certificate(tmp_path, HOST)
    untrusted = r"no safe connection to 127\.0\.0\.1: its certificate"
    with (
        serving(answering(), tls=context) as server,
        pytest.raises(ClientError, match=untrusted),
    ):
        by_client(f"https://{HOST}:{server.port}")
    error = httpx.ConnectError("no such name")
    error.__cause__ = socket.gaierror(-2, "Name or service not known")
    assert no_answer("hub.example", error).startswith("no machine is known by the name hub.example")


def test_a_place_that_is_no_address_is_not_repeated() -> None:
    for place in ("https://[", "https://\x1b[31mred/", "x" * 9000, ""):
        assert "sends on to another address" in other_answer(HOST, 302, {"Location": place}, None)


class Replica:
    """``staydown edge run`` as a process, with a hub at an address."""

    def __init__(self, folder: Path, hub: str) -> None:
        (folder / "api.key").write_text("sd_secret")
        make_key(folder / "secrets" / "edge.key")
        self._log = folder / "log"
        settings = {
            "STAYDOWN_EDGE_HUB": hub,
            "STAYDOWN_EDGE_API_KEY_FILE": str(folder / "api.key"),
            "STAYDOWN_EDGE_KEY": str(folder / "secrets" / "edge.key"),
            "STAYDOWN_EDGE_DATA": str(folder / "data"),
            "STAYDOWN_EDGE_MEMORY": str(folder / "memory"),
            "STAYDOWN_EDGE_WITHOUT_COPY": "hold",
            "STAYDOWN_EDGE_LISTEN": f"{HOST}:{free_ports()}",
        }
        self.environment = {**os.environ, **settings}
        with self._log.open("wb") as log:
            command = [sys.executable, "-m", "staydown", "edge", "run"]
            self.process = subprocess.Popen(command, env=self.environment, stderr=log)

    def said(self) -> list[str]:
        """The keeper's complaints."""
        return [line for line in self._log.read_text().splitlines() if "WARNING" in line]

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(30)


def until(what: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 60
    while not what():
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def test_a_replica_says_once_what_keeps_it_from_its_hub_and_waits_as_long_as_it_is_asked_to(
    tmp_path: Path,
) -> None:
    replies = [problem(503, "storage_failed"), problem(503, "storage_failed")]
    patient = answering(PAGE, status="503 No", Retry_After="40", **HTML)

    def reply(peer: socket.socket, request: bytes) -> None:
        (replies.pop(0) if replies else patient)(peer, request)

    with serving(reply) as server:
        replica = Replica(tmp_path, server.origin)
        until(lambda: len(server.requests) == 3)
        until(lambda: len(replica.said()) == 2)
        first, second = replica.said()
        assert "cannot answer now (status 503); try again later (storage_failed); no copy" in first
        assert "uploads get what STAYDOWN_EDGE_WITHOUT_COPY says" in first
        assert "cannot answer now (status 503); try again in 40 s" in second
        time.sleep(2.5)  # it would have asked again by now
        assert len(server.requests) == 3
        command = [sys.executable, "-m", "staydown", "edge", "status"]
        asked = subprocess.run(command, env=replica.environment, capture_output=True, check=False)
        assert asked.returncode == ExitStatus.CONFIG
        assert replica.end() == ExitStatus.DONE


def test_a_key_for_which_the_disk_has_no_room_leaves_none_in_the_way(tmp_path: Path) -> None:
    with small_disk(tmp_path, size="8k") as disk:
        path = disk.path / "edge.key"
        (disk.path / "ballast").write_bytes(bytes(8192))
        with pytest.raises(ConfigError, match="No space left"):
            make_key(path)
        assert not path.exists()
        (disk.path / "ballast").unlink()
        assert make_key(path).public == read_key(path).public
