"""On her own page: who else may look for her pictures, and what they were told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy

from staydown_web.cases.models import Case
from staydown_web.reports.selectors.partners import partners_now, told_of_case

_WORDS: Final[Mapping[str, Any]] = {
    "given": gettext_lazy("Got your fingerprints"),
    "doubted": gettext_lazy("Was told that the decision was reversed"),
    "withdrawn": gettext_lazy("Was asked to delete your fingerprints"),
}


_NEWS: Final[Mapping[str, Any]] = {
    "given": gettext_lazy("got the fingerprints"),
    "doubted": gettext_lazy("was told that the decision was reversed"),
    "withdrawn": gettext_lazy("was asked to delete the fingerprints"),
}


@dataclass(frozen=True, slots=True)
class ToldRow:
    """One thing that a partner was told.

    Attributes:
        partner: its name.
        words: what, as she reads it.
        news: what, as her caseworker reads it.
        at: when.
    """

    partner: str
    words: str
    news: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Partners:
    """What the part of the page shows.

    Attributes:
        agreed_at: since when they may look; None: they may not.
        names: who would get her fingerprints today.
        told: what they were told, oldest first.
    """

    agreed_at: datetime | None
    names: list[str]
    told: list[ToldRow]

    @property
    def can_agree(self) -> bool:
        """Whether there is anybody to say yes to."""
        return bool(self.names) and self.agreed_at is None

    @property
    def is_shown(self) -> bool:
        """Nothing is asked that has no effect; what was told stays to be seen."""
        return bool(self.names or self.told or self.agreed_at)


def partners_of(case: Case) -> Partners:
    """The part of a case's page about partners."""
    told = [
        ToldRow(one.partner, str(_WORDS[one.what]), str(_NEWS[one.what]), one.at)
        for one in told_of_case(case)
    ]
    return Partners(case.partners_agreed_at, partners_now(), told)
