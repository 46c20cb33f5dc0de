"""What the pages on installing and updating say, as far as it can be tried without a new machine.

Releases are built, signed, verified and refused for real; the same sources give the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from staydown.cli.program import root
from staydown_web.config.environment import VARIABLES, read_environment

ROOT = Path(__file__).parents[2]
HOWTO = ROOT / "docs" / "howto"
PAGES = [
    HOWTO / "install-on-debian.md",
    HOWTO / "run-in-a-container.md",
    HOWTO / "update-without-a-pause.md",
    ROOT / "docs" / "releasing.md",
]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHIPPED = (
    "src",
    "js",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "LICENCES-THIRD-PARTY.md",
    "deploy",
    ".ci",
)


def blocks(page: Path, kind: str) -> list[str]:
    return [text for found, text in BLOCK.findall(page.read_text()) if found == kind]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_are_well_formed(page: Path) -> None:
    assert blocks(page, "sh")
    for text in blocks(page, "sh"):
        subprocess.run(["bash", "-n"], input=text, text=True, check=True, capture_output=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_they_name_of_ours_is_there(page: Path) -> None:
    text = page.read_text()
    for name in re.findall(r"(?<![\w/])(deploy/[\w./-]+|tests/[\w./-]+)", text):
        assert (ROOT / name.rstrip("./")).exists(), name
    units = set(re.findall(r"\b(staydown[\w@-]*)\.(?:service|timer)", text))
    known = {path.stem.partition("@")[0] for path in (ROOT / "deploy" / "systemd").iterdir()}
    assert {unit.partition("@")[0] for unit in units} <= known


@pytest.mark.parametrize(
    "words", [["doctor"], ["audit", "verify"], ["serve"], ["backup"], ["restore"]], ids=" ".join
)
def test_commands_that_pages_and_units_call_are_there(words: list[str]) -> None:
    group: click.Command | None = root
    for word in words:
        assert isinstance(group, click.Group)
        group = group.get_command(click.Context(group), word)
        assert group is not None


def test_the_settings_of_the_page_are_taken() -> None:
    (settings,) = [b for b in blocks(PAGES[0], "ini") if "STAYDOWN_URL" in b]
    rows = [row for row in settings.splitlines() if row and not row.startswith("#")]
    given = dict(row.split("=", 1) for row in rows)
    assert set(given) <= {variable.name for variable in VARIABLES}
    assert read_environment({**given, "STAYDOWN_HOME": "/nowhere"}).is_https


def test_commands_as_the_user_of_the_service_see_the_settings() -> None:
    """Root alone may read the file of settings, so systemd reads it for them."""
    page = PAGES[0].read_text()
    assert not [line for line in page.splitlines() if "runuser --user staydown" in line]
    (doctor,) = [block for block in blocks(PAGES[0], "sh") if "bin/staydown doctor" in block]
    given = "--property=User=staydown --property=EnvironmentFile=/etc/staydown/staydown.env"
    assert given in " ".join(doctor.replace("\\\n", " ").split())


def test_each_folder_that_backups_go_to_is_made() -> None:
    (given,) = [block for block in blocks(PAGES[0], "ini") if "BACKUP_TO" in block]
    folders = {line.partition("=")[2] for line in given.splitlines()}
    made = {
        word
        for block in blocks(PAGES[0], "sh")
        for line in block.splitlines()
        if line.startswith("install --directory")
        for word in line.split()
    }
    assert folders <= made


def test_nginx_takes_the_committed_server_as_it_is(tmp_path: Path) -> None:
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed (Debian: apt install nginx-light)")
    server = (ROOT / "deploy" / "nginx" / "staydown.conf").read_text()
    key, chain = tmp_path / "key.pem", tmp_path / "fullchain.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=staydown.example",
         "-keyout", key, "-out", chain],
        check=True, capture_output=True,
    )  # fmt: skip
    server = server.replace("/etc/ssl/staydown", str(tmp_path)).replace("listen 443", "listen 8469")
    conf = tmp_path / "nginx.conf"
    conf.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{server}}}\n")
    done = subprocess.run(
        [nginx, "-t", "-p", tmp_path, "-c", conf, "-e", tmp_path / "log"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def sources(folder: Path) -> Path:
    """A copy of what a release is built from, written at another time and in another order."""
    folder.mkdir()
    for name in reversed(SHIPPED):
        source = ROOT / name
        if source.is_dir():
            skipped = shutil.ignore_patterns("__pycache__", "*.pyc", "node_modules")
            shutil.copytree(source, folder / name, ignore=skipped, copy_function=shutil.copyfile)
        else:
            shutil.copyfile(source, folder / name)
    for script in ("release", "sbom"):
        (folder / ".ci" / script).chmod(0o755)
    return folder


def release(folder: Path, *key: Path) -> Path:
    done = subprocess.run(
        [folder / ".ci" / "release", sys.executable, *key],
        cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "dist"


def test_the_same_sources_give_the_same_release_and_a_changed_file_is_refused(
    tmp_path: Path,
) -> None:
    key = tmp_path / "release-key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key], check=True)
    dist = release(sources(tmp_path / "one"), key)
    again = release(sources(tmp_path / "two"))
    assert (dist / "SHA256SUMS").read_bytes() == (again / "SHA256SUMS").read_bytes()
    assert len(list(dist.glob("staydown-*-py3-none-any.whl"))) == 1

    public = " ".join((tmp_path / "release-key.pub").read_text().split()[:2])
    (line,) = [b for b in blocks(PAGES[3], "") if "namespaces" in b]
    (dist / "allowed_signers").write_text(line.replace("ssh-ed25519 AAAA…", public))
    (verify,) = [b for b in blocks(PAGES[3], "sh") if "ssh-keygen -Y verify" in b]
    verify = verify[: verify.index("pip install")]  # the rest asks a package index
    assert verified(verify, dist)
    lock = dist / "service.lock"
    lock.write_text(lock.read_text() + "#\n")
    assert not verified(verify, dist)
    sums = re.sub(r"\w{64}(?=  service.lock)", hashlib.sha256(lock.read_bytes()).hexdigest(),
                  (dist / "SHA256SUMS").read_text())  # fmt: skip
    (dist / "SHA256SUMS").write_text(sums)
    assert not verified(verify, dist)


def verified(commands: str, folder: Path) -> bool:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], cwd=folder, capture_output=True, check=False
    )
    return done.returncode == 0
