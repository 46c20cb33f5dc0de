"""First notices and search requests: each law's elements, and no more of the person than given."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_string, policy
from typing import Any

import pytest

from staydown_web.base.errors import ReportUnfitError
from staydown_web.escalation.formats import compose_notice
from staydown_web.escalation.formats.letters import LANGUAGES
from staydown_web.regimes.selectors import regime, regimes
from staydown_web.regimes.selectors.texts import signing_text


def words(text: str) -> str:
    return " ".join(text.split())


def letter_of(facts: Any, **more: Any) -> str:
    return words(compose_notice(format="form_letter", facts=facts, **more).body)


def mail_of(facts: Any) -> Any:
    body = compose_notice(format="mail", facts=facts).body
    return message_from_string(body, policy=policy.default)


@pytest.mark.parametrize("law", sorted(regimes()))
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_holds_the_signed_words_of_its_law(
    notice_facts: Any, law: str, language: str
) -> None:
    said = letter_of(notice_facts(regimes=(law,), language=language))
    assert words(signing_text(regime(law), language, "self")) in said


ELEMENTS = {
    "signature": "Signed electronically by the person shown: Robin Example",
    "identification": "https://pics.example/v/8832",
    "location": "https://pics.example/v/8831",
    "good_faith": "good faith",
    "contact": "Contact: Reports desk, Example Helpline, reports+r1.abc@helpline.example",
    "explanation": "they were shared without the consent of the person shown",
    "name": "Robin Example",
    "email": "reports+r1.abc@helpline.example",
    "on_service": "are on this service",
    "role": "I am the person shown",
    "nature": "They show me naked",
}


@pytest.mark.parametrize("law", sorted(regimes()))
def test_a_notice_holds_every_element_that_its_law_asks_for(notice_facts: Any, law: str) -> None:
    said = letter_of(notice_facts(regimes=(law,)))
    for element in regime(law).elements:
        if element.id == "authority":
            continue  # asked of representatives alone; below
        wanted = ELEMENTS[element.id] if element.id != "role" or law == "in-it-rules" else "I am"
        assert wanted in said, f"{law}: {element.id}"


@pytest.mark.parametrize("law", sorted(regimes()))
def test_a_representative_s_notice_says_so(notice_facts: Any, law: str) -> None:
    facts = notice_facts(regimes=(law,), acts_as="representative", statement="She asked me to.")
    said = letter_of(facts)
    assert words(signing_text(regime(law), "en", "representative")) in said
    assert "Signed electronically for the person shown by: Robin Example" in said
    assert "She asked me to." in said


def test_without_a_name_the_sender_signs_for_the_person(notice_facts: Any) -> None:
    composed = compose_notice(format="mail", facts=notice_facts(signed_name=" \u200b"))
    assert composed.shown == ()
    said = words(composed.body)
    assert words(signing_text(regime("us-tida"), "en", "representative")) in said
    assert "Signed electronically for the person shown by: Reports desk, Example Helpline" in said
    assert "I am the person shown" not in said


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"signed_name": "", "statement": ""}, ()),
        ({"signed_name": "Robin Example", "statement": ""}, ("signed_name",)),
        ({"signed_name": "", "statement": "It is me."}, ("statement",)),
        ({"signed_name": "R", "statement": "It is me."}, ("signed_name", "statement")),
    ],
)
@pytest.mark.parametrize("report_format", ["mail", "form_letter"])
@pytest.mark.parametrize("kind", ["site", "search"])
def test_what_of_the_person_is_in_it_is_named(
    notice_facts: Any, given: dict[str, str], shown: Any, report_format: str, kind: str
) -> None:
    composed = compose_notice(format=report_format, facts=notice_facts(**given), kind=kind)
    assert composed.shown == shown
    for name, value in given.items():
        if value:
            assert (value in composed.body) == (name in shown)


def test_several_laws_are_in_one_notice(notice_facts: Any) -> None:
    said = letter_of(notice_facts(regimes=("us-tida", "eu-dsa")))
    assert said.index("47 USC 223a") < said.index("Article 16")
    assert "at most 48 hours after a valid request" in said


def test_words_of_a_law_that_were_signed_elsewhere_can_be_given(notice_facts: Any) -> None:
    said = letter_of(notice_facts(), law_texts={"us-tida": "I sign this.\n\nAnd this."})
    assert "I sign this. And this." in said
    assert "I believe in good faith" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_engines_are_asked_without_the_duties_of_platforms(
    notice_facts: Any, language: str
) -> None:
    facts = notice_facts(regimes=("us-tida", "eu-dsa", "platform-terms"), language=language)
    said = letter_of(facts, kind="search")
    assert not re.search(r"\b48\b|223a|2022/2065", said)
    for url in facts.urls:
        assert url in said


def test_answers_come_to_the_address_of_the_notice(notice_facts: Any) -> None:
    mail = mail_of(notice_facts(reply_email="reports+n7.xyz@helpline.example"))
    assert mail["Reply-To"] == "reports+n7.xyz@helpline.example"
    assert mail["From"] == "Example Helpline <reports@helpline.example>"
    assert mail["To"] == "Pics <abuse@pics.example>"
    assert "6f1c0a52-8f0e-4d1b-9c3a-2b7e5d90a114" in mail["Subject"]
    assert "reports+n7.xyz@helpline.example" in mail.get_content()


def test_rows_of_a_form_hold_the_same_as_the_letter(notice_facts: Any) -> None:
    facts = notice_facts(statement="It is me.\r\n\r\nI never agreed.")
    rows = dict(compose_notice(format="form_letter", facts=facts).fields)
    assert rows["Name"] == "Robin Example"
    assert rows["E-mail address"] == facts.reply_email
    assert rows["Links"].split("\n") == list(facts.urls)
    assert rows["Statement"] == "It is me.\n\nI never agreed."
    assert "good faith" in rows["Declaration"]
    assert rows["Law"] == "TAKE IT DOWN Act, 47 USC 223a"
    nameless = replace(facts, signed_name="", statement="")
    rows = dict(compose_notice(format="form_letter", facts=nameless).fields)
    assert rows["Name"] == "Reports desk"
    assert "Statement" not in rows


def test_a_statement_cannot_break_out_of_its_place(notice_facts: Any) -> None:
    evil = "Hello\r\nBcc: all@example.com\r\n\r\n--=_6f1c0a528f0e4d1b9c3a2b7e5d90a114\x00"
    mail = mail_of(notice_facts(statement=evil, signed_name=evil))
    assert mail["Bcc"] is None
    assert not mail.is_multipart()
    assert "Bcc: all@example.com" in mail.get_content()


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({"urls": ()}, {}),
        ({"urls": tuple(f"https://pics.example/{n}" for n in range(251))}, {}),
        ({"urls": ("javascript:1",)}, {}),
        ({"acts_as": "nobody"}, {}),
        ({"reply_email": "nobody"}, {}),
        ({}, {"kind": "nobody"}),
        ({}, {"format": "cloudflare"}),
    ],
)
def test_what_cannot_be_written_is_refused(notice_facts: Any, changes: Any, more: Any) -> None:
    with pytest.raises(ReportUnfitError):
        compose_notice(**{"format": "mail", "facts": notice_facts(**changes), **more})
