"""One run of ``staydown scan``: list, check, print, write what was asked for."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import staydown
from staydown.cli.console import Console
from staydown.cli.scan.pacing import PaceNotes
from staydown.cli.statuses import ExitStatus
from staydown.errors import SnapshotMissingError, SourceError
from staydown.whole_file import check_output, is_special

if TYPE_CHECKING:
    from staydown.scanning import Outcome, Scan
    from staydown.scanning.listing import Listing
    from staydown.scanning.places import FileRef
    from staydown.scanning.totals import Totals

COLUMNS = ("File", "Kind", "Score", "Entry", "What it is")
TABLE_ROWS = 100
"""So many matches are printed; the report and the CSV hold all of them."""

Found = list[tuple["FileRef", "Outcome"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the command line asks for; the options' help says what each means."""

    roots: tuple[str, ...]
    workers: int = 0
    min_score: float | None = None
    mode: str = "screening"
    csv: Path | None = None
    report: Path | None = None
    thumbnails: bool = True
    state: Path | None = None
    engine: str = "local"
    cluster: str = ""
    node_bank: str | None = None
    estimate: bool = False
    price: float | None = None


def run_scan(console: Console, bank_file: Path, asked: Choices) -> ExitStatus:
    """Scan, print the results, write the files that were asked for.

    Raises:
        SourceError: a path or address to scan does not exist, or an output cannot be written.
        SnapshotError: the bank file or the state cannot be used.
        ClusterError: the cluster that was asked for cannot do it.
    """
    from staydown.cli.scan.engines import make_engine  # noqa: PLC0415 - loads numba
    from staydown.cli.scan.estimating import estimate  # noqa: PLC0415 - as above
    from staydown.matching import DEFAULT_MIN_SCORE  # noqa: PLC0415 - as above
    from staydown.scanning import Scan, ScanOptions  # noqa: PLC0415 - as above
    from staydown.scanning.journal import Journal  # noqa: PLC0415 - as above

    started = time.monotonic()
    _check_outputs(bank_file, asked)
    floor = DEFAULT_MIN_SCORE if asked.min_score is None else asked.min_score
    context = _context(bank_file, floor, asked.mode)
    options = ScanOptions(min_score=floor, mode=asked.mode, workers=asked.workers)
    engine = make_engine(console, bank_file, options, asked)
    listing = _list(console, asked.roots)
    if not listing.files and not listing.unlisted:
        # Nor is what an earlier run remembered thrown away for a disk that is not mounted.
        raise SourceError(
            "Nothing to check: no file is there. Is each folder the right one, and mounted?"
        )
    with Journal(_state_path(bank_file, asked), context=context) as journal:
        scan = Scan(engine, journal=journal)
        if asked.estimate:
            return estimate(console, scan, engine, listing, price=asked.price)
        pace = PaceNotes(console, engine, price=asked.price)
        found, totals = _collect(console, scan, listing, pace)
        journal.drop_unseen()
    totals.seconds = time.monotonic() - started
    _write(console, asked, found, totals, bank=bank_file, floor=floor)
    _print_table(console, found)
    console.note(totals.sentence())
    if totals.failed:
        return ExitStatus.INCOMPLETE
    return ExitStatus.MATCH if totals.matched else ExitStatus.DONE


def _list(console: Console, roots: tuple[str, ...]) -> Listing:
    from staydown.scanning.listing import list_files, place_of  # noqa: PLC0415 - loads numba

    places = [place_of(root) for root in roots]
    with console.progress("Listing") as meter:
        return list_files(places, on_found=meter.advance)


def _collect(
    console: Console, scan: Scan, listing: Listing, pace: PaceNotes
) -> tuple[Found, Totals]:
    """Run the scan; keep matches and failures in the order of the listing, count the rest."""
    from staydown.scanning.outcomes import failed  # noqa: PLC0415 - loads numba
    from staydown.scanning.totals import Totals  # noqa: PLC0415 - as above

    totals = Totals()
    kept: dict[str, tuple[FileRef, Outcome]] = {}
    for unlisted in listing.unlisted:
        ref = unlisted.as_file()
        outcome = failed(unlisted.error, name=unlisted.name)
        totals.take(ref, outcome)
        kept[ref.address] = (ref, outcome)
        _tell(console, ref, outcome)
    with (
        console.progress("Scanning", total=len(listing.files)) as meter,
        closing(scan.run(listing.files)) as results,
    ):
        for ref, outcome in results:
            meter.advance()
            totals.take(ref, outcome)
            pace.take(outcome, left=len(listing.files) - meter.done)
            if outcome.matches or outcome.code:
                kept[ref.address] = (ref, outcome)
                _tell(console, ref, outcome)
    order = {ref.address: number for number, ref in enumerate(listing.files)}
    return sorted(kept.values(), key=lambda pair: order.get(pair[0].address, -1)), totals


def _tell(console: Console, ref: FileRef, outcome: Outcome) -> None:
    from staydown.scanning.results import json_row  # noqa: PLC0415 - loads numba

    console.record(json_row(ref.name, outcome))
    if outcome.code:
        console.failure_text(outcome.code, f"{ref.name}: {outcome.message}")


def _write(
    console: Console, asked: Choices, found: Found, totals: Totals, *, bank: Path, floor: float
) -> None:
    from staydown.scanning.report import Report, write_report  # noqa: PLC0415 - loads numba
    from staydown.scanning.results import write_csv  # noqa: PLC0415 - as above

    if asked.csv:
        write_csv(asked.csv, ((ref.name, outcome) for ref, outcome in found))
        console.note(f"List written to {asked.csv}")
    if asked.report:
        report = Report(
            found=tuple(found),
            totals=totals,
            roots=asked.roots,
            bank=bank.name,
            min_score=floor,
            made_at=time.time(),
            thumbnails=asked.thumbnails,
        )
        with console.progress("Drawing", total=report.pictures_wanted) as meter:
            write_report(asked.report, report, on_picture=meter.advance)
        console.note(f"Report written to {asked.report}")


def _print_table(console: Console, found: Found) -> None:
    from staydown.scanning.report.words import sentence  # noqa: PLC0415 - loads numba

    rows = [
        (
            ref.name,
            str(m.kind),
            f"{m.score:.2f}",
            m.entry_id,
            sentence(m, content=outcome.content),
        )
        for ref, outcome in found
        for m in outcome.matches
    ]
    console.table(COLUMNS, rows[:TABLE_ROWS])
    if len(rows) > TABLE_ROWS and not console.json_lines:
        console.note(f"The first {TABLE_ROWS} of {len(rows)} matches; --csv or --report has all.")


def _check_outputs(bank_file: Path, asked: Choices) -> None:
    """Find out before the work that an output, or the state, cannot be written."""
    for path in (asked.csv, asked.report, _state_path(bank_file, asked)):
        if path is None:
            continue
        check_output(path)
        if is_special(path):  # where nothing can take its place, and no state lie beside it
            raise SourceError(f"{path} is no ordinary file. Choose another place for it.")


def _state_path(bank_file: Path, asked: Choices) -> Path:
    """Where the state is kept: as asked for, else beside the first output, else beside the bank."""
    beside = asked.report or asked.csv or bank_file
    return asked.state or beside.with_name(beside.name + ".state")


def _context(bank_file: Path, min_score: float, mode: str) -> str:
    """All that a result depends on besides the file, as one digest.

    The bank counts by its place, size and time of change: whoever adds or removes an entry changes
    these, and the next scan checks every file again.

    Raises:
        SnapshotMissingError: there is no bank file.
    """
    try:
        bank = bank_file.stat()
    except OSError as error:
        raise SnapshotMissingError(f"{bank_file}: {error.strerror}. Check the path.") from None
    parts = (staydown.__version__, bank.st_ino, bank.st_size, bank.st_mtime_ns, min_score, mode)
    return blake2b(repr(parts).encode(), digest_size=16).hexdigest()
