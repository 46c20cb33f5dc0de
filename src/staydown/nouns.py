"""A number with its noun, for what commands and reports say in English."""

from __future__ import annotations


def many(number: int, word: str, plural: str = "") -> str:
    """A number with its noun, such as "1 entry" or "1,204 entries".

    Args:
        number: how many, 0 or more.
        word: the noun for one.
        plural: the noun for every other number; ``word`` with an s where it is left out.
    """
    return f"{number:,} {word}" if number == 1 else f"{number:,} {plural or word + 's'}"
