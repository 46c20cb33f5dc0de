"""Views: numbers of entries and pictures lead to the right rows through every segment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index_samples import any_fingerprint
from staydown.errors import SnapshotDamagedError
from staydown.index.columns import ColumnBuilder
from staydown.index.prepared import prepare
from staydown.index.segment import Segment
from staydown.index.view import View
from staydown.types import ContentKind, Fingerprint

EMPTY = Fingerprint(ContentKind.PHOTO, ())


def segment_of(seeds: list[int]) -> Segment:
    builder = ColumnBuilder()
    for seed in seeds:
        one = EMPTY if seed == 9 else any_fingerprint(seed)
        builder.add(prepare(str(seed).encode(), one))
    return Segment(builder.arrays())


def view_of(runs: list[list[int]], **options) -> View:
    segments = tuple(segment_of(run) for run in runs)
    return View(segments, name="it", index_points=None, **options)


runs_of = st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=5)


@settings(max_examples=60, deadline=None)
@given(runs=runs_of, starts=st.tuples(st.integers(0, 50), st.integers(0, 50)))
def test_every_number_leads_to_its_entry_and_back(runs, starts):
    view, seeds = view_of(runs, starts=starts), [seed for run in runs for seed in run]
    seen = []
    for entry, seed in enumerate(seeds, starts[0]):
        segment, row = view.locate(entry)
        assert segment.column("id").get(row) == str(seed).encode()
        times, _, hashes = view.frames(entry)
        assert len(times) == len(hashes) == (0 if seed == 9 else len(hashes))
        for number in view.pictures(entry):
            picture = view.picture(number)
            assert (picture.number, picture.entry) == (number, entry)
            seen.append(number)
    assert seen == list(range(starts[1], starts[1] + len(seen)))
    for number in (starts[0] - 1, starts[0] + len(seeds)):
        with pytest.raises(IndexError):
            view.locate(number)
    for number in (starts[1] - 1, starts[1] + len(seen)):
        with pytest.raises(IndexError):
            view.picture(number)


@settings(max_examples=40, deadline=None)
@given(runs=runs_of, starts=st.tuples(st.integers(0, 50), st.integers(0, 50)))
def test_every_hash_is_found_at_its_entry_picture_and_point(runs, starts):
    view, seeds = view_of(runs, starts=starts), [seed for run in runs for seed in run]
    for entry in range(starts[0], starts[0] + len(seeds)):
        times, qualities, hashes = view.frames(entry)
        hits = view.search_pdq(hashes, 0, 1)
        found = set(
            zip(
                *(c.tolist() for c in (hits.query, hits.entry, hits.time_ms, hits.quality)),
                strict=True,
            )
        )
        rows = enumerate(zip(times.tolist(), qualities.tolist(), strict=True))
        assert {(row, entry, time, quality) for row, (time, quality) in rows} <= found
        for number in view.pictures(entry):
            hits = view.search_windows(view.picture(number).hashes, 0, 1)
            found = set(
                zip(*(c.tolist() for c in (hits.query, hits.picture, hits.point)), strict=True)
            )
            points = range(len(view.picture(number).hashes))
            assert {(point, number, point) for point in points} <= found


def test_numbers_of_before_lead_to_what_was():
    old = view_of([[0, 1], [3]])
    new = view_of([[6]], starts=(3, old.picture_bases[-1]), previous=old)
    assert [s.column("id").get(r) for s, r in (new.locate(n) for n in range(4))] == [
        b"0", b"1", b"3", b"6",
    ]  # fmt: skip
    for entry in range(4):
        for number in new.pictures(entry):
            assert new.picture(number).entry == entry
    new.forget_before(0)
    with pytest.raises(IndexError):
        new.locate(0)
    assert new.locate(3)[1] == 0


def test_what_was_longer_ago_is_let_go_of():
    views = [view_of([[0]])]
    for k in range(1, 6):
        views.append(view_of([[k]], starts=(k, views[-1].picture_bases[-1]), previous=views[-1]))
    views[-1].forget_before(2)
    assert [views[-1].locate(k)[0].column("id").get(0) for k in (3, 4, 5)] == [b"3", b"4", b"5"]
    with pytest.raises(IndexError):
        views[-1].locate(2)


@settings(max_examples=60, deadline=None)
@given(
    runs=runs_of, starts=st.tuples(st.integers(0, 50), st.integers(0, 50)), seed=st.integers(0, 9)
)
def test_few_hits_are_described_as_many_are(runs, starts, seed):
    view = view_of(runs, starts=starts)
    asked = view_of([[seed], [seed]]).frames(0)[2]
    for max_bits in (0, 110, 256):
        hits = []
        for few in (0, 1_000_000):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("staydown.index.view._FEW", few)
                hits.append(view.search_pdq(asked, max_bits, 1))
        one_by_one, together = (
            [(c.dtype, c.tolist()) for c in (h.query, h.entry, h.time_ms, h.quality, h.distance)]
            for h in hits
        )
        assert one_by_one == together


@pytest.mark.parametrize("few", [0, 1_000_000])
def test_owners_outside_the_columns_are_damage(few, monkeypatch):
    monkeypatch.setattr("staydown.index.view._FEW", few)
    segment = segment_of([0, 3])
    arrays = dict(segment.arrays)
    arrays["pdq_ends"] = np.zeros_like(arrays["pdq_ends"])
    view = View((Segment(arrays),), name="it", index_points=None)
    with pytest.raises(SnapshotDamagedError, match="it points outside"):
        view.search_pdq(arrays["pdq_hashes"], 0, 1)
