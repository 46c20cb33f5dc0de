"""The how-tos of hooks, each block as a reader would type it, before a real service.

pict-rs, MinIO and Synapse are played by stand-ins of ``tests/hook_callers`` that read the same
settings; nginx is itself, where it is installed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import httpx
import pytest
import yaml

from checked_service import (
    OTHER,
    CheckedService,
    checked_service,
    cropped,
    saved_again,
    staydown,
)
from hook_callers.synapse import ChatServer
from howto_pages import PAGES, run_steps, steps_of
from served import free_ports
from web_servers import answering, serving

CALLERS = Path(__file__).parents[2] / "hook_callers"
SERVICE = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckedService]:
    with checked_service(tmp_path_factory.mktemp("hooks-service")) as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """``uploads/`` with another picture, a copy and a piece of it; ``bin/`` with the stand-ins."""
    uploads, programs = tmp_path / "uploads", tmp_path / "bin"
    uploads.mkdir()
    programs.mkdir()
    (uploads / "garden.jpg").write_bytes(OTHER.read_bytes())
    (uploads / "copy.jpg").write_bytes(saved_again())
    (uploads / "cut.jpg").write_bytes(cropped())
    for name, command in {
        "pict-rs": f"{CALLERS / 'pict_rs.py'}",
        "minio": f"{CALLERS / 'minio.py'}",
        "mc": f"{CALLERS / 'minio.py'} mc",
    }.items():
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {command} "$@"\n')
        (programs / name).chmod(0o755)
    return tmp_path


def follow(page: str, folder: Path, service: CheckedService, *ports: int, **addresses: str) -> None:
    """Do what a page says, at free ports."""
    replaced = {SERVICE: service.address} | addresses
    replaced |= {str(port): str(free_ports()) for port in ports}
    steps = steps_of(PAGES / page, folder, replaced)
    assert any(step.printed for step in steps)
    places = [str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
    run_steps(steps, folder, STAYDOWN_HOME=str(service.served.home), PATH=os.pathsep.join(places))


def test_lemmy_and_pict_rs(service: CheckedService, folder: Path) -> None:
    follow("pict-rs.md", folder, service, 8171)
    stored = [path.read_bytes() for path in (folder / "pict-rs-files").iterdir()]
    assert stored == [OTHER.read_bytes()]


def test_the_lines_for_lemmy_s_compose_file_are_those_that_were_tried() -> None:
    text = (PAGES / "pict-rs.md").read_text()
    compose = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    lines = compose["services"]["pictrs"]["environment"]
    names = [line.partition("=")[0] for line in lines]
    assert all(f"export {name}=" in text for name in names)
    assert lines[0].partition("=")[2].endswith("/hooks/pict-rs/SECRET/")


def test_a_bucket(service: CheckedService, folder: Path) -> None:
    follow("s3-bucket.md", folder, service, 8172)


def test_a_program_of_your_own(service: CheckedService, folder: Path) -> None:
    follow("webhook-in.md", folder, service)


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
def test_an_app_behind_nginx(service: CheckedService, folder: Path) -> None:
    follow("nginx.md", folder, service, 8173, 8174, 8175)
    stored = [path.read_bytes() for path in (folder / "stored").iterdir()]
    assert stored == [OTHER.read_bytes()]


def test_mastodon(service: CheckedService, folder: Path) -> None:
    taken: list[bytes] = []
    with serving(answering(b"{}", status="202 Accepted")) as mastodon:
        text = (PAGES / "mastodon.md").read_text()
        assert "location ~ ^/(api/v[12]/media" in text
        follow("mastodon.md", folder, service, 8177, **{"127.0.0.1:3000": mastodon.origin[7:]})
        taken = [r for r in mastodon.requests if r.startswith(b"POST /api/v2/media ")]
    assert len(taken) == 1
    assert OTHER.read_bytes() in taken[0]


def test_public_chat_rooms(service: CheckedService, folder: Path) -> None:
    follow("chat-rooms.md", folder, service)
    text = (PAGES / "chat-rooms.md").read_text().replace(SERVICE, service.address)
    found = yaml.safe_load(text.partition("```yaml\n")[2].partition("```")[0])
    (module,) = found["modules"]
    name, _, kind = module["module"].rpartition(".")
    checker = getattr(import_module(name), kind)
    with contextlib.chdir(folder), serving(answering(saved_again())) as media:
        settings = checker.parse_config(module["config"] | {"homeserver": media.origin})
        chat = ChatServer()
        with chat.installed():
            checker(settings, chat)
            refused = chat.receive({"msgtype": "m.image", "url": "mxc://a/b"}, is_public=True)
            left = chat.receive({"msgtype": "m.image", "url": "mxc://a/b"}, is_public=False)
    assert (refused, left) == ("FORBIDDEN", "NOT_SPAM")
    assert media.connections == 1


def test_a_file_above_the_limit_is_answered_by_the_choice_and_not_by_a_broken_connection(
    service: CheckedService,
) -> None:
    choices = ("--kind", "pict-rs", "--on-failure", "open", "--on-hold", "refuse")
    words = ("manage", "create-hook", "small", *choices, "--max-mib", "1")
    secret = staydown(service.served.home, *words).strip()
    chunks = (b"x" * 65_536 for _ in range(160))
    answer = httpx.post(
        f"{service.address}/hooks/pict-rs/{secret}/", content=chunks, trust_env=False, timeout=60
    )
    assert (answer.status_code, answer.json()["reason"]) == (200, "content_too_large")
