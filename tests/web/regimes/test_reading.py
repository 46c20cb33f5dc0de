"""A mistake in a law stops the start, and the error says where it is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from staydown_web.base.errors import ConfigError
from staydown_web.regimes import selectors
from staydown_web.regimes.schemas import ClockKind, Kind
from staydown_web.regimes.selectors import regime, regimes, regimes_for
from staydown_web.regimes.selectors.reading import (
    FORM_FIELDS,
    read_regime,
    read_regimes,
    shown_words,
)

DATA = Path(selectors.__file__).parents[1] / "data"
US = (DATA / "us-tida.toml").read_text()

WRONG: dict[str, tuple[str, str, str]] = {
    "another schema": ("schema = 2", "schema = 1", "schema: want 2"),
    "another id": ('id = "us-tida"', 'id = "us"', "id: want the name of the file"),
    "no version": ('version = "2026-11-26.3"\n', "", "version: is missing"),
    "empty title": ('title = "TAKE IT DOWN Act, 47 USC 223a"', 'title = " "', "title: want words"),
    "unknown kind": ('kind = "law"', 'kind = "rule"', "kind: want one of law, terms"),
    "a date as text": ("effective_from = 2026-05-19", 'effective_from = "2026"', "want date"),
    "ends before it starts": (
        "effective_from = 2026-05-19",
        "effective_from = 2026-05-19\neffective_until = 2026-05-18",
        "effective_until: is before",
    ),
    "unknown way": ('ways = ["published", "link"]', 'ways = ["posted"]', "ways: want each once"),
    "unknown copy": ('kind = "part"', 'kind = "alike"', "copies[3].kind: want one of"),
    "a kind of copy twice": ('kind = "part"', 'kind = "same"', "copies: want each once"),
    "no answer": ('answer = "unclear"', 'answer = "maybe"', "copies[3].answer: want one of"),
    "unknown ground": ('id = "satire"', 'id = "fun"', "grounds[4].id: want one of"),
    "a ground twice": ('id = "satire"', 'id = "not_intimate"', "grounds: want each once"),
    "unknown warning": ('"half", "12h"', '"half", "noon"', "warnings: want half, or hours"),
    "warnings out of order": (
        '"half", "12h"',
        '"12h", "half"',
        "warnings: want the earliest first",
    ),
    "a warning before the start": (
        '["half", "12h"',
        '["48h", "12h"',
        "warnings: want the earliest",
    ),
    "two duties of one id": ('id = "copies"', 'id = "removal"', "duties: two have the same id"),
    "a telling of no duty": (
        'duty = "public_notice"',
        'duty = "press"',
        "tellings[1].duty: want one of",
    ),
    "another start": ('starts = "valid"', 'starts = "receipt"', "clock.starts: want one of"),
    "a source that nobody says was read": (
        'reading = "text"\n',
        "",
        "sources[1].reading: is missing",
    ),
    "a key that nobody knows": (
        'jurisdiction = "US"',
        'jurisdiction = "US"\ncolor = "red"',
        "color",
    ),
    "unknown fact": ('all_of = ["has_signature"]', 'all_of = ["signed"]', "elements[1].all_of"),
    "no condition": (
        'all_of = ["has_signature"]\n',
        "",
        "elements[1].all_of: want all_of or any_of",
    ),
    "unknown condition": (
        'only_if = "is_representative"',
        'only_if = "is_agent"',
        "elements[2].only_if",
    ),
    "unknown field": (
        'form_fields = ["signature"]',
        'form_fields = ["sign"]',
        "elements[1].form_fields",
    ),
    "no remedy": (
        'remedy = "Type your full name under the text. That is your signature."\n',
        "",
        "elements[1].remedy: is missing",
    ),
    "two elements of one id": ('id = "contact"', 'id = "signature"', "elements: two have the same"),
    "no hours": ("hours = 48\n", "", "clock.hours: want 1.."),
    "negative hours": ("hours = 48", "hours = -1", "clock.hours: want 1.."),
    "hours as text": ("hours = 48", 'hours = "48"', "clock.hours: want int"),
    "hours as yes": ("hours = 48", "hours = true", "clock.hours: want int"),
    "unknown clock": ('kind = "hours"', 'kind = "days"', "clock.kind: want one of"),
    "unknown listener": ('whom = "public"', 'whom = "press"', "tellings[1].whom"),
    "no source's day": (
        "read_on = 2026-11-26",
        'read_on = "today"',
        "sources[1].read_on: want date",
    ),
    "not TOML": ("schema = 2", "schema =", "cannot be read"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_named_with_its_key(name: str, tmp_path: Path) -> None:
    old, new, said = WRONG[name]
    assert old in US
    path = tmp_path / "us-tida.toml"
    path.write_text(US.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        read_regime(path)
    assert "us-tida.toml" in str(caught.value)
    assert said in str(caught.value)


def test_a_text_to_sign_that_is_empty_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "us-tida.toml"
    path.write_text(US[: US.index("[texts]")] + '[texts]\nself = []\nrepresentative = ["x"]\n')
    with pytest.raises(ConfigError, match=r"texts\.self: want at least one sentence"):
        read_regime(path)


def test_a_folder_without_laws_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no regime file"):
        read_regimes(tmp_path)


def test_the_regimes_that_ship_are_read() -> None:
    assert sorted(regimes()) == ["eu-dsa", "in-it-rules", "platform-terms", "uk-osa", "us-tida"]
    for id_, law in regimes().items():
        assert law.id == id_
        assert law.uncertain
        assert all(set(element.form_fields) <= FORM_FIELDS for element in law.elements)
        assert not any('"' in words or "%" in words for words in shown_words(law))


def test_what_is_not_confirmed_is_said_to_be_so() -> None:
    assert regime("uk-osa").effective_from is None
    assert regime("uk-osa").is_in_force(date(2026, 12, 1)) is None
    assert regime("us-tida").is_in_force(date(2026, 5, 18)) is False
    assert regime("us-tida").is_in_force(date(2026, 5, 19)) is True
    assert any("not confirmed" in words for words in regime("uk-osa").uncertain)


def test_a_threat_is_never_put_under_a_law_that_knows_only_what_is_published() -> None:
    found = regimes_for(way="threatened", bound_by=["us-tida", "eu-dsa", "uk-osa"])
    assert [law.id for law in found] == ["platform-terms"]
    assert found[0].clock.kind is ClockKind.NONE


def test_laws_come_before_terms_and_terms_where_no_law_is() -> None:
    both = regimes_for(way="published", bound_by=["platform-terms", "us-tida", "unknown"])
    assert [law.kind for law in both] == [Kind.LAW, Kind.TERMS]
    assert [law.id for law in regimes_for(way="link", bound_by=[])] == ["platform-terms"]
