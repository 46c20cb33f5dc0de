"""Shapes that this room gives and takes: receipts, and what the Transparency Database wants."""

from staydown_web.reports.schemas.receipts import Receipt
from staydown_web.reports.schemas.statements import (
    AUTOMATED_DECISIONS,
    BATCH_MOST,
    CATEGORIES,
    CONTENT_TYPES,
    EEA,
    FREE_TEXTS,
    ILLEGAL,
    INCOMPATIBLE,
    KEYWORDS,
    MOST_EXPLANATION,
    MOST_FACTS,
    MOST_GROUND,
    SOURCES,
    VISIBILITY,
    problems_in,
)

__all__ = [
    "AUTOMATED_DECISIONS",
    "BATCH_MOST",
    "CATEGORIES",
    "CONTENT_TYPES",
    "EEA",
    "FREE_TEXTS",
    "ILLEGAL",
    "INCOMPATIBLE",
    "KEYWORDS",
    "MOST_EXPLANATION",
    "MOST_FACTS",
    "MOST_GROUND",
    "SOURCES",
    "VISIBILITY",
    "Receipt",
    "problems_in",
]
