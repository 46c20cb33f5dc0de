"""`make setup` prints what concerns who runs it: pip's warnings only where pip failed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import staydown

ROOT = Path(staydown.__file__).parents[2]
PYTHON = """#!/usr/bin/env bash
case "$*" in
  "-c import sys"*) exit 0 ;;
  "-c import pip"*) [ -e "$(dirname "$0")/made" ] ;;
  "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && touch "$3/bin/made"
    printf '#!/bin/sh\\necho fine\\n' > "$3/bin/staydown" && chmod +x "$3/bin/staydown" ;;
  *"pip "*" install "*) echo "WARNING: the cache was disabled" >&2
    [ -z "$FAILS" ] || { echo "ERROR: nothing fits" >&2; exit 1; } ;;
  *) echo "Python 3.11.0" ;;
esac
"""


@pytest.mark.parametrize("fails", ["", "yes"])
def test_what_pip_warns_of_is_shown_where_it_failed(tmp_path: Path, fails: str) -> None:
    python = tmp_path / "python3"
    python.write_text(PYTHON)
    python.chmod(0o755)
    done = subprocess.run(
        [ROOT / ".ci/setup", python, tmp_path / "venv"],
        env={"PATH": "/usr/bin:/bin", "FAILS": fails, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (1 if fails else 0), done.stderr
    if fails:
        assert done.stderr.startswith("WARNING: the cache was disabled\nERROR: nothing fits\n")
        assert "pip says why above" in done.stderr
    else:
        assert (done.stderr, "fine\nReady." in done.stdout) == ("", True)
    assert not list(tmp_path.glob("tmp.*"))


@pytest.mark.parametrize("is_ready", [True, False])
def test_one_that_was_interrupted_is_begun_anew(tmp_path: Path, *, is_ready: bool) -> None:
    python, left = tmp_path / "python3", tmp_path / "venv" / "bin" / "half"
    python.write_text(PYTHON)
    python.chmod(0o755)
    made = [ROOT / ".ci/setup", python, tmp_path / "venv"]
    env = {"PATH": "/usr/bin:/bin", "FAILS": "", "TMPDIR": str(tmp_path)}
    subprocess.run(made, env=env, check=True, capture_output=True)
    left.touch()
    if is_ready:  # as `make` notes once all of it is there
        (tmp_path / "venv" / ".ready").touch()
    subprocess.run(made, env=env, check=True, capture_output=True)
    assert left.exists() == is_ready
