"""``staydown explain``: why two files match, or why they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
import numpy.typing as npt

from staydown.cli.console import Console, console_options
from staydown.cli.statuses import ExitStatus
from staydown.errors import StaydownError
from staydown.types import Evidence, Fingerprint, Match, SignalType
from staydown.types.signals import PDQ_BYTES
from staydown.whole_file import check_output, whole_file

if TYPE_CHECKING:
    from staydown.isolate import Pool

PICTURE_SIDE = 512
MOST_FRAMES = 2000
"""So many frames of a video are compared for the pair to show."""
_ENTRY = "B"


@dataclass(frozen=True, slots=True)
class Explained:
    """What came out.

    Attributes:
        best: the match, or the best candidate below the threshold, or None.
        sentence: why, in one sentence.
        moments: which frames of videos to show, in ms.
    """

    best: Match | None
    sentence: str
    moments: tuple[int, int]
    is_match: bool = False


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

    if output is not None:
        check_output(output)
    with Pool() as pool:
        prints = []
        for _, outcome in pool.fingerprints([first, second]):
            if isinstance(outcome, StaydownError):
                raise outcome
            prints.append(outcome)
        found = _explained(prints[0], prints[1])
        if output is not None:
            _draw(pool, found, (first, second), output)
    row = {
        "a": str(first),
        "b": str(second),
        "match": found.is_match,
        "sentence": found.sentence,
        "best": found.best.to_dict() if found.best else None,
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
    moments = best_moments(first, second)
    if best is not None and best.score >= DEFAULT_MIN_SCORE:
        kind = f"{best.kind}, score {best.score:.2f}"
        why = sentence(best, content=str(first.kind))
        return Explained(best, f"A match ({kind}): {why}", moments, is_match=True)
    if best is not None:
        limit = f"score {best.score:.2f}, below the {DEFAULT_MIN_SCORE:.2f} that counts"
        said = f"Not a match ({limit}): {best.evidence.reason}"
        return Explained(best, said, moments)
    return Explained(None, _nothing_common(first, second), moments)


def _nothing_common(first: Fingerprint, second: Fingerprint) -> str:
    whole = [print_.get(SignalType.PDQ) for print_ in (first, second)]
    bits = ""
    if whole[0] is not None and whole[1] is not None:
        differ = int.from_bytes(whole[0].raw) ^ int.from_bytes(whole[1].raw)
        bits = f", and {differ.bit_count()} of 256 bits of the whole-picture hash differ"
    return f"Not a match: no details of the two lie alike{bits}."


def best_moments(first: Fingerprint, second: Fingerprint) -> tuple[int, int]:
    """The frames of two videos that look most alike, in ms; 0 for a photo.

    Cost: every frame of one against every frame of the other, 32 bytes each.
    """
    times, hashes = zip(*(_frames(print_) for print_ in (first, second)), strict=True)
    if not len(times[0]) or not len(times[1]):
        return 0, 0
    bits = np.bitwise_count(hashes[0][:, None, :] ^ hashes[1][None, :, :]).sum(axis=2, dtype=int)
    row, column = np.unravel_index(int(bits.argmin()), bits.shape)
    return int(times[0][row]), int(times[1][column])


def _frames(print_: Fingerprint) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]:
    """Times and hashes of a video's frames; a photo is one frame at 0."""
    timeline, pdq = print_.timeline, print_.get(SignalType.PDQ)
    if timeline is not None:
        return timeline.times_ms[:MOST_FRAMES], timeline.hashes[:MOST_FRAMES]
    rows = np.frombuffer(pdq.raw if pdq else b"", np.uint8).reshape(-1, PDQ_BYTES)
    return np.zeros(len(rows), np.uint32), rows


def _draw(pool: Pool, found: Explained, files: Sequence[Path], output: Path) -> None:
    from staydown.decode.drawing import Side, draw_pair  # noqa: PLC0415 - loads Pillow
    from staydown.scanning.report.drawing import geometry  # noqa: PLC0415 - loads numba
    from staydown.scanning.report.words import coverage  # noqa: PLC0415 - as above

    pictures = [
        pool.preview(path, sharp=True, side=PICTURE_SIDE, at_ms=at_ms)
        for path, at_ms in zip(files, found.moments, strict=True)
    ]
    evidence = found.best.evidence if found.best else None
    if evidence is not None and evidence.time_span is not None:
        # The evidence of videos joins many frames; these two have a place of their own.
        evidence = _evidence_of(pool, pictures)
    places = geometry(evidence)
    sides = [
        Side(f"{letter}  {path}", picture, *place)
        for letter, path, picture, place in zip(
            "AB", files, pictures, (places.query, places.entry), strict=True
        )
    ]
    lines = [found.sentence]
    if found.best is not None:
        lines += [text + "." for text in (coverage(found.best.evidence),) if text]
        lines += [found.best.evidence.reason]
    title = str(found.best.kind).capitalize() if found.best and found.is_match else "Not a match"
    drawn = draw_pair(sides[0], sides[1], title=title, lines=lines)
    with whole_file(output) as file:
        file.write(drawn)


def _evidence_of(pool: Pool, pictures: Sequence[bytes]) -> Evidence | None:
    """Evidence that one frame lies on another."""
    from staydown.matching import Matcher  # noqa: PLC0415 - loads numba

    first, second = (pool.fingerprint(picture) for picture in pictures)
    matcher = Matcher()
    matcher.add(_ENTRY, second)
    matches = matcher.match(first, min_score=0.0)
    return matches[0].evidence if matches else None
