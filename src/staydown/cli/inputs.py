"""The files a command is given: names, folders and standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from staydown.errors import ContentTooLargeError, SourceError, StaydownError
from staydown.media_names import is_named_as_media
from staydown.types import Fingerprint, SignalType

STDIN_NAME = "standard input"
DASH = "-"
STDIN_BYTES = 1 << 30

files_argument = click.argument("files", nargs=-1, required=True, metavar="FILE...")
bank_argument = click.argument("bank_file", metavar="BANKFILE", type=click.Path(path_type=Path))
mode_option = click.option(
    "--mode",
    type=click.Choice(["banking", "screening"]),
    default="banking",
    show_default=True,
    help="banking: decode at full size, exact bits. screening: decode JPEGs smaller, much faster.",
)


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to fingerprint.

    Attributes:
        name: as the caller wrote it, or the path below the folder that was given.
        content: the path, or the bytes of standard input.
        chosen: True where the caller named it; False where it was found in a folder.
    """

    name: str
    content: Path | bytes
    chosen: bool


def inputs(names: Iterable[str]) -> Iterator[Input]:
    """Everything that the names stand for; folders give all their files, in order of name.

    Hidden files count as others do. Links to files are followed, links to folders are not, so that
    a walk always ends. A name that stands for nothing, a folder that cannot be read, and a link or
    pipe that is called as a picture are handed on: their errors are reported with the others.

    Raises:
        SourceError: standard input is a terminal.
        ContentTooLargeError: standard input is longer than ``STDIN_BYTES``.
    """
    for name in names:
        if name == DASH:
            yield Input(STDIN_NAME, read_stdin(), chosen=True)
        elif os.path.isdir(name):  # noqa: PTH112 - the name stays as the caller wrote it
            yield from (Input(found, Path(found), chosen=False) for found in files_below(name))
        else:
            yield Input(name, Path(name), chosen=True)


def fingerprinted(
    found: Sequence[Input], *, mode: str, signals: Sequence[SignalType] | None = None
) -> Iterator[tuple[Input, Fingerprint | StaydownError]]:
    """Fingerprint the inputs in isolated processes, on all cores.

    Yields:
        Each input with its fingerprint or with the error it ended in, in the order given.
    """
    from staydown.isolate import Pool  # noqa: PLC0415 - loads the decoders' parent half

    workers = max(1, min(len(found), os.cpu_count() or 1))
    with Pool(workers=workers) as pool:
        outcomes = pool.fingerprints((one.content for one in found), mode=mode, signals=signals)
        for one, (_, outcome) in zip(found, outcomes, strict=True):
            yield one, outcome


def files_below(folder: str) -> Iterator[str]:
    """Paths of the plain files in a folder and the folders below it, and of what cannot be read."""
    refused: list[OSError] = []
    for root, folders, names in os.walk(folder, onerror=refused.append):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(root, name)  # noqa: PTH118 - the name stays as written
            if os.path.isfile(path) or is_named_as_media(name):  # noqa: PTH113 - as above
                yield path
    yield from (str(error.filename) for error in refused)


def read_stdin() -> bytes:
    """All of standard input.

    Raises:
        SourceError: it is a terminal, where nobody would know what to type.
        ContentTooLargeError: it is longer than ``STDIN_BYTES``.
    """
    if sys.stdin.isatty():
        raise SourceError("Standard input is the terminal. Send a file in: staydown hash - <FILE")
    data = sys.stdin.buffer.read(STDIN_BYTES + 1)
    if len(data) > STDIN_BYTES:
        raise ContentTooLargeError(f"{STDIN_NAME}: more than 1 GiB. Give the file by its name.")
    return data
