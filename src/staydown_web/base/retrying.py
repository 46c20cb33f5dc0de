"""When to try again: rules as data, one for each kind of call to the outside."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_MINUTE = 60
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class RetryRule:
    """How long to wait after each failed try; when the list ends, it is given up.

    Attributes:
        waits_s: seconds to wait after the first, second, … failed try.
    """

    waits_s: tuple[int, ...]

    @property
    def most_tries(self) -> int:
        """How often it is tried in all."""
        return len(self.waits_s) + 1

    def next_try(
        self, *, tries: int, now: datetime, retry_after_s: int | None = None
    ) -> datetime | None:
        """When to try again after ``tries`` failed tries; None where it is given up.

        Args:
            tries: how many have failed, at least 1.
            now: the moment of the last failure, aware.
            retry_after_s: what the other side asked for; it lengthens a wait, never shortens it.
        """
        if tries > len(self.waits_s):
            return None
        return now + timedelta(seconds=max(self.waits_s[tries - 1], retry_after_s or 0))


WEBHOOK = RetryRule(
    (5, 30, 2 * _MINUTE, 10 * _MINUTE, _HOUR, 6 * _HOUR, 12 * _HOUR, 24 * _HOUR, 24 * _HOUR)
)
"""About three days. Source: ADR-0039."""
LETTER = RetryRule((60, 5 * _MINUTE, 20 * _MINUTE, _HOUR, 4 * _HOUR, 12 * _HOUR, 24 * _HOUR))
"""Greylisting lets pass after 5 to 30 minutes; a mail server can be down for a day."""
TIMESTAMP = RetryRule((60, 10 * _MINUTE, _HOUR, 6 * _HOUR, 24 * _HOUR))
"""A stamp proves the moment it was made: a day late it still proves most of what it can."""
LOCATION = RetryRule((10, 60, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR))
"""Within the first hours of a clock of 48: after that a person looks."""
SUBMISSION = RetryRule(
    (60, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 6 * _HOUR, 12 * _HOUR, 24 * _HOUR, 24 * _HOUR)
)
"""About three days, as for webhooks; the first wait lets a call that was cut off finish there."""
EXCHANGE = RetryRule((60, 5 * _MINUTE, 20 * _MINUTE, _HOUR, 4 * _HOUR))
"""A partner's list is never given up: after these, every four hours. Source: ADR-0068."""
PARTNER = RetryRule(
    (60, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR, 6 * _HOUR, 12 * _HOUR, 24 * _HOUR, 24 * _HOUR)
)
"""What a partner is told: about three days; then a person sends it again. Source: ADR-0069."""
REPORT = RetryRule(
    (60, 5 * _MINUTE, 20 * _MINUTE, _HOUR, 4 * _HOUR, 12 * _HOUR, 24 * _HOUR, 24 * _HOUR)
)
"""A report to a site or a provider: greylisting passes in the first hour, a server that is down
over a week-end comes back in about three days; then a person looks. Source: ADR-0082."""
MAPPING = RetryRule((30, 5 * _MINUTE, 30 * _MINUTE, 2 * _HOUR))
"""A site of which nothing is found is down or gone: after that a person asks again."""
