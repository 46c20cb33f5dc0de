"""The only way out: every address that somebody else supplied is reached through here."""

from staydown_web.base.fetching.called import Called
from staydown_web.base.fetching.fetcher import Answer, Fetched, Fetcher, ask, fetch, post, probe
from staydown_web.base.fetching.outcomes import outcome_facts
from staydown_web.base.fetching.targets import origin_of

__all__ = [
    "Answer",
    "Called",
    "Fetched",
    "Fetcher",
    "ask",
    "fetch",
    "origin_of",
    "outcome_facts",
    "post",
    "probe",
]
