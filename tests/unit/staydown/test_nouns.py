from __future__ import annotations

import pytest

from staydown.nouns import many


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (1204, "1,204 entries")],
)
def test_a_number_has_the_noun_that_fits_it(number: int, said: str) -> None:
    assert many(number, "entry", "entries") == said


def test_a_plural_with_an_s_need_not_be_named() -> None:
    assert [many(n, "event") for n in (0, 1, 2)] == ["0 events", "1 event", "2 events"]
