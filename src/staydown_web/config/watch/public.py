"""What people are told who use the service, where something that they feel is wrong.

A line says what is slow and what it means for her, never why: no name of a part, no code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from staydown_web.base.clock import utc_now
from staydown_web.config.watch.looking import WATCH
from staydown_web.config.watch.troubles import Effect, Level, Part, Seen, Trouble
from staydown_web.config.watch.words import kind_of

TOLD_AFTER: Final = timedelta(minutes=1)
"""What is over within a minute worries nobody needlessly."""

_HERE: Final[dict[Effect, Any]] = {
    Effect.NOTICES: _(
        "We cannot take anything in at the moment. Please come back in an hour. If you cannot "
        "wait, a help line can help you now."
    ),
    Effect.ANSWERS: _(
        "Our answers take longer than usual at the moment. What you send is kept, and we work on "
        "it as soon as we can."
    ),
    Effect.LETTERS: _(
        "We cannot send e-mails at the moment. You will see everything new on your page."
    ),
    Effect.PAGES: _(
        "Many people are here at the moment, so a page can take longer. What you send is kept."
    ),
}
_ON_HER_PAGE: Final[dict[Effect, Any]] = {
    Effect.NOTICES: _(
        "We cannot take anything new in at the moment. What you sent before is kept. Please come "
        "back in an hour."
    ),
    Effect.ANSWERS: _(
        "We are slower than usual at the moment. What you sent is kept, and nothing of it is lost."
    ),
    Effect.LETTERS: _("We cannot send e-mails at the moment. Everything new is on this page."),
    Effect.COPIES: _(
        "Checks of new uploads take longer at the moment. What was removed stays removed."
    ),
    Effect.PAGES: _(
        "Many people are here at the moment, so a page can take longer. What you sent is kept."
    ),
}
_PUBLIC_PARTS: Final = (Part.DATABASE, Part.WEB, Part.BANK, Part.WORKER, Part.MAIL, Part.DISK)
CLOCK_RUNS_ON: Final = _(
    "Your clock runs on: the websites have no more time than before, and you need to do nothing."
)


@dataclass(frozen=True, slots=True)
class Line:
    """What is said on one kind of page.

    Attributes:
        sentences: the gravest first.
        since: from when on.
        has_clock: whether a word about her clock belongs to it.
    """

    sentences: tuple[Any, ...]
    since: datetime
    has_clock: bool

    @property
    def clock(self) -> Any:
        """The word about her clock; empty where it does not belong here."""
        return CLOCK_RUNS_ON if self.has_clock else ""


class PublicStatus:
    """For templates: ``public_status.here`` and ``public_status.her_page``; None where all is well.

    Args:
        seen: what the last look found; None before the first.
        now: the moment, aware UTC.
    """

    def __init__(self, seen: Seen | None, now: datetime) -> None:
        self._felt = felt(seen.troubles if seen else (), now)

    @cached_property
    def here(self) -> Line | None:
        """For the first page and those of a notice."""
        return self._line(_HERE, has_clock=False)

    @cached_property
    def her_page(self) -> Line | None:
        """For the page of a case."""
        return self._line(_ON_HER_PAGE, has_clock=True)

    def _line(self, words: dict[Effect, Any], *, has_clock: bool) -> Line | None:
        said = [(effect, since) for effect, since in self._felt.items() if effect in words]
        if not said:
            return None
        ordered = sorted(said, key=lambda row: list(Effect).index(row[0]))
        sentences = tuple(words[effect] for effect, _since in ordered)
        return Line(sentences, min(since for _effect, since in said), has_clock)


def felt(troubles: Iterable[Trouble], now: datetime) -> dict[Effect, datetime]:
    """What somebody outside feels, and since when."""
    effects: dict[Effect, datetime] = {}
    for one in troubles:
        kind, since = kind_of(one), one.since or now
        if kind.effect is None or kind.level is Level.NOTE or now - since < TOLD_AFTER:
            continue
        effects[kind.effect] = min(since, effects.get(kind.effect, since))
    return effects


def public_status(request: HttpRequest) -> dict[str, Any]:
    """For templates: the public line. It reads what the last look found, and never looks itself."""
    now = utc_now()
    return {"public_status": PublicStatus(WATCH.latest(now), now)}


def parts_seen(now: datetime) -> dict[str, Any]:
    """How each part stood at the last look, for ``/status``: no code, no name, no number.

    Returns:
        ``{"parts": {"worker": "works", …}}`` with ``works``, ``works in part`` or
        ``does not work``; empty before the first look.
    """
    seen = WATCH.latest(now)
    if seen is None:
        return {}
    levels: dict[Part, list[Level]] = {}
    for one in seen.troubles:
        levels.setdefault(kind_of(one).part, []).append(kind_of(one).level)
    return {"parts": {str(part): _standing(levels.get(part, [])) for part in _PUBLIC_PARTS}}


def _standing(levels: Iterable[Level]) -> str:
    found = set(levels)
    if Level.BROKEN in found:
        return "does not work"
    return "works in part" if Level.LIMITED in found else "works"
