"""The two calls to the Transparency Database: a batch of entries, and whether it has one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from django.conf import settings

from staydown_web.base.fetching import Answer, origin_of, post, probe

_TIMEOUT_S = 30.0


def is_on() -> bool:
    """Whether the address of the database is set."""
    return bool(settings.STAYDOWN_TRANSPARENCY_URL)


def send_entries(payloads: Sequence[dict[str, Any]]) -> Answer:
    """Send a batch.

    Raises:
        FetchRefusedError: not an address that we go to.
        FetchError: no answer.
    """
    return post(
        url=_url("/statements"),
        body=orjson.dumps({"statements": payloads}),
        headers=_headers(),
        allowed_origins=_origins(),
        timeout_s=_TIMEOUT_S,
    )


def ask_for(puid: str) -> Answer:
    """Ask whether it has an entry.

    Raises:
        FetchRefusedError: not an address that we go to.
        FetchError: no answer.
    """
    return probe(
        url=_url(f"/statement/existing-puid/{puid}"),
        headers=_headers(),
        allowed_origins=_origins(),
        timeout_s=_TIMEOUT_S,
    )


def _url(path: str) -> str:
    return f"{settings.STAYDOWN_TRANSPARENCY_URL}{path}"


def _headers() -> dict[str, str]:
    return {
        "Authorization": f"Bearer {settings.STAYDOWN_TRANSPARENCY_TOKEN}",
        "Accept": "application/json",
        "Content-Type": "application/json",
    }


def _origins() -> list[str]:
    """The operator chose the address: it may be on this machine."""
    return [origin_of(str(settings.STAYDOWN_TRANSPARENCY_URL))]
