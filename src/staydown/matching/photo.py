"""Match a photo against a bank: candidates, comparison, score, kind, evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from staydown.matching.agreement import Agreement, agree
from staydown.matching.appearance import Appearance, compare
from staydown.matching.candidates import window_candidates
from staydown.matching.judging import Judgement, appearance_of, judge
from staydown.matching.kinds import reason_for
from staydown.matching.placement import Placement
from staydown.matching.recurrence import Compared, Recurrence
from staydown.matching.scoring import (
    DEFAULT_MIN_SCORE,
    map_evidence,
    score_of,
    whole_bits_for,
    whole_evidence,
)
from staydown.matching.views import View, mirrored, view_of
from staydown.matching.whole import (
    MIN_QUALITY,
    SURE_BITS,
    TURNED_BITS,
    WholeCandidate,
    quality_of,
    whole_candidates,
)
from staydown.types import Evidence, Fingerprint, Match, MatchKind, SignalType, TimeSpan, Windows
from staydown.types.candidates import CandidateStore

_ALL = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What is known of one entry after comparing it with the query.

    Attributes:
        entry: entry number.
        time_ms: frame of the entry that was compared; -1 for a photo.
        picture: number of the picture that was compared, or None.
        agreement: how the windows agree, or None.
        whole: how the whole pictures agree, or None.
    """

    entry: int
    time_ms: int
    picture: int | None
    agreement: Agreement | None
    whole: WholeCandidate | None

    @property
    def weight(self) -> float:
        """Weight of the agreement; 0 where there is none."""
        return self.agreement.weight if self.agreement else 0.0


def compare_all(
    store: CandidateStore, fingerprint: Fingerprint, windows: Windows, view: View
) -> list[Comparison]:
    """Every candidate entry with its best agreement.

    Args:
        store: the bank.
        fingerprint: of a photo.
        windows: its windows.
        view: of these.
    """
    wholes = whole_candidates(store, fingerprint)
    best = {e: Comparison(e, w.time_ms, None, None, w) for e, w in wholes.items()}
    mirror = mirrored(view)
    numbers = [c.picture for c in window_candidates(store, windows.hashes)]
    seen = {store.picture(n).entry for n in numbers}
    for entry, whole in wholes.items():
        near = sorted(
            store.pictures(entry), key=lambda n: abs(store.picture(n).time_ms - whole.time_ms)
        )
        best[entry] = replace(best[entry], picture=near[0] if near else None)
        numbers += [] if entry in seen else near[:1]
    for number in numbers:
        picture = store.picture(number)
        agreement = agree(view, view_of(picture), mirror=mirror)
        known = best.get(picture.entry)
        if agreement is None or (known is not None and known.weight >= agreement.weight):
            continue
        best[picture.entry] = Comparison(
            picture.entry, picture.time_ms, number, agreement, wholes.get(picture.entry)
        )
    return list(best.values())


def match_photo(
    store: CandidateStore, fingerprint: Fingerprint, *, min_score: float = 0.0
) -> list[Match]:
    """All candidates of a photo, with kind, score and evidence; in no order.

    Args:
        store: the bank.
        fingerprint: of a photo.
        min_score: candidates below it may be left out, which makes bare ``pdq`` queries quicker.
    """
    windows = fingerprint.windows
    if windows is None:
        return _match_bare(store, fingerprint, min_score)
    view = view_of(windows)
    comparisons = compare_all(store, fingerprint, windows, view)
    return [
        _verdict(store, view, comparison, judgement)
        for comparison, judgement in zip(comparisons, judge_all(view, comparisons), strict=True)
    ]


def _match_bare(store: CandidateStore, fingerprint: Fingerprint, min_score: float) -> list[Match]:
    """Candidates of a photo whose whole-picture hash is all there is."""
    signal = fingerprint.get(SignalType.PDQ)
    max_bits, sure_bits = TURNED_BITS, None
    if signal is not None and min_score > 0.0:
        # These hashes alone must reach the score, so there is no need to look farther.
        max_bits = -1 if quality_of(signal) < MIN_QUALITY else whole_bits_for(min_score)
        sure_bits = SURE_BITS
    wholes = whole_candidates(store, fingerprint, max_bits=max_bits, sure_bits=sure_bits)
    return [
        Match(store.entry_id(w.entry), *_bare_verdict(w.distance, w.form, w.quality, w.time_ms))
        for w in wholes.values()
    ]


@lru_cache(maxsize=2048)
def _bare_verdict(
    distance: int, form: int, quality: int, time_ms: int
) -> tuple[MatchKind, float, Evidence]:
    """What it says of whichever entry; kept, as few cases come again and again."""
    whole = WholeCandidate(-1, time_ms, distance, form, quality)
    return _weighed(whole, time_ms, None, None)


def judge_all(view: View, comparisons: list[Comparison]) -> list[Judgement | None]:
    """Judge the comparisons that have an agreement, with recurring points muted."""
    compared = {
        k: Compared(c.agreement, appearance_of(view, c.agreement))
        for k, c in enumerate(comparisons)
        if c.agreement is not None
    }
    recurrence = Recurrence(list(compared.values()))
    found: list[Judgement | None] = [None] * len(comparisons)
    for row, (k, one) in enumerate(compared.items()):
        found[k] = judge(
            view,
            one.agreement.entry,
            one.agreement,
            appearance=one.appearance,
            muted=recurrence.muted(row),
        )
    return found


def _whole_appearance(
    store: CandidateStore, view: View, comparison: Comparison
) -> Appearance | None:
    """Maps compared as the whole-picture hash says that the pictures lie."""
    if comparison.whole is None or comparison.picture is None:
        return None
    grid = store.picture(comparison.picture).grid
    return compare(comparison.whole.matrix, view.grid, grid)


def _verdict(
    store: CandidateStore, view: View, c: Comparison, judgement: Judgement | None
) -> Match:
    appearance = _whole_appearance(store, view, c)
    weighed = _weighed(c.whole, c.time_ms, appearance, judgement)
    return Match(store.entry_id(c.entry), *weighed)


def _weighed(
    whole: WholeCandidate | None,
    time_ms: int,
    appearance: Appearance | None,
    judgement: Judgement | None,
) -> tuple[MatchKind, float, Evidence]:
    evidence = judgement.evidence if judgement else 0.0
    if whole is not None:
        alone = whole_evidence(whole) + map_evidence(appearance)
        evidence = max(evidence, alone, evidence + alone)
    kind = judgement.kind if judgement else MatchKind.SAME
    score = score_of(evidence)
    placement = judgement.placement if judgement else None
    if placement is None and whole is not None and score >= DEFAULT_MIN_SCORE:
        placement = Placement(whole.transform, _ALL, _ALL, 1.0, 1.0)
    points = judgement.points if judgement else 0
    cells = judgement.altered_cells if judgement else None
    at = time_ms / 1000
    made = Evidence(
        reason=reason_for(kind, points, placement, whole, cells),
        distance=whole.distance if whole else None,
        points=points,
        transform=placement.transform if placement else None,
        query_box=placement.query_box if placement else None,
        entry_box=placement.entry_box if placement else None,
        time_span=None if time_ms < 0 else TimeSpan(0.0, 0.0, at, at),
        altered_cells=cells,
    )
    return kind, score, made
