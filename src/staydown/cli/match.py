"""``staydown match``: look files up in a bank file."""

from __future__ import annotations

from pathlib import Path

import click

from staydown.cli.console import Console, console_options
from staydown.cli.inputs import bank_argument, files_argument, fingerprinted, inputs, mode_option
from staydown.cli.statuses import ExitStatus
from staydown.cli.tally import Tally

COLUMNS = ("File", "Verdict", "Score", "Entry", "Why")


@click.command()
@bank_argument
@files_argument
@click.option(
    "--min-score",
    type=click.FloatRange(0.0, 1.0),
    help="Lowest score that counts, 0 to 1; docs/matching.md says what a score means.",
)
@mode_option
@console_options
def match(
    console: Console,
    *,
    bank_file: Path,
    files: tuple[str, ...],
    min_score: float | None,
    mode: str,
) -> ExitStatus:
    """Look files up in a bank file.

    FILE is a picture, a video, a folder of them, or - for standard input. The exit status is 0
    where nothing matches, 1 where something does, 3 where a file could not be checked, and 4 where
    it was the only one, or where there was none.
    """
    from staydown.matching import Matcher  # noqa: PLC0415 - loads numba

    found = list(inputs(files))
    tally = Tally(console)
    rows: list[tuple[str, ...]] = []
    matched = 0
    matcher = Matcher.open(bank_file)
    with console.progress("Matching", total=len(found)) as meter:
        for one, outcome in fingerprinted(found, mode=mode):
            meter.advance()
            fingerprint = tally.take(one, outcome)
            if fingerprint is None:
                continue
            matches = matcher.match(fingerprint, min_score=min_score)
            matched += bool(matches)
            console.record({"file": one.name, "matches": [m.to_dict() for m in matches]})
            rows += [
                (one.name, str(m.kind), f"{m.score:.2f}", m.entry_id, m.evidence.reason)
                for m in matches
            ] or [(one.name, "no match", "", "", "")]
    console.table(COLUMNS, rows)
    console.note(f"{tally.done} checked, {matched} with a match, {tally.failed} failed.")
    status = tally.status(matched=matched > 0)
    # What lets files through by this status must not take nothing for clear.
    tally.require_any("check")
    return status
