from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

import staydown as library
from staydown.cli import program
from staydown.cli.console import Console, console_options
from staydown.cli.lazy import LazyCommand
from staydown.cli.statuses import ExitStatus
from staydown.errors import SnapshotBusyError

BRIDGE = Path(library.__file__).parent / "demo_media" / "bridge.jpg"


def staydown(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "staydown", *arguments],
        capture_output=True,
        text=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )


def with_command(monkeypatch: pytest.MonkeyPatch, act: object) -> None:
    """Give the program one command, ``try``, that does this."""

    @click.command("try")
    @console_options
    def command(console: Console) -> ExitStatus:
        """Try it."""
        return act(console)  # type: ignore[operator, no-any-return]

    monkeypatch.setattr(sys.modules[__name__], "command", command, raising=False)
    row = LazyCommand("try", f"{__name__}:command", "Try it.")
    monkeypatch.setattr(program.root, "table", {"try": row})
    monkeypatch.setattr(program, "guard_stdout", lambda: None)


def test_help_lists_every_command_and_imports_none() -> None:
    code = (
        "import sys; sys.argv = ['staydown', '--help']\n"
        "from staydown.cli.program import run\n"
        "status = run()\n"
        "heavy = {'numpy', 'numba', 'wasmtime', 'PIL', 'av', 'rich'} & set(sys.modules)\n"
        "sys.exit(99 if heavy else status)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"\n  {row.name} " in done.stdout for row in program.COMMANDS)


def test_the_version_is_printed() -> None:
    assert staydown("--version").stdout == "staydown 0.1.0\n"


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["match"], ["match", "--nonsense", "a", "b"], ["backup", "a", "b"]]
)
def test_a_wrong_command_line_ends_in_2_and_says_where_help_is(arguments: list[str]) -> None:
    done = staydown(*arguments)
    assert done.returncode == ExitStatus.USAGE
    assert done.stdout == ""
    assert done.stderr.startswith("error[usage]: ")
    assert re.search(r"[.?!] See `staydown[a-z ]* --help`\.\n$", done.stderr)


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("restore", "Missing argument 'FILE'. Missing option '--keys'. See"),
        ("restore --keys k", "Missing argument 'FILE'. See"),
        ("restore f", "Missing option '--keys'. See"),
        ("explain", "Missing argument 'A'. Missing argument 'B'. See"),
        (
            "guard --upstream u --service s --secret-file f",
            "Missing option '--on-unreachable'. Choose from: open, closed. See",
        ),
    ],
)
def test_everything_that_is_missing_is_told_at_once(given: str, missing: str) -> None:
    assert staydown(*given.split()).stderr.startswith(f"error[usage]: {missing}")


def test_an_error_ends_in_its_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def busy(_console: Console) -> ExitStatus:
        raise SnapshotBusyError("bank.sdb: another process writes to it. Try again.")

    with_command(monkeypatch, busy)
    assert program.run(["try"]) == ExitStatus.BUSY
    said = capsys.readouterr()
    assert said.err == "error[snapshot_busy]: bank.sdb: another process writes to it. Try again.\n"


def test_a_defect_is_told_without_what_it_holds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_console: Console) -> ExitStatus:
        raise ValueError("secret.jpg")

    with_command(monkeypatch, broken)
    assert program.run(["try"]) == ExitStatus.INTERNAL
    said = capsys.readouterr().err
    assert said.startswith("error[internal]: Staydown has a defect (ValueError).")
    assert "secret" not in said

    monkeypatch.setenv(program.DEBUG_VARIABLE, "1")
    program.run(["try"])
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stop", "status"),
    [
        (KeyboardInterrupt, ExitStatus.INTERRUPTED),
        (click.Abort, ExitStatus.INTERRUPTED),
        (program.Terminated, ExitStatus.TERMINATED),
    ],
)
def test_ctrl_c_and_sigterm_end_quietly(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stop: type[BaseException],
    status: ExitStatus,
) -> None:
    def stopped(_console: Console) -> ExitStatus:
        raise stop

    with_command(monkeypatch, stopped)
    assert program.run(["try"]) == status
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert "Stopped. What was acknowledged is kept." in said.err


def test_a_missing_file_is_no_defect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with_command(monkeypatch, lambda _console: open("/nowhere/at/all"))  # noqa: PTH123, SIM115
    assert program.run(["try"]) == ExitStatus.INPUT
    assert capsys.readouterr().err == (
        "error[source_unreadable]: /nowhere/at/all: No such file or directory.\n"
    )


SPILL = """
import os, sys
from staydown.cli.program import guard_stdout
guard_stdout()
os.write(1, b"a library\\n")
print("a result")
"""


def test_what_libraries_print_does_not_reach_stdout() -> None:
    done = subprocess.run([sys.executable, "-c", SPILL], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("a result\n", "a library\n")


CHATTER = """
import sys
from staydown.cli import program
from staydown.cli.console import console_options
import click
@click.command("try")
@console_options
def command(console):
    for number in range(100000):
        console.line(str(number))
    return 0
class Row:
    name, help = "try", ""
    def load(self): return command
program.root.table = {"try": Row()}
sys.exit(program.run(["try"]))
"""


def test_a_closed_pipe_ends_the_command_without_a_word() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHATTER], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait() == ExitStatus.CLOSED_OUTPUT


WAITER = """
import sys, time
from staydown.cli import program
class Row:
    name, help = "try", ""
    def load(self):
        print("ready", flush=True)
        time.sleep(60)
program.root.table = {"try": Row()}
sys.exit(program.run(["try"]))
"""


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, ExitStatus.INTERRUPTED), (signal.SIGTERM, ExitStatus.TERMINATED)],
)
def test_signals_end_a_real_process_with_their_status(number: int, status: ExitStatus) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITER], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == b"ready\n"
        os.kill(child.pid, number)
        assert child.wait() == status
        assert child.stderr.read().strip() == b"Stopped. What was acknowledged is kept."


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["hash", str(BRIDGE)], ["hash", "--json", str(BRIDGE)]]
)
def test_results_that_do_not_fit_on_the_disk_are_an_error_of_the_output(
    arguments: list[str],
) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        found = subprocess.run(
            [sys.executable, "-m", "staydown", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert found.returncode == ExitStatus.CONFIG
    said = "What this command writes cannot be written: No space left on device."
    assert found.stderr == f"error[output_unwritable]: {said}\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_stream_that_is_closed_from_the_start_changes_no_status(closed: str) -> None:
    for arguments, status in (("--version", ExitStatus.DONE), ("nothing", ExitStatus.USAGE)):
        line = f'"{sys.executable}" -m staydown {arguments} {closed}'
        found = subprocess.run(line, shell=True, capture_output=True, check=False)
        assert found.returncode == status
        assert b"Traceback" not in found.stderr
