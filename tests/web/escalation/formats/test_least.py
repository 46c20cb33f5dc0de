"""The table of what goes to whom is true: it is read off the reports themselves."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from staydown_web.base.errors import ConfigError
from staydown_web.escalation.chain import Role
from staydown_web.escalation.formats import compose_report
from staydown_web.escalation.formats.facts import ReportFacts, SenderFacts
from staydown_web.escalation.formats.least import EXAMPLES, OF_FORMAT, OF_ROLE, allowed, given

FORMATS = ("mail", "arf", "xarf_mail", "form_letter", "xarf_http", "aws", "cloudflare")
PAGE = Path(__file__).parents[4] / "docs" / "escalation-reports.md"
OTHER: dict[str, Any] = {
    "report_id": UUID(int=1),
    "number": "E-99",
    "recipient": "Southwind",
    "language": "de",
    "domain": "other.example",
    "targets_domain": True,
    "source_identifier": "198.51.100.7",
    "accounts": ("pub-9999",),
    "found_by": ("another way",),
    "told_at": datetime(2025, 1, 1, tzinfo=UTC),
    "deadline_at": datetime(2025, 1, 3, tzinfo=UTC),
    "seen_at": datetime(2025, 1, 4, tzinfo=UTC),
    "at": datetime(2025, 1, 5, tzinfo=UTC),
    "is_synthetic": True,
    "address": "abuse@southwind.example",
    "may_hand_on": False,
}
SENDER_OTHER = {
    "org": "Other Helpline",
    "contact_name": "Other desk",
    "contact_email": "desk@other.example",
    "domain": "other.example",
    "appeal_email": "objections@other.example",
    "postal": "2 Other Street",
    "reply_address": "desk+r2.def@other.example",
}


def bytes_of(report_format: str, facts: ReportFacts) -> tuple[str, Any, Any]:
    composed = compose_report(format=report_format, facts=facts)
    return composed.body, composed.fields, composed.subject


def carried(report_format: str, facts: ReportFacts) -> set[str]:
    """Names of the facts that change the report when they change."""
    before = bytes_of(report_format, facts)
    found = {
        name
        for name, value in OTHER.items()
        if bytes_of(report_format, replace(facts, **{name: value})) != before
    }
    for name, value in SENDER_OTHER.items():
        sender = replace(facts.sender, **{name: value})
        if bytes_of(report_format, replace(facts, sender=sender)) != before:
            found.add("sender_domain" if name == "domain" else name)
    first = ("https://pics.example/other", *facts.urls[1:])
    last = (*facts.urls[:-1], "https://pics.example/other")
    if bytes_of(report_format, replace(facts, urls=last)) != before:
        found.add("links")
    elif bytes_of(report_format, replace(facts, urls=first)) != before:
        found.add("examples")
    if bytes_of(report_format, replace(facts, urls=facts.urls[:6])) != before:
        found.add("total")
    return found


@pytest.mark.parametrize(
    ("report_format", "role"),
    [
        (report_format, role)
        for report_format in FORMATS
        for role in Role
        # A program's part is the same in each: one role with links, one with examples, one without.
        if report_format in {"mail", "form_letter"}
        or role == Role.HOST
        or (role in {Role.PAYMENT, Role.DNS} and report_format != "cloudflare")
    ],
)
def test_a_report_carries_nothing_that_the_table_does_not_list(
    report_facts: Any, report_format: str, role: str
) -> None:
    facts = report_facts(role=role)
    assert len(facts.urls) > EXAMPLES + 1
    assert carried(report_format, facts) <= allowed(report_format, role)


def test_the_table_lists_nothing_that_no_report_carries(report_facts: Any) -> None:
    for role in Role:
        found: set[str] = {"role", "sender_domain"}
        for report_format in ("mail", "form_letter"):
            found |= carried(report_format, report_facts(role=role))
        assert found == OF_ROLE[role]
    for report_format, names in OF_FORMAT.items():
        found = {"role"}
        for role in (Role.HOST, Role.REGISTRAR, Role.DNS):
            if role == Role.HOST or report_format == "xarf_http":
                found |= carried(report_format, report_facts(role=role))
        # The two in XARF hold the same.
        assert found == names - ({"examples"} if report_format == "aws" else set())


def test_the_moment_of_writing_is_in_no_report(report_facts: Any) -> None:
    assert all("at" not in allowed(f, role) for f in FORMATS for role in Role)


def test_what_is_not_listed_cannot_be_read(report_facts: Any) -> None:
    dns = given(report_facts(role="dns"), "mail")
    for name in ("links", "examples", "source_identifier", "accounts", "postal", "urls", "sender"):
        with pytest.raises(ConfigError, match="does not get"):
            getattr(dns, name)
    assert dns.named_links == ()


def test_facts_of_a_report_have_no_place_for_the_person() -> None:
    """Adding a field is a decision: it belongs in the table, in the page, and in this list."""
    assert {f.name for f in fields(ReportFacts)} == {*OTHER, "role", "sender", "urls"}
    assert {f.name for f in fields(SenderFacts)} == set(SENDER_OTHER)


def test_the_page_shows_the_table() -> None:
    rows = {
        cells[0]: cells[1:]
        for line in PAGE.read_text().splitlines()
        if line.startswith("| `")
        and len(cells := [c.strip() for c in line.strip("|").split("|")]) == len(Role) + 1
    }
    shown = {
        role: {name.strip("`") for name, cells in rows.items() if cells[at] == "yes"}
        for at, role in enumerate(Role)
    }
    assert shown == {role: set(names) for role, names in OF_ROLE.items()}
