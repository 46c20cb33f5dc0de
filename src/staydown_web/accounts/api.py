"""How programs prove who they are: a key in the ``Authorization`` header."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from staydown_web.accounts.services import Caller, authenticate


class KeyAuth(HttpBearer):
    """Lets in calls whose key has a scope; ``request.auth`` is the ``Caller`` then.

    Args:
        scope: what the call needs; one of ``accounts.services.KNOWN_SCOPES``.
    """

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:
        """The caller.

        Raises:
            KeyMissingError, KeyUnknownError: as ``authenticate``.
            NotAllowedError, RateLimitedError: as ``authenticate``.
        """
        return authenticate(request.META.get("HTTP_AUTHORIZATION", ""), self.scope)

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Not called: the header is read whole, so that every refusal has its own code."""
        return authenticate(f"Bearer {token}", self.scope)


def caller_of(request: HttpRequest) -> Caller:
    """The program behind a call that ``KeyAuth`` let in."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    return caller
