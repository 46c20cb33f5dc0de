"""Untrusted input of the person's pages, made into filings."""

from __future__ import annotations

from staydown_web.portal.forms.document import Addition, read_addition, read_notice
from staydown_web.portal.forms.plain import read_addition_plain, read_plain, urls_of

__all__ = [
    "Addition",
    "read_addition",
    "read_addition_plain",
    "read_notice",
    "read_plain",
    "urls_of",
]
