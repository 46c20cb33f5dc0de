"""What must not stand in the repository, and what the lock file promises."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
MARKS = re.compile(
    r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b|raise NotImplemented" + "Error"
)
TEXT = {".py", ".js", ".c", ".h", ".md", ".toml", ".html", ".css", ".json", ".yaml", ""}
FAT_BYTES = 2 * 1024 * 1024


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [p for name in listed.stdout.split("\0") if name and (p := ROOT / name).is_file()]


def test_every_locked_package_has_hashes_and_no_address() -> None:
    packages = re.split(r"(?m)^(?=\S)", LOCK)[1:]
    assert len(packages) > 20
    assert [p for p in packages if "--hash=sha256:" not in p] == []
    assert re.findall(r"https?:|file:|--index-url|--find-links", LOCK) == []


def test_every_dependency_is_locked() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *settings["project"]["dependencies"],
        *settings["project"]["optional-dependencies"]["s3"],
        *settings["project"]["optional-dependencies"]["web"],
        *settings["dependency-groups"]["dev"],
    ]
    names = {re.split(r"[\[><=]", requirement)[0] for requirement in wanted}
    assert names <= set(re.findall(r"(?m)^([a-z0-9-]+)==", LOCK))


def test_no_unfinished_marks() -> None:
    found = [
        p.relative_to(ROOT).as_posix()
        for p in tracked()
        if p.suffix in TEXT and MARKS.search(p.read_text(errors="replace"))
    ]
    assert found == []


def test_no_fat_files() -> None:
    assert [p.name for p in tracked() if p.stat().st_size > FAT_BYTES] == []


def test_the_licence_is_apache_2() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text()[:400]
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text()
