"""Providers on the transparency report: small numbers hidden, nobody named by few cases."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from staydown_web.accounts.models import Platform
from staydown_web.escalation.selectors.scorecards import CaseOutcome
from staydown_web.reports.models import PublishedPeriod
from staydown_web.reports.selectors.provider_rows import provider_rows
from staydown_web.reports.services import counting
from staydown_web.reports.services.provider_counts import shown_providers
from staydown_web.reports.services.publishing import pages_of


def outcomes(name: str, **counts: int) -> list[CaseOutcome]:
    return [
        CaseOutcome(name, outcome, 3_000.0 * (n + 1) if outcome == "actioned" else None)
        for outcome, count in counts.items()
        for n in range(count)
    ]


MANY = [
    *outcomes("Northwind", actioned=12, refused=6, no_answer=5),
    *outcomes("Paywell", actioned=4, no_answer=1),
    *outcomes("Small Hosting", actioned=4),
    *outcomes("Tiny DNS", refused=3),
]


def test_a_provider_of_few_cases_is_not_named() -> None:
    shown = shown_providers(MANY)
    assert "Small Hosting" not in json.dumps(shown)
    assert shown["told"] == {"total": 35, "counts": {"Northwind": 23, "Paywell": 5, "others": 7}}


def test_what_a_provider_did_is_divided_only_where_it_may_be() -> None:
    shown = shown_providers(MANY)
    assert shown["outcome"]["Northwind"]["counts"]["actioned"] == 12
    assert set(shown["outcome"]["Paywell"]["counts"].values()) == {None}
    assert shown["median_s"] == {"Northwind": 18_000, "Paywell": None}


@pytest.mark.parametrize("others", [1, 2, 3, 4])
def test_the_others_cannot_be_worked_out(others: int) -> None:
    shown = shown_providers([*outcomes("A", refused=9), *outcomes("B", refused=others)])
    counts = shown["told"]["counts"]
    assert counts["others"] is None
    assert counts["A"] is None
    assert shown["outcome"] == {}


def test_rows_stand_by_number_and_others_last() -> None:
    rows = provider_rows({"providers": shown_providers(MANY)})
    assert [(row.name, row.told, row.is_others) for row in rows] == [
        ("Northwind", 23, False),
        ("Paywell", 5, False),
        ("", 7, True),
    ]
    assert (rows[0].actioned, rows[0].another, rows[0].median) == (12, 0, "5 h")


def test_periods_from_before_and_without_providers_show_nothing() -> None:
    assert provider_rows({}) == []
    assert provider_rows({"providers": shown_providers([])}) == []


@pytest.mark.django_db
def test_the_page_and_the_files_show_providers(
    platform: Platform, client: Client, now: datetime, monkeypatch: Any
) -> None:
    monkeypatch.setattr(counting, "count_providers", lambda **_: shown_providers(MANY))
    span = {"starts_on": date(2026, 9, 1), "ends_on": date(2026, 9, 30)}
    numbers = counting.count_period(platform=platform, **span)
    PublishedPeriod.objects.create(pages=pages_of(platform), numbers=numbers, made_at=now, **span)
    page = client.get("/transparency/").content.decode()
    assert "Northwind" in page
    assert "Small Hosting" not in page
    table = client.get("/transparency/numbers.csv").content.decode()
    assert "2026-09-01,2026-09-30,providers.told.counts,Northwind,23,0" in table
    assert "providers.median_s,Paywell,,1" in table
    files = client.get("/transparency/numbers.json").json()
    assert files["periods"][0]["numbers"]["providers"]["told"]["total"] == 35
