"""The service's commands find the service by its name, and say so where it is not installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ready_tables import furnish
from staydown.cli import service
from staydown.cli.program import run
from staydown.cli.statuses import ExitStatus
from staydown.errors import ConfigError

PYTHON = [sys.executable, "-m", "staydown"]


def staydown(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PYTHON, *arguments],
        env={**_cleared(), "STAYDOWN_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def _cleared() -> dict[str, str]:
    ours = ("STAYDOWN_", "DATABASE_")
    return {k: v for k, v in os.environ.items() if not k.startswith(ours)}


def test_without_the_extra_the_remedy_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "granian", None)
    with pytest.raises(ConfigError, match=r"pip install 'staydown\[web\]'"):
        service.service("serving")


def test_a_defect_inside_the_service_is_not_called_a_missing_extra() -> None:
    with pytest.raises(ModuleNotFoundError):
        service.service("no_such_module")


@pytest.mark.parametrize(
    ("code", "status"),
    [(None, ExitStatus.DONE), (0, ExitStatus.DONE), (1, ExitStatus.INPUT), (2, ExitStatus.USAGE)],
)
def test_a_refusal_of_django_never_looks_like_a_match(code: int | None, status: ExitStatus) -> None:
    assert service._status_of_exit(code) is status


def test_help_of_the_service_s_commands_loads_no_django() -> None:
    code = (
        "import sys; from staydown.cli.program import run;"
        "run(['serve', '--help']); print('django' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    "command", [("audit", "verify"), ("keys", "list"), ("backup", "aside")], ids=" ".join
)
def test_where_no_service_was_started_yet_its_commands_say_so(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    ran = staydown(tmp_path / "home", *command)
    assert ran.returncode == ExitStatus.CONFIG
    assert ran.stdout == ""
    assert "there is no service here yet" in ran.stderr
    assert "STAYDOWN_HOME" in ran.stderr
    assert not (tmp_path / "home").exists(), "no second folder of keys"


def test_a_worker_says_where_there_are_no_tables_for_its_jobs(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ran = staydown(home, "worker")
    assert ran.returncode == ExitStatus.CONFIG
    assert "there is no service here yet" in ran.stderr
    assert not home.exists()
    older = ("manage", "migrate", "audit", "--verbosity", "0")
    assert staydown(home, *older).returncode == ExitStatus.DONE
    ran = staydown(home, "worker")
    assert ran.returncode == ExitStatus.CONFIG
    assert "tables of the database are older" in ran.stderr
    assert "staydown serve" in ran.stderr


def test_a_folder_that_cannot_be_one_names_its_setting() -> None:
    for command in (("serve", "--port", "8179"), ("worker",), ("audit", "verify")):
        ran = staydown(Path("/proc"), *command)
        assert ran.returncode == ExitStatus.CONFIG, ran.stderr
        assert "STAYDOWN_HOME" in ran.stderr


def test_a_group_without_a_command_shows_its_help_in_lines() -> None:
    ran = subprocess.run([*PYTHON, "audit"], capture_output=True, text=True, check=False)
    assert ran.returncode == ExitStatus.USAGE
    assert "\\n" not in ran.stderr
    assert "\n  verify " in ran.stderr


def test_a_wrong_setting_ends_in_status_7_with_its_name(tmp_path: Path) -> None:
    ran = subprocess.run(
        [*PYTHON, "serve", "--port", "8179"],
        env={**os.environ, "STAYDOWN_HOME": str(tmp_path), "STAYDOWN_URL": "nonsense"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == ExitStatus.CONFIG
    assert "error[config_error]" in ran.stderr
    assert "STAYDOWN_URL" in ran.stderr


def test_manage_and_audit_work_on_a_fresh_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert staydown(home, "manage", "migrate", "--verbosity", "0").returncode == ExitStatus.DONE
    assert staydown(home, "manage", "no-such-command").returncode == ExitStatus.INPUT
    whole = staydown(home, "audit", "verify", "--json")
    assert whole.returncode == ExitStatus.DONE
    assert json.loads(whole.stdout)["whole"] is True
    assert (home / "keys").stat().st_mode & 0o077 == 0


def test_a_command_starts_no_thread_and_looks_for_rubbish_in_what_it_made_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    furnish(tmp_path / "home")
    code = (
        "import gc, numpy, os;"
        "print(len(os.listdir('/proc/self/task')), gc.isenabled(), gc.get_freeze_count() > 10_000)"
    )
    ran = staydown(tmp_path / "home", "manage", "shell", "--no-imports", "-c", code)
    assert ran.stdout == "1 True True\n"


@pytest.mark.parametrize("asked", [(), ("help",), ("help", "migrate"), ("migrate", "--help")])
def test_whoever_asks_for_help_gets_no_folder(tmp_path: Path, asked: tuple[str, ...]) -> None:
    ran = staydown(tmp_path / "home", "manage", *asked)
    assert ran.returncode == ExitStatus.DONE
    assert "migrate" in ran.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_changed_event_is_found_and_ends_in_status_7(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    home = tmp_path / "home"
    furnish(home)
    code = (
        "from staydown_web.config.preparing import set_up_django; set_up_django();"
        "from staydown_web.audit.services import record_event;"
        "from staydown_web.base.clock import utc_now;"
        "record_event(what='settings_changed', actor='system', at=utc_now())"
    )
    made = staydown(home, "manage", "shell", "--no-imports", "-c", code)
    assert made.returncode == ExitStatus.DONE, made.stderr
    with closing(sqlite3.connect(home / "staydown.sqlite3")) as database:
        database.execute("DROP TRIGGER audit_event_no_update")
        database.execute("UPDATE audit_event SET what = 'key_forged' WHERE seq = 1")
        database.commit()
    broken = staydown(home, "audit", "verify")
    assert broken.returncode == ExitStatus.CONFIG
    assert broken.stdout.startswith("Broken at event 1")


def our_commands() -> list[str]:
    import staydown_web

    rooms = Path(staydown_web.__file__).parent
    found = rooms.glob("*/management/commands/*.py")
    return sorted(path.stem for path in found if path.stem != "__init__")


def test_every_command_of_ours_refuses_where_there_is_no_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in {*os.environ} - {*_cleared()}:
        monkeypatch.delenv(name)
    monkeypatch.setenv("STAYDOWN_HOME", str(tmp_path / "home"))
    of_ours = our_commands()
    assert len(of_ours) > 15
    assert {*of_ours} & service._WITHOUT_SERVICE == {"write_regime_words"}, "chosen with care"
    for command in (*of_ours, "shell", "flush", "dumpdata", "no-such-command"):
        if command in service._WITHOUT_SERVICE:
            continue
        status = run(["manage", command, "--public-key", "a", "b"])
        said = capsys.readouterr()
        assert status == ExitStatus.CONFIG, command
        assert "error[config_error]: there is no service here yet" in said.err, command
        assert said.out == "", command
        assert list(tmp_path.iterdir()) == [], command


def test_no_public_key_is_invented_in_a_wrong_folder(tmp_path: Path) -> None:
    ran = staydown(tmp_path / "home", "manage", "audit-verify", "--public-key")
    assert (ran.returncode, ran.stdout) == (ExitStatus.CONFIG, "")
    assert "there is no service here yet" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_database_elsewhere_gets_no_new_keys_from_a_command(tmp_path: Path) -> None:
    home = tmp_path / "home"
    furnish(home)
    ran = subprocess.run(
        [*PYTHON, "manage", "audit-verify", "--public-key"],
        env={
            **_cleared(),
            "STAYDOWN_HOME": str(tmp_path / "mistyped"),
            "DATABASE_URL": f"sqlite:///{home / 'staydown.sqlite3'}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == ExitStatus.CONFIG
    assert "there are no keys in" in ran.stderr
    assert ran.stdout == ""
    assert not (tmp_path / "mistyped").exists()


def test_a_command_that_needs_no_service_makes_no_folder(tmp_path: Path) -> None:
    ran = staydown(tmp_path / "home", "manage", "makemigrations", "--check", "--dry-run")
    assert ran.returncode == ExitStatus.DONE, ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("looks", ["--check", "--plan", "--chec"])
def test_a_look_at_the_tables_begins_no_service(tmp_path: Path, looks: str) -> None:
    ran = staydown(tmp_path / "mistyped", "manage", "migrate", looks)
    assert ran.returncode == ExitStatus.CONFIG, ran.stderr
    assert "there is no service here yet" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_version_of_a_command_begins_no_service(tmp_path: Path) -> None:
    ran = staydown(tmp_path / "home", "manage", "migrate", "--version")
    assert ran.returncode == ExitStatus.DONE, ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_nothing_is_no_defect(tmp_path: Path) -> None:
    furnish(tmp_path)
    limited = (
        "import resource, sys; from staydown.cli.program import run;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
        "sys.exit(run(['manage', 'clearsessions']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited],
        env={**_cleared(), "STAYDOWN_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitStatus.CONFIG
    assert "\nerror[storage_failed]: a disk of this service takes nothing" in done.stderr
    assert "defect" not in done.stderr


@pytest.mark.parametrize("asked", ["help", "--help"])
def test_manage_lists_its_own_commands_with_a_sentence_each(tmp_path: Path, asked: str) -> None:
    home = tmp_path / "home"
    ran = staydown(home, "manage", asked)
    assert ran.returncode == ExitStatus.DONE, ran.stderr
    assert ran.stderr == ""
    assert "  create-api-key         Make an API key and print it.\n" in ran.stdout
    assert "flush" not in ran.stdout
    assert "write_regime_words" not in ran.stdout
    assert "staydown manage help --commands" in ran.stdout
    assert not home.exists()


@pytest.mark.parametrize(
    "asked", [("create-api-key", "--help"), ("help", "create-api-key"), ("migrate", "--help")]
)
def test_the_help_of_our_own_commands_is_without_the_options_of_django(
    asked: tuple[str, ...],
) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "staydown", "manage", *asked],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0
    for name in ("--settings", "--pythonpath", "--traceback", "--no-color"):
        assert (name in ran.stdout) == ("migrate" in asked)
    assert ("--scope" in ran.stdout) == ("migrate" not in asked)
