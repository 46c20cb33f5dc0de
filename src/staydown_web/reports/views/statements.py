"""The uploader's page, and what a reviewer sees of it before deciding."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from staydown_web.accounts.models import User
from staydown_web.actions.selectors import Stage
from staydown_web.audit.services import record_event
from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.ids import new_id
from staydown_web.reports.selectors.entry_rules import problems_in
from staydown_web.reports.selectors.payloads import is_for_database, leaks_of, payload_of
from staydown_web.reports.selectors.redress import Way, way_of
from staydown_web.reports.selectors.statement_facts import facts_words
from staydown_web.reports.selectors.statement_links import links_of
from staydown_web.reports.selectors.statements import (
    link_of,
    new_copies,
    said_by,
    stage_of_statement,
    statement_by_token,
    worded,
)
from staydown_web.reports.services.database_calls import is_on
from staydown_web.reports.services.stating import said_of
from staydown_web.review.forms import DecisionForm
from staydown_web.review.models import Decision, StatementTelling, Task
from staydown_web.review.selectors.care import has_opened
from staydown_web.review.selectors.claims import cases_of, living_cases_of
from staydown_web.review.selectors.complaining import COMPLAIN_WITHIN
from staydown_web.review.selectors.drafting import automation_of, facts_draft
from staydown_web.review.selectors.foretold import open_tellings
from staydown_web.review.selectors.grounds import removal_grounds, restore_grounds
from staydown_web.review.selectors.items import entries_confirmed_by, is_held, kinds_of
from staydown_web.review.selectors.known import known_of
from staydown_web.review.selectors.leaks import what_to_remove
from staydown_web.review.selectors.queue import task_numbered
from staydown_web.review.selectors.words import main_kind
from staydown_web.review.services.deciding import UNDO_FOR
from staydown_web.review.services.terms import Terms, set_terms
from staydown_web.review.views.shared import user_of, work_page
from staydown_web.screening.models import Copy


@login_not_required
@require_safe
def statement(request: HttpRequest, token: str) -> HttpResponse:
    """Why something was restricted, for whoever uploaded it."""
    try:
        found = statement_by_token(token)
    except RecordNotFoundError:
        return render(request, "reports/statement.html", {"is_gone": True}, status=404)
    said, decision = said_by(found), found.decision
    way, until = way_of(found, utc_now())
    stage, copies = stage_of_statement(found), new_copies(decision)
    shown = {
        "statement": found,
        "said": said,
        "words": worded(
            said,
            complain_until=until,
            copies=copies,
            stage=stage,
            way=way,
            is_seen=decision.had_copies,
            facts=facts_words(said, decision),
        ),
        "platform": decision.task.platform,
        "token": token,
        "has_failed": stage == Stage.FAILED,
        "address": link_of(said),
        "until": until if way == Way.OPEN else None,
        "has_complained": way == Way.SENT,
    }
    return render(request, "reports/statement.html", shown)


@require_POST
@role_required(User.Role.REVIEWER)
def decision_statements(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """The links of the statements of one decision, to look at them or to hand them on.

    That somebody asked for them is an event: who has such a link can read and complain.
    """
    decision = Decision.objects.select_related("task").filter(pk=decision_id).first()
    if decision is None:
        raise RecordNotFoundError("there is no such decision")
    links = links_of(decision)
    addresses = sum(bool(one.content_url) + len(one.maybe) for one in links)
    record_event(
        what="statement_links_viewed",
        actor=f"user:{request.user.pk}",
        at=utc_now(),
        case_id=decision.task.case_id,
        subject=f"decision:{decision.pk}",
        facts={"statements": len(links), "addresses": addresses},
    )
    tellings = decision.statement_tellings
    has_open = tellings.filter(ended_at__isnull=True).exists()
    waits = open_tellings().filter(decision=decision).exists()
    shown = {
        "task": decision.task,
        "decision": decision,
        "links": links,
        "waits": waits,
        "is_anew": has_open and not waits,
        "is_dropped": tellings.filter(ended_for=StatementTelling.End.DROPPED).exists(),
    }
    return work_page(request, "reports/statement_links.html", shown, area="queue")


@require_POST
@role_required(User.Role.REVIEWER)
def preview(request: HttpRequest, number: str) -> HttpResponse:
    """What each side would receive of the decision as it stands in the form; nothing is stored."""
    task, now = task_numbered(number), utc_now()
    form = _form(task, request, now)
    form.is_valid()
    wrong = {field: texts[0] for field, texts in form.errors.items()}
    outcome = form.cleaned_data.get("outcome")
    shown: dict[str, Any] = {"task": task, "platform": task.platform, "wrong": wrong}
    shown["is_kept"] = outcome == Decision.Outcome.RESTORE
    is_seen = task.copies.filter(state=Copy.State.SEEN).exists()
    shown["is_silent"] = outcome == Decision.Outcome.HOLD and not is_seen
    if outcome == Decision.Outcome.REMOVE or (outcome == Decision.Outcome.HOLD and is_seen):
        shown |= _sides(task, form, user_of(request), now)
    if request.GET.get("part") == "1":
        return render(request, "reports/preview_part.html", shown)
    return work_page(request, "reports/preview.html", shown, area="queue")


def _form(task: Task, request: HttpRequest, now: datetime) -> DecisionForm:
    cases = cases_of(task).prefetch_related("notices")
    valid = {n.regime for case in cases for n in case.notices.all() if n.valid_at is not None}
    kinds = kinds_of(task)
    is_video = task.copies.filter(content_kind="video").exists()
    is_seen = task.copies.exists()
    return DecisionForm(
        request.POST,
        removal=removal_grounds(task, kinds, valid),
        restoring=restore_grounds(is_found=is_seen, is_held=is_held(task)),
        known=known_of(task),
        draft=facts_draft(task, main_kind(kinds), is_video=is_video, is_seen=is_seen),
        today=now.date(),
        has_first=task.state == Task.State.SECOND,
        has_opened=has_opened(task, user_of(request)),
    )


def _sides(task: Task, form: DecisionForm, user: User, now: datetime) -> dict[str, Any]:
    """The statements and their entries for the public database, from the form alone.

    One, or one for what a notice named and another for what software found.
    """
    cleaned = form.cleaned_data
    sketch = Decision(
        id=new_id(),
        task=task,
        outcome=cleaned["outcome"],
        grounds=cleaned.get("grounds") or [],
        decided_by=user,
        decided_at=now,
        before={},
        entries_confirmed=_would_confirm(task, cleaned),
    )
    terms = Terms(
        restriction=cleaned.get("restriction") or "",
        scope=cleaned.get("scope") or Decision.Scope.WORLD,
        ends_on=cleaned.get("ends_on"),
        language=cleaned.get("facts_language") or "",
    )
    set_terms(sketch, terms)
    # Refused facts are shown as they were typed, beside what is wrong with them.
    facts = str(cleaned.get("facts", form.data.get("facts", ""))).strip()
    until = now + UNDO_FOR + COMPLAIN_WITHIN if sketch.outcome == Decision.Outcome.REMOVE else None
    sides = [_side(sketch, copy, facts, until) for copy in _one_of_each(sketch)]
    is_told = living_cases_of(task).exists()
    return {"sides": sides, "is_on": is_on(), "until": until, "is_told": is_told}


def _would_confirm(task: Task, cleaned: dict[str, Any]) -> list[str]:
    with_altered = bool(cleaned.get("confirms_altered"))
    entries = entries_confirmed_by(task, with_altered=with_altered)
    return [str(pk) for pk in entries.values_list("pk", flat=True)]


def _one_of_each(sketch: Decision) -> list[Copy | None]:
    """The first copy of each kind of detection; None where there is no copy."""
    copies = sketch.task.copies.order_by("seen_at", "id")
    if sketch.outcome == Decision.Outcome.HOLD:
        copies = copies.filter(state=Copy.State.SEEN)
    found = {automation_of(sketch.task, copy): copy for copy in reversed(copies)}
    return [*reversed(found.values())] or [None]


def _side(
    sketch: Decision, copy: Copy | None, facts: str, until: datetime | None
) -> dict[str, Any]:
    """The statement about one copy, and its entry."""
    said = said_of(sketch, copy, facts=facts)
    words = worded(
        said,
        complain_until=until,
        copies=new_copies(sketch, is_draft=True),
        is_seen=sketch.had_copies,
        facts=facts_words(said, sketch, is_typed=bool(facts)),
    )
    is_named = said.automation == Decision.Automation.NONE
    side: dict[str, Any] = {"said": said, "words": words, "is_named": is_named}
    if not is_for_database(said):
        return side
    payload = payload_of(said, puid=sketch.pk.hex)
    leaks = leaks_of(payload, known_of(sketch.task))
    return side | {
        "payload": orjson.dumps(payload, option=orjson.OPT_INDENT_2).decode(),
        "leaks": what_to_remove(leaks) if leaks else "",
        "problems": [] if leaks else problems_in(payload),
    }
