"""The answer to a request that does not reach the application."""

from __future__ import annotations

import json
from typing import Final

from staydown_client.uploads.rules import Answer, Refusal, Rules

_STATUS: Final = {
    Refusal.BLOCKED: 451,
    Refusal.HELD: 403,
    Refusal.UNREADABLE: 422,
    Refusal.UNCHECKED: 503,
    Refusal.MALFORMED: 400,
    Refusal.TOO_LARGE: 413,
    Refusal.NO_LENGTH: 411,
}
_SAID: Final = {
    Refusal.BLOCKED: "This file cannot be uploaded here.",
    Refusal.HELD: "This file cannot be uploaded here.",
    Refusal.UNREADABLE: "This file cannot be opened as a photo or video.",
    Refusal.UNCHECKED: "Uploads cannot be checked now. Try again in a few minutes.",
    Refusal.MALFORMED: "The request cannot be read.",
    Refusal.TOO_LARGE: "The upload is too large.",
    Refusal.NO_LENGTH: "The request does not say how long it is.",
}
_RETRY_AFTER_S: Final = "60"


def answer_to(rules: Rules, refusal: Refusal) -> Answer:
    """What is answered; counted."""
    rules.counts.add(f"refused_{refusal}")
    if rules.answer is not None:
        return rules.answer(refusal)
    status = rules.blocked_status if refusal is Refusal.BLOCKED else _STATUS[refusal]
    headers = {"Retry-After": _RETRY_AFTER_S} if refusal is Refusal.UNCHECKED else {}
    headers["Cache-Control"] = "no-store"
    if rules.style == "html":
        return Answer(status, _page(_SAID[refusal]), "text/html; charset=utf-8", headers)
    # Held and blocked answer alike but for the status: what was found is nobody's to probe.
    code = "upload_refused" if refusal in {Refusal.BLOCKED, Refusal.HELD} else f"upload_{refusal}"
    problem = {
        "type": f"about:blank#{code}",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": _SAID[refusal],
    }
    return Answer(status, json.dumps(problem).encode(), "application/problem+json", headers)


def _page(said: str) -> bytes:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Upload</title>'
        f"<p>{said}</p></html>"
    ).encode()
