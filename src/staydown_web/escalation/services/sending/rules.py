"""How long to wait for what: rules as data."""

from __future__ import annotations

from datetime import timedelta

QUIET = timedelta(hours=1)
"""A mail that was taken and has not come back by then counts as delivered. Nearly all bounces come
within minutes; one that comes later still counts as one. Source: ADR-0082."""
QUIET_WHEN_LATE = timedelta(hours=24)
"""Where a mail server says that it still tries. It goes on for up to five days (RFC 5321, 4.5.4.1),
and says so again or sends it back."""
FIRST_NEWS = timedelta(minutes=10)
NEWS_BY_AGE = (
    (timedelta(hours=1), timedelta(minutes=10)),
    (timedelta(days=1), timedelta(hours=1)),
    (timedelta(days=30), timedelta(hours=6)),
)
"""Up to what age of a report its interface is asked again after how long; then no more."""


def next_news(age: timedelta) -> timedelta | None:
    """After how long to ask again; None where it is too old."""
    return next((wait for until, wait in NEWS_BY_AGE if age < until), None)
