"""Nobody who knows the rules and all that is shown can tell a small count: by brute force."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.reports.services.hiding import LEAST, hide_count, hide_small, merged

counts_of_tables = st.lists(st.integers(0, 60) | st.integers(0, 6), min_size=1, max_size=7)


def named(counts: tuple[int, ...] | list[int]) -> dict[str, int]:
    return {f"c{place}": count for place, count in enumerate(counts)}


@pytest.mark.parametrize(("width", "most"), [(1, 30), (2, 30), (3, 24), (4, 17), (5, 12)])
def test_every_small_count_could_be_another_one(width: int, most: int) -> None:
    """All tables of one width, by what is shown of them: none stands alone for a small count."""
    by_shown = defaultdict(list)
    for counts in product(range(most + 1), repeat=width):
        if sum(counts) > most:  # else not all tables of this total would be among them
            continue
        table = hide_small(named(counts))
        by_shown[table.total, tuple(table.counts.values())].append(counts)
    told = []
    for (total, shown), tables in by_shown.items():
        for place in range(width):
            values = {table[place] for table in tables}
            if any(0 < table[place] < LEAST for table in tables) and len(values) < 2:
                told.append((total, shown, tables))
    assert told == []


@given(counts_of_tables)
def test_no_small_count_is_shown_and_no_shown_count_is_changed(counts: list[int]) -> None:
    table = hide_small(named(counts))
    for name, count in named(counts).items():
        shown = table.counts[name]
        assert shown is None or (shown == count and not 0 < shown < LEAST)
    assert table.total is None or table.total == sum(counts)


@given(counts_of_tables)
def test_the_rest_of_a_sum_is_never_a_single_count(counts: list[int]) -> None:
    """The plain attack: the total less all that is shown beside it."""
    table = hide_small(named(counts))
    hidden = [named(counts)[name] for name, shown in table.counts.items() if shown is None]
    if table.total is not None and hidden:
        assert len(hidden) >= 2
        assert sum(hidden) >= LEAST


@given(counts_of_tables)
def test_what_is_hidden_can_change_places_and_nothing_shows_it(counts: list[int]) -> None:
    table = hide_small(named(counts))
    places = [place for place, shown in enumerate(table.counts.values()) if shown is None]
    turned = list(counts)
    for place, before in zip(places, places[1:] + places[:1], strict=True):
        turned[place] = counts[before]
    assert hide_small(named(turned)) == table


def test_a_large_table_is_shown_as_it_is() -> None:
    assert hide_small({"a": 598, "b": 34, "c": 0}).as_json() == {
        "total": 632,
        "counts": {"a": 598, "b": 34, "c": 0},
    }


def test_a_small_count_takes_the_next_smallest_with_it() -> None:
    assert hide_small({"a": 598, "b": 34, "c": 2}).counts == {"a": 598, "b": None, "c": None}


def test_equal_counts_are_hidden_alike() -> None:
    assert hide_small({"a": 20, "b": 9, "c": 9, "d": 1}).counts == {
        "a": 20,
        "b": None,
        "c": None,
        "d": None,
    }


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (4212, 4212)])
def test_a_single_number_is_hidden_from_1_to_4(count: int, shown: int | None) -> None:
    assert hide_count(count) == shown


@pytest.mark.parametrize("width", [2, 3, 4])
def test_joined_bands_tell_no_small_count(width: int) -> None:
    by_shown = defaultdict(list)
    for counts in product(range(12), repeat=width):
        joined = merged(list(zip(range(width), counts, strict=True)))
        by_shown[None if joined is None else tuple(joined)].append(counts)
    told = []
    for shown, tables in by_shown.items():
        if shown is not None and max(count for _, count in shown) > 11:
            continue
        for place in range(width):
            values = {table[place] for table in tables}
            if len(values) < 2 and 0 < next(iter(values)) < LEAST:
                told.append((shown, tables))
    assert told == []


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6))
def test_joined_bands_hold_everything_and_no_small_count(counts: list[int]) -> None:
    joined = merged(list(zip(range(len(counts)), counts, strict=True)))
    if joined is None:
        assert sum(counts) < 2 * LEAST
        return
    assert sum(count for _, count in joined) == sum(counts)
    assert not [count for _, count in joined if 0 < count < LEAST]
    assert joined[0][0] == 0
