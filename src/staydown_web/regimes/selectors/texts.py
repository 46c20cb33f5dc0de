"""What a notifier signs, word for word, and its digest; and what to say of an open start."""

from __future__ import annotations

import hashlib

from django.utils.translation import gettext, override

from staydown_web.base.errors import InputError
from staydown_web.regimes.schemas import Regime


def signing_text(regime: Regime, language: str, acts_as: str = "self") -> str:
    """The exact text that the notifier signs.

    Args:
        regime: under which the notice is given.
        language: code of one of the service's languages, such as ``es``; English where a
            translation is missing, for a text that binds must not be half in each.
        acts_as: ``self`` or ``representative``.

    Returns:
        Paragraphs, with an empty line between; the same call gives the same bytes.

    Raises:
        InputError: another value of ``acts_as``.
    """
    if acts_as not in regime.texts:
        raise InputError("acts_as: want self or representative")
    english = regime.texts[acts_as]
    with override(language):
        translated = [gettext(paragraph) for paragraph in english]
    is_whole = all(a != b for a, b in zip(translated, english, strict=True))
    return "\n\n".join(translated if is_whole else english)


def text_digest(text: str) -> str:
    """SHA-256 of a signed text in UTF-8, 64 hex digits; kept with the notice."""
    return hashlib.sha256(text.encode()).hexdigest()


def start_note(regime: Regime) -> str:
    """What it means for a notice that a law's first day is not confirmed, in the language in use.

    Returns:
        Plain sentences, to be shown wherever the time of this law is; empty where the first day is
        known, and for a platform's own rules.
    """
    if not regime.is_start_open:
        return ""
    words = gettext("It is not confirmed on which day this duty begins. Your notice is kept.")
    return f"{words} {open_time_words()}"


def open_time_words() -> str:
    """How a time is meant that is counted under a law of which the first day is not confirmed."""
    return gettext(
        "We count the time as if it had begun. If it begins later, the law does not bind the "
        "website to this time."
    )


def open_start_words(regime: Regime) -> str:
    """That the first day of a law is not confirmed, in a short sentence; empty for any other."""
    if not regime.is_start_open:
        return ""
    return gettext("It is not confirmed on which day this duty begins.")


def act_by_words(regime: Regime | None) -> str:
    """What stands before the moment of a time limit; conditional where its law may not bind yet."""
    if regime is not None and regime.is_start_open:
        return gettext("If this duty is in force already, the website must act by")
    return gettext("The website must act by")


def ended_on_words(regime: Regime | None) -> str:
    """What stands before the moment at which a time limit ended, as ``act_by_words``."""
    if regime is not None and regime.is_start_open:
        return gettext("If this duty is in force already, the time ended on")
    return gettext("It ended on")


def must_act_words(name: str, *, is_sure: bool) -> str:
    """That a website must act, where lists say it in few words, as ``act_by_words``."""
    if not is_sure:
        return gettext("If this duty is in force already, %(name)s must act") % {"name": name}
    return gettext("%(name)s must act") % {"name": name}


def time_over_words(name: str) -> str:
    """The same once a time is over under laws alone of which the first day is not confirmed."""
    return gettext("If this duty is in force already, the time for %(name)s is over") % {
        "name": name
    }


def marked(title: str, regime: Regime) -> str:
    """How a law is called where something is said of its time."""
    if not regime.is_start_open:
        return title
    return gettext("%(where)s (start not confirmed)") % {"where": title}


def where_words(regime: Regime) -> str:
    """Where a law holds, short, with a mark where its first day is not confirmed."""
    return marked(regime.jurisdiction, regime)
