"""Her pages, e-mails and records say what was decided, and of nobody that they looked at it.

That a reviewer opened the picture is kept for some months and then forgotten; a statement of
reasons says it once, when it is made. A page that is made anew at each visit cannot.
"""

from __future__ import annotations

import re
from pathlib import Path

import staydown_web

_ROOT = Path(staydown_web.__file__).parent
_LOOKED = re.compile(
    r"(?:reviewer|person|somebody|someone)s?\s+(?:has\s+|have\s+|had\s+)?(?:looked|is looking)"
    r"[^.\"]*|They look at[^.\"]*"
)
_IS_SO = (
    "looked for it",  # who says that nothing is there says that they searched
    "looked, and did not find it",
    "looked at how to reach you",  # each look at contact details is an event
    "looked at what you signed",  # so is each at her signature
    "looked: it stays",  # at a complaint about a limit, not at a picture
)
_HERS = [
    *sorted((_ROOT / "portal").rglob("*.py")),
    *sorted((_ROOT / "portal" / "templates").rglob("*.html")),
    *sorted((_ROOT / "cases").rglob("*.py")),
    *sorted((_ROOT / "actions" / "selectors").glob("*.py")),
    _ROOT / "reports" / "selectors" / "event_words.py",
    _ROOT / "review" / "selectors" / "suspension_words.py",
    _ROOT / "base" / "letters.py",
]


def said(path: Path) -> str:
    """Text of a file with its strings joined that stand on several lines; without docstrings."""
    text = re.sub(r'"\s*\n\s*"', "", path.read_text())
    return re.sub(r'""".*?"""|^\s*#[^\n]*', "", text, flags=re.DOTALL | re.MULTILINE)


def test_no_sentence_of_hers_says_that_somebody_looked_at_it() -> None:
    found = [(path.name, one.group()) for path in _HERS for one in _LOOKED.finditer(said(path))]

    assert [one for one in found if not any(words in one[1] for words in _IS_SO)] == []
    assert len(found) >= len(_IS_SO), "what may be said is still found"
