"""The US notice, field by field: what makes it valid, and what each missing part is called."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from staydown_web.regimes.schemas import NoticeFacts
from staydown_web.regimes.services import check_notice, due_at

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
WHOLE = NoticeFacts(
    has_signature=True,
    has_fingerprint=True,
    has_url=True,
    has_statement=True,
    has_good_faith=True,
    has_name=True,
    has_email=True,
)
AGENT = replace(WHOLE, is_representative=True, has_authority=True)
NOTHING = NoticeFacts()

ELEMENTS = {"signature", "identification", "location", "good_faith", "contact"}

TABLE: dict[str, tuple[NoticeFacts, set[str]]] = {
    "whole": (WHOLE, set()),
    "whole, by a representative": (AGENT, set()),
    "nothing": (NOTHING, ELEMENTS),
    "nothing, by a representative": (
        replace(NOTHING, is_representative=True),
        ELEMENTS | {"authority"},
    ),
    "no signature": (replace(WHOLE, has_signature=False), {"signature"}),
    "no good faith": (replace(WHOLE, has_good_faith=False), {"good_faith"}),
    "no contact": (replace(WHOLE, has_email=False), {"contact"}),
    "telephone instead of e-mail": (replace(WHOLE, has_email=False, has_phone=True), set()),
    "telephone and e-mail": (replace(WHOLE, has_phone=True), set()),
    "no name beside the signature": (replace(WHOLE, has_name=False), set()),
    "no words beside the signed text": (replace(WHOLE, has_statement=False), set()),
    "words, but no good faith": (replace(WHOLE, has_good_faith=False), {"good_faith"}),
    "address alone, no fingerprint": (replace(WHOLE, has_fingerprint=False), set()),
    "fingerprint alone, no place": (replace(WHOLE, has_url=False), {"location"}),
    "fingerprint and a place in words": (replace(WHOLE, has_url=False, has_place=True), set()),
    "a place in words, no fingerprint": (
        replace(WHOLE, has_url=False, has_fingerprint=False, has_place=True),
        {"identification"},
    ),
    "neither fingerprint nor address": (
        replace(WHOLE, has_url=False, has_fingerprint=False),
        {"identification", "location"},
    ),
    "address and a place in words": (replace(WHOLE, has_place=True), set()),
    "representative without authority": (replace(AGENT, has_authority=False), {"authority"}),
    "representative without signature": (replace(AGENT, has_signature=False), {"signature"}),
    "representative without good faith": (replace(AGENT, has_good_faith=False), {"good_faith"}),
    "representative without contact": (replace(AGENT, has_email=False), {"contact"}),
    "representative without place": (replace(AGENT, has_url=False), {"location"}),
    "representative by telephone": (
        replace(AGENT, has_email=False, has_phone=True),
        set(),
    ),
    "authority where none is needed": (replace(WHOLE, has_authority=True), set()),
    "the British declarations change nothing": (
        replace(WHOLE, has_on_service=True, has_role=True),
        set(),
    ),
    "the British declarations replace nothing": (
        replace(NOTHING, has_on_service=True, has_role=True),
        ELEMENTS,
    ),
    "signature alone": (
        replace(NOTHING, has_signature=True),
        ELEMENTS - {"signature"},
    ),
    "contact alone": (replace(NOTHING, has_phone=True), ELEMENTS - {"contact"}),
    "address alone": (
        replace(NOTHING, has_url=True),
        ELEMENTS - {"identification", "location"},
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_notice_lacks_exactly_what_the_table_says(name: str) -> None:
    facts, missing = TABLE[name]
    findings = check_notice(regime="us-tida", facts=facts, now=NOW)
    asked = {r.id for r in findings.requirements}
    assert asked == (ELEMENTS | {"authority"} if facts.is_representative else ELEMENTS)
    assert {r.id: r.is_met for r in findings.requirements} == {i: i not in missing for i in asked}
    assert {r.id for r in findings.missing} == missing
    assert findings.is_valid == (not missing)


def test_the_table_is_long_enough_and_uses_every_fact() -> None:
    assert len(TABLE) >= 25
    used = {
        f.name for f in fields(NoticeFacts) for facts, _ in TABLE.values() if getattr(facts, f.name)
    }
    assert used == {f.name for f in fields(NoticeFacts)}


def test_every_missing_part_says_in_words_what_to_do() -> None:
    for requirement in check_notice(regime="us-tida", facts=NOTHING, now=NOW).missing:
        assert len(requirement.label.split()) >= 2 or requirement.label
        assert requirement.remedy.endswith(".")
        assert requirement.form_fields


def test_the_platform_has_48_hours_from_the_last_required_element() -> None:
    assert due_at(regime="us-tida", valid_at=NOW) == NOW + timedelta(hours=48)


def test_what_is_stored_of_findings_holds_no_words() -> None:
    rows = check_notice(regime="us-tida", facts=WHOLE, now=NOW).as_rows()
    assert all(set(row) == {"id", "is_met"} for row in rows)
