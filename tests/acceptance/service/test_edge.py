"""The edge replica as it runs: a hub, a replica beside it, both real processes, and kills."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from edge_hub import DOWN, PASS, Way, way_to
from hub_hands import Hands, drawn
from served import Served, served
from staydown_client.edge import Edge
from staydown_client.edge.keys import make_key

WAIT_S = 60.0


class OverSocket(http.client.HTTPConnection):
    """HTTP over a socket file."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(str(self._path))


class Running:
    """An edge replica that runs.

    Attributes:
        process: ``staydown edge run``.
        log: where it writes.
    """

    def __init__(self, folder: Path, way: Way, environment: dict[str, str]) -> None:
        self.folder, self.way, self.environment = folder, way, environment
        self.socket = Path(environment["STAYDOWN_EDGE_LISTEN"])
        self.log = (folder / "edge.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "staydown_client.edge", "run"],
            env={**os.environ, **environment},
            stderr=self.log,
        )

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        connection = OverSocket(self.socket)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def check(self, number: int, **more: Any) -> str:
        body = {"signals": [{"type": "pdq", "value": drawn(number), "quality": 90}], **more}
        status, answer = self.ask("POST", "/check", body)
        return str(answer["verdict"] if status == 200 else answer["code"])

    def status(self) -> dict[str, Any]:
        try:
            return self.ask("GET", "/status")[1]
        except (OSError, http.client.HTTPException):
            return {"state": "away", "is_ready": False}

    def keeper(self) -> int:
        """The keeper's process, as soon as there is one."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            tasks = Path(f"/proc/{self.process.pid}/task").glob("*/children")
            for pid in (pid for task in tasks for pid in task.read_text().split()):
                with suppress(OSError):
                    if b"running" in Path(f"/proc/{pid}/cmdline").read_bytes():
                        return int(pid)
            time.sleep(0.02)
        raise AssertionError("no keeper was started")

    def kill(self) -> None:
        """Both processes, at once."""
        for pid in (self.keeper(), self.process.pid):
            os.kill(pid, signal.SIGKILL)
        self.process.wait(30)
        self.log.close()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self.log.close()
        return status


def until(what: Callable[[], bool], *, within_s: float = WAIT_S) -> float:
    """Wait until something holds; how many seconds that took."""
    started = time.monotonic()
    while not what():
        assert time.monotonic() - started < within_s
        time.sleep(0.02)
    return time.monotonic() - started


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A hub."""
    with served(tmp_path_factory.mktemp("hub") / "home") as found:
        yield found


@pytest.fixture(scope="module")
def hands(hub: Served) -> Iterator[Hands]:
    """Who works there."""
    made = Hands(hub.home)
    made("fill", first=0, count=3000)
    yield made
    made.close()


@pytest.fixture
def edge(hub: Served, hands: Hands, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """``edge()`` starts a replica; called again, it starts the same one anew."""
    key = make_key(tmp_path / "secrets" / "edge.key")
    agreed = hands("agree", public_key=key.public)
    (tmp_path / "api.key").write_text(agreed["key"])
    memory = Path("/dev/shm") / f"staydown-test-{os.getpid()}-{key.public[:8]}"
    running: list[Running] = []
    with way_to(hub.address) as way:
        environment = {
            "STAYDOWN_EDGE_HUB": way.address,
            "STAYDOWN_EDGE_API_KEY_FILE": str(tmp_path / "api.key"),
            "STAYDOWN_EDGE_KEY": str(tmp_path / "secrets" / "edge.key"),
            "STAYDOWN_EDGE_DATA": str(tmp_path / "data"),
            "STAYDOWN_EDGE_MEMORY": str(memory),
            "STAYDOWN_EDGE_WITHOUT_COPY": "hold",
            "STAYDOWN_EDGE_LISTEN": str(memory / "s"),
        }

        def start() -> Running:
            running.append(Running(tmp_path, way, environment))
            running[-1].agreed = agreed  # type: ignore[attr-defined]
            return running[-1]

        yield start
        for one in running:
            if one.process.poll() is None:
                one.stop()
    subprocess.run(["rm", "-rf", str(memory)], check=True)


@contextmanager
def in_process(one: Running) -> Iterator[Edge]:
    with Edge(Path(one.environment["STAYDOWN_EDGE_MEMORY"]), without_copy="refuse") as found:
        yield found


def test_a_replica_follows_its_hub_within_a_second_and_answers_without_it(
    edge: Callable[[], Running], hands: Hands
) -> None:
    one = edge()
    until(lambda: one.status()["is_ready"])
    assert one.check(7) == "hold"
    assert one.check(900_001) == "clear"

    entry = hands("add", number=900_001)["entry"]
    until(lambda: one.check(900_001) == "block")
    hands("withdraw", entry=entry)
    until(lambda: one.check(900_001) == "clear")

    one.way.mode = DOWN
    assert one.check(8, content_ref="while-away") == "hold"
    until(lambda: one.status()["reports_waiting"] >= 1)
    os.kill(one.keeper(), signal.SIGKILL)
    assert {one.check(n) for n in range(20)} == {"hold"}
    until(lambda: one.status()["age_s"] > 1.0)
    one.way.mode = PASS
    until(lambda: "while-away" in hands("copies")["refs"])
    assert one.stop() == 0
    assert not (Path(one.environment["STAYDOWN_EDGE_MEMORY"]) / "bank").exists()


def test_killed_again_and_again_while_it_fetches_it_ends_with_the_whole_copy(
    edge: Callable[[], Running], hands: Hands
) -> None:
    for pause in (0.7, 1.0, 1.3):
        one = edge()
        time.sleep(pause)
        one.process.kill()
        one.process.wait(30)
        one.log.close()
    one = edge()
    until(lambda: one.status()["is_ready"])
    assert {one.check(n) for n in range(0, 3000, 100)} == {"hold"}


def test_killed_while_it_takes_in_changes_it_loses_none_and_forgets_no_withdrawal(
    edge: Callable[[], Running], hands: Hands
) -> None:
    one = edge()
    until(lambda: one.status()["is_ready"])
    kept, gone = [], []
    for n in range(12):
        number = 910_000 + n
        entry = hands("add", number=number)["entry"]
        (kept if n % 2 else gone).append(number)
        if n % 2 == 0:
            hands("withdraw", entry=entry)
        if n % 4 == 3:
            os.kill(one.keeper(), signal.SIGKILL)
            time.sleep(0.2)
    until(lambda: {one.check(n) for n in kept} == {"block"})
    until(lambda: {one.check(n) for n in gone} == {"clear"})
    one.kill()
    one.way.mode = DOWN
    again = edge()
    until(lambda: again.status()["is_ready"])
    assert {again.check(n) for n in kept} == {"block"}
    assert {again.check(n) for n in gone} == {"clear"}


def test_revoked_the_replica_and_every_process_beside_it_stop_answering_within_seconds(
    edge: Callable[[], Running], hands: Hands
) -> None:
    from staydown.types import ContentKind, Fingerprint, Signal, SignalType
    from staydown_client.edge import WithoutCopyError

    one = edge()
    until(lambda: one.status()["is_ready"])
    upload = Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, drawn(3), 90),))
    with in_process(one) as beside:
        assert beside.check(upload).verdict == "hold"
        hands("end", replica=one.agreed["replica"])  # type: ignore[attr-defined]
        until(lambda: one.status()["state"] == "ended", within_s=30)
        with pytest.raises(WithoutCopyError):
            beside.check(upload)
    status, answer = one.ask("POST", "/check", {"fingerprint": upload.to_dict()})
    assert (status, answer["verdict"], answer["edge"]["without_copy"]) == (200, "hold", "ended")


def test_bodies_that_cannot_be_read_get_a_code_and_media_stays_here(
    edge: Callable[[], Running],
) -> None:
    one = edge()
    until(lambda: one.status()["is_ready"])
    assert one.ask("POST", "/check", [])[1]["code"] == "input_error"
    assert one.ask("POST", "/check", {"signals": [{"type": "pdq", "value": "zz"}]})[0] == 400
    assert one.ask("GET", "/nothing")[0] == 404
    foreign = OverSocket(one.socket)
    foreign.request("POST", "/check", "{}", {"Host": "hub.example"})
    assert foreign.getresponse().status == 400
    foreign.close()
