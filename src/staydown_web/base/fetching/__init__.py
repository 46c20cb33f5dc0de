"""The only way out: every address that somebody else supplied is reached through here."""

from staydown_web.base.fetching.called import Called
from staydown_web.base.fetching.fetched import Fetched
from staydown_web.base.fetching.fetcher import Answer, Fetcher, ask, fetch, post, probe
from staydown_web.base.fetching.foreseeing import is_never_reached
from staydown_web.base.fetching.outcomes import outcome_facts
from staydown_web.base.fetching.proxies import through_proxy
from staydown_web.base.fetching.targets import origin_of
from staydown_web.base.fetching.visited import Visited

__all__ = [
    "Answer",
    "Called",
    "Fetched",
    "Fetcher",
    "Visited",
    "ask",
    "fetch",
    "is_never_reached",
    "origin_of",
    "outcome_facts",
    "post",
    "probe",
    "through_proxy",
]
