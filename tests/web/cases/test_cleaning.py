"""Addresses and words as people type them."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.base.errors import FieldsError
from staydown_web.cases.forms import MOST_FILES, MOST_URLS, Answers, clean_addition, clean_url
from staydown_web.cases.forms.addresses import origin_of

GOOD = {
    " https://Forum.Example/Pic?A=b#frag ": "https://forum.example/Pic?A=b",
    "forum.example": "https://forum.example/",
    "forum.example:8443/x": "https://forum.example:8443/x",
    "HTTP://FORUM.EXAMPLE:80/x": "http://forum.example/x",
    "https://forum.example:443": "https://forum.example/",
    "http://127.0.0.1:8161/p/1": "http://127.0.0.1:8161/p/1",
    "http://localhost:9/": "http://localhost:9/",
    "https://bücher.example/ä": "https://xn--bcher-kva.example/ä",
    "https://forum.example./x": "https://forum.example/x",
    "http://[2001:db8::1]/x": "http://[2001:db8::1]/x",
    "https://forum.example/a//b/../c": "https://forum.example/a//b/../c",
}
BAD = [
    "",
    "   ",
    "picture",
    "javascript:alert(1)",
    "data:image/png;base64,AA",
    "ftp://forum.example/x",
    "file:///etc/passwd",
    "https://user@forum.example/",
    "https://user:pass@forum.example/",
    "https://forum.example/a b",
    "https://forum.example\\@evil.example/",
    "https://forum.example/\x00",
    "https:///path",
    "https://forum.example:99999/",
    "https://forum.example:x/",
    "https://fo_rum.example/",
    "https://" + "a" * 70 + ".example/",
    "https://forum.example/" + "x" * 2000,
    "mailto:ada@mail.example",
]


@pytest.mark.parametrize("typed", GOOD)
def test_an_address_gets_its_one_form(typed: str) -> None:
    assert clean_url(typed) == GOOD[typed]
    assert clean_url(GOOD[typed]) == GOOD[typed]


@pytest.mark.parametrize("typed", BAD)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of its kinds
        clean_url(typed)


@given(st.text(max_size=80))
def test_whatever_is_typed_gives_an_address_or_a_refusal(typed: str) -> None:
    try:
        url = clean_url(typed)
    except ValueError:
        return
    parts = urlsplit(url)
    assert parts.scheme in {"http", "https"}
    assert parts.hostname
    assert not parts.fragment
    assert clean_url(url) == url
    assert origin_of(url).startswith(parts.scheme)


def clean(answers: Answers) -> Answers:
    return clean_addition(urls=[], files=[], answers=answers)[2]


def test_words_are_trimmed_and_lose_what_no_eye_sees() -> None:
    got = clean(
        Answers(
            name="  Ada\n  Example\x07 ", statement=" one\r\ntwo\x00 ", email=" a@mail.example "
        )
    )
    assert (got.name, got.statement, got.email) == ("Ada Example", "one\ntwo", "a@mail.example")


@pytest.mark.parametrize("name", ["statement", "place", "authority", "signature", "name", "phone"])
def test_words_that_are_too_long_are_refused_not_cut(name: str) -> None:
    with pytest.raises(FieldsError) as caught:
        clean(replace(Answers(), **{name: "1" * 4001}))
    assert name in caught.value.fields


@pytest.mark.parametrize(
    "email", ["ada", "a@b", "a@mail.example\nBcc: x@y.example", "a b@c.example"]
)
def test_an_e_mail_address_that_is_none_is_refused(email: str) -> None:
    with pytest.raises(FieldsError) as caught:
        clean(Answers(email=email))
    assert "email" in caught.value.fields


def test_there_is_a_most_of_addresses() -> None:
    urls = [f"https://forum.example/{n}" for n in range(MOST_URLS)]
    assert len(clean_addition(urls=urls, files=[], answers=Answers())[0]) == MOST_URLS
    with pytest.raises(FieldsError):
        clean_addition(urls=[*urls, "https://forum.example/x"], files=[], answers=Answers())


def test_every_wrong_address_is_counted_from_one() -> None:
    with pytest.raises(FieldsError) as caught:
        clean_addition(urls=["https://forum.example/", "nope nope"], files=[], answers=Answers())
    assert "2" in caught.value.fields["urls"]
    assert MOST_FILES >= 100
