"""The keeper as a child: started again whenever and however it fell."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from staydown_client.edge import running
from staydown_client.edge.running import Keeping
from staydown_client.edge.settings import Settings, WithoutCopy

WAIT_S = 60.0


@pytest.fixture
def keeping(tmp_path: Path) -> Keeping:
    """A keeper that would never reach its hub."""
    settings = Settings(
        hub="http://127.0.0.1:9",
        api_key="none",
        key_path=tmp_path / "secrets" / "edge.key",
        data=tmp_path / "data",
        memory=tmp_path / "memory",
        listen=str(tmp_path / "s"),
        without_copy=WithoutCopy.HOLD,
    )
    return Keeping(settings, at_end=lambda: None)


def watched(monkeypatch: pytest.MonkeyPatch, at_start: Callable[[int], Any]) -> threading.Event:
    """Call something with the number of each start; the event comes with the third start."""
    started, third = [], threading.Event()
    start = subprocess.Popen

    def begin(*args: Any, **more: Any) -> Any:
        started.append(1)
        if len(started) == 3:
            third.set()
        at_start(len(started))
        return start(*args, **more)

    monkeypatch.setattr(subprocess, "Popen", begin)
    monkeypatch.setattr(running, "_AGAIN_AFTER_S", 0.01)
    return third


def test_killed_before_it_read_a_word_it_is_started_again(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill_first(settings: Settings) -> bytes:
        child = keeping._child
        assert child is not None
        os.kill(child.pid, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        return b"{}"

    third = watched(monkeypatch, lambda _: None)
    monkeypatch.setattr(running, "_written", kill_first)
    keeping.start()
    assert third.wait(WAIT_S)
    keeping.stop()


def test_where_no_process_can_be_started_it_is_tried_again(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(number: int) -> None:
        if number < 3:
            raise BlockingIOError(11, "Resource temporarily unavailable")

    third = watched(monkeypatch, refuse)
    keeping.start()
    assert third.wait(WAIT_S)
    keeping.stop()
