"""Fifty leaks that must be caught, one kind after the other, and plain facts that must pass."""

from __future__ import annotations

import pytest
from django.utils import translation

from staydown_web.review.selectors.leaks import Known, leaks_in, what_to_remove

KNOWN = Known(
    names=("Anna Müller-Lüdenscheidt", "J. Okonkwo"),
    allowed=("Forum Example",),
    is_account=lambda word: word in {"88314", "night.owl"},
)

# An invisible letter and wide letters are written as escapes, so that a reader sees them.
LEAKS: list[tuple[str, str, str]] = [
    # who asked, as the case knows them
    ("name", "The picture changes a real photo of Anna so that it appears intimate.", "Anna"),
    ("name", "Reported by ANNA.", "ANNA"),
    ("name", "reported by anna, who is shown", "anna"),
    ("name", "It shows A n n a at home.", "A n n a"),
    ("name", "It shows Muller at a lake.", "Muller"),
    ("name", "It shows müller at a lake.", "müller"),
    ("name", "It shows An\u200bna at a lake.", "Anna"),
    ("name", "It shows \uff21\uff4e\uff4e\uff41 at a lake.", "Anna"),
    ("name", "It is Anna's own picture.", "Anna"),
    ("name", "Mr Okonkwo asked for it.", "Okonkwo"),
    ("name", "The post says annamullerludenscheidt.", "annamullerludenscheidt"),
    # people whom nobody told us
    ("name", "The picture shows Ms Tremblay at work.", "Ms Tremblay"),
    ("name", "The file was changed by Dr. Nakamura.", "Dr. Nakamura"),
    ("name", "It shows a person named Ottilie.", "Ottilie"),
    ("name", "It shows somebody called zorra.", "zorra"),
    ("name", "A photo of Kowalczyk was changed.", "Kowalczyk"),
    ("name", "Sofia did not agree to it.", "Sofia"),
    ("name", "It came after a breakup with Jean-Luc.", "Jean-Luc"),
    ("name", "The uploader, Tom Brennan, was told.", "Tom"),
    ("name", "Ihr Name ist bekannt: Katharina.", "Katharina"),
    # e-mail
    ("email", "Write to someone@mail.example about it.", "someone@mail.example"),
    ("email", "Write to some.one+x@mail.co.uk.", "some.one+x@mail.co.uk"),
    ("email", "Write to someone (at) mail (dot) example.", "someone (at) mail (dot) example"),
    ("email", "Write to someone[at]mail.example.", "someone[at]mail.example"),
    ("email", "Write to someone at mail dot com.", "someone at mail dot com"),
    # web addresses
    ("address", "See https://forum.example/post/1 for it.", "https://forum.example/post/1"),
    ("address", "See hxxps://forum[.]example/post/1", "hxxps://forum[.]example/post/1"),
    ("address", "See www.forum.example", "www.forum.example"),
    ("address", "It was first shown on badsite.net.", "badsite.net"),
    ("address", "See forum.example/post/1", "forum.example/post/1"),
    ("address", "It lies on 203.0.113.9 today.", "203.0.113.9"),
    ("address", "It was spread on t.me/some_group", "t.me/some_group"),
    # telephone
    ("phone", "Call +44 20 7946 0000.", "+44 20 7946 0000"),
    ("phone", "Call 0049 171 1234567.", "0049 171 1234567"),
    ("phone", "Call (030) 123 456.", "(030) 123 456"),
    ("phone", "Call 555-123-4567.", "555-123-4567"),
    ("phone", "Call 0171 1234567.", "0171 1234567"),
    # numbers of cases and people
    ("case_number", "It is case C-7Q2M-4KXR.", "C-7Q2M-4KXR"),
    ("case_number", "It is c-7q2m.", "c-7q2m"),
    ("case_number", "See R-7Q2M-4KXR too.", "R-7Q2M-4KXR"),
    ("case_number", "The police have it as file no. 2026/1184-K.", "file no. 2026/1184-K"),
    ("case_number", "Aktenzeichen: 12/4711", "Aktenzeichen: 12/4711"),
    ("number", "Her identity card is 9912043310.", "9912043310"),
    ("number", "IBAN DE44 5001 0517 5407 3249 31", "DE44 5001 0517 5407 3249 31"),
    # accounts
    ("account", "It was posted by @night_owl.", "@night_owl"),
    ("account", "It was posted by u/nightowl_92.", "u/nightowl_92"),
    ("account", "It was posted by nightowl92.", "nightowl92"),
    ("account", "The account 88314 posted it.", "88314"),
    ("account", "It was sent by owl#4711.", "owl#4711"),
    # where somebody lives
    ("street", "It was taken at 12 Rosewood Avenue.", "12 Rosewood Avenue"),
]

CLEAN = [
    "",
    "The picture changes a real photo so that it appears intimate. A person decided.",
    "It was found after a notice on 26 November 2026 at 10:15.",
    "A banana and an annal are no names.",
    "Art. 16 and 17; 12 of 256 cells differ.",
    "The video shows from 0:12 to 1:40 what was reported before.",
    "It is the same picture, mirrored and 4 % smaller, saved again as JPEG.",
    "The TAKE IT DOWN Act (47 USC 223a) asks for removal within 48 hours.",
    "Regulation (EU) 2022/2065, Article 17; Directive (EU) 2024/1385, Article 5.",
    "The Online Safety Act covers what is the same, or substantially the same.",
    "It breaks section 4 of the rules of Forum Example.",
    "It is hidden in the European Union until 31 December 2026.",
    "The upload was stopped on Thursday. I looked at it, and it is intimate.",
    "Two copies were removed; three uploads are held. Nobody else saw them.",
    "The person shown did not agree. It was changed by software: one region was replaced.",
    "A man and a woman can be seen. The face was put on another body.",
    "It is a PNG of 640 x 480 pixels, with a score of 0.97.",
    "The account that uploaded it had no licence from the person shown.",
    "The picture shows a place and no person.",
]
GERMAN = [
    "Das Bild ist eine veränderte Kopie eines gemeldeten Bildes. Ein Mensch hat entschieden.",
    "Die Aufnahme zeigt eine Person in einer intimen Lage, ohne deren Einwilligung.",
]
FRENCH = ["L'image a été trouvée après un signalement. Une personne a décidé le 3 mars 2026."]
SPANISH = ["La imagen se encontró tras un aviso. Una persona decidió el 3 de marzo de 2026."]


def test_there_are_fifty() -> None:
    assert len(LEAKS) == len({text for _kind, text, _part in LEAKS}) == 50


@pytest.mark.parametrize(("kind", "text", "part"), LEAKS)
def test_a_leak_is_caught_and_named(kind, text, part) -> None:
    found = leaks_in(text, KNOWN)
    assert kind in {leak.kind for leak in found}, found
    assert any(part in leak.found or leak.found in part for leak in found), found
    assert "Please take out" in what_to_remove(found)


@pytest.mark.parametrize("text", CLEAN)
def test_plain_facts_pass(text) -> None:
    assert leaks_in(text, KNOWN) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [*(("de", t) for t in GERMAN), *(("fr", t) for t in FRENCH), *(("es", t) for t in SPANISH)],
)
def test_plain_facts_in_other_languages_pass(language, text) -> None:
    with translation.override(language):
        assert leaks_in(text, KNOWN) == []


def test_a_usual_name_is_caught_in_german_too() -> None:
    with translation.override("de"):
        found = leaks_in("Das Bild zeigt Katharina am See.", KNOWN)
    assert [leak.found for leak in found] == ["Katharina"]


def test_each_leak_is_named_once() -> None:
    found = leaks_in("Anna and Anna and a@b.example", KNOWN)
    assert [leak.kind for leak in found] == ["name", "email"]
    words = what_to_remove(found)
    assert "“Anna” (a name)" in words
    assert "an e-mail address" in words
