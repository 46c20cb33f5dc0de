"""States, errors and counts of exchanges in words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.banks.models import Response
from staydown_web.exchanges.forms import EVERY, POLICY
from staydown_web.exchanges.models import Exchange
from staydown_web.exchanges.partners.wire import FeedbackKind

OPEN_END = 64
"""A band of distances that ends later says "or more": nothing lies there."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong, and what can be done.

    Attributes:
        what: one sentence.
        remedy: one or two.
        code: as logs and the documents name it.
    """

    what: str
    remedy: str
    code: str


def error_words(code: str) -> Trouble:
    """An error's code in words."""
    match code:
        case "exchange_auth":
            what = _("The partner refuses the credentials.")
            remedy = _("Ask the partner whether they still hold, and enter them anew.")
        case "exchange_payload":
            what = _("The partner's answer could not be understood, or was only half there.")
            remedy = _("It is tried again by itself. Where it stays so for a day, ask the partner.")
        case "exchange_unavailable" | "address_unreachable":
            what = _("The partner could not be reached, or asks to wait.")
            remedy = _("It is tried again by itself, with longer pauses.")
        case "address_refused":
            what = _("This service never goes to an address of this kind.")
            remedy = _("Check the address in the settings.")
        case "seal_broken":
            what = _("What is stored could not be opened with this installation's key.")
            remedy = _("Bring back the key file from the backup, or enter the credentials anew.")
        case _other:
            what = _("It could not be done.")
            remedy = _("It is tried again by itself. The code tells more in the documents.")
    return Trouble(what, remedy, code)


@dataclass(frozen=True, slots=True)
class Health:
    """How a list stands: the tone of its chip, its icon, and the words."""

    tone: str
    icon: str
    words: str


def health_of(exchange: Exchange) -> Health:
    """How a list stands now."""
    if exchange.state == Exchange.State.OFF:
        return Health("wait", "i-dot", _("Not read"))
    if exchange.is_stopped:
        return Health("heed", "i-look", _("Stands still"))
    if exchange.failures:
        n = exchange.failures
        said = ngettext("Failed %(n)d time in a row", "Failed %(n)d times in a row", n)
        return Health("now", "i-half", said % {"n": n})
    if exchange.fetched_at is None:
        return Health("wait", "i-half", _("Being read for the first time"))
    return Health("done", "i-check", _("Up to date"))


def told_words(what: str) -> str:
    """One kind of what a partner is told."""
    words = {
        FeedbackKind.SEEN: _("A copy came up here"),
        FeedbackKind.BLOCKED: _("A person confirmed it, and copies are stopped"),
        FeedbackKind.NOT_BLOCKED: _("A person looked, and kept the content"),
        FeedbackKind.DISPUTED: _("A person here says that it does not belong in the list"),
        FeedbackKind.WITHDRAWN: _("What we gave counts no more"),
        "given": _("An entry of ours"),
    }
    return words.get(what, what)


def policy_words(exchange: Exchange) -> list[tuple[str, str]]:
    """What the list does with each kind of match once it is on, or does now."""
    is_on = exchange.state == Exchange.State.ON
    words = dict(Response.choices)
    rows = []
    for name in POLICY:
        does = str(getattr(exchange.bank, name) if is_on else exchange.policy[name])
        rows.append((kind_words(name.removeprefix("on_")), str(words[does])))
    return rows


def every_words(every_s: int) -> str:
    """How often a list is read."""
    if every_s in dict(EVERY):
        return str(dict(EVERY)[every_s])
    minutes = max(1, round(every_s / 60))
    return ngettext("every %(n)d minute", "every %(n)d minutes", minutes) % {"n": minutes}


def kind_words(kind: str) -> str:
    """A kind of match."""
    words = {
        "identical": _("The same bytes"),
        "same": _("The same picture or video"),
        "part": _("A part of it"),
        "altered": _("An altered copy"),
    }
    return words.get(kind, kind)


def band_words(least: int, most: int) -> str:
    """How far two hashes are apart."""
    if most == 0:
        return _("No bit differs")
    if least == most:
        n = least
        return ngettext("%(n)d bit differs", "%(n)d bits differ", n) % {"n": n}
    if most > OPEN_END:
        return _("%(least)d bits or more differ") % {"least": least}
    return _("%(least)d to %(most)d bits differ") % {"least": least, "most": most}
