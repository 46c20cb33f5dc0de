"""PDFs by Typst, in a process of their own with limits on time, memory and size."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from bisect import bisect_right
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from staydown_web.base.errors import TypesettingError
from staydown_web.reports.services.typeset_letters import LETTERS

WITHIN_S: Final = 30.0
MOST_DATA_BYTES: Final = 8 << 20
MOST_PDF_BYTES: Final = 24 << 20
_CHILD = Path(__file__).with_name("typeset_child.py")
_TEMPLATES = Path(__file__).parents[1] / "templates" / "reports"
_LAST_PLAIN: Final = 0x17F
"""Latin letters of Europe, each a character of its own."""
_STARTS = [first for first, _ in LETTERS]


def typeset(*, template: str, data: dict[str, Any], at: datetime) -> bytes:
    """Make a PDF: tagged, with title and language (PDF/UA-1), kept readable for decades (PDF/A-2a).

    Args:
        template: name of a file in ``templates/reports``.
        data: what it shows; texts are never read as markup.
        at: the moment that the document names as its own.

    Raises:
        TypesettingError: it took too long or too much, or could not be made.

    Cost: a third of a second, most of it the start of the process.
    """
    made = _run(template, writable(data), at)
    if made is None:
        # Marks that the fonts have can still not be set upon each other: their numbers always can.
        made = _run(template, writable(data, last=_LAST_PLAIN), at)
    if made is None:
        # What it says could hold a person's words: it is not passed on.
        raise TypesettingError("the document could not be made; try again")
    if len(made) > MOST_PDF_BYTES:
        raise TypesettingError("the document would be too large")
    return made


def _run(template: str, data: Any, at: datetime) -> bytes | None:
    """The PDF; None where the child refused."""
    job = {"template": str(_TEMPLATES / template), "data": data, "at": int(at.timestamp())}
    body = json.dumps(job).encode()
    if len(body) > MOST_DATA_BYTES:
        raise TypesettingError("there is too much in it for one document")
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_CHILD)],
            input=body,
            capture_output=True,
            timeout=WITHIN_S,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TypesettingError("the document took too long to make; try again") from None
    is_made = done.returncode == 0 and done.stdout.startswith(b"%PDF-")
    return done.stdout if is_made else None


def writable(value: Any, *, last: int = 0x10FFFF) -> Any:
    """Texts with every character that the fonts lack, or that hides or turns text, as its number.

    A document that may leave out a letter would not be the one that she wrote.

    Args:
        value: texts, and lists and objects of them.
        last: characters after this one are written as numbers whether or not the fonts have them.
    """
    match value:
        case str():
            composed = unicodedata.normalize("NFC", value)
            return "".join(_written(character, last) for character in composed)
        case list() | tuple():
            return [writable(part, last=last) for part in value]
        case dict():
            return {key: writable(part, last=last) for key, part in value.items()}
        case _:
            return value


def _written(character: str, last: int) -> str:
    code = ord(character)
    if character == "\n":
        return character
    if character in "\t\r":
        return " "
    place = bisect_right(_STARTS, code) - 1
    if code <= last and place >= 0 and code <= LETTERS[place][1]:
        return character
    return f"[U+{code:04X}]"
