"""What commands print, and where: results on stdout, everything else on stderr.

All commands write through one ``Console``, so that JSON lines, quiet runs, narrow terminals,
``NO_COLOR`` and hostile file names are dealt with once.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TextIO

import click

from staydown.errors import StaydownError

if TYPE_CHECKING:
    from rich.console import Console as RichConsole
    from rich.progress import Progress, TaskID

P = ParamSpec("P")


class Meter:
    """A progress bar that does nothing where there is no terminal.

    Attributes:
        done: how far it has come.
    """

    def __init__(self, progress: Progress | None = None, task: TaskID | None = None) -> None:
        self._progress, self._task = progress, task
        self.done = 0

    def advance(self, count: int = 1) -> None:
        """Move on by so many items."""
        self.done += count
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, count)

    def set_total(self, total: int | None) -> None:
        """Say how many items there are, once that is known."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, total=total)


class Console:
    """The two streams of a command.

    Attributes:
        json_lines: True where every result is one JSON object a line.
        quiet: True where notes and progress bars are left out; errors are always printed.
    """

    def __init__(
        self,
        *,
        json_lines: bool = False,
        quiet: bool = False,
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.json_lines, self.quiet = json_lines, quiet
        self._out, self._err = out or sys.stdout, err or sys.stderr
        self._progress: Progress | None = None

    def record(self, row: Mapping[str, Any], text: str = "") -> None:
        """Print one result: the row as a JSON object, or the text where that was not asked for.

        An empty text prints nothing, for commands that print a table at the end instead.
        """
        if self.json_lines:
            self._write(self._out, json.dumps(row, separators=(",", ":")))
        elif text:
            self._write(self._out, text)

    def line(self, text: str) -> None:
        """Print one line of plain result, such as an id or a line of an exported list."""
        self._write(self._out, text)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table: fitted to the terminal, or tab-separated where there is none.

        Prints nothing in JSON mode: there each row was a ``record``.
        """
        if self.json_lines or not rows:
            return
        if not self._out.isatty():
            for row in (columns, *rows):
                self._write(self._out, "\t".join(shown(cell) for cell in row))
            return
        from rich.table import Table  # noqa: PLC0415 - costs 60 ms, only terminals need it

        table = Table(box=None, header_style="bold", pad_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(_plain(shown(cell)) for cell in row))
        self._rich(self._out).print(table)

    def note(self, text: str) -> None:
        """Say something on stderr, unless quiet."""
        if not self.quiet:
            self._write(self._err, text)

    def warn(self, text: str) -> None:
        """Say on stderr that something needs attention."""
        self._write(self._err, f"{self._bold('warning')}: {shown(text)}")

    def failure(self, error: StaydownError, *, source: str | None = None) -> None:
        """Print an error as ``error[code]: sentence``, with the file's name where it lacks it."""
        sentence = str(error) or (type(error).__doc__ or "").partition("\n")[0]
        if source and source not in sentence:
            # Some name the file alone, and others where it lies too: once is enough.
            sentence = f"{source}: {sentence.removeprefix(os.path.basename(source) + ': ')}"  # noqa: PTH119
        self.failure_text(error.code, sentence)

    def failure_text(self, code: str, sentence: str) -> None:
        """Print ``error[code]: sentence`` on stderr."""
        self._write(self._err, f"{self._bold(f'error[{code}]')}: {shown(sentence)}")

    @contextmanager
    def progress(self, label: str, *, total: int | None = None) -> Iterator[Meter]:
        """Show a bar with rate and time left while the block runs; only on a terminal.

        Args:
            label: what is being done, such as "Scanning".
            total: how many items there are; None where that is not known yet.
        """
        if self.quiet or not self._err.isatty():
            yield Meter()
            return
        from rich import progress as bars  # noqa: PLC0415 - costs 60 ms, only terminals need it

        columns = (
            bars.TextColumn("{task.description}", markup=False),
            bars.BarColumn(),
            bars.MofNCompleteColumn(),
            bars.TaskProgressColumn(show_speed=True),
            bars.TimeRemainingColumn(compact=True),
        )
        bar = bars.Progress(
            *columns,
            console=self._rich(self._err),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        with bar:
            self._progress = bar
            try:
                yield Meter(bar, bar.add_task(label, total=total))
            finally:
                self._progress = None

    def _write(self, stream: TextIO, text: str) -> None:
        """Write one line; above the progress bar where both share the terminal."""
        if self._progress is not None and stream.isatty():
            self._progress.console.print(_plain(text), soft_wrap=True)
            return
        stream.write(text + "\n")
        if stream is self._err:
            stream.flush()

    def _rich(self, stream: TextIO) -> RichConsole:
        from rich.console import Console as RichConsole  # noqa: PLC0415 - costs 60 ms

        return RichConsole(file=stream, markup=False, highlight=False, emoji=False)

    def _bold(self, text: str) -> str:
        dumb = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        return text if dumb or not self._err.isatty() else f"\x1b[1m{text}\x1b[0m"


def shown(text: str) -> str:
    """Text from outside, safe for a terminal: control, bidi and broken characters escaped."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def console_options(
    command: Callable[Concatenate[Console, P], int],
) -> Callable[P, int]:
    """Give a command ``--json`` and ``--quiet``, and a ``Console`` as its first argument."""

    @click.option("--json", "json_lines", is_flag=True, help="Print one JSON object a line.")
    @click.option("-q", "--quiet", is_flag=True, help="Print results and errors only.")
    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> int:
        console = Console(
            json_lines=bool(kwargs.pop("json_lines")), quiet=bool(kwargs.pop("quiet"))
        )
        try:
            return command(console, *args, **kwargs)
        except BrokenPipeError:
            # Click would turn this into status 1, which means "a match" here.
            raise click.exceptions.Exit(141) from None

    return wrapped


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def _plain(text: str) -> Any:
    from rich.text import Text  # noqa: PLC0415 - loaded with the table or bar that needs it

    return Text.from_ansi(text)
