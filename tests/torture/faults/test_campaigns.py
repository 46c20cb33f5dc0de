"""Whatever fails, nothing that was acknowledged is lost, and nothing is there twice."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from torture.faults.campaigns import SCENES, run
from torture.faults.databases import is_here
from torture.faults.frame import NotHereError

FAULTS = int(os.environ.get("FAULTS", "150"))
SECONDS = 1200.0
_LOG = os.environ.get("FAULTS_LOG", "")
LOG = Path(_LOG) if _LOG else None


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: servers of another user pass through it."""
    made = Path(tempfile.mkdtemp(prefix="staydown-faults-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.torture
@pytest.mark.parametrize("name", sorted(SCENES))
def test_nothing_acknowledged_is_lost_or_doubled(name: str, folder: Path) -> None:
    if name == "database" and not is_here():
        pytest.skip("PostgreSQL is not installed")
    try:
        done = run(name, folder, count=FAULTS, seconds=SECONDS, log=LOG)
    except NotHereError as reason:
        pytest.skip(str(reason))
    assert done.wrong == []
    assert done.acknowledged["notice"] > 0
    assert done.acknowledged["decision"] > 0


SHORT = {
    "kill decoder",
    "kill web worker",
    "kill worker",
    "kill everything",
    "poisoned rows of a job",
    "worker halts in its job",
}


def test_a_few_faults_of_processes_and_jobs_lose_and_double_nothing(folder: Path) -> None:
    done = run("processes", folder, count=12, kinds=SHORT, seconds=30.0)
    assert done.wrong == []
    assert done.acknowledged["notice"] > 0
    assert done.acknowledged["upload"] > 0


def test_a_few_kills_of_a_server_of_checks_lose_and_double_nothing(folder: Path) -> None:
    kinds = {"kill checks worker", "turn to write held"}
    done = run("checks apart", folder, count=5, kinds=kinds, seconds=25.0)
    assert done.wrong == []
    assert done.acknowledged["upload"] > 0
