"""The order in which readers look for words: accents and capitals do not count."""

from __future__ import annotations

import unicodedata


def reading_order(words: str) -> tuple[str, str]:
    """A key to sort by, the same on every machine whatever its locale: "Österreich" is under O.

    Args:
        words: in any of the languages of the pages.

    Returns:
        The words without accents and capitals, and the words as they are, for those that are equal.
    """
    plain = unicodedata.normalize("NFKD", words.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c)), words
