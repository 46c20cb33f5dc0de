"""The search is compiled before anybody needs it, by one process at a time."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path

import pytest

from staydown_web.config import worker
from staydown_web.config.compiled_search import load_search


def test_it_waits_for_another_process_that_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = threading.Event()
    monkeypatch.setattr("staydown.matching.load_compiled", done.set)
    with (tmp_path / "compiling.lock").open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = threading.Thread(target=load_search, args=(tmp_path,))
        waiting.start()
        assert not done.wait(0.3)
    waiting.join(timeout=20)
    assert done.is_set()


def test_a_worker_compiles_before_its_first_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that compiles inside a transaction would keep all others from writing meanwhile."""
    order: list[str] = []
    monkeypatch.setattr(worker, "load_search", lambda _: order.append("loaded"))

    def begin(_: worker.Worker) -> None:
        order.append("began")
        raise KeyboardInterrupt

    monkeypatch.setattr(worker.Worker, "start", begin)
    for name in ("guard_process", "start_counting", "start_tracing"):
        monkeypatch.setattr(worker, name, lambda *_, **__: None)
    for name in ("disable", "freeze", "enable", "set_threshold"):
        monkeypatch.setattr(worker.gc, name, lambda *_: None)
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    monkeypatch.setattr(worker.Lender, "begin", lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        worker.run_worker()
    assert order == ["loaded", "began"]
