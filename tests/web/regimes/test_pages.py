"""The page on which a lawyer reviews a regime: all of the file is on it, and it is no advice."""

from __future__ import annotations

import html

import pytest
from django.test import Client

from staydown_web.regimes.selectors import grounds, regimes, start_note

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("id_", sorted(regimes()))
def test_all_that_a_file_says_is_on_its_page(id_: str) -> None:
    law = regimes()[id_]
    page = html.unescape(Client().get(f"/rules/{id_}/").content.decode())

    said = [law.title, law.version, law.who_may_file, law.clock.words, law.clock.source]
    for element in law.elements:
        said += [element.label, element.remedy, element.source]
    for row in (*law.reach, *law.grounds, *law.deadlines, *law.pauses, *law.duties, *law.sizes):
        said += [row.words, row.source]
    for telling in law.tellings:
        said += [telling.what, telling.source]
    for source in law.sources:
        said += [source.title, source.where, source.read_on.isoformat()]
    said += [*law.uncertain, *law.exemptions, *law.texts["self"], *law.texts["representative"]]
    assert [words for words in said if words not in page] == []
    assert "This is not legal advice." in page


@pytest.mark.parametrize("id_", sorted(regimes()))
def test_each_ground_names_what_it_needs(id_: str) -> None:
    page = html.unescape(Client().get(f"/rules/{id_}/").content.decode())
    named = {rule.id for rule in regimes()[id_].grounds}
    needs = [proof.label for ground in grounds() if ground.id in named for proof in ground.needs]
    assert needs
    assert [words for words in needs if words not in page] == []


def test_the_ways_in_that_a_rule_serves_are_named() -> None:
    threatened = "Someone says they will share it"
    assert threatened in Client().get("/rules/platform-terms/").content.decode()
    assert threatened not in Client().get("/rules/us-tida/").content.decode()


def test_the_list_names_every_regime_and_leads_to_it() -> None:
    page = Client().get("/rules/").content.decode()

    for id_, law in regimes().items():
        assert f"/rules/{id_}/" in page
        assert html.escape(law.short_title) in page


def test_an_unknown_regime_has_no_page() -> None:
    assert Client().get("/rules/xx/").status_code == 404


def test_a_law_whose_first_day_is_not_confirmed_says_so() -> None:
    page = Client().get("/rules/uk-osa/").content.decode()
    assert "Not confirmed" in page
    time = page.split('<h2 id="h-time">')[1].split("</section>")[0]
    assert "within 48 hours" in time
    assert start_note(regimes()["uk-osa"]) in time
    assert "We count the time" not in Client().get("/rules/us-tida/").text
