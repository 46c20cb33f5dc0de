"""The how-to of the edge replica, each block as a reader would type it, before a real hub."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from checked_service import OTHER, CheckedService, checked_service, saved_again
from howto_pages import PAGES, run_steps, steps_of
from hub_hands import Hands
from served import free_ports
from staydown_client.edge.keys import make_key

MEMORY = "/dev/shm/staydown-edge-howto"
WAIT_S = 30


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckedService]:
    with checked_service(tmp_path_factory.mktemp("edge-howto")) as started:
        yield started


def test_a_replica_is_set_up_and_answers(service: CheckedService, tmp_path: Path) -> None:
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "holiday.jpg").write_bytes(saved_again())
    (tmp_path / "uploads" / "garden.jpg").write_bytes(OTHER.read_bytes())
    # What people do at the hub between two blocks; the page prints the key that is there.
    public_key = make_key(tmp_path / "secrets" / "edge.key").public
    hands = Hands(service.served.home)
    agreed = hands("agree", public_key=public_key)
    (tmp_path / "secrets" / "api.key").write_text(agreed["key"])
    memory = f"{MEMORY}-{os.getpid()}"
    replaced = {
        "http://127.0.0.1:8000": service.address,
        "8190": str(free_ports()),
        MEMORY: memory,
    }
    try:
        run_steps(steps_of(PAGES / "edge-replica.md", tmp_path, replaced), tmp_path)
        # What the hub's web server finds is in its database a moment after the answer.
        ends_at = time.monotonic() + WAIT_S
        while not {"post-17", "post-18"} <= set(hands("copies")["refs"]):
            assert time.monotonic() < ends_at
            time.sleep(0.1)
        assert not (Path(memory) / "bank").exists()
    finally:
        hands.close()
        shutil.rmtree(memory, ignore_errors=True)
