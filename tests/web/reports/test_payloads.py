"""An entry of every kind of decision is one that the public database takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from staydown_web.regimes.selectors import regimes
from staydown_web.reports.selectors.entry_rules import EEA, FREE_TEXTS, problems_in
from staydown_web.reports.selectors.payloads import is_for_database, leaks_of, payload_of
from staydown_web.reports.selectors.statements import Said
from staydown_web.review.models import Decision
from staydown_web.review.selectors.leaks import Known

SAID = Said(
    restriction="removed",
    scope="world",
    duration="permanent",
    ends_on=None,
    automation="none",
    source="notice",
    is_notice_of_law=True,
    grounds=("eu-dsa",),
    facts="The picture shows a person in an intimate way. A person decided.",
    public_facts="",
    content_kind="photo",
    is_synthetic=False,
    content_ref="post-8123",
    seen_on=date(2026, 11, 20),
    decided_on=date(2026, 11, 26),
    platform="Forum Example",
)
PUID = "0f8c2a"
DURATIONS = {"permanent": None, "limited": date(2027, 6, 30), "until_review": None}
EVERY = list(
    product(
        Decision.Restriction.values,
        [scope for scope in Decision.Scope.values if scope in ("world", "eea")],
        DURATIONS,
        Decision.Automation.values,
        ("notice", "trusted", "own"),
        regimes(),
        ("photo", "video"),
        (False, True),
    )
)


def test_every_kind_of_decision_gives_an_entry_that_is_taken() -> None:
    """Each restriction, scope, duration, automation, source, ground, kind of content."""
    assert len(EVERY) > 2_000
    for restriction, scope, duration, automation, source, ground, kind, is_synthetic in EVERY:
        said = replace(
            SAID,
            restriction=restriction,
            scope=scope,
            duration=duration,
            ends_on=DURATIONS[duration],
            automation=automation,
            source=source,
            grounds=(ground,),
            content_kind=kind,
            is_synthetic=is_synthetic,
        )
        payload = payload_of(said, puid=PUID)
        assert problems_in(payload) == [], (said, payload)
        assert leaks_of(payload, Known()) == [], payload


def test_an_entry_by_law_as_the_schema_wants_it() -> None:
    payload = payload_of(replace(SAID, is_synthetic=True, source="trusted"), puid=PUID)
    explanation = payload.pop("illegal_content_explanation")
    ground = payload.pop("illegal_content_legal_ground")
    assert "2024/1385" in ground
    assert len(ground) <= 500
    assert 0 < len(explanation) <= 2000
    assert payload == {
        "decision_visibility": ["DECISION_VISIBILITY_CONTENT_REMOVED"],
        "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
        "content_type": ["CONTENT_TYPE_IMAGE", "CONTENT_TYPE_SYNTHETIC_MEDIA"],
        "category": "STATEMENT_CATEGORY_CYBER_VIOLENCE",
        "category_specification": ["KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE"],
        "territorial_scope": list(EEA),
        "content_date": "2026-11-20",
        "application_date": "2026-11-26",
        "decision_facts": SAID.facts,
        "source_type": "SOURCE_TRUSTED_FLAGGER",
        "automated_detection": "No",
        "automated_decision": "AUTOMATED_DECISION_NOT_AUTOMATED",
        "puid": PUID,
    }
    assert len(EEA) == 30


def test_an_entry_by_the_rules_names_the_other_fields() -> None:
    payload = payload_of(replace(SAID, grounds=("platform-terms",)), puid=PUID)
    assert payload["decision_ground"] == "DECISION_GROUND_INCOMPATIBLE_CONTENT"
    assert {"incompatible_content_ground", "incompatible_content_explanation"} <= set(payload)
    assert not {"illegal_content_legal_ground", "illegal_content_explanation"} & set(payload)
    assert "Forum Example" not in str(payload)


@pytest.mark.parametrize(
    ("source", "is_of_law", "wanted"),
    [
        ("notice", True, "SOURCE_ARTICLE_16"),
        ("notice", False, "SOURCE_TYPE_OTHER_NOTIFICATION"),
        ("trusted", True, "SOURCE_TRUSTED_FLAGGER"),
        ("own", False, "SOURCE_VOLUNTARY"),
    ],
)
def test_what_led_to_it_is_said_in_their_words(source, is_of_law, wanted) -> None:
    said = replace(SAID, source=source, is_notice_of_law=is_of_law)
    assert payload_of(said, puid=PUID)["source_type"] == wanted


@pytest.mark.parametrize(
    ("automation", "wanted"),
    [
        ("none", ("No", "AUTOMATED_DECISION_NOT_AUTOMATED")),
        ("detected", ("Yes", "AUTOMATED_DECISION_NOT_AUTOMATED")),
        ("full", ("Yes", "AUTOMATED_DECISION_FULLY")),
    ],
)
def test_automation_is_said_in_their_words(automation, wanted) -> None:
    payload = payload_of(replace(SAID, automation=automation), puid=PUID)
    assert (payload["automated_detection"], payload["automated_decision"]) == wanted


def test_a_limited_restriction_says_its_last_day() -> None:
    said = replace(SAID, duration="limited", ends_on=date(2027, 6, 30))
    assert payload_of(said, puid=PUID)["end_date_visibility_restriction"] == "2027-06-30"
    assert "end_date_visibility_restriction" not in payload_of(SAID, puid=PUID)


def test_what_reaches_nobody_in_the_eea_is_not_for_the_database() -> None:
    inside = [
        scope for scope in Decision.Scope.values if is_for_database(replace(SAID, scope=scope))
    ]
    assert inside == ["world", "eea"]


def assert_about(name: str, problems: list[str]) -> None:
    """All is about one field; where the ground is wrong, its texts belong to none either."""
    found = [problem.partition(":")[0] for problem in problems]
    if name == "decision_ground":
        found = [one for one in found if not one.startswith("illegal_content")]
    assert found == [name]


REQUIRED = [
    "decision_visibility",
    "decision_ground",
    "illegal_content_legal_ground",
    "illegal_content_explanation",
    "content_type",
    "category",
    "content_date",
    "application_date",
    "decision_facts",
    "source_type",
    "automated_detection",
    "automated_decision",
    "puid",
]


@pytest.mark.parametrize("name", REQUIRED)
def test_each_required_field_is_missed(name) -> None:
    payload = payload_of(SAID, puid=PUID)
    del payload[name]
    assert_about(name, problems_in(payload))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("decision_visibility", []),
        ("decision_visibility", ["DECISION_VISIBILITY_GONE"]),
        ("decision_visibility", "DECISION_VISIBILITY_CONTENT_REMOVED"),
        ("decision_ground", "ILLEGAL_CONTENT"),
        ("content_type", ["CONTENT_TYPE_IMAGE", "CONTENT_TYPE_IMAGE"]),
        ("category", "STATEMENT_CATEGORY_PRIVACY_VIOLATION"),
        ("category_specification", ["KEYWORD_REVENGE"]),
        ("territorial_scope", ["EU"]),
        ("content_date", "26.11.2026"),
        ("application_date", "2026-11-26T09:00:00Z"),
        ("end_date_visibility_restriction", "2026-11-25"),
        ("decision_facts", " "),
        ("decision_facts", "x" * 5001),
        ("illegal_content_legal_ground", "x" * 501),
        ("illegal_content_explanation", "x" * 2001),
        ("incompatible_content_ground", "rules"),
        ("source_type", "SOURCE_NOTICE"),
        ("automated_detection", "yes"),
        ("automated_decision", "No"),
        ("puid", "a b"),
        ("puid", "x" * 501),
        ("puid", ""),
        ("url", "https://forum.example"),
    ],
)
def test_each_wrong_value_is_refused(name, value) -> None:
    payload = {**payload_of(SAID, puid=PUID), name: value}
    assert_about(name, problems_in(payload))


@pytest.mark.parametrize("name", ["decision_facts", "illegal_content_explanation"])
def test_a_leak_in_any_sentence_is_found(name) -> None:
    assert name in FREE_TEXTS
    payload = {**payload_of(SAID, puid=PUID), name: "Written by someone@mail.example."}
    assert [leak.kind for leak in leaks_of(payload, Known())] == ["email"]


def test_long_facts_are_cut_to_what_the_database_takes() -> None:
    payload = payload_of(replace(SAID, facts="y" * 9000), puid=PUID)
    assert len(payload["decision_facts"]) == 5000
    assert problems_in(payload) == []
