"""On her own page: her links on sites that do not work with us, and who was written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.cases.models import Case, Location
from staydown_web.escalation.models import Report, Watch
from staydown_web.escalation.selectors.sender import sender
from staydown_web.escalation.selectors.watches import of_case
from staydown_web.escalation.services.first_facts import basis_of
from staydown_web.reports.selectors.providers import ProviderTold, providers_told

_STATES: Final[Mapping[str, Any]] = {
    "waiting": gettext_lazy("Written; a person here checks it before it leaves"),
    "sent": gettext_lazy("Sent"),
    "delivered": gettext_lazy("Delivered"),
    "failed": gettext_lazy("Could not be delivered; we look for another way"),
}
_OUTCOMES: Final[Mapping[str, Any]] = {
    Report.Outcome.ACTIONED: gettext_lazy("They acted"),
    Report.Outcome.REFUSED: gettext_lazy("They refused"),
    Report.Outcome.NO_ANSWER: gettext_lazy("No answer in time"),
    Report.Outcome.WRONG_CONTACT: gettext_lazy("It did not reach them; we look for another way"),
    Report.Outcome.NEED_MORE: gettext_lazy("They ask for more; we look into it"),
}
_WHY: Final[Mapping[str, Any]] = {
    Report.Purpose.FIRST_NOTICE: gettext_lazy("Your notice"),
    Report.Purpose.DELISTING: gettext_lazy("To leave your links out of the search"),
    Report.Purpose.PROVIDER: gettext_lazy("Keeps the site online, pays it or sells it ads"),
}
_SEEN: Final[Mapping[str, Any]] = {
    Watch.State.THERE: gettext_lazy("Still there"),
    Watch.State.GONE: gettext_lazy("Gone when we looked"),
    Watch.State.MOVED: gettext_lazy("Moved to another page"),
    Watch.State.GEO_BLOCKED: gettext_lazy("Closed to the country that we look from"),
    Watch.State.UNREACHABLE: gettext_lazy("The site did not answer"),
    Watch.State.BACK: gettext_lazy("There again"),
}


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter, as she reads it.

    Attributes:
        to: who got it.
        why: what they are in this, or what it asks.
        words: how far it got, or what came of it.
        at: since when.
    """

    to: str
    why: str
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One of her links on such a site.

    Attributes:
        position: its number in her order.
        words: what was seen there.
        at: when somebody last looked.
    """

    position: int
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Providers:
    """What the part of the page shows.

    Attributes:
        agreed_at: since when we may write; None: we may not.
        is_ready: whether anybody here writes at all.
        links: how many of her links are on such sites.
        letters: what was written, oldest first.
        looks: what was seen at her links.
    """

    agreed_at: datetime | None
    is_ready: bool
    links: int
    letters: list[LetterRow]
    looks: list[LinkRow]

    @property
    def can_agree(self) -> bool:
        """Whether a yes would have an effect."""
        return self.is_ready and self.links > 0 and self.agreed_at is None

    @property
    def is_shown(self) -> bool:
        """Nothing is asked that has no effect; what was sent stays to be seen."""
        return self.can_agree or bool(self.letters) or self.agreed_at is not None


def providers_of(case: Case) -> Providers:
    """The part of a case's page about sites that do not work with us."""
    return Providers(
        agreed_at=case.providers_agreed_at,
        is_ready=writes_to_sites(),
        links=links_elsewhere(case),
        letters=[_letter(one) for one in providers_told(case)],
        looks=[
            LinkRow(row.position, str(_SEEN[row.state]), row.looked_at)
            for row in of_case(case)
            if row.looked_at is not None and row.state in _SEEN
        ],
    )


def complete_elsewhere(case: Case, *, now: datetime) -> tuple[str, str] | None:
    """Title and lead of a page whose notice lacks but a link on a website that works with us.

    Returns:
        None where it is complete here, where something else is missing, and where nobody here
        writes to other sites.
    """
    if case.valid_at is not None or not writes_to_sites() or not links_elsewhere(case):
        return None
    if not basis_of(case, now=now).is_complete:
        return None
    if case.providers_agreed_at is None:
        return _("Your notice is complete"), _(
            "It is complete for the sites that your links are on. They do not work with us: say "
            "here whether we may write to them for you."
        )
    return _("Your notice is complete"), _(
        "It is complete for the sites that your links are on. Here you see who was written to."
    )


def writes_to_sites() -> bool:
    """Whether this installation writes to sites that it does not serve."""
    row = sender()
    return row is not None and row.is_on


def elsewhere_words() -> str:
    """What she can expect of a site that has not joined."""
    if writes_to_sites():
        return _(
            "This website has not joined. Your page says what we can do there, under “Your links "
            "on other sites”."
        )
    return _(
        "This website has not joined, so we cannot act there. You can write to it yourself: look "
        "for “Report”, “Take it down” or “Contact” at the foot of its pages. A help line can do it "
        "with you."
    )


def elsewhere_words_of_helpline() -> str:
    """The same for who files for somebody, and has a list of whom to tell."""
    own = _("This website has not joined. Tell it yourself: it waits under “Not told yet”.")
    if not writes_to_sites():
        return own
    more = _("The page of the case says what we can do, under “Links on other sites”.")
    return f"{own} {more}"


def elsewhere_line() -> str:
    """The same while she writes, for the line ``{n}`` of her addresses."""
    if writes_to_sites():
        return _(
            "Line {n}: this website has not joined. Once you have sent your notice, your page says "
            "what we can do there."
        )
    return _(
        "Line {n}: this website has not joined, so we cannot act there. You can write to it "
        "yourself: look for “Report” or “Contact” at the foot of its pages."
    )


def elsewhere_note() -> str:
    """The shortest form, where the advice stands elsewhere on the page or stood before."""
    if writes_to_sites():
        return _("This website has not joined.")
    return _("This website has not joined, so we cannot act there.")


def links_elsewhere(case: Case) -> int:
    """How many links of a case are on sites that we do not serve, or whose time ran out."""
    rows = case.locations.filter(state=Location.State.ELSEWHERE)
    return max(rows.count(), len({row.location_id for row in of_case(case)}))


def _letter(one: ProviderTold) -> LetterRow:
    words = _OUTCOMES.get(one.outcome) or _STATES[one.state]
    return LetterRow(one.to, str(_WHY[Report.Purpose(one.purpose)]), str(words), one.at)
