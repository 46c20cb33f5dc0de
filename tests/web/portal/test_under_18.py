"""Where someone is led who was, or may have been, under 18: by country, age now, and the device."""

from __future__ import annotations

import logging
import tomllib
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.test import Client

from staydown_web.accounts.models import Platform
from staydown_web.portal.selectors.helplines import (
    COUNTRIES,
    DATA,
    DAY_WORDS,
    EVERYWHERE,
    FOR_WHOM,
    WAY_WORDS,
    services_under_18,
)

FILE = tomllib.loads((DATA / "under_18.toml").read_text(encoding="utf-8"))
SERVICES = [(c["code"], s) for c in FILE["country"] for s in c["service"]]
AGES, FILES = ("young", "adult", ""), ("yes", "no", "unsure", "")


def names(code: str, *, now: str, file: str = "") -> set[str]:
    return {line.name for line in services_under_18(code, now=now, file=file).lines}


@pytest.mark.parametrize(
    ("code", "service"), SERVICES, ids=[f"{c}-{s['name']}" for c, s in SERVICES]
)
def test_every_service_has_its_shape(code: str, service: dict[str, Any]) -> None:
    allowed = {"name", "does", "now", "needs", "ways", "source", "languages", "who"}
    assert set(service) <= allowed
    assert service["name"].strip() == service["name"] != ""
    assert service["does"] in {"remove", "report", "talk"} & set(FOR_WHOM)
    assert service["now"] in (["young"], ["adult"], ["young", "adult"])
    assert service.get("needs", "") in {"", "file"}
    assert urlsplit(service["source"]).scheme == "https"
    assert service["ways"]
    for way in service["ways"]:
        assert set(way) <= {"way", "to", "hours", "free", "say"}
        assert way["way"] in WAY_WORDS
        if way["way"] == "web":
            assert urlsplit(way["to"]).scheme == "https"
        hours = way.get("hours", "always")
        assert hours == "always" or set(hours) == {"days", "from", "to"}
        assert hours == "always" or hours["days"] in DAY_WORDS


def test_every_country_of_the_list_is_there_once() -> None:
    assert sorted(country["code"] for country in FILE["country"]) == sorted(COUNTRIES)
    assert isinstance(FILE["checked"], date)


@pytest.mark.parametrize("code", COUNTRIES)
@pytest.mark.parametrize("now", AGES)
@pytest.mark.parametrize("file", FILES)
def test_nobody_is_led_to_an_empty_list(code: str, now: str, file: str) -> None:
    lines = services_under_18(code, now=now, file=file).lines
    assert lines
    assert len({line.name for line in lines}) == len(lines)
    if file == "no":
        assert not any(line.needs_file for line in lines)
    assert all(line.ways for line in lines)


def test_a_file_is_needed_by_what_makes_a_fingerprint_of_it() -> None:
    needing = {service["name"] for _code, service in SERVICES if service.get("needs") == "file"}
    assert needing == {"Take It Down (NCMEC)"}


@pytest.mark.parametrize(
    ("code", "now", "file", "first"),
    [
        ("US", "young", "yes", "Take It Down (NCMEC)"),
        ("US", "adult", "yes", "Take It Down (NCMEC)"),
        ("US", "adult", "no", "CyberTipline (NCMEC)"),
        ("GB", "young", "no", "Report Remove (Childline, IWF)"),
        ("GB", "adult", "no", "Internet Watch Foundation (IWF)"),
        ("IE", "young", "no", "Hotline.ie"),
        (EVERYWHERE, "adult", "yes", "Take It Down (NCMEC)"),
        (EVERYWHERE, "adult", "no", "INHOPE"),
    ],
)
def test_who_comes_first(code: str, now: str, file: str, first: str) -> None:
    assert services_under_18(code, now=now, file=file).lines[0].name == first


def test_a_line_for_the_young_is_not_given_to_an_adult() -> None:
    assert "Childline" in names("GB", now="young")
    assert names("GB", now="adult").isdisjoint({"Childline", "Report Remove (Childline, IWF)"})


def test_not_sure_of_the_device_gives_everything() -> None:
    assert names("US", now="adult", file="unsure") == names("US", now="adult")


@pytest.mark.django_db
def test_not_sure_is_an_answer_with_words_of_its_own(person: Client, platform: Platform) -> None:
    html = person.get("/start/", {"a": "3", "w": "1"}, follow=True).content.decode()
    assert "You are not sure how old you were. That is an answer too." in html
    kept = person.get("/under-18/", {"a": "3", "c": "GB", "n": "adult", "f": "no"})
    assert "You are not sure how old you were." in kept.content.decode()
    sure = person.get("/start/", {"a": "2", "w": "1"}, follow=True).content.decode()
    assert "You are not sure how old you were." not in sure


@pytest.mark.django_db
def test_the_platforms_own_contact_is_shown_where_it_is_set(
    person: Client, platform: Platform
) -> None:
    assert "The website itself" not in person.get("/under-18/").content.decode()
    platform.minors_contact = "minors@forum.example"
    platform.save()
    html = person.get("/under-18/", {"c": "US", "n": "adult", "f": "no"}).content.decode()
    assert 'href="mailto:minors@forum.example"' in html


@pytest.mark.django_db
def test_nothing_is_stored_logged_or_set_by_any_answer(
    person: Client, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def rows() -> dict[str, int]:
        return {model.__name__: model._default_manager.count() for model in apps.get_models()}

    before = rows()
    for now in AGES:
        for file in FILES:
            for unsure in ("", "3"):
                asked = {"c": "GB", "n": now, "f": file, "a": unsure}
                answer = person.get("/under-18/", asked, headers={"Accept-Language": "en-GB"})
                assert answer.status_code == 200
                assert answer.cookies == {}
                assert answer.headers["Cache-Control"] == "no-store"
    assert rows() == before
    assert person.cookies == {}
    said = [r.getMessage() for r in caplog.records if r.name.startswith(("staydown", "django"))]
    assert [line for line in said if "under-18" in line or "adult" in line] == []
