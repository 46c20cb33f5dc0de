"""What the person at the terminal hears while the service starts."""

from __future__ import annotations

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from staydown.errors import ConfigError
from staydown_web.config import serving
from staydown_web.config.preparing import Prepared
from staydown_web.config.processes import Child, Supervisor
from staydown_web.config.roles import ROLE_VARIABLE
from staydown_web.config.serving import WAITING, Plan, children_of, wait_until_ready


class Ready(BaseHTTPRequestHandler):
    """Answers 200 to everything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


def waited(monkeypatch: pytest.MonkeyPatch, *, answers_after: int) -> list[str]:
    """What is said while a server answers only from its n-th question on."""
    server = HTTPServer(("127.0.0.1", 0), Ready)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    asked, said, clock = [0], [], [0.0]
    real = serving.status_of

    def status_of(host: str, port: int) -> int:
        asked[0] += 1
        return real(host, port) if asked[0] > answers_after else 0

    def sleep(_seconds: float) -> None:
        clock[0] += 1.0

    monkeypatch.setattr(serving, "status_of", status_of)
    monkeypatch.setattr(serving.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(serving.time, "sleep", sleep)
    child = Child("The web server", [sys.executable, "-c", "import time; time.sleep(60)"])
    supervisor = Supervisor([child], say=said.append)
    supervisor.start()
    plan = Plan(host="127.0.0.1", port=server.server_port, workers=1, demo=False)
    try:
        wait_until_ready(supervisor, plan, say=said.append)
    finally:
        supervisor.stop()
        server.shutdown()
        server.server_close()
        thread.join()
    return said


def test_a_server_that_answers_soon_needs_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    assert waited(monkeypatch, answers_after=2) == []


def test_a_server_that_takes_long_is_said_to_be_at_work_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert waited(monkeypatch, answers_after=20) == [WAITING]


def test_a_first_start_says_that_it_takes_longer(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def stop(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setenv("STAYDOWN_HOME", str(tmp_path))
    monkeypatch.setenv("STAYDOWN_URL", "http://127.0.0.1")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(serving, "prepare", stop)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    plan = Plan(host="127.0.0.1", port=port, workers=1, demo=False)
    for made in (False, True):
        if made:
            (tmp_path / "staydown.sqlite3").touch()
        with pytest.raises(KeyboardInterrupt):
            serving.serve(plan, say=said.append, announce=lambda prepared: None)
    assert said == [serving.FIRST_START]


def test_a_misspelt_setting_is_named_although_another_one_is_wrong(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setenv("STAYDOWN_HOME", str(tmp_path))
    monkeypatch.setenv("STAYDOWN_ULR", "http://127.0.0.1")
    monkeypatch.setenv("STAYDOWN_MAIL_URL", "smtp://")
    with pytest.raises(ConfigError, match="STAYDOWN_MAIL_URL"):
        serving.serve(
            Plan("127.0.0.1", 8000, 1, demo=False), say=said.append, announce=lambda prepared: None
        )
    assert ["STAYDOWN_ULR (is STAYDOWN_URL meant?)" in line for line in said] == [True]


def test_the_terminal_says_how_commands_of_pages_are_called(
    tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / ".venv" / "bin" / "staydown"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o700)
    monkeypatch.setattr(sys, "executable", str(program.with_name("python")))
    monkeypatch.setenv("PATH", "/nowhere")
    home = tmp_path / "staydown-demo"
    prepared = Prepared(home, "http://127.0.0.1:8000", "SQLite", None, True, True)
    said = "\n".join(serving.summary(prepared, Plan("127.0.0.1", 8000, 1, demo=True)))
    assert f"called so: STAYDOWN_HOME={home} {program} doctor" in said


@pytest.mark.parametrize(
    ("role", "second"), [("all", "The worker"), ("web", "The keeper of the bank")]
)
def test_a_machine_runs_what_its_role_says(role: str, second: str) -> None:
    plan = Plan(host="127.0.0.1", port=8310, workers=2, demo=False, role=role)
    web, other = children_of(plan)
    assert (web.name, other.name) == ("The web server", second)
    assert web.environment[ROLE_VARIABLE] == role
    assert ("--only-here" in other.command) == (role != "all")


def test_a_demonstration_needs_all_of_the_service() -> None:
    plan = Plan(host="127.0.0.1", port=8310, workers=1, demo=True, role="web")
    with pytest.raises(ConfigError, match="--role"):
        serving.serve(plan, say=print, announce=print)


def test_checks_get_processes_and_a_port_of_their_own() -> None:
    plan = Plan(host="127.0.0.1", port=8310, workers=2, demo=False, checks_port=8400)
    web, _worker, checks = children_of(plan)
    assert (web.environment[ROLE_VARIABLE], checks.environment[ROLE_VARIABLE]) == ("all", "checker")
    assert ("--beside" in web.command, "--beside" in checks.command) == (False, True)
    assert checks.command[checks.command.index("--port") + 1] == "8400"
    assert plan.ports == [8310, 8400]


def test_pages_and_worker_give_way_to_a_server_of_checks_alone() -> None:
    def niceness(**given: Any) -> list[int]:
        plan = Plan(**{"host": "127.0.0.1", "port": 8310, "workers": 1, "demo": False, **given})
        return [child.niceness for child in children_of(plan)]

    assert niceness() == [0, 0]
    web, worker, checks = niceness(checks_port=8400)
    assert checks == 0 < web < worker
    keeper = niceness(checks_port=8400, role="web")[1]
    assert keeper == worker
    assert niceness(checks_port=8400, demo=True) == [web, worker, checks, web]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"checks_port": 8310}, "port 8310"),
        ({"checks_port": 8311, "demo": True}, "port 8311"),
        ({"checks_port": 8400, "role": "checker"}, "--role"),
    ],
)
def test_a_port_that_is_taken_or_pointless_is_refused(wrong: dict[str, Any], says: str) -> None:
    plan = Plan(**{"host": "127.0.0.1", "port": 8310, "workers": 1, "demo": False, **wrong})
    with pytest.raises(ConfigError, match=says):
        serving.serve(plan, say=print, announce=print)
