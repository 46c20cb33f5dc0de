"""How long a site has: by law where one with a number of hours binds it, else our own time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from staydown_web.escalation.selectors.first_channels import rules
from staydown_web.regimes.selectors import regimes


@dataclass(frozen=True, slots=True)
class TimeRule:
    """How long a site has from the proven delivery of its notice.

    Attributes:
        length: the time.
        law: id of the regime that sets it; empty: our own time, which is no law.
    """

    length: timedelta
    law: str = ""


def own_time() -> TimeRule:
    """What holds where no law with a number of hours binds a site."""
    return TimeRule(timedelta(days=rules().own_days))


def time_rule(*, filed_under: Sequence[str], binding: Sequence[str], on: date) -> TimeRule:
    """The shortest time of a law that the notice was given under and that binds the site.

    Args:
        filed_under: ids of the regimes of the case.
        binding: ids of regimes that bind the site, as far as known.
        on: the day of the delivery; a law whose first day is not confirmed sets no time.
    """
    known = regimes()
    found = [
        TimeRule(length, id_)
        for id_ in filed_under
        if id_ in binding
        and id_ in known
        and known[id_].is_in_force(on)
        and (length := known[id_].clock.length) is not None
    ]
    return min(found, key=lambda rule: rule.length, default=own_time())
