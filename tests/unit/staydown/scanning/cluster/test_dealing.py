"""Dealing: whatever is lost or answered twice, each file is told once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scan_parts import a_ref
from staydown.scanning.cluster.dealing import LOSSES_ALONE, LOSSES_TOGETHER, Batch, Deal
from staydown.scanning.outcomes import Outcome, Verdict

CLEAR = Outcome(Verdict.CLEAR, "photo")
UNREAD = Outcome(Verdict.FAILED, code="source_unreadable")


def a_deal(count: int, *, size: int = 10, **options: int) -> Deal:
    return Deal([a_ref(f"{n}.jpg", size=size) for n in range(count)], **options)


def answers(batch: Batch) -> dict[int, Outcome]:
    return dict.fromkeys(batch.numbers, CLEAR)


def batches(deal: Deal) -> list[Batch]:
    found = []
    while (batch := deal.take()) is not None:
        found.append(batch)
    return found


def test_files_are_dealt_in_order_and_each_once() -> None:
    deal = a_deal(10, batch_files=4)
    assert [b.numbers for b in batches(deal)] == [(0, 1, 2, 3), (4, 5, 6, 7), (8, 9)]
    assert not deal.has_more
    assert not deal.is_done


def test_large_files_make_small_batches() -> None:
    deal = a_deal(5, size=600, batch_files=4, batch_bytes=1000)
    assert [b.numbers for b in batches(deal)] == [(0, 1), (2, 3), (4,)]


def test_a_small_scan_has_small_batches_and_a_large_one_no_larger_than_allowed() -> None:
    assert {len(b.numbers) for b in batches(a_deal(64))} == {1}
    assert max(len(b.numbers) for b in batches(a_deal(10_000))) == 32


def test_a_second_answer_for_a_file_is_dropped() -> None:
    deal = a_deal(4, batch_files=4)
    batch = deal.take()
    assert batch is not None
    assert deal.give_back(batch) == []
    again = deal.take()
    assert again is not None
    assert len(deal.settle(answers(batch))) == 4
    assert deal.settle(answers(again)) == []
    assert deal.is_done


def test_what_was_answered_meanwhile_is_not_dealt_again() -> None:
    deal = a_deal(4, batch_files=4)
    batch = deal.take()
    assert batch is not None
    deal.give_back(batch)
    deal.settle({0: CLEAR, 1: CLEAR})
    again = deal.take()
    assert again is not None
    assert again.numbers == (2, 3)


def test_files_that_take_workers_along_go_alone_and_are_given_up_in_the_end() -> None:
    deal = a_deal(3, batch_files=3)
    told = []
    sizes = []
    for _ in range(100):
        batch = deal.take()
        if batch is None:
            break
        sizes.append(len(batch.numbers))
        told += deal.give_back(batch) if 1 in batch.numbers else deal.settle(answers(batch))
    assert sizes == [3] * LOSSES_TOGETHER + [1] * (2 + LOSSES_ALONE)
    codes = {ref.name: outcome.code for ref, outcome in told}
    assert codes == {"0.jpg": "", "1.jpg": "worker_lost", "2.jpg": ""}
    assert deal.is_done


def test_a_file_that_one_machine_cannot_read_is_tried_on_another_once() -> None:
    deal = a_deal(2, batch_files=2)
    first = deal.take()
    assert first is not None
    kept = deal.retry({0: CLEAR, 1: UNREAD}, first)
    assert kept == {0: CLEAR}
    deal.settle(kept)
    second = deal.take()
    assert second is not None
    assert second.numbers == (1,)
    assert deal.retry({1: UNREAD}, second) == {1: UNREAD}


@given(st.data(), st.integers(1, 60), st.integers(1, 9))
def test_whatever_happens_each_file_is_told_exactly_once(
    data: st.DataObject, count: int, most: int
) -> None:
    deal = a_deal(count, batch_files=most)
    held: list[Batch] = []
    late: list[Batch] = []
    told: list[str] = []
    while not deal.is_done:
        batch = deal.take()
        if batch is not None:
            held.append(batch)
        if not held or (deal.has_more and data.draw(st.booleans())):
            continue
        batch = held.pop(data.draw(st.integers(0, len(held) - 1)))
        happens = data.draw(st.sampled_from(("answered", "lost", "lost, then answered")))
        if happens == "answered":
            found = deal.settle(answers(batch))
        else:
            found = deal.give_back(batch)
            late += [batch] * (happens != "lost")
        if late and data.draw(st.booleans()):
            found += deal.settle(answers(late.pop()))
        told += [ref.name for ref, _ in found]
    assert sorted(told) == sorted(ref.name for ref in deal.files)
