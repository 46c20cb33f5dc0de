"""Exchanges, what came from them, and what they are told."""

from staydown_web.exchanges.models.doubting import Doubt
from staydown_web.exchanges.models.exchange import Exchange, Run
from staydown_web.exchanges.models.outgoing import Contributed, Outgoing
from staydown_web.exchanges.models.received import Received
from staydown_web.exchanges.models.trying import DryRun, DryRunDay, DryRunEntry

__all__ = [
    "Contributed",
    "Doubt",
    "DryRun",
    "DryRunDay",
    "DryRunEntry",
    "Exchange",
    "Outgoing",
    "Received",
    "Run",
]
