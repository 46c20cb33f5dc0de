"""The one place that reads the clock. Services take ``now``; views and tasks get it here."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The moment, timezone-aware, in UTC."""
    return datetime.now(UTC)
