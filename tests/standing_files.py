"""What lies in a folder in which others write: files come and go while one looks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def statuses_below(root: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Each path with its status, the folder itself first; what went away meanwhile is left out."""
    for path in (root, *below(root)):
        with suppress(FileNotFoundError):
            yield path, path.lstat()


def below(root: Path) -> Iterator[Path]:
    """Each path in a folder, those of folders in it as well."""
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            yield Path(folder, name)
