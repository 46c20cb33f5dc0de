"""What a service writes is for its owner alone, whatever the shell's umask allows."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import httpx

from served import served
from standing_files import statuses_below

STATIC = "static"
"""Files of the package that every browser gets; nothing in them is anybody's."""


def test_everything_that_a_service_writes_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "home"
    shared = tmp_path / "memory"
    before = os.umask(0)
    try:
        with served(home, STAYDOWN_SHARED_MEMORY=str(shared)) as service:
            assert httpx.get(f"{service.address}/status", timeout=60).status_code == 200
            open_to_others = [
                f"{path.relative_to(tmp_path)} {stat.filemode(found.st_mode)}"
                for root in (home, shared)
                for path, found in statuses_below(root)
                if STATIC not in path.relative_to(tmp_path).parts
                and not stat.S_ISLNK(found.st_mode)
                and found.st_mode & 0o077
            ]
            names = {path.name for path in home.iterdir()}
    finally:
        os.umask(before)
    assert {"keys", "segments"} <= names
    assert open_to_others == []
