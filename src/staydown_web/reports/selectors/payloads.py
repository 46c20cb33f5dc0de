"""A statement as an entry for the DSA Transparency Database: in English, without personal data."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import translation

from staydown_web.accounts.selectors import default_platform
from staydown_web.reports.models import Statement, Submission
from staydown_web.reports.selectors.entry_rules import (
    EEA,
    FREE_TEXTS,
    ILLEGAL,
    INCOMPATIBLE,
    MOST_EXPLANATION,
    MOST_FACTS,
    MOST_GROUND,
)
from staydown_web.reports.selectors.legal_grounds import main_ground
from staydown_web.reports.selectors.statements import Said
from staydown_web.review.models import Decision
from staydown_web.review.selectors.leaks import Known, Leak, leaks_in

_VISIBILITY = {
    Decision.Restriction.REMOVED: "DECISION_VISIBILITY_CONTENT_REMOVED",
    Decision.Restriction.DISABLED: "DECISION_VISIBILITY_CONTENT_DISABLED",
}
_AUTOMATED = {
    Decision.Automation.NONE: ("No", "AUTOMATED_DECISION_NOT_AUTOMATED"),
    Decision.Automation.DETECTED: ("Yes", "AUTOMATED_DECISION_NOT_AUTOMATED"),
    Decision.Automation.FULL: ("Yes", "AUTOMATED_DECISION_FULLY"),
}
_IN_EEA = (Decision.Scope.WORLD, Decision.Scope.EEA)
_PLATFORM = "this platform"


def payload_of(said: Said, *, puid: str) -> dict[str, Any]:
    """One entry, as it is sent. Neither the platform's name nor anything of its content is in it.

    Args:
        said: by a statement that holds in the European Economic Area.
        puid: our own id of the entry, the same at each try.
    """
    with translation.override("en"):
        ground = main_ground(said.grounds, _PLATFORM)
    detected, decided = _AUTOMATED[Decision.Automation(said.automation)]
    payload = {
        "decision_visibility": [_VISIBILITY[Decision.Restriction(said.restriction)]],
        "decision_ground": ILLEGAL if ground.is_law else INCOMPATIBLE,
        "content_type": _content_types(said),
        "category": "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        "category_specification": [_keyword(said)],
        "territorial_scope": list(EEA),
        "content_date": said.seen_on.isoformat(),
        "application_date": said.decided_on.isoformat(),
        "decision_facts": (said.public_facts or said.facts)[:MOST_FACTS],
        "source_type": _source(said),
        "automated_detection": detected,
        "automated_decision": decided,
        "puid": puid,
    }
    prefix = "illegal" if ground.is_law else "incompatible"
    reference = f"{prefix}_content_{'legal_' if ground.is_law else ''}ground"
    payload[reference] = ground.reference[:MOST_GROUND]
    payload[f"{prefix}_content_explanation"] = ground.explanation[:MOST_EXPLANATION]
    if said.ends_on is not None:
        payload["end_date_visibility_restriction"] = said.ends_on.isoformat()
    return payload


def is_for_database(said: Said) -> bool:
    """Whether the restriction reaches people in the European Economic Area at all."""
    return said.scope in _IN_EEA


def leaks_of(payload: dict[str, Any], known: Known) -> list[Leak]:
    """What in an entry could lead to a person: the last look before it is sent.

    Sentences that we wrote ourselves are looked at too: a platform's name is in none of them.
    """
    texts = [str(payload[name]) for name in FREE_TEXTS if name in payload]
    return list(dict.fromkeys(leak for text in texts for leak in leaks_in(text, known)))


def unsubmitted() -> QuerySet[Statement]:
    """Statements of the platform that the token stands for, which have no entry yet."""
    platform = default_platform()
    if platform is None:
        return Statement.objects.none()
    rows = Statement.objects.filter(decision__task__platform=platform, submission__isnull=True)
    return rows.order_by("made_at", "id")


def submissions_to_look_at() -> QuerySet[Submission]:
    """Entries that wait for a person."""
    states = (Submission.State.STOPPED, Submission.State.REFUSED, Submission.State.GIVEN_UP)
    rows = Submission.objects.filter(state__in=states)
    return rows.select_related("statement__decision__task").order_by("-made_at")


def _content_types(said: Said) -> list[str]:
    kind = "CONTENT_TYPE_VIDEO" if said.content_kind == "video" else "CONTENT_TYPE_IMAGE"
    return [kind, "CONTENT_TYPE_SYNTHETIC_MEDIA"] if said.is_synthetic else [kind]


def _keyword(said: Said) -> str:
    if said.is_synthetic:
        return "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE"
    return "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING"


def _source(said: Said) -> str:
    if said.source == "own":
        return "SOURCE_VOLUNTARY"
    if said.source == "trusted":
        return "SOURCE_TRUSTED_FLAGGER"
    return "SOURCE_ARTICLE_16" if said.is_notice_of_law else "SOURCE_TYPE_OTHER_NOTIFICATION"
