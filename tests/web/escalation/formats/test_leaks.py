"""Nothing of the person is in what leaves for a provider, however it might be written."""

# ruff: noqa: RUF001 - names of people, in their own letters
from __future__ import annotations

import base64
import hashlib
import html
import json
import quopri
import time
from dataclasses import replace
from email.header import Header
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from staydown_web.escalation.chain import ContactKind, Role
from staydown_web.escalation.formats import compose_notice, compose_report, formats_for, leaks
from staydown_web.escalation.formats.facts import Composed
from staydown_web.escalation.formats.letters import LANGUAGES

FORMATS = ("mail", "arf", "xarf_mail", "xarf_http", "aws", "cloudflare", "form_letter")
PRIVATE = [
    "Zdenka Kowalczyk-Bärenthal",
    "Zdenka",
    "zdenka.k@privat-post.test",
    "+49 170 5550199",
    "IMG_20240713_bedroom.jpg",
    "f" * 3 + "8f8c1e3a7d90b24466aa01cc5e9b7d13" + "0" * 29,
    "He promised to delete them. I found them on a Tuesday, when a colleague sent me the link.",
    "violet-anchor-meadow-lantern",
]
PLANTED = PRIVATE[:4] + PRIVATE[5:7]


def plain(text: str) -> Composed:
    return Composed(format="mail", body=text, media_type="text/plain")


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def rows(text: str, width: int = 24) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width))


ENCODINGS = {
    "plain": lambda t: f"before {t} after",
    "upper case": lambda t: f"before {t.upper()} after",
    "wrapped": lambda t: "before\n" + "\n".join(t.split(" ")),
    "parted": lambda t: f"({t.replace(' ', '_')})",
    "base64": lambda t: f"x {base64_of(t)} y",
    "base64 for addresses": lambda t: base64.urlsafe_b64encode(t.encode()).decode(),
    "base64 in rows": lambda t: f"head\n\n{rows(base64_of('some words before ' + t))}\n\ntail",
    "base64 within a longer word": lambda t: f"abc{base64_of(t)}",
    "base64 twice": lambda t: base64_of(base64_of(t)),
    "base64 of a sentence": lambda t: base64_of(f"so {t} it is"),
    "quoted-printable": lambda t: quopri.encodestring(f"x {t} y".encode(), quotetabs=True).decode(),
    "percent": lambda t: f"https://pics.example/?q={quote(t)}",
    "percent, every letter": lambda t: "".join(f"%{b:02x}" for b in t.encode()),
    "percent twice": lambda t: quote(quote(t)),
    "plus": lambda t: quote(t).replace("%20", "+"),
    "JSON": lambda t: json.dumps({"a": [t]}),
    "JSON in JSON": lambda t: json.dumps({"a": json.dumps({"b": t})}),
    "HTML": lambda t: "".join(f"&#{ord(c)};" for c in t) + html.escape(t),
    "hexadecimal": lambda t: t.encode().hex(),
    "encoded word": lambda t: Header(t, "utf-8").encode(),
    "base64 of percent": lambda t: base64_of(quote(t)),
    "sha-256": lambda t: hashlib.sha256(t.encode()).hexdigest(),
    "md5 of lower case": lambda t: hashlib.md5(t.strip().lower().encode()).hexdigest(),
    "XARF evidence": lambda t: json.dumps({"evidence": [{"payload": base64_of(f"{t}\n")}]}),
}


@pytest.mark.parametrize("encoding", list(ENCODINGS))
@pytest.mark.parametrize("private", PLANTED)
def test_what_was_planted_is_found(encoding: str, private: str) -> None:
    assert leaks(plain(ENCODINGS[encoding](private)), [private]) == [private]


@pytest.mark.parametrize(
    ("private", "written"),
    [
        ("Müller-Lüdenscheidt", "xn--mller-ldenscheidt-22bg.example"),
        ("bärbel", "https://xn--brbel-gra.example/"),
        ("Bärbel Süß", "Barbel Suss"),
        ("+49 170 5550199", "Tel. 0170/5550199"),
        ("+49 170 5550199", "0049-170-555.0199"),
        ("Ana", "from Ana."),
        ("He promised to delete them. I found them later.", "he promised to delete them!"),
    ],
)
def test_other_spellings_are_found(private: str, written: str) -> None:
    assert leaks(plain(written), [private]) == [private]


@pytest.mark.parametrize(
    ("private", "written"),
    [
        ("Ana", "an analysis of bananas"),
        ("Robin Example", "Robert Example"),
        ("+49 170 5550199", "pub-4917055501"),
        ("", "anything"),
        ("x", "x"),
        ("IMG_1234.jpg", "https://pics.example/img_12345.jpg".replace("12345", "99999")),
    ],
)
def test_what_is_something_else_is_not(private: str, written: str) -> None:
    assert leaks(plain(written), [private]) == []


def test_headers_rows_and_attachments_are_searched(report_facts: Any) -> None:
    composed = compose_report(format="xarf_mail", facts=report_facts(recipient="Zdenka Q Public"))
    assert leaks(composed, ["Zdenka Q Public"]) == ["Zdenka Q Public"]
    form = compose_report(format="form_letter", facts=report_facts())
    assert leaks(replace(form, body="", fields=(("Name", PRIVATE[0]),)), PRIVATE) == PRIVATE[:2]
    assert leaks(replace(form, headers=(("X", PRIVATE[3]),)), PRIVATE) == [PRIVATE[3]]
    assert leaks(replace(form, subject=PRIVATE[2]), PRIVATE) == [PRIVATE[1], PRIVATE[2]]


def test_evidence_of_xarf_in_a_mail_is_searched(report_facts: Any) -> None:
    urls = ("https://pics.example/1", "https://pics.example/zdenka-kowalczyk-b%C3%A4renthal")
    facts = report_facts(urls=urls, role="host")
    for report_format in ("xarf_mail", "xarf_http", "aws", "cloudflare", "arf", "mail"):
        composed = compose_report(format=report_format, facts=facts)
        assert leaks(composed, PRIVATE) == PRIVATE[:2], report_format
        assert leaks(composed, PRIVATE, links=urls) == [], report_format


def test_what_stands_beside_the_links_still_counts(report_facts: Any) -> None:
    urls = ("https://pics.example/zdenka-kowalczyk-b%C3%A4renthal",)
    facts = report_facts(urls=urls, found_by=("seen by Zdenka Kowalczyk-Bärenthal",))
    for report_format in ("xarf_mail", "arf", "mail", "form_letter"):
        composed = compose_report(format=report_format, facts=facts)
        assert leaks(composed, PRIVATE, links=urls) == PRIVATE[:2], report_format


@pytest.mark.parametrize("report_format", ["xarf_mail", "arf", "mail"])
def test_what_stands_around_the_parts_of_a_mail_counts(
    report_facts: Any, report_format: str
) -> None:
    urls = ("https://pics.example/zdenka-kowalczyk-b%C3%A4renthal",)
    composed = compose_report(format=report_format, facts=report_facts(urls=urls))
    after = replace(composed, body=f"{composed.body}\n{PRIVATE[0]}")
    head, _, rest = composed.body.partition("\n\n")
    before = replace(composed, body=f"{head}\n\n{PRIVATE[0]}\n\n{rest}")
    for changed in (after, before):
        assert leaks(changed, [PRIVATE[0]], links=urls) == [PRIVATE[0]]


def test_words_of_our_own_letters_are_nobody_s(report_facts: Any) -> None:
    for report_format in FORMATS:
        composed = compose_report(format=report_format, facts=report_facts())
        assert leaks(composed, ["May", "Mark", "Will", "kind", "Rules", "Danger"]) == []
    assert leaks(plain("May Example, escriptions"), ["May Example", "escriptions"]) == [
        "May Example",
        "escriptions",
    ]


def test_what_case_and_sender_share_does_not_count(report_facts: Any, sender: Any) -> None:
    """A helpline that files for somebody gives its own address."""
    shared = [sender.contact_email, sender.org, sender.contact_name]
    for report_format in FORMATS:
        composed = compose_report(format=report_format, facts=report_facts())
        assert leaks(composed, [*shared, PRIVATE[0]], sender=sender) == [], report_format
        assert sender.org in leaks(composed, shared)
    beside = compose_report(format="mail", facts=report_facts(found_by=(f"told by {PRIVATE[0]}",)))
    assert leaks(beside, [*shared, PRIVATE[0]], sender=sender) == [PRIVATE[0]]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", list(Role))
def test_no_report_to_a_provider_holds_anything_private(
    report_facts: Any, role: str, language: str
) -> None:
    for kind in ContactKind:
        facts = report_facts(role=role, language=language)
        assert leaks(compose_report(format=formats_for(kind, role), facts=facts), PRIVATE) == []


_names = st.text(st.characters(categories=("Lu", "Ll", "Lo")), min_size=9, max_size=24)
_phones = st.integers(10**9, 10**10 - 1).map(lambda n: f"+49 {n}")
_people = st.fixed_dictionaries(
    {
        "name": st.tuples(_names, _names).map(" ".join),
        "email": st.from_regex(r"[a-z]{9,14}\.[a-z]{9,14}@[a-z]{9}\.test", fullmatch=True),
        "phone": _phones,
        "statement": st.text(
            st.characters(categories=("L", "Zs")), min_size=40, max_size=200
        ).filter(lambda text: len("".join(text.split())) > 24),
        "file": st.from_regex(r"[a-z]{12,20}_[0-9]{6}\.(jpg|mp4)", fullmatch=True),
        "hash": st.binary(min_size=32, max_size=32).map(bytes.hex),
    }
)


@settings(max_examples=40, deadline=None)
@given(person=_people, report_format=st.sampled_from(FORMATS), language=st.sampled_from(LANGUAGES))
def test_a_case_full_of_private_things_leaves_none_to_a_provider(
    report_facts: Any, notice_facts: Any, person: dict[str, str], report_format: str, language: str
) -> None:
    """The notice of the same case holds what it shows, so the search would see it."""
    private = list(person.values())
    report = compose_report(format=report_format, facts=report_facts(language=language))
    assert leaks(report, private) == []
    notice = compose_notice(
        format="mail",
        facts=notice_facts(
            language=language, signed_name=person["name"], statement=person["statement"]
        ),
    )
    assert notice.shown == ("signed_name", "statement")
    assert set(leaks(notice, private)) >= {person["name"], person["statement"]}
    assert not set(leaks(notice, private)) & {person["email"], person["phone"], person["file"]}


@settings(max_examples=60, deadline=None)
@given(text=_names.map(lambda name: f"{name}qz"), encoding=st.sampled_from(sorted(ENCODINGS)))
@example(text="Straßenbahn", encoding="upper case")
@example(text="ÀÀÀÀÀÀÀÀÀ", encoding="encoded word")
@example(text="Yıldırım Işıklı", encoding="upper case")
@example(text="İnci Öztürk", encoding="base64")
@example(text="ﬁﬁﬁﬁﬁﬁﬁﬁﬁ", encoding="parted")
def test_any_name_is_found_in_any_encoding(text: str, encoding: str) -> None:
    assert leaks(plain(ENCODINGS[encoding](text)), [text]) == [text]


@settings(max_examples=150, deadline=None)
@given(
    text=st.one_of(
        st.text(st.characters(exclude_categories=()), max_size=80),
        st.text("=?%&#;\\uxnXN-_+/ \nabQB09éß", max_size=80),
    )
)
@example(text="=?utf-8?b?A?=")
@example(text="\udd00")
@example(text="\udcffé")
@example(text="=?x?q?=ZZ?= xn--- \\ud800 %zz &#x110000; abcde")
def test_no_text_breaks_the_search(text: str) -> None:
    for media_type in ("text/plain", "message/rfc822"):
        composed = replace(plain(text), media_type=media_type)
        assert leaks(composed, PRIVATE) == []
    leaks(plain("x"), [text], links=[text])


def test_a_large_report_is_searched_in_seconds(report_facts: Any) -> None:
    urls = tuple(f"https://pics.example/{n}/zdenka-{n:06d}-{'x' * 200}" for n in range(250))
    composed = compose_report(format="xarf_mail", facts=report_facts(urls=urls))
    start = time.process_time()
    assert leaks(composed, PRIVATE * 5, links=urls) == []
    assert time.process_time() - start < 30  # 3 s where it was measured
