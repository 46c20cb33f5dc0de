"""Letters are data: every language says the same, and none says what is not true."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from staydown_web.base.errors import ConfigError
from staydown_web.escalation.chain import Role
from staydown_web.escalation.formats import compose_report
from staydown_web.escalation.formats.least import OF_ROLE
from staydown_web.escalation.formats.letters import (
    LANGUAGES,
    LETTERS,
    language_of,
    letter,
    moment,
    placeholders,
    read,
)
from staydown_web.regimes.selectors import regimes

KINDS = sorted(path.name for path in LETTERS.iterdir())
TO_PROVIDERS = [*[role.value for role in Role], "shared", "correction"]
FORMATS = ("mail", "arf", "xarf_mail", "xarf_http", "aws", "cloudflare", "form_letter")
DUTY = re.compile(
    r"\b48\b|\bhours\b|\bmust\b|\bshall\b|\boblig|\brequired\b|\bdut(y|ies)\b|\bliab|\bunlawful"
    r"|\billegal|\bby law\b|\bthe law\b|\b223a\b|take it down act"
    r"|digital services act|online safety|\bstunden\b|\bmuss\b|\bmüssen\b|verpflicht|\bpflicht"
    r"|\bgesetz|\bhaft(en|ung|et)\b|rechtswidrig|\billegal"
    r"|\bheures\b|\bdevez\b|\bdoit\b|\bdoivent\b|\btenus?\b|\bloi\b|\blégal|\billégal|\billicite"
    r"|\bresponsab"
    r"|\bhoras\b|\bdebe\b|\bdeben\b|\bdeberá|\bley\b|\bilegal|\bilícit|\bplazo legal"
    r"|\bwe will sue\b|\bgericht\b|\btribunal|\bcourt\b|\banwalt|\blawyer|\bavocat|\babogad",
    re.IGNORECASE,
)
"""Words by which a letter would say that a law binds its reader, or threaten."""


def test_there_is_a_letter_for_every_role_and_every_language() -> None:
    assert set(KINDS) == {*TO_PROVIDERS, "site", "search", "notice", "laws"}
    for kind in KINDS:
        assert {path.stem for path in (LETTERS / kind).iterdir()} == set(LANGUAGES)
    assert set(OF_ROLE) == set(Role)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_all_languages_hold_the_same_texts_and_placeholders(kind: str, language: str) -> None:
    english, other = read(kind, "en"), read(kind, language)
    assert list(other) == list(english)
    for name, text in other.items():
        assert placeholders(text) == placeholders(english[name]), f"{kind}/{language}: {name}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_language_repeats_the_english_words(kind: str, language: str) -> None:
    english, other = read(kind, "en"), read(kind, language)
    names = {"label_name", "label_links", "label_signature", "label_law", "us-tida_title"}
    same = [name for name, text in other.items() if text == english[name] and " " in text]
    assert set(same) <= names | {"number", "contact", "moment"}, same


@pytest.mark.parametrize("kind", TO_PROVIDERS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_to_a_provider_says_that_a_law_binds_it(kind: str, language: str) -> None:
    for name, text in read(kind, language).items():
        assert not DUTY.search(text), f"{kind}/{language}: {name}: {text}"


@pytest.mark.parametrize("report_format", FORMATS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_composed_report_says_that_a_law_binds_its_reader(
    report_facts: Any, report_format: str, language: str
) -> None:
    roles = [Role.HOST, Role.CDN] if report_format == "cloudflare" else list(Role)
    for role in roles:
        for targets_domain in (False, True):
            facts = report_facts(role=role, language=language, targets_domain=targets_domain)
            composed = compose_report(format=report_format, facts=facts)
            said = "\n".join([composed.body, *[value for _, value in composed.fields]])
            assert not DUTY.search(said.replace("=C3=BC", "ü")), DUTY.search(said)


def test_the_search_for_duty_words_finds_them() -> None:
    for text in (
        "You must remove this within 48 hours.",
        "Sie sind gesetzlich verpflichtet.",
        "Vous devez agir.",
        "Usted debe retirarlo.",
    ):
        assert DUTY.search(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_law_has_its_title_and_its_words(language: str) -> None:
    texts = read("laws", language)
    for law in regimes():
        assert f"{law}_title" in texts
        assert f"{law}_site" in texts
    assert {name.rpartition("_")[0] for name in texts} == set(regimes())


def test_card_rules_name_one_brand_and_say_nothing_of_others() -> None:
    for language in LANGUAGES:
        rules = read("payment", language)["rules"]
        assert "AN 5196" in rules
        assert "Mastercard" in rules
        assert not re.search(r"visa|american express|paypal|maestro|diners", rules, re.IGNORECASE)


def test_a_placeholder_that_was_not_given_is_an_error() -> None:
    with pytest.raises(ConfigError, match="asks for recipient"):
        letter("host", "en", {}).say("greeting")
    with pytest.raises(ConfigError, match="no text"):
        letter("host", "en", {}).say("no such")
    with pytest.raises(ConfigError, match="cannot be read"):
        letter("nobody", "en", {})


def test_braces_in_a_value_are_not_read_again() -> None:
    said = letter("host", "en", {"recipient": "{report_id} {0} {"}).say("greeting")
    assert said == "To the abuse team of {report_id} {0} {,"


@pytest.mark.parametrize(
    ("code", "wanted"),
    [("de", "de"), ("de-AT", "de"), ("fr_CA", "fr"), ("ES", "es"), ("pt", "en"), ("", "en")],
)
def test_a_language_that_is_not_ours_is_english(code: str, wanted: str) -> None:
    assert language_of(code) == wanted


def test_moments_are_in_utc_and_in_words() -> None:
    at = datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    assert moment(at, "en") == "28 February 2026, 22:30 UTC"
    assert moment(at, "de") == "28. Februar 2026, 22:30 UTC"
    assert moment(at, "es") == "28 de febrero de 2026, 22:30 UTC"
    assert moment(at, "fr") == "28 février 2026, 22:30 UTC"
    for language in LANGUAGES:
        assert len(read("shared", language)["months"].split()) == 12
    assert moment(datetime(2026, 12, 31, tzinfo=UTC), "en").startswith("31 December")
