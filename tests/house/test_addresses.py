"""Every address of the service that a document names is there; commands: `test_shown_commands`."""

from __future__ import annotations

import re
from pathlib import Path

import django
import pytest
from django.urls import Resolver404, resolve

django.setup()

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"]
ADDRESS = re.compile(r"`(?:[A-Z]+ )?(/[a-z][^`\s]*)`")
PLACEHOLDER = re.compile(r"<[^>]*>|\{[^}]*\}|…|\b[A-Z]{2,}\b")
STAND_INS = ("x", "1", "00000000-0000-0000-0000-000000000000")
NO_PAGES = {"/dev/shm", "/staff/calendar/", "/check", "/corrections?after=N", "/favicon.ico"}
"""A folder of the machine, the beginning of addresses that a proxy leaves out of its log, what
an edge replica answers, and what is read of other sites."""


def is_there(address: str) -> bool:
    """Whether the service answers it, with something put where the document has a name."""
    path = re.sub(r"[?#].*", "", address)
    for stand_in in STAND_INS:
        try:
            resolve(PLACEHOLDER.sub(stand_in, path))
        except Resolver404:
            continue
        return True
    return False


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_address_of_a_document_is_there(path: Path) -> None:
    named = set(ADDRESS.findall(path.read_text(encoding="utf-8"))) - NO_PAGES
    assert sorted(address for address in named if not is_there(address)) == []


def test_an_address_that_is_not_there_is_found() -> None:
    assert is_there("/transparency/numbers.csv")
    assert is_there("/api/v1/orders/{id}/receipt")
    assert not is_there("/transparency/numbers/csv")
