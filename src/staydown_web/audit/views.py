"""The chain, for leads and administrators: read only. Looking at it is an event too."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from staydown_web.audit.forms import EventFilter
from staydown_web.audit.selectors import chain_state, events_like, kinds_of_events
from staydown_web.audit.services import record_event
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.commands import as_called

_PAGE = 50
PROVING = ("staydown audit verify", "staydown manage audit-verify --public-key")
"""Commands that prove the chain, as the page names them."""
_MOST_SHOWN = 6
_ID_LENGTH = 36


@require_safe
@role_required("lead")
def events(request: HttpRequest) -> HttpResponse:
    """Events, newest first, of one case or kind or all of them."""
    asked = EventFilter(request.GET)
    is_good = asked.is_valid()
    case_id = asked.cleaned_data.get("case")
    what = asked.cleaned_data.get("what") or ""
    before = asked.cleaned_data.get("before")
    found = list(events_like(case_id=case_id, what=what, before=before)[: _PAGE + 1])
    if case_id is not None:
        record_event(
            what="audit_viewed",
            actor=f"user:{request.user.pk}",
            at=utc_now(),
            case_id=case_id,
            facts={"events": min(len(found), _PAGE)},
        )
    shown = {
        "area": "audit",
        "commands": [as_called(command) for command in PROVING],
        # Pairs, because a template would take a fact named "items" for the method.
        "rows": [(e, _shown(e.facts)) for e in found[:_PAGE]] if is_good else [],
        "older": found[_PAGE - 1].seq if len(found) > _PAGE else None,
        "is_older": before is not None,
        "state": chain_state(),
        "kinds": kinds_of_events(),
        "case": request.GET.get("case", "")[:36],
        "what": what,
        "wrong": "case" in asked.errors,
    }
    return render(request, "audit/events.html", shown)


def _shown(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Facts as short words: of an id its start, of many values how many."""
    return [(name, _word(value)) for name, value in facts.items()]


def _word(value: Any) -> str:
    if isinstance(value, list | dict) and len(value) > _MOST_SHOWN:
        return f"({len(value)})"
    if isinstance(value, list):
        return ",".join(_word(part) for part in value)
    word = str(value)
    return f"{word[:8]}…" if len(word) == _ID_LENGTH else word
