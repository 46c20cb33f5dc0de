"""Joining a cluster that is not there says what to do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from staydown.errors import ClusterError, ConfigError
from staydown.scanning.cluster.joining import joined, load_ray

pytest.importorskip("msgpack", reason="Ray is not installed")


def test_without_ray_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ConfigError, match=r"pip install 'staydown\[ray\]'"):
        load_ray()


@pytest.mark.parametrize("address", ["nowhere", "host:", "host:0", "host:99999", "ray://host:1"])
def test_what_is_no_address_is_told_so(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", pytest)
    monkeypatch.setitem(sys.modules, "ray.exceptions", pytest)
    with pytest.raises(ConfigError, match="want HOST:PORT"), joined(address):
        pass


def test_an_address_where_nothing_answers_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", pytest)
    monkeypatch.setitem(sys.modules, "ray.exceptions", pytest)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but it does not listen
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ClusterError, match="nothing answers at"), joined(address):
            pass


def test_without_an_address_and_a_cluster_the_error_says_how_to_start_one(tmp_path) -> None:
    code = (
        "from staydown.errors import ClusterError\n"
        "from staydown.scanning.cluster.joining import joined\n"
        "try:\n"
        "    with joined(''): pass\n"
        "except ClusterError as error: print(error)\n"
    )
    without = {k: v for k, v in os.environ.items() if k != "RAY_ADDRESS"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=without | {"RAY_TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ray start --head --include-dashboard=false --disable-usage-stats" in done.stdout


def test_ray_is_told_to_report_nothing() -> None:
    code = (
        "from staydown.scanning.cluster.joining import load_ray\n"
        "load_ray()\n"
        "from ray._common.usage.usage_lib import usage_stats_enabled\n"
        "print(usage_stats_enabled())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
