"""The parts that pages of a record are made of, as the template ``record.typ`` takes them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from staydown_web.review.models import NOT_HERE

Part = dict[str, Any]


def facts_part(*rows: tuple[str, Any]) -> Part:
    """Names and values; those without a value are left out."""
    return {"kind": "facts", "rows": [[name, value] for name, value in rows if value]}


def table(head: list[str], rows: list[list[str]], widths: list[int]) -> Part:
    """A table; ``widths`` are shares of the page's width."""
    return {"kind": "table", "head": head, "rows": rows, "widths": widths}


def words(text: str) -> Part:
    """A paragraph."""
    return {"kind": "text", "text": text}


def code(text: str) -> dict[str, str] | str:
    """A digest or a command, in letters of one width; empty for none."""
    return {"code": text} if text else ""


def word(choices: Sequence[tuple[str, Any]], value: str) -> str:
    """The label of a choice."""
    return str(dict(choices).get(value, value))


def outcome(what: str, grounds: Collection[str] = ()) -> str:
    """What an order or a decision says."""
    if NOT_HERE in grounds:
        return _("Nothing found")
    return {
        "remove": _("Remove"),
        "hold": _("Hold"),
        "block": _("Block"),
        "restore": _("Restore"),
    }.get(what, what)


def moment_words(text: str | None) -> str:
    """A moment with its zone; empty for none."""
    if not text:
        return ""
    # To the second and alike in every language: a court compares it with other records.
    return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S} UTC"
