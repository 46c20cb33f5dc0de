"""Trees of digests: the published example, and proofs for every place in every size."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from staydown.cli.verify.trees import event_digest, path_of, root_from, root_of

LEAVES = [hashlib.sha256(bytes([n])).digest() for n in range(40)]


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word for word."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = by_definition(leaves[:split]), by_definition(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def test_the_root_is_that_of_the_definition_for_every_size() -> None:
    for size in range(1, 41):
        assert root_of(LEAVES[:size]) == by_definition(LEAVES[:size])


def test_every_place_in_every_size_has_a_path_to_the_root() -> None:
    for size in range(1, 41):
        root = root_of(LEAVES[:size])
        for place in range(size):
            path = path_of(LEAVES[:size], place)
            assert root_from(LEAVES[place], place, size, path) == root


@given(size=st.integers(2, 40), data=st.data())
def test_another_leaf_place_or_path_leads_elsewhere(size: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, size - 1))
    root, path = root_of(LEAVES[:size]), path_of(LEAVES[:size], place)
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != place))
    assert root_from(LEAVES[other], place, size, path) != root
    assert root_from(LEAVES[place], other, size, path) != root
    assert root_from(LEAVES[place], place, size, path[:-1]) is None
    assert root_from(LEAVES[place], place, size, [*path, bytes(32)]) is None
    assert root_from(LEAVES[place], size, size, path) is None


def test_the_digest_of_an_event_is_that_of_the_audit() -> None:
    fields = [1, "2026-11-26T09:00:00.000000+00:00", "case_filed", "person", "", "", {}, "0" * 64]
    text = (
        '[1,"2026-11-26T09:00:00.000000+00:00","case_filed","person","","",{},"' + "0" * 64 + '"]'
    )
    assert event_digest(fields) == hashlib.sha256(text.encode()).digest()
