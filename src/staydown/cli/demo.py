"""``staydown demo``: the whole way once, on pictures that come with the package."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import click

import staydown
from staydown.cli.console import Console, console_options
from staydown.cli.scan.running import Choices, run_scan
from staydown.cli.statuses import ExitStatus
from staydown.errors import SourceError
from staydown.types import Fingerprint

MEDIA = Path(staydown.__file__).parent / "demo_media"
REPORTED = (
    "bee.jpg",
    "bridge.jpg",
    "cat.jpg",
    "lanterns.jpg",
    "maple.jpg",
    "pagoda.jpg",
    "pan.mp4",
)
"""What the demo puts into its bank; the other pictures stay out of it and must not match."""

COPIES = (
    ("bee", "cropped"),
    ("bee", "written-on"),
    ("bridge", "mirrored"),
    ("bridge", "screenshot"),
    ("cat", "bordered"),
    ("cat", "filtered"),
    ("lanterns", "turned"),
    ("lanterns", "cropped"),
    ("maple", "screenshot"),
    ("pagoda", "written-on"),
)
_MARK = ".staydown-demo"


@click.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-output"),
    show_default=True,
    help="The folder to write to.",
)
@console_options
def demo(console: Console, *, output: Path) -> ExitStatus:
    """Try everything on pictures that come along.

    Puts seven of them into a bank, edits copies the way people do, and scans those copies. Nothing
    leaves this machine.
    """
    started = time.monotonic()
    folder = _fresh(output)
    bank_file = output / "reported.sdb"
    console.note("1  Reported: six pictures and a clip go into a bank. Only fingerprints are kept.")
    _fill_bank(bank_file)
    count = write_copies(folder)
    console.note(f"2  Uploads: {count} files, most of them edited copies of those seven.")
    console.note("3  The scan:")
    report = output / "report.html"
    run_scan(console, bank_file, Choices(roots=(str(folder),), report=report, workers=0))
    console.note(f"Done in {time.monotonic() - started:.0f} seconds. Next:")
    console.note(f"  open {report} in a browser")
    first, second = folder / "pagoda_replaced.jpg", MEDIA / "pagoda.jpg"
    short = min(str(second), os.path.relpath(second), key=len)
    console.note(f"  staydown explain {first} {short} -o explained.png")
    console.note("  staydown bank create my.sdb, then staydown bank add my.sdb FILE...")
    return ExitStatus.DONE


def _fresh(output: Path) -> Path:
    """An empty folder for the uploads; an earlier demo's output is replaced, nothing else is.

    Raises:
        SourceError: something that the demo did not make is at this place.
    """
    mark = output / _MARK
    if output.exists() and not mark.exists() and any(output.iterdir()):
        raise SourceError(f"{output}: holds other files. Choose another folder with --output.")
    shutil.rmtree(output, ignore_errors=True)
    folder = output / "uploads"
    folder.mkdir(parents=True)
    mark.touch()
    return folder


def _fill_bank(bank_file: Path) -> None:
    from staydown.index import BankFile  # noqa: PLC0415 - loads numba
    from staydown.isolate import Pool  # noqa: PLC0415 - the decoders' parent half

    def entries(pool: Pool) -> Iterator[tuple[str, Fingerprint]]:
        sources = [MEDIA / name for name in REPORTED]
        for path, outcome in pool.fingerprints(sources):
            if not isinstance(outcome, Fingerprint):
                raise outcome
            yield f"demo-{path.stem}", outcome

    with BankFile.create(bank_file) as bank, Pool() as pool:
        bank.add_many(entries(pool))


def write_copies(folder: Path) -> int:
    """Write the uploads: copies of what was reported, and others that were not.

    Returns:
        How many files are in the folder now.
    """
    from staydown.decode import demo_edits as edits  # noqa: PLC0415 - loads the decoders

    pictures = {path.stem: edits.load(path) for path in sorted(MEDIA.glob("*.jpg"))}
    for name, edit in COPIES:
        ending = "webp" if edit == "filtered" else "jpg"
        edits.save(edits.EDITS[edit](pictures[name]), folder / f"{name}_{edit}.{ending}")
    pair = edits.collage(pictures["cat"], pictures["coffee"])
    edits.save(pair, folder / "cat_in-a-collage.jpg")
    for name, other in (("pagoda", "lanterns"), ("maple", "bee")):
        made = edits.replaced(pictures[name], pictures[other])
        edits.save(made, folder / f"{name}_replaced.jpg")
    edits.trim_clip(MEDIA / "pan.mp4", folder / "pan_trimmed.mp4", start_s=1.0, end_s=3.2)
    shutil.copy(MEDIA / "bridge.jpg", folder / "bridge_same-bytes.jpg")
    for name in ("citrus", "coffee"):
        edits.save(edits.cropped(pictures[name]), folder / f"{name}_not-reported.jpg")
    (folder / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    (folder / "notes.txt").write_text("Neither picture nor video.\n")
    return sum(1 for _ in folder.iterdir())
