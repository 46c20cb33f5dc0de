"""``staydown hash``: print the fingerprints of files."""

from __future__ import annotations

from collections.abc import Sequence

import click

from staydown.cli.console import Console, console_options, shown
from staydown.cli.cut_off import NOTE, is_cut_off
from staydown.cli.inputs import files_argument, fingerprinted, inputs, mode_option
from staydown.cli.statuses import ExitStatus
from staydown.cli.tally import Tally
from staydown.nouns import many
from staydown.types import Fingerprint, SignalType

COLUMNS: dict[str, tuple[SignalType, ...]] = {
    "SHA-256": (SignalType.SHA256,),
    "MD5": (SignalType.MD5,),
    "PDQ": (SignalType.PDQ,),
    "Quality": (SignalType.PDQ,),
    "Windows": (SignalType.WINDOWS, SignalType.TIMELINE),
}
"""Column -> the signals that it shows."""
USUAL = (SignalType.PDQ, SignalType.WINDOWS)
"""Signals of the table where none were chosen; digests would leave no room."""


@click.command("hash")
@files_argument
@click.option(
    "--signals",
    metavar="TYPES",
    help="Which signals, with commas: sha256, md5, pdq, windows/1, timeline/1. All that apply if"
    " left out.",
)
@mode_option
@console_options
def hash_command(
    console: Console, *, files: tuple[str, ...], signals: str | None, mode: str
) -> ExitStatus:
    """Print the fingerprints of files.

    FILE is a picture, a video, a folder of them, or - for standard input. With --json each line
    is one fingerprint that `staydown bank import` and other programs can read.

    Of a JPEG, PNG, GIF, BMP or TIFF that is cut off or damaged, and of such a video, the
    fingerprint is of what is there; where hardly anything is there it is refused. A note on
    standard error names a JPEG or PNG that is cut off; of all else nothing says so.
    docs/matching.md says what such a fingerprint finds.
    """
    found = list(inputs(files))
    types = parse_signals(signals)
    columns = [name for name, of in COLUMNS.items() if set(of) & set(types or USUAL)]
    rows: list[tuple[str, ...]] = []
    tally = Tally(console)
    with console.progress("Fingerprinting", total=len(found)) as meter:
        for one, outcome in fingerprinted(found, mode=mode, signals=types):
            meter.advance()
            if fingerprint := tally.take(one, outcome):
                console.record({"file": one.name, **fingerprint.to_dict()})
                rows.append(table_row(one.name, fingerprint, columns))
                if is_cut_off(one.content):
                    console.note(shown(f"{one.name}: {NOTE}"))
    console.table(("File", "Kind", *columns), rows)
    status = tally.status()
    tally.require_any("fingerprint")
    return status


def parse_signals(text: str | None) -> tuple[SignalType, ...] | None:
    """The signal types that a comma list names; None, for the usual ones, where there is none.

    Raises:
        click.BadParameter: an unknown name.
    """
    if text is None:
        return None
    short = {"windows": "windows/1", "timeline": "timeline/1"}
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    try:
        return tuple(dict.fromkeys(SignalType(short.get(name, name)) for name in names))
    except ValueError:
        known = ", ".join(SignalType)
        raise click.BadParameter(f"want some of {known}.", param_hint="--signals") from None


def table_row(name: str, fingerprint: Fingerprint, columns: Sequence[str]) -> tuple[str, ...]:
    """One line about a fingerprint, as wide as a terminal allows."""
    values = {str(signal.type): signal.value for signal in fingerprint.signals}
    pdq = fingerprint.get(SignalType.PDQ)
    cells = {
        "SHA-256": values.get("sha256", ""),
        "MD5": values.get("md5", ""),
        "PDQ": values.get("pdq", ""),
        "Quality": "" if pdq is None or pdq.quality is None else str(pdq.quality),
        "Windows": extent(fingerprint) if "Windows" in columns else "",
    }
    return (name, str(fingerprint.kind), *(cells[column] for column in columns))


def extent(fingerprint: Fingerprint) -> str:
    """How much there is to match: points of a photo, frames and length of a video."""
    if (timeline := fingerprint.timeline) is not None:
        return f"{many(len(timeline), 'frame')}, {timeline.duration_ms / 1000:.1f} s"
    windows = fingerprint.windows
    return many(len(windows), "point") if windows is not None else ""
