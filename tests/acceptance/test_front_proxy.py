"""``deploy/nginx/staydown.conf`` in a real nginx: who is let through, what others are told."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from served import free_ports
from web_servers import Reply, answering, serving

ROOT = Path(__file__).parents[2]
CONF = ROOT / "deploy" / "nginx" / "staydown.conf"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
IN_ALL, OF_ONE_KEY = 80, 40
CHECK = "/api/v1/check"

pytestmark = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed (Debian: apt install nginx-light)"
)


@dataclass
class Held:
    """Requests that get no answer until they are let go."""

    gate: threading.Event
    reply: Reply


@pytest.fixture
def held() -> Iterator[Held]:
    gate = threading.Event()
    answer = answering(b'{"verdict": "clear"}', Content_Type="application/json")

    def reply(peer, request):
        gate.wait(20)
        answer(peer, request)

    yield Held(gate, reply)
    gate.set()


@contextmanager
def proxied(folder: Path, *, pages: int, checks: int) -> Iterator[str]:
    """The committed file before two servers of the test, without TLS."""
    front = free_ports()
    given = CONF.read_text().replace("listen 443 ssl", f"listen 127.0.0.1:{front}")
    given = re.sub(r"\n *ssl_certificate.*", "", given)
    for name, port in (("pages", pages), ("checks", checks)):
        before, upstream, after = given.partition(f"upstream staydown_{name} {{")
        block, end, rest = after.partition("\n}")
        block = re.sub(r"\n *server 127.0.0.1:8001.*", "", block).replace(":8000", f":{port}")
        given = before + upstream + block + end + rest
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    conf = folder / "nginx.conf"
    user = "user root;\n" if os.geteuid() == 0 else ""
    conf.write_text(
        f"{user}pid {folder}/pid;\nevents {{}}\nhttp {{\n{places}access_log off;\n{given}\n}}\n"
    )
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [NGINX, "-p", folder, "-c", conf, "-e", folder / "log", "-g", "daemon off;"],
            stderr=said,
        )
    address = f"http://127.0.0.1:{front}"
    try:
        for _ in range(300):
            try:
                httpx.get(f"{address}/ready", timeout=5)
                break
            except httpx.TransportError:
                assert process.poll() is None, (folder / "log").read_text()
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(20)
    # Whoever was refused, or found a server away, is written down nowhere.
    told = (folder / "said").read_text() + (folder / "log").read_text()
    assert CHECK not in told
    assert "client" not in told


def ask(client: httpx.Client, key: str) -> httpx.Response:
    return client.post(CHECK, json={"signals": []}, headers={"Authorization": f"Bearer {key}"})


def until(condition) -> None:
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to that")


def test_checks_above_the_bound_are_told_when_to_come_back(tmp_path: Path, held: Held) -> None:
    with (
        serving(answering(b"page")) as pages,
        serving(held.reply) as checks,
        proxied(tmp_path, pages=pages.port, checks=checks.port) as address,
        httpx.Client(base_url=address, timeout=30, limits=httpx.Limits()) as client,
        ThreadPoolExecutor(IN_ALL) as threads,
    ):
        one = [threads.submit(ask, client, "one") for _ in range(OF_ONE_KEY)]
        until(lambda: len(checks.requests) == OF_ONE_KEY)
        refused = ask(client, "one")
        other = [threads.submit(ask, client, "other") for _ in range(IN_ALL - OF_ONE_KEY)]
        until(lambda: len(checks.requests) == IN_ALL)
        full = ask(client, "third")
        page = client.get("/notice/")
        again = {ask(client, "one").headers["Retry-After"] for _ in range(40)}
        held.gate.set()
        answers = [future.result() for future in (*one, *other)]
    for answer in (refused, full):
        assert answer.status_code == 503
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert json.loads(answer.text)["code"] == "service_busy"
    assert again == {"1", "2", "3"}
    assert page.text == "page"
    assert {answer.status_code for answer in answers} == {200}
    assert len(checks.requests) == IN_ALL


def test_files_go_to_lines_of_their_own(tmp_path: Path, held: Held) -> None:
    with (
        serving(answering(b"{}")) as pages,
        serving(held.reply) as checks,
        proxied(tmp_path, pages=pages.port, checks=checks.port) as address,
        httpx.Client(base_url=address, timeout=30) as client,
        ThreadPoolExecutor(OF_ONE_KEY) as threads,
    ):
        waiting = [threads.submit(ask, client, "one") for _ in range(OF_ONE_KEY)]
        until(lambda: len(checks.requests) == OF_ONE_KEY)
        answer = client.post(
            CHECK,
            files={"media": ("a.jpg", b"x" * 70_000)},
            headers={"Authorization": "Bearer one"},
        )
        held.gate.set()
        assert {one.result().status_code for one in waiting} == {200}
    assert (answer.status_code, answer.text) == (200, "{}")
    assert pages.requests[-1].count(b"x" * 70_000) == 1


@pytest.mark.parametrize("status", ["503 Busy", "429 Slower", "403 No", "502 What"])
def test_what_the_service_answers_goes_through_as_it_is(tmp_path: Path, status: str) -> None:
    said = answering(b'{"code": "ours"}', status=status, Retry_After="7")
    with (
        serving(answering(b"page")) as pages,
        serving(said) as checks,
        proxied(tmp_path, pages=pages.port, checks=checks.port) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        answer = ask(client, "one")
    assert answer.status_code == int(status[:3])
    assert (answer.text, answer.headers["Retry-After"]) == ('{"code": "ours"}', "7")


def test_a_service_that_is_away_is_told_as_one_that_is_busy(tmp_path: Path) -> None:
    with (
        serving(answering(b"page")) as pages,
        proxied(tmp_path, pages=pages.port, checks=free_ports()) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        answer = ask(client, "one")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] in {"1", "2", "3"}
    assert answer.json()["code"] == "service_busy"
