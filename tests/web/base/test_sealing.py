"""Sealed values open in their own place alone, and say nothing from outside."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.base.errors import SealError
from staydown_web.base.ids import new_case_number, new_token
from staydown_web.base.keys import erase_case_key, make_case_key
from staydown_web.base.sealing import (
    blind,
    digest_token,
    installation_keys,
    seal,
    seal_for_case,
    unseal,
    unseal_for_case,
)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_is_sealed_opens_and_cannot_be_read(plain: bytes, context: str) -> None:
    box = seal(plain, context=context)
    assert unseal(box, context=context) == plain
    assert unseal(memoryview(box), context=context) == plain
    assert len(plain) < 4 or plain not in box
    assert seal(plain, context=context) != box, "equal values must not look equal"


@given(st.binary(min_size=1, max_size=60), st.integers(0, 10_000), st.integers(1, 255))
def test_one_changed_bit_anywhere_is_noticed(plain: bytes, where: int, flip: int) -> None:
    box = bytearray(seal(plain, context="a"))
    box[where % len(box)] ^= flip
    with pytest.raises(SealError):
        unseal(bytes(box), context="a")


@pytest.mark.parametrize("box", [b"", b"\x01", b"\x02" + b"x" * 60, b"x" * 28])
def test_what_was_never_sealed_does_not_open(box: bytes) -> None:
    with pytest.raises(SealError):
        unseal(box, context="a")


def test_a_value_that_was_moved_to_another_record_does_not_open() -> None:
    with pytest.raises(SealError):
        unseal(seal(b"x", context="entry:1"), context="entry:2")


def test_a_case_opens_its_own_values_until_its_key_is_erased() -> None:
    folder = installation_keys().folder
    case, other = uuid4(), uuid4()
    make_case_key(folder, case)
    make_case_key(folder, other)
    value = {"name": "Ünal", "n": [1, None, True]}
    box = seal_for_case(case, value, context="details")
    assert unseal_for_case(case, box, context="details") == value
    for stranger, context in ((other, "details"), (case, "notice")):
        with pytest.raises(SealError):
            unseal_for_case(stranger, box, context=context)
    erase_case_key(folder, case)
    with pytest.raises(SealError):
        unseal_for_case(case, box, context="details")
    with pytest.raises(SealError):
        seal_for_case(case, value, context="details")


def test_blind_marks_find_equals_within_a_purpose_alone() -> None:
    assert blind(b"x", purpose="a") == blind(b"x", purpose="a")
    assert len({blind(b"x", purpose="a"), blind(b"y", purpose="a"), blind(b"x", purpose="b")}) == 3
    assert blind(b"b", purpose="a") != blind(b"", purpose="ab")


def test_ids_are_drawn_from_the_systems_randomness() -> None:
    numbers = {new_case_number() for _ in range(2_000)}
    assert len(numbers) == 2_000
    mistaken = set("01OIUL")
    assert all(len(n) == 11 and n.startswith("C-") and not set(n) & mistaken for n in numbers)
    tokens = {new_token() for _ in range(100)}
    assert len({digest_token(token) for token in tokens}) == 100
