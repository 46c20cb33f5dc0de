"""``staydown scan``: check whole folders and stores against a bank file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from staydown.cli.console import Console, console_options
from staydown.cli.inputs import bank_argument
from staydown.cli.scan.running import Choices, run_scan
from staydown.cli.statuses import ExitStatus

_output = click.Path(path_type=Path, dir_okay=False)


@click.command()
@bank_argument
@click.argument("roots", nargs=-1, required=True, metavar="PATH_OR_URL...")
@click.option("--report", type=_output, help="Write a page for people to this HTML file.")
@click.option("--csv", type=_output, help="Write every match and failure to this CSV file.")
@click.option(
    "--min-score",
    type=click.FloatRange(0.0, 1.0),
    help="Lowest score that counts, 0 to 1; docs/matching.md says what a score means.",
)
@click.option(
    "--mode",
    type=click.Choice(["screening", "banking"]),
    default="screening",
    show_default=True,
    help="screening: decode JPEGs smaller, much faster. banking: decode at full size, exact bits.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Decoding processes here, or workers in the cluster.  [default: one for each processor]",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="local: the processors of this machine. ray: those of a Ray cluster.",
)
@click.option(
    "--cluster",
    metavar="HOST:PORT",
    default="",
    help="With --engine ray: the head of the cluster; local starts one here for this scan."
    "  [default: RAY_ADDRESS, or the cluster that this machine belongs to]",
)
@click.option(
    "--node-bank",
    metavar="PATH",
    help="With --engine ray: where the machines of the cluster find the bank file."
    "  [default: the same path as here]",
)
@click.option(
    "--estimate",
    is_flag=True,
    help="Check some files only, at random, and say what the whole would take.",
)
@click.option(
    "--price",
    type=click.FloatRange(min=0),
    help="What an hour of one worker costs, to say what the scan costs.",
)
@click.option(
    "--state",
    type=_output,
    help="Where to remember what is done.  [default: beside the report, the CSV or the bank file]",
)
@click.option(
    "--thumbnails/--no-thumbnails",
    default=True,
    show_default=True,
    help="Put small pictures of the matching files into the report, blurred until clicked.",
)
@console_options
def scan(
    console: Console,
    /,
    *,
    bank_file: Path,
    workers: int | None,
    **choices: Any,
) -> ExitStatus:
    """Check whole folders against a bank file.

    Every file below PATH is looked at, whatever its name, hidden ones too. An address such as
    s3://bucket/uploads scans an object store; that needs the extra staydown[s3]. With --engine ray
    the work goes to a Ray cluster, whose machines must see the bank file and the files to scan
    under the same paths; that needs the extra staydown[ray] on all of them.

    What is neither picture nor video is counted; what is called as if it were one, such as
    photo.jpg, and cannot be read is named, with the reason. Links to folders are not followed.

    A scan that was stopped, in whatever way, goes on where it was when the same command is given
    again. Files that did not change since the last run are not read again, as long as the bank and
    the options are the same. The exit status is 0 where nothing matches, 1 where something does,
    3 where a file could not be checked, and 4 where there was no file at all.
    """
    asked = Choices(workers=workers or 0, **choices)
    return run_scan(console, bank_file, asked)
