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
