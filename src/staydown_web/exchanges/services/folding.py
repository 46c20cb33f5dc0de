"""Which of two versions of a record counts: the later by the partner's own clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from staydown_web.exchanges.partners.wire import Record, RecordState

DOUBT = timedelta(days=1)
"""A moment further ahead of our clock than this is a mistake, and orders nothing. ADR-0068."""


def is_older(
    *, at: datetime | None, state: str, known_at: datetime | None, known_state: str, now: datetime
) -> bool:
    """Whether a version that comes now is older than the one that is known.

    The partner's moments are compared with each other alone, so that its clock may be wrong. Of two
    at one moment a withdrawal counts. Where a moment is missing, or absurd, the later to come does.

    Args:
        at: when the partner made the new version.
        state: what it says.
        known_at: when it made the known one.
        known_state: what that says.
        now: the moment here.
    """
    if at is None or known_at is None or known_at > now + DOUBT:
        return False
    if at == known_at:
        return known_state == RecordState.WITHDRAWN and state != RecordState.WITHDRAWN
    return at < known_at


def latest_by_key(records: Iterable[Record], now: datetime) -> dict[str, Record]:
    """The version of each key that counts, of all that came on one page."""
    latest: dict[str, Record] = {}
    for record in records:
        known = latest.get(record.key)
        if known is None or not is_older(
            at=record.at,
            state=record.state,
            known_at=known.at,
            known_state=known.state,
            now=now,
        ):
            latest[record.key] = record
    return latest
