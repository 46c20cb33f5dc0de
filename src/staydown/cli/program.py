"""The program ``staydown``: its commands, and the outermost handler of errors."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from types import FrameType

import click

import staydown
from staydown.cli.console import Console
from staydown.cli.lazy import LazyCommand, LazyGroup
from staydown.cli.statuses import ExitStatus, status_of
from staydown.errors import ConfigError, StaydownError

COMMANDS = (
    LazyCommand("hash", "staydown.cli.hash:hash_command", "Print the fingerprints of files."),
    LazyCommand("bank", "staydown.cli.bank:bank", "Make and change bank files."),
    LazyCommand("match", "staydown.cli.match:match", "Look files up in a bank file."),
    LazyCommand("scan", "staydown.cli.scan:scan", "Check whole folders against a bank file."),
    LazyCommand("explain", "staydown.cli.explain:explain", "Show why two files match or not."),
    LazyCommand("serve", "staydown.cli.service:serve", "Start the service: pages, API and worker."),
    LazyCommand("worker", "staydown.cli.service:worker", "Run the service's jobs."),
    LazyCommand("manage", "staydown.cli.service:manage", "Run one of the service's own commands."),
    LazyCommand("guard", "staydown.cli.guard:guard", "Check uploads on their way to an app."),
    LazyCommand(
        "verify",
        "staydown.cli.verify:verify",
        "Check a receipt or the record of a case: who signed it, and that nothing was changed.",
    ),
    LazyCommand(
        "edge",
        "staydown.cli.edge:edge",
        "Check uploads near a platform, also while the hub is away.",
    ),
    LazyCommand("audit", "staydown.cli.service:audit", "Prove what happened."),
    LazyCommand(
        "backup",
        "staydown.cli.backup:backup",
        "Put the service's data aside while it runs: the database, and apart from it the keys.",
    ),
    LazyCommand(
        "restore",
        "staydown.cli.backup:restore",
        "Put a backup back on a machine where nothing is yet, and prove it.",
    ),
    LazyCommand(
        "keys",
        "staydown.cli.keys:keys",
        "List the service's keys, change them without a pause, retire old ones.",
    ),
    LazyCommand("demo", "staydown.cli.demo:demo", "Try everything on pictures that come along."),
    LazyCommand("doctor", "staydown.cli.doctor:doctor", "Check that this installation works."),
)
DEBUG_VARIABLE = "STAYDOWN_DEBUG"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a disk says that takes no more; nothing that is read says so."""


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(staydown.__version__, prog_name="staydown", message="%(prog)s %(version)s")
def root() -> None:
    """Find copies of reported pictures and videos, and keep them down.

    Results go to standard output, everything else to standard error. With --json, results are one
    JSON object a line. A file called - is standard input. docs/errors.md lists the exit statuses.
    """


class Terminated(KeyboardInterrupt):
    """SIGTERM, raised where Ctrl-C would be, so that both end a command in the same clean way."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; never raises.

    Args:
        arguments: what follows the program's name; None takes it from ``sys.argv``.
    """
    _open_closed()
    guard_stdout()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        status = _outcome(arguments)
    except BrokenPipeError:
        _drop_stdout()
        return ExitStatus.CLOSED_OUTPUT
    return _flushed(status)


def _flushed(status: int) -> int:
    """The status, where all results are written; what has kept them from it otherwise."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()
        return ExitStatus.CLOSED_OUTPUT
    except OSError as error:
        return _unwritable(Console(), os_sentence(error))
    return status


def guard_stdout() -> None:
    """Let only our results reach standard output: what C libraries print goes to stderr.

    ``sys.stdout`` keeps the real stream on a descriptor of its own; descriptor 1 becomes stderr.
    Does nothing where the streams are not the process's own, as in tests.
    """
    try:
        if sys.stdout.fileno() != 1 or sys.stderr.fileno() != 2:
            return
        sys.stdout.flush()
        kept = os.dup(1)
        os.dup2(2, 1)
    except (OSError, ValueError, AttributeError):
        return
    sys.stdout = os.fdopen(
        kept, "w", encoding=sys.stdout.encoding, errors="backslashreplace", buffering=1
    )


def _open_closed() -> None:
    """A stream that was closed before the start is written nowhere, and is no defect."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - lives until the process ends
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - as above


def _outcome(arguments: Sequence[str] | None) -> int:
    console = Console()
    try:
        result = root.main(arguments, prog_name="staydown", standalone_mode=False)
    except StaydownError as error:
        return _refused(console, error)
    except click.UsageError as error:
        return _usage_error(console, error)
    except (KeyboardInterrupt, click.Abort) as stop:
        console.note("Stopped. What was acknowledged is kept.")
        terminated = isinstance(stop, Terminated) or isinstance(stop.__cause__, Terminated)
        return ExitStatus.TERMINATED if terminated else ExitStatus.INTERRUPTED
    except BrokenPipeError:
        raise
    except OSError as error:
        return _unreadable(console, error)
    except Exception as error:  # noqa: BLE001 - the one outermost handler of this process
        return _defect(console, error)
    return result if isinstance(result, int) else ExitStatus.DONE


def _unreadable(console: Console, error: OSError) -> int:
    if (refusal := _refusal_of(error)) is not None:
        console.failure(refusal)
        return status_of(refusal)
    if error.errno in _FULL:
        return _unwritable(console, os_sentence(error))
    console.failure_text("source_unreadable", os_sentence(error))
    return ExitStatus.INPUT


def _refused(console: Console, error: StaydownError) -> int:
    """A deliberate error. What a full disk does not take is not at fault, whatever it is.

    Of a folder of the service it is said already, with what to do.
    """
    cause = error.__context__  # what the system said of a file, before the library told it
    is_full = isinstance(cause, OSError) and cause.errno in _FULL
    if is_full and not isinstance(error, ConfigError):
        return _unwritable(console, f"{str(error).removesuffix('.')}.")
    console.failure(error)
    return status_of(error)


def _unwritable(console: Console, said: str) -> int:
    """Results that a full disk does not take: what was read is not at fault."""
    console.failure_text("output_unwritable", f"What this command writes cannot be written: {said}")
    try:
        sys.stdout.flush()
    except OSError:
        _drop_stdout()
    return ExitStatus.CONFIG


def _terminate(_number: int, _frame: FrameType | None) -> None:
    raise Terminated


def _usage_error(console: Console, error: click.UsageError) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return ExitStatus.USAGE
    command = error.ctx.command_path if error.ctx else "staydown"
    said = " ".join(_sentence(one) for one in _all_of(error))
    console.failure_text("usage", f"{said} See `{command} --help`.")
    return ExitStatus.USAGE


def _refusal_of(error: Exception) -> StaydownError | None:
    """What a folder or disk of the service that takes nothing is called; None for all else."""
    if "django.db" not in sys.modules:
        return None
    folders = import_module("staydown_web.config.folders")
    found: StaydownError | None = folders.refusal_of_command(error)
    return found


def _outage_of(error: Exception) -> StaydownError | None:
    """What a failure of the service's database or disk is called; None for everything else."""
    if "django.db" not in sys.modules:
        return None
    found: StaydownError | None = import_module("staydown_web.base.outages").outage_of(error)
    return found


def _all_of(error: click.UsageError) -> Sequence[click.UsageError]:
    """Click stops at the first parameter that is missing: it and all that are missing too.

    What was given is read before what was not, so what is not in the context is not given.
    """
    if not isinstance(error, click.MissingParameter) or error.ctx is None:
        return [error]
    context = error.ctx
    missing = [
        click.MissingParameter(ctx=context, param=parameter)
        for parameter in context.command.params
        if parameter.required and parameter.name not in context.params
    ]
    return missing or [error]


def _sentence(error: click.UsageError) -> str:
    said = " ".join(error.format_message().split())  # choices come one a line
    return said if said.endswith((".", "?", "!")) else f"{said}."


def _defect(console: Console, error: Exception) -> int:
    """Report a defect by its type alone: its text could hold a name or a hash."""
    outage = _refusal_of(error) or _outage_of(error)
    if outage is not None:
        console.failure(outage)
        return ExitStatus.CONFIG
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exc()
    console.failure_text(
        "internal",
        f"Staydown has a defect ({type(error).__name__}). Run again with {DEBUG_VARIABLE}=1 to see"
        " where, and report it as CONTRIBUTING.md says.",
    )
    return ExitStatus.INTERNAL


def os_sentence(error: OSError) -> str:
    """What the system says of a file, as one sentence."""
    reason = error.strerror or type(error).__name__
    return f"{error.filename}: {reason}." if error.filename else f"{reason}."


def _drop_stdout() -> None:
    """Keep the interpreter from flushing into a closed pipe once more at exit."""
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - lives until the process ends
