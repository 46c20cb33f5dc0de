"""Readers of what strangers wrote: they never raise, and never give more than their limits."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from staydown_web.escalation.chain import Evidence, Source
from staydown_web.escalation.mapping.ads_reading import read_ads_txt, read_sellers
from staydown_web.escalation.mapping.contacts import best_first, mail_contact, why_refused
from staydown_web.escalation.mapping.page_reading import read_page
from staydown_web.escalation.mapping.rdap_reading import read_answer

AT = datetime(2026, 11, 26, tzinfo=UTC)
SEEN = Evidence(Source.RDAP_IP, "abuse", AT)
WORDS = "entities roles vcardArray handle name links publicIds objectClassName jscard emails rel"
KEYS = st.sampled_from([*WORDS.split(), "sellers", "seller_id", "is_confidential"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=30,
)


@given(JSON.map(lambda found: json.dumps(found).encode()) | st.binary(max_size=300))
@example(b"[" * 100_000)
@example(b'{"entities":' * 20_000)
def test_any_rdap_answer_is_read_or_none(body: bytes) -> None:
    answer = read_answer(body)
    if answer is not None:
        assert len(answer.entities) <= 60
        assert all(len(e.mails) <= 8 and len(e.name) <= 120 for e in answer.entities)


@given(st.binary(max_size=500))
@example(b"\xef\xbb\xbfgoogle.com, pub-1, DIRECT\r\n")
def test_any_ads_txt_is_read_or_none(body: bytes) -> None:
    found = read_ads_txt(body)
    if found is not None:
        assert len(found.rows) <= 500
        assert all(row.system == row.system.lower() for row in found.rows)


@given(JSON.map(lambda found: json.dumps(found).encode()) | st.binary(max_size=300))
def test_any_list_of_sellers_is_read_or_none(body: bytes) -> None:
    found = read_sellers(body, frozenset({"1", "2"}))
    assert found is None or set(found.sellers) <= {"1", "2"}


@given(st.binary(max_size=2_000), st.text(max_size=60))
@example(b"<a href='//[::1'><script src=http://a:b@c/><form action='http://1.2.3'>", "charset=zzz")
def test_any_page_is_read(body: bytes, kind: str) -> None:
    found = read_page(body, url="https://site.example/", content_type=kind)
    assert len(found.parts) <= 1_500
    assert found.template == "" or len(found.template) == 64


@pytest.mark.parametrize("text", ["<div>", "<a href=x>", "<b><p>", "<table><tr><td>", "<svg><g>"])
def test_a_page_that_only_opens_tags_takes_no_long_time(text: str) -> None:
    body = (text * (1_000_000 // len(text))).encode()
    began = time.process_time()
    read_page(body, url="https://site.example/")
    assert time.process_time() - began < 20  # without the limit it is many minutes


ADS = """\ufeff# ours\r
google.com, pub-123, direct, f08c47fec0942fa0 # comment\r
ADS.example , 7 ,RESELLER;extra\rads.example,7,DIRECT
ads.example,,DIRECT
nodots,1,DIRECT
ads.example,8,BOTH
OWNERDOMAIN=Owner.example
managerdomain = manager.example, US
subdomain=img.site.example
contact=mail@site.example
"""


def test_an_ads_txt_with_everything_in_it() -> None:
    found = read_ads_txt(ADS.encode())
    assert found is not None
    rows = [(row.system, row.account, row.is_direct, row.line) for row in found.rows]
    assert rows == [("google.com", "pub-123", True, 2), ("ads.example", "7", True, 4)]
    assert (found.owner, found.managers) == ("owner.example", ("manager.example",))


@pytest.mark.parametrize("body", [b"<!doctype html><p>a.example,1,DIRECT", b"", b"# none\n", b"{}"])
def test_what_is_no_ads_txt_is_none(body: bytes) -> None:
    assert read_ads_txt(body) is None


def test_a_confidential_seller_keeps_name_and_domain() -> None:
    rows = [
        {"seller_id": 7, "name": "Site", "domain": "SITE.example", "seller_type": "publisher"},
        {"seller_id": "8", "name": "X", "domain": "x.example", "is_confidential": 1},
        {"seller_id": "9", "is_confidential": ["x"]},
    ]
    body = json.dumps({"contact_email": "ads@ads.example", "sellers": rows}).encode()
    found = read_sellers(body, frozenset({"7", "8", "9"}))
    assert found is not None
    assert found.contact == "ads@ads.example"
    assert (found.sellers["7"].domain, found.sellers["7"].kind) == ("site.example", "PUBLISHER")
    assert (found.sellers["8"].name, found.sellers["8"].domain) == ("", "")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("abuse@host.net", ""),
        ("Abuse.Desk+web@Host.co.uk", ""),
        ("REDACTED FOR PRIVACY", "placeholder"),
        ("Please query the RDDS service of the Registrar", "placeholder"),
        ("https://tieredaccess.host.net/contact", "placeholder"),
        ("noreply@host.net", "placeholder"),
        ("abuse@mail.example.com", "placeholder"),
        ("x@host.example", "placeholder"),
        ("abc@withheldforprivacy.com", "placeholder"),
        ("noc@host.net", "not_abuse"),
        ("abuse", "malformed"),
        ("abuse@host", "malformed"),
        ("a@b.net\r\nBcc: c@d.net", "malformed"),
        ("abuse@host.net, other@host.net", "malformed"),
        ("", "malformed"),
    ],
)
def test_which_addresses_reports_may_go_to(address: str, reason: str) -> None:
    assert why_refused(address) == reason


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    contact = mail_contact(text, scope="network", evidence=SEEN)
    assert contact.refused or "@" in contact.address
    assert not contact.refused or contact.refused in {"malformed", "placeholder", "not_abuse"}
    assert "\n" not in contact.address or contact.refused


def test_a_name_that_the_registry_calls_the_abuse_desk_is_taken() -> None:
    assert mail_contact("noc@host.net", scope="n", evidence=SEEN, takes_any=True).refused == ""


def test_usable_contacts_come_first_and_each_once() -> None:
    found = best_first(
        mail_contact(a, scope="n", evidence=SEEN)
        for a in ("noreply@host.net", "abuse@host.net", "ABUSE@HOST.NET")
    )
    assert [(c.address, c.refused) for c in found] == [
        ("abuse@host.net", ""),
        ("noreply@host.net", "placeholder"),
    ]


def page(rows: int, word: str) -> bytes:
    """A gallery: the same build whatever its length, words and links."""
    items = "".join(f"<li class='item n{n}'><a href='/{word}/{n}'>{word}</a>" for n in range(rows))
    parts = "abcdefghijklmnopq"
    more = "".join(f"<section class='part-{c}'><h2>{word}</h2><p>x</p></section>" for c in parts)
    head = "<header class='top'><nav class='menu'><a class='logo'>x</a></nav></header>"
    return f"<!doctype html><body class='dark'>{head}<ul class='grid'>{items}</ul>{more}".encode()


def test_two_pages_of_one_template_have_one_digest() -> None:
    first = read_page(page(20, "one"), url="https://a.example/").template
    second = read_page(page(35, "two"), url="https://b.example/").template
    other = read_page(page(20, "one").replace(b"grid", b"list"), url="https://a.example/").template
    assert first
    assert first == second != other


def test_a_small_page_has_no_template() -> None:
    assert read_page(b"<html><body><p>Welcome", url="https://a.example/").template == ""
