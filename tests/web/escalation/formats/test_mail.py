"""A mail is one message whatever is in its facts: nothing breaks out, nothing is lost."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staydown_web.base.errors import ReportUnfitError
from staydown_web.escalation.chain import Role
from staydown_web.escalation.formats import clean, compose_report
from staydown_web.escalation.formats.letters import LANGUAGES

MAILS = ("mail", "arf", "xarf_mail")
HEADERS = {
    *("from", "to", "reply-to", "subject", "message-id", "mime-version", "content-type"),
    *("content-transfer-encoding", "content-language"),
}


def parsed(body: str) -> EmailMessage:
    message = email.message_from_bytes(body.encode(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert all(not part.defects for part in message.walk())
    return message


def text_of(body: str) -> str:
    first = parsed(body).get_body(("plain",))
    assert first is not None
    return str(first.get_content())


@pytest.mark.parametrize("report_format", MAILS)
def test_headers_are_these_and_no_others(report_facts: Any, report_format: str) -> None:
    message = parsed(compose_report(format=report_format, facts=report_facts()).body)
    assert {name.lower() for name in message} <= HEADERS
    assert message["From"] == "Example Helpline <reports@helpline.example>"
    assert message["To"] == "Northwind <abuse@northwind.example>"
    assert message["Reply-To"] == "reports+r1.abc@helpline.example"
    assert message["Message-ID"] == "<6f1c0a52-8f0e-4d1b-9c3a-2b7e5d90a114@helpline.example>"
    assert message["Date"] is None  # set when it leaves
    assert message["Auto-Submitted"] is None  # people signed it
    assert "E-31" in message["Subject"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", list(Role))
def test_a_subject_is_read_as_it_was_written(report_facts: Any, language: str, role: str) -> None:
    for recipient in ("Northwind", "Ünïted Nörd AG für Netze, Köln"):
        facts = report_facts(language=language, role=role, recipient=recipient)
        composed = compose_report(format="mail", facts=facts)
        message = parsed(composed.body)
        assert message["Subject"] == composed.subject
        assert message["To"].addresses[0].display_name == recipient


def test_without_an_address_there_is_no_line_to(report_facts: Any) -> None:
    assert parsed(compose_report(format="mail", facts=report_facts(address="")).body)["To"] is None


@pytest.mark.parametrize("report_format", MAILS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_facts_give_the_same_bytes(
    report_facts: Any, report_format: str, language: str
) -> None:
    first, second = (
        compose_report(format=report_format, facts=report_facts(language=language))
        for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_beyond_ascii_survive(report_facts: Any, language: str) -> None:
    facts = report_facts(language=language, recipient="Ünïted Nörd 日本", role="payment")
    body = compose_report(format="mail", facts=facts).body
    assert body.isascii()
    assert "Ünïted Nörd 日本" in text_of(body)
    assert parsed(body)["To"].addresses[0].display_name == "Ünïted Nörd 日本"


def test_english_is_readable_as_it_travels(report_facts: Any) -> None:
    body = compose_report(format="xarf_mail", facts=report_facts()).body
    assert "https://pics.example/v/8830\nhttps://pics.example/v/8831\n" in body
    assert '"type": "exposed_data"' in body
    assert body.count("Content-Transfer-Encoding: 7bit") == 2


@pytest.mark.parametrize("report_format", MAILS)
def test_no_line_is_too_long(report_facts: Any, report_format: str) -> None:
    long = tuple(f"https://pics.example/{n}?q={'x' * 1900}" for n in range(250))
    composed = compose_report(format=report_format, facts=report_facts(urls=long))
    assert max(len(row) for row in composed.body.split("\n")) <= 998
    assert all(url in text_of(composed.body) for url in long)


def test_a_name_with_line_ends_stays_in_its_header(report_facts: Any, sender: Any) -> None:
    evil = "Northwind\r\nBcc: all@example.com\n\nBody\u2028x\x00\u202ey"
    facts = report_facts(
        recipient=evil,
        number="E-1\r\nX-Evil: 1",
        domain="pics.example",
        sender=replace(sender, org=evil, contact_name=evil),
        found_by=(evil,),
        source_identifier=evil,
    )
    for report_format in MAILS:
        message = parsed(compose_report(format=report_format, facts=facts).body)
        assert {name.lower() for name in message} <= HEADERS
        assert len(message["To"].addresses) == 1
        assert message["From"].addresses[0].domain == "helpline.example"


@pytest.mark.parametrize(
    "address",
    [
        "abuse@northwind.example\r\nBcc: all@example.com",
        "abuse@northwind.example, all@example.com",
        "<abuse@northwind.example>",
        "abuse",
        "ü@northwind.example",
        "abuse@nor thwind.example",
        "abuse@exa\u2028mple.com",
        "@northwind.example",
    ],
)
def test_what_is_no_address_is_refused(report_facts: Any, address: str) -> None:
    with pytest.raises(ReportUnfitError) as error:
        compose_report(format="mail", facts=report_facts(address=address))
    assert "northwind" not in str(error.value)


def test_domains_with_other_letters_are_written_in_ascii(report_facts: Any, sender: Any) -> None:
    facts = report_facts(
        address="abuse@bücher.example",
        domain="bücher.example",
        sender=replace(
            sender, contact_email="reports@hilfe-für.example", domain="hilfe-für.example"
        ),
    )
    message = parsed(compose_report(format="xarf_mail", facts=facts).body)
    assert message["To"].addresses[0].addr_spec == "abuse@xn--bcher-kva.example"
    assert message["Message-ID"].endswith("@xn--hilfe-fr-d6a.example>")
    assert "xn--bcher-kva.example" in message["Subject"]


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://pics.example/a%20b?x=%C3%BC#f", "https://pics.example/a%20b?x=%C3%BC#f"),
        ("https://pics.example/ü\u200cx", "https://pics.example/%C3%BC%E2%80%8Cx"),
        ("http://bücher.example:8080/x", "http://xn--bcher-kva.example:8080/x"),
        ("https://pics.example/[x]'\"<>|", "https://pics.example/[x]'\"<>|"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
    ],
)
def test_a_link_stays_the_same_address(url: str, wanted: str) -> None:
    assert clean.link(url) == wanted


@pytest.mark.parametrize(
    "url", ["", "pics.example", "https://pics.example/a b", "https://x\n", "ftp://x/", "https:///x"]
)
def test_what_is_no_link_is_refused(url: str) -> None:
    with pytest.raises(ReportUnfitError):
        clean.link(url)


_texts = st.text(st.characters(exclude_categories=()), max_size=60)


@settings(max_examples=60, deadline=None)
@given(
    texts=st.tuples(_texts, _texts, _texts, _texts, _texts), report_format=st.sampled_from(MAILS)
)
def test_any_text_gives_one_sound_message(
    report_facts: Any, sender: Any, texts: tuple[str, ...], report_format: str
) -> None:
    recipient, number, org, found, source = texts
    facts = report_facts(
        recipient=recipient,
        number=number,
        sender=replace(sender, org=org),
        found_by=(found,),
        source_identifier=source,
    )
    body = compose_report(format=report_format, facts=facts).body
    message = parsed(body)
    assert body.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", body)
    assert {name.lower() for name in message} <= HEADERS
    assert len(list(message.walk())) == {"mail": 1, "xarf_mail": 3, "arf": 5}[report_format]
    assert "https://pics.example/v/8836" in text_of(body)
