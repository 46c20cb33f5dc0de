"""Exchanges, what came from them, and what they are told."""

from staydown_web.exchanges.models.exchange import Exchange, Run
from staydown_web.exchanges.models.outgoing import Contributed, Outgoing
from staydown_web.exchanges.models.received import Received

__all__ = ["Contributed", "Exchange", "Outgoing", "Received", "Run"]
