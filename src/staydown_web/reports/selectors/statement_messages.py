"""A statement of reasons as a platform's program receives it, by message and by asking alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import translation

from staydown_web.base.clock import utc_now
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.redress import way_of
from staydown_web.reports.selectors.statement_facts import facts_words
from staydown_web.reports.selectors.statement_places import places_of
from staydown_web.reports.selectors.statements import (
    Said,
    as_text,
    link_of,
    new_copies,
    stage_of_statement,
    worded,
)
from staydown_web.reports.selectors.uploaders import UploaderCount, count_of_uploader


def message_of(statement: Statement, said: Said) -> Mapping[str, Any]:
    """The data of the platform's message: whom it is for, the link, and the text to hand on.

    The text comes in each language of the service, so that the platform shows its own. Without a
    copy the address is the notice's, if it gave just one: of several nobody knows who uploaded it.
    """
    way, until = way_of(statement, utc_now())
    copies, places = new_copies(statement.decision), places_of(statement)
    is_seen = statement.decision.had_copies
    stage = stage_of_statement(statement)
    texts = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            words = worded(
                said,
                complain_until=until,
                copies=copies,
                stage=stage,
                way=way,
                is_seen=is_seen,
                facts=facts_words(said, statement.decision),
            )
            texts[language] = as_text(words)
    counted = count_of_uploader(statement.copy, until=statement.made_at)
    return {
        "id": str(statement.pk),
        "content_ref": said.content_ref,
        "content_url": places[0] if len(places) == 1 else "",
        "check_id": _check_of(statement),
        "restriction": said.restriction,
        "scope": said.scope,
        "duration": said.duration,
        "ends_on": said.ends_on.isoformat() if said.ends_on else None,
        "automation": said.automation,
        "grounds": list(said.grounds),
        "uploader": _counts(counted) if counted else None,
        "link": link_of(said),
        "texts": texts,
    }


def _check_of(statement: Statement) -> str | None:
    """The check that found its copy, as its answer and the orders name it."""
    copy = statement.copy
    return str(copy.check_id) if copy is not None and copy.check_id else None


def _counts(counted: UploaderCount) -> dict[str, Any]:
    return {
        "removed": counted.removed,
        "stopped": counted.stopped,
        "since": counted.since.isoformat(),
    }
