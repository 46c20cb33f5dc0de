"""How providers of sites answered, for everybody: never a site, never a case. ADR-0085.

A unit is one case at one provider, whatever number of reports it took, so that what is shown of a
provider is of at least five people. A provider of fewer is not named: its name alone could tell on
which site somebody's pictures were.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from staydown_web.accounts.models import Platform
from staydown_web.escalation.models import Report
from staydown_web.escalation.selectors.scorecards import CaseOutcome, case_outcomes
from staydown_web.reports.services.hiding import LEAST, hide_small
from staydown_web.reports.services.timing import times_of

OTHERS = "others"
"""All that are not named together."""
_OUTCOMES = [str(value) for value in Report.Outcome.values if value]


def count_providers(*, platform: Platform, span: tuple[datetime, datetime]) -> dict[str, Any]:
    """Cases by provider, what they came to, and the median time to act, as they may be shown."""
    return shown_providers(case_outcomes(platform=platform, span=span))


def shown_providers(found: Sequence[CaseOutcome]) -> dict[str, Any]:
    """What may be shown of outcomes at providers.

    Args:
        found: one for each case and provider.
    """
    counts = Counter(one.provider for one in found)
    named = {name: n for name, n in sorted(counts.items()) if n >= LEAST and name != OTHERS}
    told = hide_small({**named, OTHERS: sum(counts.values()) - sum(named.values())})
    shown = [name for name in named if told.counts[name]]
    return {
        "told": told.as_json(),
        "outcome": {name: hide_small(_outcomes(found, name)).as_json() for name in shown},
        "median_s": {name: _median(found, name) for name in shown},
    }


def _outcomes(found: Sequence[CaseOutcome], name: str) -> dict[str, int]:
    own = Counter(one.outcome for one in found if one.provider == name)
    return {outcome: own[outcome] for outcome in _OUTCOMES}


def _median(found: Sequence[CaseOutcome], name: str) -> int | None:
    own = [one.seconds for one in found if one.provider == name and one.seconds is not None]
    return times_of(own)["median_s"]
