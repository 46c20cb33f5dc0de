"""The how-to of several machines, each block as a reader would type it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from checked_service import REPORTED, saved_again
from howto_pages import PAGES, run_steps, steps_of
from postgres_server import postgres_server
from ready_tables import fill_tables
from served import free_ports

pytest.importorskip("obstore")


def test_two_machines_agree(tmp_path: Path) -> None:
    (tmp_path / "reported").mkdir()
    (tmp_path / "uploads").mkdir()
    shutil.copy(REPORTED, tmp_path / "reported")
    (tmp_path / "uploads" / "copy.jpg").write_bytes(saved_again(REPORTED))
    with postgres_server() as url:
        fill_tables(url)
        replaced = {
            "postgresql://staydown:secret@127.0.0.1:5432/staydown": url,
            "8000": str(free_ports()),
            "8002": str(free_ports()),
        }
        run_steps(steps_of(PAGES / "several-machines.md", tmp_path, replaced), tmp_path)
        assert list((tmp_path / "one").iterdir())
        assert (tmp_path / "keys" / "field.key").exists()
        assert not (tmp_path / "two" / "keys").exists(), "the keys are shared"
