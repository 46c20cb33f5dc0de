"""``staydown explain``: why two files match, or why they do not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from staydown.cli.console import Console, console_options
from staydown.cli.statuses import ExitStatus
from staydown.errors import SourceError, StaydownError
from staydown.types import Fingerprint, Match, SignalType

if TYPE_CHECKING:
    from staydown.isolate import Pool

PICTURE_SIDE = 512
_ENTRY = "B"


@dataclass(frozen=True, slots=True)
class Explained:
    """What came out.

    Attributes:
        match: the match, or the best candidate below the threshold, or None.
        is_match: whether it reaches the default threshold.
        sentence: why, in one sentence.
    """

    match: Match | None
    is_match: bool
    sentence: str


@click.command()
@click.argument("first", metavar="A", type=click.Path(path_type=Path))
@click.argument("second", metavar="B", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw both side by side into this PNG file.",
)
@console_options
def explain(console: Console, *, first: Path, second: Path, output: Path | None) -> ExitStatus:
    """Show why two files match or not.

    A is the file in question, B the one it is held against, as if B were in a bank. The exit
    status is 1 where they match and 0 where they do not.
    """
    from staydown.isolate import Pool  # noqa: PLC0415 - the decoders' parent half

    if output is not None and not output.absolute().parent.is_dir():
        raise SourceError(f"{output}: there is no folder {output.absolute().parent}.")
    with Pool() as pool:
        prints = []
        for _, outcome in pool.fingerprints([first, second]):
            if isinstance(outcome, StaydownError):
                raise outcome
            prints.append(outcome)
        found = _explained(prints[0], prints[1])
        if output is not None:
            _draw(pool, found, first, second, output)
    row = {
        "a": str(first),
        "b": str(second),
        "match": found.is_match,
        "sentence": found.sentence,
        "best": found.match.to_dict() if found.match else None,
    }
    console.record(row, found.sentence)
    if output is not None:
        console.note(f"Drawn: {output}")
    return ExitStatus.MATCH if found.is_match else ExitStatus.DONE


def _explained(first: Fingerprint, second: Fingerprint) -> Explained:
    from staydown.matching import DEFAULT_MIN_SCORE, Matcher  # noqa: PLC0415 - loads numba
    from staydown.scanning.report.words import sentence  # noqa: PLC0415 - as above

    matcher = Matcher()
    matcher.add(_ENTRY, second)
    matches = matcher.match(first, min_score=0.0)
    best = matches[0] if matches else None
    if best is not None and best.score >= DEFAULT_MIN_SCORE:
        kind = f"{best.kind}, score {best.score:.2f}"
        why = sentence(best, content=str(first.kind))
        return Explained(best, is_match=True, sentence=f"A match ({kind}): {why}")
    if best is not None:
        limit = f"score {best.score:.2f}, below the {DEFAULT_MIN_SCORE:.2f} that counts"
        said = f"Not a match ({limit}): {best.evidence.reason}"
        return Explained(best, is_match=False, sentence=said)
    return Explained(None, is_match=False, sentence=_nothing_common(first, second))


def _nothing_common(first: Fingerprint, second: Fingerprint) -> str:
    whole = [print_.get(SignalType.PDQ) for print_ in (first, second)]
    bits = ""
    if whole[0] is not None and whole[1] is not None:
        differ = int.from_bytes(whole[0].raw) ^ int.from_bytes(whole[1].raw)
        bits = f", and {differ.bit_count()} of 256 bits of the whole-picture hash differ"
    return f"Not a match: no details of the two lie alike{bits}."


def _draw(pool: Pool, found: Explained, first: Path, second: Path, output: Path) -> None:
    from staydown.decode.drawing import Side, draw_pair  # noqa: PLC0415 - loads Pillow
    from staydown.scanning.report.drawing import geometry  # noqa: PLC0415 - loads numba
    from staydown.scanning.report.words import coverage  # noqa: PLC0415 - as above

    lines = [found.sentence]
    evidence = found.match.evidence if found.match else None
    moments = (0, 0)
    places = geometry(evidence)
    if evidence is not None:
        lines += [text + "." for text in (coverage(evidence),) if text]
        lines += [evidence.reason]
        span = evidence.time_span
        if span is not None:
            moments = (
                round(500 * (span.query_start_s + span.query_end_s)),
                round(500 * (span.entry_start_s + span.entry_end_s)),
            )
    sides = [
        Side(
            f"{letter}  {path}",
            pool.preview(path, sharp=True, side=PICTURE_SIDE, at_ms=at_ms),
            *place,
        )
        for letter, path, at_ms, place in zip(
            "AB", (first, second), moments, (places.query, places.entry), strict=True
        )
    ]
    title = str(found.match.kind).capitalize() if found.match and found.is_match else "Not a match"
    try:
        output.write_bytes(draw_pair(sides[0], sides[1], title=title, lines=lines))
    except OSError as error:
        raise SourceError(f"{output}: {error.strerror}. Choose another place for it.") from None
