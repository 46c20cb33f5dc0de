"""The checked list of OWASP ASVS 5.0 is whole at level 2, and what it points at is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "asvs.md").read_text()
_NUMBER = r"(\d+\.\d+\.\d+)"
ROW = re.compile(
    rf"(?m)^\| {_NUMBER}(?:-{_NUMBER})? \| ([12]) \| [^|]+ \| ([^|]+) \| ([^|]+) \| (.+) \|$"
)
ANSWERS = {"met", "**in part**", "**not met**", "not here", "yours"}
TEST = re.compile(r"\[`(\w+)`\]\(\.\./([^)]+)\)")
FILE = re.compile(r"\[[^`\]][^\]]*\]\(([^)]+)\)")

# Section -> how many requirements it has, and which of them belong to level 3 alone.
# Source: the CSV of ASVS 5.0.0, May 2025.
SECTIONS: dict[str, tuple[int, set[int]]] = {
    "1.1": (2, set()), "1.2": (10, {10}), "1.3": (12, {12}), "1.4": (3, set()), "1.5": (3, {3}),
    "2.1": (3, set()), "2.2": (3, set()), "2.3": (5, {5}), "2.4": (2, {2}),
    "3.1": (1, {1}), "3.2": (3, {3}), "3.3": (5, {5}), "3.4": (8, {7, 8}), "3.5": (8, {6, 7, 8}),
    "3.6": (1, {1}), "3.7": (5, {3, 4, 5}),
    "4.1": (5, {4, 5}), "4.2": (5, {2, 3, 4, 5}), "4.3": (2, set()), "4.4": (4, set()),
    "5.1": (1, set()), "5.2": (6, {4, 5, 6}), "5.3": (3, {3}), "5.4": (3, set()),
    "6.1": (3, set()), "6.2": (12, set()), "6.3": (8, {5, 6, 7, 8}), "6.4": (6, {5, 6}),
    "6.5": (8, {6, 7, 8}), "6.6": (4, {4}), "6.7": (2, {1, 2}), "6.8": (4, set()),
    "7.1": (3, set()), "7.2": (4, set()), "7.3": (2, set()), "7.4": (5, set()), "7.5": (3, {3}),
    "7.6": (2, set()),
    "8.1": (4, {3, 4}), "8.2": (4, {4}), "8.3": (3, {2, 3}), "8.4": (2, {2}),
    "9.1": (3, set()), "9.2": (4, set()),
    "10.1": (2, set()), "10.2": (3, {3}), "10.3": (5, {5}), "10.4": (16, {12, 13, 14, 15, 16}),
    "10.5": (5, set()), "10.6": (2, set()), "10.7": (3, set()),
    "11.1": (4, {3, 4}), "11.2": (5, {4, 5}), "11.3": (5, {4, 5}), "11.4": (4, set()),
    "11.5": (2, {2}), "11.6": (2, {2}), "11.7": (2, {1, 2}),
    "12.1": (5, {4, 5}), "12.2": (2, set()), "12.3": (5, {5}),
    "13.1": (4, {2, 3, 4}), "13.2": (6, {6}), "13.3": (4, {3, 4}), "13.4": (7, {6, 7}),
    "14.1": (2, set()), "14.2": (8, {5, 6, 7, 8}), "14.3": (3, set()),
    "15.1": (5, {4, 5}), "15.2": (5, {4, 5}), "15.3": (7, set()), "15.4": (4, {1, 2, 3, 4}),
    "16.1": (1, set()), "16.2": (5, set()), "16.3": (4, set()), "16.4": (3, set()),
    "16.5": (4, {4}),
    "17.1": (2, {2}), "17.2": (8, {5, 6, 7, 8}), "17.3": (2, set()),
}  # fmt: skip


def number(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def wanted() -> set[tuple[int, ...]]:
    return {
        number(f"{section}.{one}")
        for section, (count, third) in SECTIONS.items()
        for one in range(1, count + 1)
        if one not in third
    }


def test_every_requirement_up_to_level_2_has_an_answer() -> None:
    asked = wanted()
    assert len(asked) == 253
    answered: set[tuple[int, ...]] = set()
    for first, last, *_ in ROW.findall(PAGE):
        low, high = number(first), number(last or first)
        answered |= {one for one in asked if low <= one <= high}
        assert low in asked or low[:2] != high[:2], first
    assert sorted(asked - answered) == []


def test_every_answer_is_one_of_five_and_says_how() -> None:
    rows = ROW.findall(PAGE)
    lines = [line for line in PAGE.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) == len(lines)
    assert {row[3] for row in rows} <= ANSWERS
    assert all(row[4].strip() for row in rows)


@pytest.mark.parametrize("row", ROW.findall(PAGE), ids=lambda row: row[0])
def test_what_a_row_points_at_is_there(row: tuple[str, ...]) -> None:
    tests, files = TEST.findall(row[5]), FILE.findall(row[5])
    assert tests or files
    for name, path in tests:
        assert re.search(rf"(?m)^ *(async )?def {name}\(", (ROOT / path).read_text()), name
    assert [path for path in files if not (ROOT / "docs" / path).exists()] == []


def test_the_counts_at_the_top_are_those_of_the_rows() -> None:
    counts = dict.fromkeys(ANSWERS, 0)
    for row in ROW.findall(PAGE):
        low, high = number(row[0]), number(row[1] or row[0])
        level_1_elsewhere = (
            {number(f"10.4.{n}") for n in range(1, 6)} if row[1] == "10.7.3" else set()
        )
        counts[row[3]] += len({one for one in wanted() if low <= one <= high} - level_1_elsewhere)
    said = dict(re.findall(r"(?m)^\| ((?:\*\*)?[a-z ]+(?:\*\*)?) \| (\d+) \|", PAGE))
    assert {name: int(count) for name, count in said.items()} == counts
