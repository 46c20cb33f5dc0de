"""Match a photo against a bank: candidates, comparison, kind, score, evidence."""

from __future__ import annotations

from dataclasses import dataclass

from staydown.matching.agreement import Agreement, agree
from staydown.matching.candidates import window_candidates
from staydown.matching.kinds import kind_of, reason_for
from staydown.matching.placement import placement_of
from staydown.matching.scoring import score_of, whole_evidence, windows_evidence
from staydown.matching.views import mirrored, view_of
from staydown.matching.whole import WholeCandidate, whole_candidates
from staydown.types import Evidence, Fingerprint, Match, TimeSpan
from staydown.types.candidates import CandidateStore


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What is known of one entry after comparing it with the query.

    Attributes:
        entry: entry number.
        time_ms: frame of the entry that was compared; -1 for a photo.
        agreement: how the windows agree, or None.
        whole: how the whole pictures agree, or None.
    """

    entry: int
    time_ms: int
    agreement: Agreement | None
    whole: WholeCandidate | None


def _compare_all(store: CandidateStore, fingerprint: Fingerprint) -> list[Comparison]:
    """Every candidate entry with its best agreement."""
    windows = fingerprint.windows
    wholes = whole_candidates(store, fingerprint)
    best: dict[int, Comparison] = {e: Comparison(e, w.time_ms, None, w) for e, w in wholes.items()}
    if windows is None or not len(windows):
        return list(best.values())
    view = view_of(windows)
    mirror = mirrored(view)
    numbers = [c.picture for c in window_candidates(store, windows.hashes)]
    seen = {store.picture(n).entry for n in numbers}
    numbers += [n for e in wholes if e not in seen for n in _frame_at(store, e, wholes[e].time_ms)]
    for number in numbers:
        picture = store.picture(number)
        agreement = agree(view, view_of(picture), mirror=mirror)
        known = best.get(picture.entry)
        if agreement is None or (
            known is not None and windows_evidence(known.agreement) >= agreement.weight
        ):
            continue
        whole = wholes.get(picture.entry)
        best[picture.entry] = Comparison(picture.entry, picture.time_ms, agreement, whole)
    return list(best.values())


def _frame_at(store: CandidateStore, entry: int, time_ms: int) -> list[int]:
    """The entry's picture at this time, or the nearest one; empty where it has no windows."""
    numbers = store.pictures(entry)
    return sorted(numbers, key=lambda n: abs(store.picture(n).time_ms - time_ms))[:1]


def match_photo(store: CandidateStore, fingerprint: Fingerprint) -> list[Match]:
    """All candidates of a photo, with kind, score and evidence; in no order."""
    return [_verdict(store, c) for c in _compare_all(store, fingerprint)]


def _verdict(store: CandidateStore, c: Comparison) -> Match:
    placement = placement_of(c.agreement) if c.agreement else None
    kind = kind_of(placement)
    score = score_of(windows_evidence(c.agreement) + whole_evidence(c.whole))
    span = None if c.time_ms < 0 else TimeSpan(0.0, 0.0, c.time_ms / 1000, c.time_ms / 1000)
    evidence = Evidence(
        reason=reason_for(kind, c.agreement, c.whole),
        distance=c.whole.distance if c.whole else None,
        points=len(c.agreement.pairs) if c.agreement else 0,
        transform=placement.transform if placement else None,
        query_box=placement.query_box if placement else None,
        entry_box=placement.entry_box if placement else None,
        time_span=span,
    )
    return Match(store.entry_id(c.entry), kind, score, evidence)
