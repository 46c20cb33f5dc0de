"""What the DSA Transparency Database takes: names, limits, values, and what goes with what.

Source: the schema in the database's public repository, as docs/statements.md says where and when it
was read. The values of countries and of visibility were read there too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

BATCH_MOST = 100
MOST_FACTS = 5000
MOST_GROUND = 500
MOST_EXPLANATION = 2000

ILLEGAL = "DECISION_GROUND_ILLEGAL_CONTENT"
INCOMPATIBLE = "DECISION_GROUND_INCOMPATIBLE_CONTENT"
_EEA = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
EEA = tuple(_EEA[at : at + 2] for at in range(0, len(_EEA), 3))
"""Member states of the European Economic Area, as the database writes them."""

VISIBILITY = frozenset(
    {
        "DECISION_VISIBILITY_CONTENT_REMOVED",
        "DECISION_VISIBILITY_CONTENT_DISABLED",
        "DECISION_VISIBILITY_CONTENT_DEMOTED",
        "DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED",
        "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED",
        "DECISION_VISIBILITY_CONTENT_LABELLED",
    }
)
CONTENT_TYPES = frozenset(
    {"CONTENT_TYPE_IMAGE", "CONTENT_TYPE_VIDEO", "CONTENT_TYPE_SYNTHETIC_MEDIA"}
)
CATEGORIES = frozenset(
    {
        "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN",
    }
)
KEYWORDS = frozenset(
    {
        "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING",
        "KEYWORD_NON_CONSENSUAL_IMAGE_SHARING_AGAINST_WOMEN",
        "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE",
        "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE_AGAINST_WOMEN",
    }
)
SOURCES = frozenset(
    {
        "SOURCE_ARTICLE_16",
        "SOURCE_TRUSTED_FLAGGER",
        "SOURCE_VOLUNTARY",
        "SOURCE_TYPE_OTHER_NOTIFICATION",
    }
)
AUTOMATED_DECISIONS = frozenset(
    {
        "AUTOMATED_DECISION_FULLY",
        "AUTOMATED_DECISION_PARTIALLY",
        "AUTOMATED_DECISION_NOT_AUTOMATED",
    }
)
_PUID = re.compile(r"[a-zA-Z0-9_-]{1,500}")
_BY_GROUND = {
    ILLEGAL: ("illegal_content_legal_ground", "illegal_content_explanation"),
    INCOMPATIBLE: ("incompatible_content_ground", "incompatible_content_explanation"),
}
FREE_TEXTS = (
    "decision_facts",
    "illegal_content_legal_ground",
    "illegal_content_explanation",
    "incompatible_content_ground",
    "incompatible_content_explanation",
)
"""Fields that hold sentences: what could name somebody."""


@dataclass(frozen=True, slots=True)
class _Rule:
    is_right: Callable[[Any], bool]
    want: str
    is_required: bool = True


def _one_of(values: frozenset[str] | set[str]) -> _Rule:
    return _Rule(lambda v: isinstance(v, str) and v in values, "want one of its values")


def _some_of(values: frozenset[str] | tuple[str, ...], *, is_required: bool = True) -> _Rule:
    def is_right(value: Any) -> bool:
        is_list = isinstance(value, list) and bool(value)
        return is_list and len(set(value)) == len(value) and set(value) <= set(values)

    return _Rule(is_right, "want a list of its values, each once", is_required)


def _text(most: int, *, is_required: bool = True) -> _Rule:
    return _Rule(
        lambda v: isinstance(v, str) and len(v.strip()) > 0 and len(v) <= most,
        f"want 1 to {most} characters",
        is_required,
    )


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_DAY = _Rule(_is_day, "want a day such as 2026-11-26")
_RULES: Mapping[str, _Rule] = {
    "decision_visibility": _some_of(VISIBILITY),
    "decision_ground": _one_of({ILLEGAL, INCOMPATIBLE}),
    "illegal_content_legal_ground": _text(MOST_GROUND, is_required=False),
    "illegal_content_explanation": _text(MOST_EXPLANATION, is_required=False),
    "incompatible_content_ground": _text(MOST_GROUND, is_required=False),
    "incompatible_content_explanation": _text(MOST_EXPLANATION, is_required=False),
    "content_type": _some_of(CONTENT_TYPES),
    "category": _one_of(CATEGORIES),
    "category_specification": _some_of(KEYWORDS, is_required=False),
    "territorial_scope": _some_of(EEA, is_required=False),
    "content_date": _DAY,
    "application_date": _DAY,
    "end_date_visibility_restriction": _Rule(_is_day, _DAY.want, is_required=False),
    "decision_facts": _text(MOST_FACTS),
    "source_type": _one_of(SOURCES),
    "automated_detection": _one_of({"Yes", "No"}),
    "automated_decision": _one_of(AUTOMATED_DECISIONS),
    "puid": _Rule(
        lambda v: isinstance(v, str) and _PUID.fullmatch(v) is not None,
        "want 1 to 500 letters, digits, - or _",
    ),
}


def problems_in(payload: Mapping[str, Any]) -> list[str]:
    """What the database would refuse in an entry, as ``field: what it wants``; empty where nothing.

    Args:
        payload: one entry as it is sent.
    """
    found = [f"{name}: not known to the database" for name in sorted(set(payload) - set(_RULES))]
    for name, rule in _RULES.items():
        if name not in payload:
            if rule.is_required:
                found.append(f"{name}: missing")
        elif not rule.is_right(payload[name]):
            found.append(f"{name}: {rule.want}")
    return found + _about_ground(payload) + _about_days(payload)


def _about_ground(payload: Mapping[str, Any]) -> list[str]:
    own = _BY_GROUND.get(str(payload.get("decision_ground")), ())
    missing = [f"{name}: missing for this ground" for name in own if name not in payload]
    others = {name for names in _BY_GROUND.values() for name in names} - set(own)
    strange = [f"{name}: belongs to the other ground" for name in sorted(others & set(payload))]
    return missing + strange


def _about_days(payload: Mapping[str, Any]) -> list[str]:
    start, end = payload.get("application_date"), payload.get("end_date_visibility_restriction")
    if _is_day(start) and _is_day(end) and str(end) < str(start):
        return ["end_date_visibility_restriction: before it begins"]
    return []
