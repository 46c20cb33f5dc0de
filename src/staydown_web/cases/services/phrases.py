"""Recovery phrases: six common words, 66 bits, forgiving of how they are typed."""

from __future__ import annotations

import re
import secrets
import unicodedata
from functools import cache
from pathlib import Path

from django.contrib.auth.hashers import check_password, make_password

from staydown_web.cases.services.veiling import SPENT

WORDS_IN_PHRASE = 6
LEAST_WORDS = 2048
"""Six of 2048 are 66 bits: beyond guessing where each guess costs an Argon2. Source: ADR-0028."""
_LIST = Path(__file__).resolve().parents[1] / "data" / "words.txt"


@cache
def words() -> tuple[str, ...]:
    """The list that phrases are drawn from, in alphabetical order."""
    lines = _LIST.read_text(encoding="ascii").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def new_phrase() -> str:
    """Six words, each drawn by the system's randomness, with spaces between."""
    return " ".join(secrets.choice(words()) for _ in range(WORDS_IN_PHRASE))


def clean_phrase(typed: str) -> str:
    """A phrase as it was drawn, whatever the case, accents, spaces, hyphens, commas or numbers."""
    plain = unicodedata.normalize("NFKD", typed[:500]).casefold()
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z]+", letters))


def digest_phrase(phrase: str) -> str:
    """Argon2 of a phrase, for storage. Costs about a tenth of a second."""
    return make_password(clean_phrase(phrase))


def is_phrase(typed: str, stored: str) -> bool:
    """Whether these words were drawn for the stored digest; takes as long where there is none."""
    is_known = stored not in {"", SPENT}
    is_right = check_password(clean_phrase(typed), stored if is_known else _nobody())
    return is_right and is_known


@cache
def _nobody() -> str:
    return make_password(secrets.token_urlsafe(16))
