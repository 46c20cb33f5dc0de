"""A backup of a running service, and the way back on an empty machine, on either database."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service_commands import VERIFY, staydown
from standing_files import below
from staydown_web.config.backup.archives import MANIFEST
from upgrade_scene import Installation, fresh_database, rows_of, upgraded_installation

GROWS = {"audit_event", "audit_chainhead", "audit_checkpoint"}
"""Making and restoring a backup are events themselves."""
KEY = b"K" * 32


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Installation, Path]]:
    """An installation with cases, entries and events, and the folder of a backup of it."""
    folder = tmp_path_factory.mktemp("backup")
    for name in ("away", "safe"):
        (folder / name).mkdir()
    with upgraded_installation(folder) as installation:
        made = staydown(
            installation,
            *("backup", folder / "away/data.tar", "--keys-to", folder / "safe/keys.tar", "--json"),
        )
        assert made["case_keys"] == len(list((installation.home / "keys/cases").glob("*/*")))
        yield installation, folder


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Installation]:
    """A machine where nothing is yet."""
    with fresh_database(tmp_path.name) as url:
        yield Installation(tmp_path / "new", url)


def restore(scene: tuple[Installation, Path], empty: Installation, **options: Any) -> Any:
    folder = scene[1]
    keys = options.pop("keys", folder / "safe/keys.tar")
    source = options.pop("source", folder / "away/data.tar")
    return staydown(empty, "restore", source, "--keys", keys, "--json", **options)


def nothing_is_left(empty: Installation) -> bool:
    """Whether a home is as it was before: not there, or empty."""
    return not empty.home.exists() or not [*empty.home.iterdir()]


def test_everything_is_there_again(scene: tuple[Installation, Path], empty: Installation) -> None:
    old = scene[0]
    done = restore(scene, empty)
    assert done["audit_broken"] == ""
    assert done["fields"] > 0
    assert done["forgotten"] == 0
    columns, before = rows_of(old)
    _columns, after = rows_of(empty, columns)
    assert {t for t in before if before[t] != after[t]} <= GROWS
    lost = set(before["audit_event"]) - set(after["audit_event"])
    assert all("backup_made" in row for row in lost), "what came after the moment of the copy"
    keys = {p.relative_to(old.home): p.read_bytes() for p in (old.home / "keys").rglob("*.key")}
    assert keys == {p.relative_to(empty.home): p.read_bytes() for p in empty.home.rglob("*.key")}
    for path in [empty.home, *empty.home.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path
    assert not {".restoring", ".unpacked"} & {path.name for path in empty.home.iterdir()}
    assert empty.run(VERIFY).split()[0] == "True"
    assert list((empty.home / "segments").glob("*.sealed")), "the bank is sealed on disk again"
    old_age = (old.home / "keys/field.key").stat().st_mtime
    assert int((empty.home / "keys/field.key").stat().st_mtime) == int(old_age)


def test_the_keys_are_never_in_the_file_of_the_database(scene: tuple[Installation, Path]) -> None:
    old, folder = scene
    with tarfile.open(folder / "away/data.tar") as tar:
        names = tar.getnames()
    assert names[0] == MANIFEST
    assert not [name for name in names if "key" in name]
    data = (folder / "away/data.tar").read_bytes()
    for path in [*(old.home / "keys").rglob("*.key"), *(old.home / "keys/cases").glob("*/*")]:
        assert path.read_bytes() not in data
    for path in folder.glob("*/*.tar"):
        assert path.stat().st_mode & 0o077 == 0
    together = staydown(
        *(old, "backup", folder / "away/a.tar", "--keys-to", folder / "away/b.tar"), status=7
    )
    assert "beside the database" in together["said"]
    assert not list((folder / "away").glob("[ab].tar"))


def test_a_home_that_is_not_empty_is_refused_and_stays(
    scene: tuple[Installation, Path], empty: Installation
) -> None:
    empty.home.mkdir()
    (empty.home / "mine").write_text("mine")
    said = restore(scene, empty, status=7)["said"]
    assert "not empty" in said
    assert [path.name for path in empty.home.iterdir()] == ["mine"]


def test_all_that_stands_in_the_way_is_told_at_once(
    scene: tuple[Installation, Path], empty: Installation, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.tar"
    empty.home.mkdir()
    (empty.home / "mine").write_text("mine")
    aside = tmp_path / "aside"
    aside.mkdir()
    (aside / "field.key").write_bytes(KEY)
    places = {"STAYDOWN_KEYS": str(aside)}

    said = restore(scene, empty, source=gone, keys=tmp_path, status=7, **places)["said"]

    assert "4 things stand in the way: (1) " in said
    for part in (
        f"{gone} cannot be read: No such file or directory. (2) ",
        f"{tmp_path} is no folder of keys",
        f"{empty.home} is not empty",
        f"{aside} is not empty",
    ):
        assert part in said
    assert [path.name for path in empty.home.iterdir()] == ["mine"]
    assert (aside / "field.key").read_bytes() == KEY


def test_two_files_that_were_taken_for_one_another_are_both_told(
    scene: tuple[Installation, Path], empty: Installation
) -> None:
    data, keys = scene[1] / "away/data.tar", scene[1] / "safe/keys.tar"
    said = restore(scene, empty, source=keys, keys=data, status=7)["said"]
    assert "this file holds keys" in said
    assert f"{data} holds no keys" in said
    assert nothing_is_left(empty)


def test_a_folder_of_keys_that_was_put_aside_does_too(
    scene: tuple[Installation, Path], empty: Installation, tmp_path: Path
) -> None:
    shutil.copytree(scene[0].home / "keys", tmp_path / "aside")
    assert restore(scene, empty, keys=tmp_path / "aside")["audit_broken"] == ""


def test_other_keys_are_refused_and_nothing_is_left(
    scene: tuple[Installation, Path], empty: Installation, tmp_path: Path
) -> None:
    for name in ("field.key", "blind.key"):
        other = tmp_path / f"other-{name}"
        shutil.copytree(scene[0].home / "keys", other)
        (other / name).write_bytes(KEY)
        assert "another" in restore(scene, empty, keys=other, status=7)["said"]
        (other / name).unlink()
        assert "missing" in restore(scene, empty, keys=other, status=7)["said"]
    assert nothing_is_left(empty)


def changed(path: Path, target: Path, at: float) -> Path:
    """A copy of a file with one bit changed, at a place between 0 and 1."""
    data = bytearray(path.read_bytes())
    data[int(at * (len(data) - 1))] ^= 1
    target.write_bytes(data)
    return target


@pytest.mark.parametrize("name", ["away/data.tar", "safe/keys.tar"])
def test_a_damaged_or_cut_file_is_refused_and_nothing_is_left(
    scene: tuple[Installation, Path], empty: Installation, tmp_path: Path, name: str
) -> None:
    whole = scene[1] / name
    data = whole.read_bytes()
    cut = tmp_path / "cut.tar"
    cut.write_bytes(data[: len(data) // 2])
    first = data.index(b'"files"')
    bad = [cut, changed(whole, tmp_path / "head.tar", first / len(data))]
    for path in bad:
        given = {"source": path} if name.startswith("away") else {"keys": path}
        restore(scene, empty, status=7, **given)
        assert nothing_is_left(empty)


def test_a_member_that_was_changed_is_found(
    scene: tuple[Installation, Path], empty: Installation, tmp_path: Path
) -> None:
    whole = scene[1] / "away/data.tar"
    with tarfile.open(whole) as tar:
        inside = next(info for info in tar if info.name.startswith("database"))
        at = inside.offset_data + inside.size // 2
    data = bytearray(whole.read_bytes())
    data[at] ^= 1
    (tmp_path / "bad.tar").write_bytes(data)
    assert "digest" in restore(scene, empty, source=tmp_path / "bad.tar", status=7)["said"]
    assert nothing_is_left(empty)


def test_a_manifest_made_by_somebody_without_the_keys_is_refused(
    scene: tuple[Installation, Path], empty: Installation, tmp_path: Path
) -> None:
    from staydown_web.config.backup.archives import Member, read_manifest, unpack, write_archive

    whole = scene[1] / "away/data.tar"
    manifest = read_manifest(whole)
    (tmp_path / "in").mkdir()
    rows = unpack(whole, tmp_path / "in", manifest=manifest)
    facts = {k: v for k, v in manifest.items() if k not in {"files", "code", "format"}}
    members = [Member(str(p.relative_to(tmp_path / "in")), p) for p in rows]
    write_archive(tmp_path / "forged.tar", members, facts, key=KEY)
    said = restore(scene, empty, source=tmp_path / "forged.tar", status=7)["said"]
    assert "changed since it was made" in said
    assert nothing_is_left(empty)


def test_an_audit_that_does_not_hold_is_not_restored_unless_asked_for(
    tmp_path: Path, empty: Installation
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    with upgraded_installation(tmp_path) as old:
        old.run(
            "from django.db import connection\n"
            "from staydown_web.base.sql import changeable\n"
            "with connection.cursor() as cursor:\n"
            "    for line in changeable('audit_event', connection.vendor): cursor.execute(line)\n"
            "    cursor.execute(\"UPDATE audit_event SET what = 'case_seen' WHERE seq = 3\")\n"
        )
        data, keys = tmp_path / "a/data.tar", tmp_path / "b/keys.tar"
        staydown(old, "backup", data, "--keys-to", keys)
    said = staydown(empty, "restore", data, "--keys", keys, status=7)["said"]
    assert "event 3" in said
    assert [p.name for p in empty.home.iterdir()] in ([], [".restoring"])
    done = staydown(
        *(empty, "restore", data, "--keys", keys, "--accept-broken-audit", "--json"), status=7
    )
    assert "event 3" in done["audit_broken"]


def test_a_restore_that_is_killed_leaves_no_half_and_begins_anew(
    scene: tuple[Installation, Path], empty: Installation
) -> None:
    folder = scene[1]
    command = ("restore", folder / "away/data.tar", "--keys", folder / "safe/keys.tar")
    for moment in ("field.key", ".unpacked", "segments"):
        process = subprocess.Popen(
            [sys.executable, "-m", "staydown", *map(str, command)],
            env=empty.environment(),
            cwd=empty.home.parent,
            stderr=subprocess.DEVNULL,
        )
        while process.poll() is None and not any(p.name == moment for p in below(empty.home)):
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (empty.home / ".restoring").exists(), moment
        half = staydown(empty, "backup", folder / "away/half.tar", status=7)
        assert "cut off" in half["said"]
    assert restore(scene, empty)["audit_broken"] == ""
    assert empty.run(VERIFY).split()[0] == "True"


def test_what_an_earlier_try_left_lets_nothing_else_be_emptied(
    scene: tuple[Installation, Path], empty: Installation, tmp_path: Path
) -> None:
    """Other folders and another database may have been set since."""
    old = scene[0]
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "field.key").write_bytes(KEY)
    empty.home.mkdir()
    mark = {"backup": "x", "keys": "/elsewhere", "database": "elsewhere", "filled": True}
    (empty.home / ".restoring").write_text(json.dumps(mark))
    assert "not empty" in restore(scene, empty, status=7, STAYDOWN_KEYS=str(mine))["said"]
    assert [path.name for path in mine.iterdir()] == ["field.key"]
    url = old.database_url or f"sqlite:///{old.home / 'staydown.sqlite3'}"
    before = rows_of(old)[1]
    (empty.home / ".restoring").write_text(json.dumps(mark))
    said = restore(scene, Installation(empty.home, url), status=7)["said"]
    assert "not empty" in said or "there already" in said
    assert rows_of(old)[1] == before


def test_a_backup_that_is_killed_leaves_no_file_that_looks_whole(
    scene: tuple[Installation, Path], tmp_path: Path
) -> None:
    old = scene[0]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    command = ("backup", tmp_path / "a/x.tar", "--keys-to", tmp_path / "b/y.tar")
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-m", "staydown", *map(str, command)],
            env=old.environment(),
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        while process.poll() is None and not list(tmp_path.glob("*/.staydown-backup.*")):
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for path in tmp_path.glob("*/*.tar"):
            if not path.name.startswith("."):
                with tarfile.open(path) as tar:  # whole, where it has its name
                    tar.getnames()
                path.unlink()
    staydown(old, *command)
    assert sorted(p.name for p in tmp_path.glob("*/*")) == ["x.tar", "y.tar"]


def test_a_backup_while_others_write_is_of_one_moment(
    scene: tuple[Installation, Path], tmp_path: Path, empty: Installation
) -> None:
    old = scene[0]
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    writer = (
        "from staydown_web.config.preparing import set_up_django\nset_up_django()\n"
        "from staydown_web.audit.services import record_event\n"
        "from staydown_web.base.clock import utc_now\n"
        "print('on', flush=True)\n"
        "while True: record_event(what='case_seen', actor='system', at=utc_now())\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", writer],
        env=old.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        made = staydown(
            *(old, "backup", tmp_path / "a", "--keys-to", tmp_path / "b", "--json"),
        )
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    done = restore(scene, empty, source=made["file"], keys=made["keys"])
    assert done["audit_broken"] == ""
    assert done["events"] >= made["events"]


def test_a_backup_of_the_other_kind_of_database_says_what_to_set(
    scene: tuple[Installation, Path], tmp_path: Path
) -> None:
    is_postgres = bool(scene[0].database_url)
    url = "" if is_postgres else "postgresql://nobody:x@127.0.0.1:1/none"
    other = Installation(tmp_path / "new", url)
    said = restore(scene, other, status=7)["said"]
    assert ("PostgreSQL" if is_postgres else "SQLite") in said
    assert nothing_is_left(other)
