"""Nodes of a Ray cluster killed at random moments of one scan, and new ones that join."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import pytest

from ray_cluster import RayCluster
from scan_kills import PROGRAM, make_library, plain, rows_of, staydown

pytestmark = pytest.mark.torture
pytest.importorskip("msgpack", reason="Ray is not installed")

KILLS = 6
FILES = 500


def test_lost_nodes_cost_no_file_and_tell_none_twice(tmp_path: Path) -> None:
    random_ = random.Random(17)
    library, bank = tmp_path / "library", tmp_path / "bank.sdb"
    make_library(library, count=FILES, seed=17)
    staydown("bank", "create", bank)
    staydown("bank", "add", bank, *sorted(library.glob("??[05].jpg")))
    scan = ["scan", str(bank), str(library), "--json"]
    wanted = plain(rows_of(staydown(*scan, "--state", tmp_path / "local.state").stdout))
    with RayCluster() as cluster, (tmp_path / "said").open("w") as said:
        alive = [cluster.add_node(), cluster.add_node()]
        on = ["--engine", "ray", "--cluster", cluster.address]
        run = subprocess.Popen(
            [*PROGRAM, *scan, *on, "--state", str(tmp_path / "ray.state")],
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        )
        killed = 0
        for _ in range(KILLS):
            time.sleep(random_.uniform(1.0, 5.0))
            if run.poll() is not None:
                break
            alive.append(cluster.add_node())
            cluster.kill_node(alive.pop(random_.randrange(2)))
            killed += 1
        out, _ = run.communicate()
    rows = rows_of(out)
    assert run.returncode == 3, (tmp_path / "said").read_text()
    assert len({row["file"] for row in rows}) == len(rows)
    assert plain(rows) == wanted
    assert killed >= KILLS // 2


def test_without_its_head_a_scan_ends_with_its_own_status_and_keeps_what_it_has(
    tmp_path: Path,
) -> None:
    """Ray by itself would end the program with 1, which means "a match"."""
    library, bank, state = tmp_path / "library", tmp_path / "bank.sdb", tmp_path / "state"
    make_library(library, count=300, seed=5)
    staydown("bank", "create", bank)
    scan = ["scan", str(bank), str(library), "--json", "--state", str(state)]
    with RayCluster() as cluster:
        cluster.add_node()
        on = ["--engine", "ray", "--cluster", cluster.address]
        pipe = subprocess.PIPE
        run = subprocess.Popen([*PROGRAM, *scan, *on], stdout=pipe, stderr=pipe, text=True)
        end = time.monotonic() + 120
        while not (state.exists() and state.read_bytes().count(b"\n") > 8):
            assert time.monotonic() < end
            time.sleep(0.05)
        cluster.kill_head()
        _, said = run.communicate(timeout=180)
    # Workers that live a little longer go on being heard.
    noted = state.read_bytes().count(b"\n") - 1
    assert run.returncode == 7
    assert "the head of the cluster does not answer any more" in said
    assert f"{noted} results taken over" in staydown(*scan).stderr
