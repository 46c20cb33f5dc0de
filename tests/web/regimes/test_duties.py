"""Which duties a platform of a size has under each law: a table, and the pages that show it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from staydown_web.accounts.models import Platform
from staydown_web.regimes.selectors import regimes
from staydown_web.regimes.selectors.duties import duties_of, is_spared

SIZES = ("", "micro", "small", "medium", "large", "very_large")
DSA_SPARED = {
    "transparency_report",
    "complaints",
    "disputes",
    "trusted_flaggers",
    "misuse",
    "misuse_uploads",
    "transparency_database",
}
"""Article 19(1): Section 3 (Articles 20 to 24, but for 24(3)); Article 15(2): the report."""
DSA_ALWAYS = {"way_to_file", "confirm", "tell_decision", "statement", "danger", "count_users"}

SPARED: dict[str, dict[str, set[str]]] = {
    "us-tida": {},
    "eu-dsa": {"micro": DSA_SPARED, "small": DSA_SPARED},
    "uk-osa": {},
    "in-it-rules": {"micro": {"copies"}, "small": {"copies"}},
    "platform-terms": {},
}
"""Law -> size -> the duties that it spares; a size that is not named is spared nothing."""


def test_the_table_has_every_law() -> None:
    assert set(SPARED) == set(regimes())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("law", sorted(SPARED))
def test_a_platform_has_the_duties_of_its_size(law: str, size: str) -> None:
    (found,) = duties_of([law, "unknown"], size=size)
    spared = {row.duty.id for row in found.rows if not row.binds}
    assert spared == SPARED[law].get(size, set())
    assert {row.duty.id for row in found.rows} == {duty.id for duty in regimes()[law].duties}
    assert (found.rule is not None) is bool(spared)


def test_what_binds_every_host_binds_the_smallest() -> None:
    (found,) = duties_of(["eu-dsa"], size="micro")
    assert {row.duty.id for row in found.rows if row.binds} == DSA_ALWAYS


@pytest.mark.parametrize(
    ("duty", "laws", "size", "is_so"),
    [
        ("disputes", ["eu-dsa"], "micro", True),
        ("disputes", ["eu-dsa"], "small", True),
        ("disputes", ["eu-dsa"], "medium", False),
        ("disputes", ["eu-dsa"], "very_large", False),
        ("disputes", ["eu-dsa"], "", False),
        ("disputes", ["us-tida"], "micro", False),
        ("disputes", [], "micro", False),
        ("complaints", ["eu-dsa"], "micro", True),
        ("complaints", ["eu-dsa", "uk-osa"], "micro", False),
        ("statement", ["eu-dsa"], "micro", False),
        ("unknown", ["eu-dsa"], "micro", False),
    ],
)
def test_spared_is_what_a_law_would_ask_and_none_does(
    duty: str, laws: list[str], size: str, *, is_so: bool
) -> None:
    assert is_spared(duty, laws, size=size) is is_so


@pytest.mark.django_db
@pytest.mark.parametrize(("size", "times"), [("micro", 7), ("small", 7), ("large", 0), ("", 0)])
def test_the_page_of_a_platform_says_what_its_size_spares_it(
    admin_client: Client, platform: Platform, size: str, times: int
) -> None:
    Platform.objects.filter(pk=platform.pk).update(size=size, regimes=["eu-dsa", "us-tida"])
    page = admin_client.get(f"/staff/platforms/{platform.pk}/").text
    assert page.count("<strong>exempt</strong>") == times
    assert "Remove the reported picture or video within 48 hours" in page
    assert "Nothing is switched off here because of the size" in page
    listed = admin_client.get("/staff/platforms/").text
    assert ("fewer than" in listed) is (times == 7)


@pytest.mark.django_db
def test_the_page_of_a_law_says_to_administrators_alone_what_it_spares_their_platforms(
    admin_client: Client, reviewer_client: Client, platform: Platform
) -> None:
    Platform.objects.filter(pk=platform.pk).update(
        name="Only For Us", size="small", regimes=["eu-dsa"]
    )
    shown: dict[str, Any] = {}
    for name, browser in (("admin", admin_client), ("reviewer", reviewer_client), ("", Client())):
        shown[name] = browser.get("/rules/eu-dsa/").text
    assert "Only For Us" in shown["admin"]
    assert f"/staff/platforms/{platform.pk}/" in shown["admin"]
    assert "Only For Us" not in shown["reviewer"]
    assert "Only For Us" not in shown[""]
    assert "Only For Us" not in admin_client.get("/rules/us-tida/").text
