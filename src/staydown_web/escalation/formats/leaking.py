"""Whether something private is in what leaves, in whatever way it is written there."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import fields
from functools import cache, partial

from staydown_web.escalation.formats.facts import Composed, SenderFacts
from staydown_web.escalation.formats.letters import LANGUAGES, LETTERS, read
from staydown_web.escalation.formats.unwrapping import all_readings, texts_of

_SHORT = 5
"""Below so many letters a word counts only where it stands alone: "Ana" is not in "analysis"."""
_SQUASHED = 8
"""From so many letters and digits on, what stands between them does not matter."""
_PHONE_DIGITS = 8
_SENTENCE = 24


def leaks(
    composed: Composed,
    private: Sequence[str],
    *,
    links: Sequence[str] = (),
    sender: SenderFacts | None = None,
) -> list[str]:
    """Which of the private texts are in a report.

    Every reading of it is searched: plain, the parts of a mail, base64, quoted-printable, percent,
    punycode, JSON and HTML escapes, hexadecimal, and these inside each other. Letters count alike
    in both cases, with and without accents, and however the words are parted. A digest of a private
    text counts as the text, the last digits of a telephone number as the number, and a sentence of
    a long text as the text. Words that every letter of ours holds are nobody's: a name such as
    "May" cannot be told from them.

    Args:
        composed: what is to leave.
        private: names, addresses, statements, file names, hashes. Without those that the report is
            to show: ``composed.shown`` says which it does.
        links: links that the report names; a private text within one of them does not count.
        sender: who writes; what a case and its sender have in common, such as the helpline's own
            address, does not count where it stands as the sender's.

    Returns:
        Those of ``private`` that are in it, each once, in their order.
    """
    wanted = dict.fromkeys(text for text in private if len(_folded(text)) > 1)
    everything = _compared(all_readings(texts_of(composed, as_sent=True)))
    found = [text for text in wanted if _is_in(text, everything) and not _is_ours(text)]
    senders = _of_sender(sender)
    if not found or not (links or senders):
        return found
    # What is in a link is looked for again in what the report says besides its links.
    named = [form for form in all_readings(links) if "://" in form]
    on_purpose = _compared([*all_readings(links), *senders])
    cut = partial(_cut_out, _any_of([*named, *senders]))
    rest = _compared(all_readings(texts_of(composed, as_sent=False), without=cut))
    return [text for text in found if not _is_in(text, on_purpose) or _is_in(text, rest)]


class _Reading:
    """One reading of the report in the forms in which it is compared."""

    def __init__(self, text: str) -> None:
        self.folded = _folded(text)
        self.squashed = _squashed(self.folded)
        self.numbers = [re.sub(r"\D", "", run) for run in re.findall(r"[\d\s()+./-]{7,}", text)]


def _is_in(private: str, readings: Sequence[_Reading]) -> bool:
    needles = [_folded(private), *_sentences(private)]
    digests = _digests(private)
    return any(
        any(_holds(reading, needle) for needle in needles)
        or any(digest in reading.squashed for digest in digests)
        or _holds_phone(reading, private)
        for reading in readings
    )


def _holds(reading: _Reading, needle: str) -> bool:
    if len(needle) < _SHORT:
        return re.search(rf"(?<!\w){re.escape(needle)}(?!\w)", reading.folded) is not None
    if needle in reading.folded:
        return True
    squashed = _squashed(needle)
    return len(squashed) >= _SQUASHED and squashed in reading.squashed


def _holds_phone(reading: _Reading, private: str) -> bool:
    digits = re.sub(r"\D", "", private)
    if len(digits) < _PHONE_DIGITS or not re.fullmatch(r"[\d\s()+./-]+", private.strip()):
        return False
    # The front differs: +49 and 0049 and 0 are one country.
    return any(digits[-_PHONE_DIGITS:] in number for number in reading.numbers)


def _sentences(private: str) -> list[str]:
    parts = re.split(r"[.!?\n]+", private)
    return [_folded(part) for part in parts if len(parts) > 1 and len(part.strip()) >= _SENTENCE]


def _digests(private: str) -> list[str]:
    forms = {private, private.strip(), private.strip().lower()}
    return [
        hashlib.new(name, form.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
        for form in sorted(forms)
        for name in ("md5", "sha1", "sha256")
    ]


def _folded(text: str) -> str:
    """One case, no accents, no characters that are not seen, single spaces."""
    # By way of capitals, where letters meet that are two when small: i with and without its dot.
    parted = unicodedata.normalize("NFKD", text.upper().casefold())
    seen = (c for c in parted if unicodedata.category(c) not in {"Mn", "Cf"})
    return " ".join("".join(seen).split())


def _squashed(folded: str) -> str:
    return "".join(c for c in folded if c.isalnum())


def _compared(readings: Sequence[str]) -> list[_Reading]:
    return [_Reading(text) for text in readings]


def _any_of(forms: Sequence[str]) -> re.Pattern[str]:
    # Longest first, so that what is left of a link is never the rest of a longer one.
    longest_first = sorted(set(forms), key=len, reverse=True)
    return re.compile("|".join(re.escape(form) for form in longest_first) or r"(?!)")


def _cut_out(found: re.Pattern[str], text: str) -> str:
    return found.sub(" ", text)


def _of_sender(sender: SenderFacts | None) -> list[str]:
    if sender is None:
        return []
    return [value for f in fields(sender) if len(value := str(getattr(sender, f.name))) >= _SHORT]


def _is_ours(private: str) -> bool:
    """Whether it is nothing but whole words of our letters."""
    return re.search(rf"(?<!\w){re.escape(_folded(private))}(?!\w)", _own_words()) is not None


@cache
def _own_words() -> str:
    """The fixed words of every letter, in all languages, a line a text."""
    kinds = sorted(path.name for path in LETTERS.iterdir() if path.is_dir())
    texts = [text for kind in kinds for code in LANGUAGES for text in read(kind, code).values()]
    return "\n".join(_folded(re.sub(r"\{\w+\}", " ", text)) for text in texts)
