"""Whatever is delivered in whatever order, how often, with what losses: everybody ends the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from staydown_web.federation.services.merging import Held, Merged, Said, merge_held

MEMBERS = ("north", "south", "west")
WHATS = ("seed", "confirm", "dispute", "withdraw")
STEADY = settings(derandomize=True, deadline=None, max_examples=300)


def feeds(moves: Sequence[tuple[int, str, int, int, bool]]) -> list[Said]:
    """Feeds of three installations out of drawn moves; numbers grow in each."""
    last = dict.fromkeys(MEMBERS, 0)
    said = []
    for by, what, of, subject, has_raw in moves:
        member = MEMBERS[by]
        last[member] += 1
        is_own = of == by
        raw = f"{member} {last[member]}".encode() if has_raw and what == "seed" and is_own else None
        said.append(Said(member, last[member], what, MEMBERS[of], f"entry-{subject}", raw))
    return said


MOVES = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(WHATS),
        st.integers(0, 2),
        st.integers(0, 2),
        st.booleans(),
    ),
    max_size=30,
).map(feeds)


def merged(delivered: Sequence[Said]) -> Merged:
    whole = Merged()
    whole.take(delivered)
    return whole


def plainly(said: Sequence[Said]) -> dict[tuple[str, str], tuple[str, bytes | None]]:
    """The same by the plainest words: replay each originator's feed in its own order."""
    state: dict[tuple[str, str], tuple[str, bytes | None]] = {}
    for one in sorted(said, key=lambda s: s.seq):
        if one.origin != one.member:
            continue
        key = (one.origin, one.subject)
        raw = state.get(key, ("", None))[1]
        if one.what == "withdraw":
            raw = None
        elif one.raw is not None:
            raw = one.raw
        state[key] = (one.what, raw)
    return state


@STEADY
@given(said=MOVES, data=st.data())
def test_any_order_and_repetition_converges(said: list[Said], data: Any) -> None:
    order = data.draw(st.permutations(said))
    again = data.draw(st.lists(st.sampled_from(said), max_size=20)) if said else []
    assert merged([*order, *again]) == merged(said)
    assert merged([*again, *order]) == merged(said)


@STEADY
@given(said=MOVES, data=st.data())
def test_loss_and_resume_converges(said: list[Said], data: Any) -> None:
    # Each member is read in pages; a page is lost, or read again after a crash, or comes late.
    whole = Merged()
    cursor = dict.fromkeys(MEMBERS, 0)
    for _ in range(60):
        member = data.draw(st.sampled_from(MEMBERS))
        start = data.draw(st.integers(0, cursor[member]))
        page = [s for s in said if s.member == member and s.seq > start][
            : data.draw(st.integers(1, 4))
        ]
        if data.draw(st.booleans()):
            whole.take(page)
            cursor[member] = max([cursor[member], *(s.seq for s in page)])
    for member in MEMBERS:
        whole.take([s for s in said if s.member == member and s.seq > cursor[member]])
    assert whole == merged(said)


@STEADY
@given(said=MOVES)
def test_it_is_what_a_plain_replay_gives(said: list[Said]) -> None:
    whole = merged(said)
    found = {key: (held.what, held.raw) for key, held in whole.entries.items()}
    assert found == plainly(said)
    for key, held in whole.entries.items():
        assert held.is_living == (plainly(said)[key][1] is not None)


@STEADY
@given(said=MOVES)
def test_others_change_no_entry(said: list[Said]) -> None:
    alone = [s for s in said if s.origin == s.member]
    assert merged(said).entries == merged(alone).entries


@STEADY
@given(said=MOVES, member=st.sampled_from(MEMBERS))
def test_expelling_leaves_what_never_met_the_member(said: list[Said], member: str) -> None:
    whole = merged(said)
    whole.expel(member)
    assert whole == merged([s for s in said if s.member != member])
    assert whole.bank_of(member) == {}


@STEADY
@given(said=MOVES, data=st.data())
@example(
    said=[
        Said("north", 1, "seed", "north", "a", b"1"),
        Said("north", 2, "withdraw", "north", "a"),
        Said("north", 3, "seed", "north", "a", b"2"),
    ],
    data=None,
)
def test_withdrawals_first_is_as_good_as_in_order(said: list[Said], data: Any) -> None:
    # What a paused member takes back is taken in ahead of everything that waits.
    ahead = [s for s in said if s.what == "withdraw" and s.origin == s.member]
    assert merged([*ahead, *said]) == merged(said)
    early = Merged()
    early.take(ahead)
    assert all(early.bank_of(member) == {} for member in MEMBERS)


def test_a_fingerprint_of_before_a_withdrawal_never_comes_back() -> None:
    seed = Said("north", 1, "seed", "north", "a", b"1")
    gone = Said("north", 2, "withdraw", "north", "a")
    held = merge_held(merge_held(Held(), gone), seed)
    assert not held.is_living
    assert held.raw is None
    again = merge_held(held, Said("north", 3, "seed", "north", "a", b"2"))
    assert again.is_living
    assert again.raw == b"2"
