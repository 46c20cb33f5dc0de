"""Reports by HTTP: one module for each interface that takes them, all through the fetcher."""

from staydown_web.escalation.services.interfaces.calling import (
    FORMATS,
    ask_news,
    send_call,
)
from staydown_web.escalation.services.interfaces.wire import (
    Caller,
    Ended,
    Handed,
    News,
)

__all__ = [
    "FORMATS",
    "Caller",
    "Ended",
    "Handed",
    "News",
    "ask_news",
    "send_call",
]
