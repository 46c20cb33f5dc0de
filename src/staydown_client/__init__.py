"""The client of a Staydown service: small, typed, and without the library's decoders.

``Client`` and ``AsyncClient`` ask; ``staydown_client.asgi``, ``staydown_client.wsgi`` and
``staydown_client.django`` stop an upload before it is stored. docs/client.md explains all of them.
"""

from staydown_client.async_client import AsyncClient
from staydown_client.calls import one_check
from staydown_client.client import Client
from staydown_client.errors import (
    AnswerError,
    ClientError,
    KeyRefusedError,
    MediaUnreadableError,
    NotFoundError,
    RateLimitedError,
    RequestRefusedError,
    ServiceError,
    SettingError,
    UnavailableError,
    UnreachableError,
)
from staydown_client.records import (
    Check,
    HitPage,
    Match,
    MatchKind,
    Order,
    OrderKind,
    OrderPage,
    OrderState,
    Problem,
    Statement,
    StatementPage,
    StoredCheck,
    Verdict,
)

__all__ = [
    "AnswerError",
    "AsyncClient",
    "Check",
    "Client",
    "ClientError",
    "HitPage",
    "KeyRefusedError",
    "Match",
    "MatchKind",
    "MediaUnreadableError",
    "NotFoundError",
    "Order",
    "OrderKind",
    "OrderPage",
    "OrderState",
    "Problem",
    "RateLimitedError",
    "RequestRefusedError",
    "ServiceError",
    "SettingError",
    "Statement",
    "StatementPage",
    "StoredCheck",
    "UnavailableError",
    "UnreachableError",
    "Verdict",
    "one_check",
]
