"""What in a text for the public could lead to a person: names, addresses, numbers, accounts.

A net for mistakes, not a proof: a person reads each text before it goes out. It errs on the side of
asking. ``docs/statements.md`` says what it finds and what it cannot find.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from staydown_web.regimes.selectors import regimes
from staydown_web.review.selectors.leak_patterns import CALLED, HONORIFIC, PATTERNS

_DATA = Path(__file__).resolve().parents[1] / "data"
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['\u2019]s?$")
_JOINTS = re.compile(r"[-'\u2019]")
_ENDS = re.compile(r"(?:^|[.!?:;\u2013\u2014•\n“”\"„«»(\[]|\d[.)])\s*$")
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_LEAST_LETTERS = 3
_MOST_TOKENS = 400


@dataclass(frozen=True, slots=True)
class Leak:
    """Something to take out.

    Attributes:
        kind: ``email``, ``address``, ``case_number``, ``phone``, ``number``, ``account``,
            ``street`` or ``name``.
        found: as it stands in the text.
    """

    kind: str
    found: str


_ORDINARY = frozenset(
    {
        "person",
        "persona",
        "personne",
        "bild",
        "bilder",
        "image",
        "images",
        "imagen",
        "picture",
        "pictures",
        "foto",
        "fotos",
        "photo",
        "photos",
        "video",
        "videos",
        "post",
        "account",
        "konto",
        "compte",
        "cuenta",
        "copy",
        "kopie",
        "copie",
        "copia",
    }
)
"""Words that every statement uses: they lead to nobody, also where they stand in a name."""


def _nobody(_word: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a case, so that it is found however it is written.

    Attributes:
        names: of people, as they gave and signed them.
        allowed: words that may be written with a capital, such as the platform's own name.
        is_account: whether a word is an account of the platform that the case is about.
    """

    names: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    is_account: Callable[[str], bool] = _nobody


def plain(text: str) -> str:
    """Small letters without accents, so that a name is found however it is written."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def leaks_in(text: str, known: Known = Known()) -> list[Leak]:
    """Everything in a text that could lead to a person, each once, in the order of the text.

    Args:
        text: as a person wrote it, in any of the languages of the service.
        known: of the case.
    """
    clean = unicodedata.normalize("NFKC", text).translate(_INVISIBLE)
    found: list[tuple[int, Leak]] = []
    taken: list[tuple[int, int]] = []
    for kind, pattern in PATTERNS:
        for match in pattern.finditer(clean):
            if not any(start < match.end() and match.start() < end for start, end in taken):
                taken.append(match.span())
                found.append((match.start(), Leak(kind, match.group().strip(" ,;"))))
    rest = _blanked(clean, taken)
    found += _known_names(rest, known.names)
    found += _accounts(rest, known)
    found += _names(rest, known)
    ordered = [leak for _at, leak in sorted(found, key=lambda one: one[0])]
    return list(dict.fromkeys(ordered))


def what_to_remove(leaks: Sequence[Leak]) -> str:
    """In words for the reviewer, such as "Please take out “Anna” (a name)."."""
    words = {
        "email": _("an e-mail address"),
        "address": _("a web address"),
        "case_number": _("a case number"),
        "phone": _("a telephone number"),
        "number": _("a number that belongs to somebody"),
        "account": _("an account"),
        "street": _("where somebody lives"),
        "name": _("a name"),
    }
    parts = [
        _("“%(found)s” (%(what)s)") % {"found": leak.found[:60], "what": words[leak.kind]}
        for leak in leaks[:5]
    ]
    return _("Please take out %(list)s. Nothing here may lead to a person.") % {
        "list": ", ".join(parts)
    }


def _blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    letters = list(text)
    for start, end in spans:
        letters[start:end] = " " * (end - start)
    return "".join(letters)


def _known_names(text: str, names: Iterable[str]) -> Iterator[tuple[int, Leak]]:
    """Each part of a name that the case holds, spaced out or run together too."""
    parts = {p for name in names for p in re.findall(r"[^\W\d_]+", plain(name))}
    parts = {part for part in parts if len(part) >= _LEAST_LETTERS} - _ORDINARY
    for match in re.finditer(r"[^\W_]+", text):
        if plain(match.group()) in parts:
            yield match.start(), Leak("name", match.group())
    for match in re.finditer(r"\b(?:[^\W\d_][ .\-_]){2,}[^\W\d_]\b", text):
        if re.sub(r"[ .\-_]", "", plain(match.group())) in parts:
            yield match.start(), Leak("name", match.group())
    whole = {re.sub(r"[\W\d_]", "", plain(name)) for name in names}
    for match in re.finditer(r"\w{5,}", text):
        letters = re.sub(r"[\W\d_]", "", plain(match.group()))
        if any(len(one) >= 6 and one in letters for one in whole):
            yield match.start(), Leak("name", match.group())


def _accounts(text: str, known: Known) -> Iterator[tuple[int, Leak]]:
    for place, match in enumerate(re.finditer(r"\S+", text)):
        if place >= _MOST_TOKENS:
            return
        word = match.group().strip(".,;:!?()[]“”\"'„«»")
        if word and known.is_account(word):
            yield match.start(), Leak("account", word)


def _names(text: str, known: Known) -> Iterator[tuple[int, Leak]]:
    """Names that nobody told us: by a title before them, by being usual, by their capital."""
    for match in HONORIFIC.finditer(text):
        yield match.start(), Leak("name", match.group())
    allowed = _allowed(known.allowed)
    for match in CALLED.finditer(text):
        if plain(match.group(1)) not in allowed:
            yield match.start(1), Leak("name", match.group(1))
    usual, in_german = _usual_names(), (get_language() or "en").startswith("de")
    for match in _WORD.finditer(text):
        word = _POSSESSIVE.sub("", match.group())
        if word[:1].islower() or plain(word) in allowed:
            continue
        is_usual = any(part in usual for part in _JOINTS.split(plain(word)))
        if is_usual or (not in_german and _is_within(text, match.start(), word)):
            yield match.start(), Leak("name", word)


def _is_within(text: str, start: int, word: str) -> bool:
    """Whether a word with a capital stands within a sentence; all capitals are an abbreviation."""
    is_short_form = len(word) == 1 or (word.isupper() and len(word) <= 6)
    return not is_short_form and not _ENDS.search(text[:start])


@cache
def _words_of(name: str) -> frozenset[str]:
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _usual_names() -> frozenset[str]:
    return _words_of("first_names.txt")


@cache
def _words_of_laws() -> frozenset[str]:
    laws = regimes().values()
    titles = " ".join(f"{law.title} {law.short_title} {law.jurisdiction}" for law in laws)
    return frozenset(plain(word) for word in re.findall(r"[^\W\d_]+", titles))


def _allowed(more: Iterable[str]) -> frozenset[str]:
    own = {plain(word) for text in more for word in re.findall(r"[^\W\d_]+", text)}
    return _words_of("known_capitals.txt") | _words_of_laws() | own
