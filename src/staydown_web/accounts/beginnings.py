"""When the owner of a session signed in, kept in it: what is written later moves its expiry."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest

from staydown_web.base.clock import utc_now

BEGAN: Final = "began"


def begin_session(request: HttpRequest, **_more: Any) -> None:
    """Note the moment, as a receiver of Django's ``user_logged_in``."""
    request.session[BEGAN] = utc_now().isoformat()
