"""Where a service cannot begin: folder, disk and remedy are named; nothing is left half-made."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection

from ready_tables import NAME, furnish
from served import free_ports
from small_disk import SmallDisk, small_disk
from staydown.cli.statuses import ExitStatus
from staydown.errors import ConfigError
from staydown_web.accounts.models import ApiKey
from staydown_web.base.clock import utc_now
from staydown_web.base.keys import missing_keys
from staydown_web.cases.models import Case
from staydown_web.config.demo import seeding
from staydown_web.config.demo.platform.posts import Posts
from staydown_web.config.demo.platform.seeds import POSTS, first_posts
from staydown_web.config.demo.sample import file_sample, read_sample
from staydown_web.config.folders import (
    folders_named,
    refusal_of,
    refusal_of_command,
    refusal_of_database,
)
from staydown_web.config.processes import Child, Supervisor
from staydown_web.config.serving import WEB_SERVER, Plan, wait_until_ready

_NOBODY = 65_534
_PR_CAPBSET_DROP = 24
_PASSES_BY_MODES = (1, 2, 3)
"""CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER: what makes root pass by a folder's owner."""


def as_an_ordinary_user() -> None:
    """Run between fork and exec: the program then meets the modes of files, also as root."""
    libc = ctypes.CDLL(None)
    for capability in _PASSES_BY_MODES:
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)


def begin(home: Path, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Begin a service in a folder; it is expected to end by itself."""
    cleared = {k: v for k, v in os.environ.items() if not k.startswith(("STAYDOWN_", "DATABASE"))}
    return subprocess.run(
        [sys.executable, "-m", "staydown", *(command or ("serve", "--port", str(free_ports())))],
        env={**cleared, **settings, "STAYDOWN_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        preexec_fn=as_an_ordinary_user,
    )


def prepare(home: Path, *, step: str = "prepare(say=print)") -> None:
    """A first start without its servers, or a step of it."""
    code = f"from staydown_web.config.preparing import *; {step}"
    env = {k: v for k, v in os.environ.items() if not k.startswith(("STAYDOWN_", "DATABASE"))}
    env |= {"STAYDOWN_HOME": str(home)}
    subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True)


def refused(ran: subprocess.CompletedProcess[str]) -> str:
    """The sentence of a refusal, as it has to be."""
    assert ran.returncode == ExitStatus.CONFIG, ran.stderr
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr
    (said,) = [line for line in ran.stderr.splitlines() if line.startswith("error[")]
    assert said.startswith("error[config_error]: ")
    return said


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A folder of somebody else's."""
    if os.geteuid():
        return Path("/usr")
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o755)
    os.chown(folder, _NOBODY, _NOBODY)
    return folder


def test_keys_that_a_full_disk_left_out_are_made_once_it_has_room(tmp_path: Path) -> None:
    with small_disk(tmp_path, size="8k") as disk:
        home = disk.path / "home"
        said = refused(begin(home))
        assert f"the disk of {home}/keys is full" in said
        assert "make room on it and start again" in said
        made = {path.name: path.read_bytes() for path in (home / "keys").iterdir()}
        assert 0 < len(made) < 4
        assert {len(key) for key in made.values()} == {32}
        disk.change("size=64m")
        prepare(home, step="set_up_django()")
        assert not missing_keys(home / "keys")
        assert {name: (home / "keys" / name).read_bytes() for name in made} == made


def test_a_disk_that_is_too_small_for_a_database_is_called_so(tmp_path: Path) -> None:
    with small_disk(tmp_path, size="64k") as disk:
        said = refused(begin(disk.path / "home"))
        assert f"the disk of {disk.path}/home is full" in said
        assert "STAYDOWN_HOME" in said
        assert "DATABASE_URL" not in said


def test_tables_that_a_full_disk_left_out_are_made_once_it_has_room(tmp_path: Path) -> None:
    with small_disk(tmp_path, size="400k") as disk:
        home = disk.path / "home"
        assert f"the disk of {home} is full" in refused(begin(home))
        assert (home / NAME).stat().st_size > 0
        disk.change("size=64m")
        prepare(home)


def test_so_are_pages_and_scripts(tmp_path: Path) -> None:
    with small_disk(tmp_path, size="5m") as disk:
        home = disk.path / "home"
        furnish(home)
        assert f"the disk of {home} is full" in refused(begin(home))
        assert not list((home / "static").glob("*"))
        disk.change("size=64m")
        prepare(home)
        assert (home / "static" / ".collected").exists()


def fill(disk: SmallDisk) -> None:
    """Leave no room."""
    free = os.statvfs(disk.path)
    (disk.path / "ballast").write_bytes(bytes(free.f_bavail * free.f_frsize))


def test_a_web_server_that_finds_no_room_says_so_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path, size="64k") as disk:
        fill(disk)
        monkeypatch.setenv("STAYDOWN_HOME", str(disk.path))
        server = ["-m", "staydown_web.config.web_server", "--port", str(free_ports())]
        ran = subprocess.run([sys.executable, *server], capture_output=True, text=True, check=False)
        assert ran.returncode == 1
        (said,) = ran.stderr.splitlines()
        assert f"error[config_error]: the disk of {disk.path} is full" in said
        assert not list(disk.path.glob("web.*"))


def test_where_the_web_server_falls_again_and_again_the_disk_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Child(WEB_SERVER, ["never", "started"], falls=3)
    plan = Plan(host="127.0.0.1", port=free_ports(), workers=1, demo=False)
    fallen = Supervisor([child], say=print)
    with small_disk(tmp_path, size="2m") as disk:
        monkeypatch.setenv("STAYDOWN_HOME", str(disk.path))
        with pytest.raises(ConfigError, match="does not start"):
            wait_until_ready(fallen, plan, say=print)
        fill(disk)
        with pytest.raises(ConfigError, match=f"the disk of {disk.path} is full"):
            wait_until_ready(fallen, plan, say=print)


def test_a_disk_that_is_mounted_read_only_is_called_so(tmp_path: Path) -> None:
    with small_disk(tmp_path, size="8m") as disk:
        home = disk.path / "home"
        disk.change("ro")
        for _is_set_up in (False, True):
            said = refused(begin(home))
            assert f"the disk of {disk.path}" in said
            assert "mount it for writing, or set STAYDOWN_HOME" in said
            disk.change("rw")
            furnish(home)
            disk.change("ro")


COMMANDS = (
    ("manage", "create-api-key", "bot", "--scope", "check"),
    ("manage", "migrate"),
    ("audit", "verify"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_on_a_disk_that_takes_nothing_names_the_folder_and_the_remedy(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    with small_disk(tmp_path, size="64m") as disk:
        home = disk.path / "home"
        furnish(home)
        disk.change("ro")
        said = refused(begin(home, *command))
        assert f"the disk of {home} takes nothing" in said
        assert "mount it for writing, or set STAYDOWN_HOME" in said
        disk.change("rw")
        fill(disk)
        said = refused(begin(home, *command))
        assert f"the disk of {home} is full" in said
        assert "make room on it and run the command again, or set STAYDOWN_HOME" in said


def test_a_file_that_a_command_was_given_is_not_called_a_folder_of_the_service(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path, size="64k") as disk:
        full = OSError(errno.ENOSPC, "No space left on device", str(disk.path / "list.csv"))
        assert refusal_of_command(full) is None
        fill(disk)
        assert refusal_of_command(OSError(errno.ENOSPC, "No space left on device")) is None
    assert refusal_of_command(FileNotFoundError(errno.ENOENT, "No such file", "list.csv")) is None
    assert refusal_of_command(ValueError("a defect")) is None


def test_somebody_else_s_folder_is_called_so(theirs: Path) -> None:
    said = refused(begin(theirs / "home"))
    owner, me = theirs.owner(), Path("/proc/self").owner()
    assert f"Permission denied: {theirs} belongs to {owner}, this is {me}" in said
    assert "set STAYDOWN_HOME to a folder that this user owns" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="somebody else's closed folder is made by root")
@pytest.mark.parametrize("command", [(), ("audit", "verify"), ("worker",)], ids=" ".join)
def test_so_is_one_that_is_closed(theirs: Path, command: tuple[str, ...]) -> None:
    theirs.chmod(0o700)
    assert f"{theirs} belongs to {theirs.owner()}" in refused(begin(theirs / "home", *command))


def test_each_setting_that_leads_there_is_the_one_that_is_named(
    theirs: Path, tmp_path: Path
) -> None:
    said = refused(begin(tmp_path / "home", STAYDOWN_KEYS=str(theirs / "keys")))
    assert f"{theirs} belongs to" in said
    assert "set STAYDOWN_KEYS to a folder" in said
    said = refused(begin(tmp_path / "home", DATABASE_URL=f"sqlite:///{theirs}/some.sqlite3"))
    assert f"{theirs} belongs to" in said
    assert "set DATABASE_URL to a file in a folder" in said
    said = refused(begin(tmp_path / "home", DATABASE_URL=f"sqlite:///{tmp_path}/no/some.sqlite3"))
    assert f"{tmp_path}/no cannot be used (No such file or directory)" in said
    said = refused(begin(tmp_path / "home", DATABASE_URL="postgresql://a:b@127.0.0.1:9/c"))
    assert "check DATABASE_URL, that its server runs" in said


def test_a_file_that_is_no_database_is_called_so(tmp_path: Path) -> None:
    home = tmp_path / "home"
    furnish(home)
    (home / NAME).write_bytes(b"no database" * 1000)
    for command in ((), ("audit", "verify")):
        said = refused(begin(home, *command))
        assert f"{home / NAME} cannot be read as a database" in said
        assert "staydown restore" in said


def test_what_may_be_a_defect_is_not_called_an_outage() -> None:
    for error in (IntegrityError("twice"), OperationalError("no such table"), OSError(11, "busy")):
        with pytest.raises(type(error)) as caught, folders_named():
            raise error
        assert caught.value is error


@pytest.mark.django_db
def test_a_full_disk_of_a_database_s_server_is_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    error = OperationalError("full")
    error.__cause__ = psycopg.errors.DiskFull("full")
    with monkeypatch.context() as patched:
        patched.setattr(connection, "vendor", "postgresql")
        said = str(refusal_of_database(error))
    assert said.startswith("the disk of the database's server is full; make room there")


def test_a_key_of_somebody_else_s_is_not_called_missing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    furnish(home)
    (home / "keys" / "field.key").chmod(0)
    said = refused(begin(home, "audit", "verify"))
    assert "field.key cannot be read (Permission denied)" in said


def test_a_demonstration_on_a_full_disk_leaves_no_half_key_no_half_case_and_no_half_platform(
    settings: Any, tmp_path: Path, transactional_db: None
) -> None:
    settings.STAYDOWN_DEMO, settings.STAYDOWN_DEMO_ORIGIN = True, "http://127.0.0.1:8001"
    now = utc_now()
    with small_disk(tmp_path, size="16k") as disk:
        settings.STAYDOWN_HOME = disk.path
        platform, folder = seeding.ensure_platform(now), seeding.demo_folder()
        posts, key = Posts(folder), folder / "key"
        fill(disk)

        with pytest.raises(OSError, match="No space"):
            seeding.ensure_key(platform, key, now)
        with pytest.raises(OSError, match="No space"):
            file_sample(platform=platform, folder=folder, now=now)
        with pytest.raises(OSError, match="No space") as caught:
            seeding.ensure_copies(folder / "copies")
        assert str(disk.path) in str(refusal_of(caught.value))
        disk.change("size=600k")  # for some of the posts
        with pytest.raises(OSError, match="No space"):
            posts.seed(first_posts())
        assert list((folder / "media").iterdir())
        assert not key.exists()
        assert not Case.objects.exists()
        assert not Posts(folder).newest_first()

        disk.change("size=64m")
        seeding.ensure_key(platform, key, now)
        assert file_sample(platform=platform, folder=folder, now=now)
        posts = Posts(folder)
        posts.seed(first_posts())
        assert ApiKey.objects.filter(revoked_at=None).exists()
        assert Case.objects.get().number == read_sample(folder)["number"]
        assert len(Posts(folder).newest_first()) == len(POSTS)
