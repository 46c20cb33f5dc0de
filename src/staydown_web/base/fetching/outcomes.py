"""How a call to the outside ended, in the words that the audit takes."""

from __future__ import annotations

from typing import Any

from staydown.errors import StaydownError


def outcome_facts(
    *,
    tries: int,
    status: int | None = None,
    error: StaydownError | None = None,
    duration_ms: int | None = None,
) -> dict[str, Any]:
    """Facts for ``audit.services.record_event`` about one call: never where it went.

    Args:
        tries: which try this was, from 1.
        status: HTTP status, where there was an answer.
        error: why there was none.
        duration_ms: how long it took.
    """
    facts: dict[str, Any] = {"tries": tries}
    if status is not None:
        facts["status"] = status
    if error is not None:
        facts |= {"error": error.code, "is_retryable": error.retryable}
    if duration_ms is not None:
        facts["duration_ms"] = duration_ms
    return facts
