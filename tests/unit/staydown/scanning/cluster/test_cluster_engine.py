"""A scan on a cluster of several nodes: the same results as here, also when nodes are lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ray_cluster import RayCluster
from scan_kills import PROGRAM, make_library, plain, rows_of, staydown

pytest.importorskip("msgpack", reason="Ray is not installed")

FILES = 60
WAIT_S = 180.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    with RayCluster() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ray")
    make_library(folder / "library", count=FILES, seed=11)
    staydown("bank", "create", folder / "bank.sdb")
    banked = sorted((folder / "library").glob("??[05].jpg"))
    assert staydown("bank", "add", folder / "bank.sdb", *banked).returncode == 0
    return folder


@pytest.fixture(scope="module")
def wanted(work: Path) -> list[str]:
    """What a scan on this machine says."""
    return plain(rows_of(staydown(*scan_of(work), "--state", work / "local.state").stdout))


def scan_of(work: Path, *more: str) -> list[str]:
    return ["scan", str(work / "bank.sdb"), str(work / "library"), "--json", *more]


def on(cluster: RayCluster) -> list[str]:
    return ["--engine", "ray", "--cluster", cluster.address]


def started(*arguments: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([*PROGRAM, *arguments], stdout=pipe, stderr=pipe, text=True)


def wait_for(state: Path, rows: int) -> None:
    """Until so many outcomes are noted."""
    until(lambda: state.exists() and state.read_bytes().count(b"\n") > rows)


def until(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_scan_on_two_nodes_bears_stops_and_the_loss_of_nodes(
    cluster: RayCluster, work: Path, wanted: list[str]
) -> None:
    first, _ = cluster.add_node(), cluster.add_node()

    # Stopped, and killed: what was noted is known to the next run.
    state = work / "ray.state"
    for number, status in ((signal.SIGINT, 130), (signal.SIGKILL, -9)):
        with started(*scan_of(work), *on(cluster), "--state", str(state)) as run:
            wait_for(state, 4 if number is signal.SIGINT else 12)
            run.send_signal(number)
            out, said = run.communicate()
        assert run.returncode == status, said
    noted = state.read_bytes().count(b"\n") - 1

    # A node is lost in the middle, then the other; one comes back. Each file is told once.
    with started(*scan_of(work), *on(cluster), "--state", str(state)) as run:
        wait_for(state, noted + 4)
        cluster.kill_node(first)
        wait_for(state, noted + 12)
        cluster.kill_node(1)
        cluster.add_node()
        out, said = run.communicate()
    assert run.returncode == 3, said
    rows = rows_of(out)
    assert plain(rows) == wanted
    assert "was lost; its files go to others" in said
    assert f"{noted} results taken over" in said

    # The state is the same whoever scans.
    again = rows_of(staydown(*scan_of(work), "--state", state).stdout)
    assert plain(again) == wanted
    assert all(row.get("known") or "error" in row for row in again)


def test_an_estimate_checks_some_and_says_what_all_would_take(
    cluster: RayCluster, work: Path
) -> None:
    state = work / "estimate.state"
    done = staydown(*scan_of(work), *on(cluster), "--estimate", "--price", "0.05", "--state", state)
    assert done.returncode == 0, done.stderr
    (row,) = rows_of(done.stdout)
    assert row["files"] == row["sampled"] == FILES + FILES // 3 + 2
    assert row["worker_seconds_per_file"] > 0
    assert row["cost"] == round(row["worker_hours"] * 0.05, 2)
    assert row["workers"] == 1


def test_a_machine_without_the_bank_or_the_files_or_our_version_says_what_to_do(
    cluster: RayCluster, work: Path, tmp_path: Path
) -> None:
    elsewhere = staydown(
        *scan_of(work), *on(cluster), "--node-bank", tmp_path / "no.sdb", "--state", tmp_path / "s"
    )
    assert elsewhere.returncode == 7
    assert (
        "error[cluster_unavailable]: no machine of the cluster can do this scan" in elsewhere.stderr
    )
    assert "--node-bank" in elsewhere.stderr
    other = tmp_path / "other.sdb"
    staydown("bank", "create", other)
    wrong = staydown(*scan_of(work), *on(cluster), "--node-bank", other, "--state", tmp_path / "s")
    assert "is not the one of this scan" in wrong.stderr


def test_a_cluster_without_a_free_processor_is_told_in_time(
    cluster: RayCluster, work: Path
) -> None:
    """The nodes are busy with somebody else's work."""
    code = f"""
import ray, sys
from pathlib import Path
from staydown.errors import ClusterError
from staydown.scanning import ScanOptions
from staydown.scanning.cluster import ClusterEngine, joining
from staydown.scanning.listing import list_files, place_of

ray = joining.load_ray()
real = ray.init
def busy(**options):
    real(**options)
    class Other:
        def work(self):
            return True
    other = ray.remote(num_cpus=1)(Other)
    global kept
    kept = [other.remote() for _ in range(int(ray.cluster_resources()["CPU"]))]
    ray.get([one.work.remote() for one in kept])
ray.init = busy
engine = ClusterEngine(Path({str(work / "bank.sdb")!r}), ScanOptions(min_score=0.5),
                       address={cluster.address!r}, patience_s=3.0)
files = list_files([place_of({str(work / "library")!r})]).files
try:
    print(len(list(engine.check(files))))
except ClusterError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=WAIT_S
    )
    assert "no worker of the cluster for 3 seconds" in done.stdout, done.stderr
    assert "0 of them free" in done.stdout
