"""The wire of each partner, and what they all share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from staydown_web.base.fetching import Fetcher
from staydown_web.exchanges.partners.lists import HashList
from staydown_web.exchanges.partners.ncmec import Ncmec
from staydown_web.exchanges.partners.stopncii import StopNcii
from staydown_web.exchanges.partners.tat import TechAgainstTerrorism
from staydown_web.exchanges.partners.threatexchange import ThreatExchange
from staydown_web.exchanges.partners.wire import Field, Kind, Partner

_Class = (
    type[HashList]
    | type[Ncmec]
    | type[StopNcii]
    | type[TechAgainstTerrorism]
    | type[ThreatExchange]
)
_PARTNERS: Final[dict[Kind, _Class]] = {
    Kind.STOPNCII: StopNcii,
    Kind.NCMEC: Ncmec,
    Kind.THREATEXCHANGE: ThreatExchange,
    Kind.TAT: TechAgainstTerrorism,
    Kind.LIST: HashList,
}


def open_partner(
    kind: str, config: Mapping[str, str], secrets: Mapping[str, str], fetcher: Fetcher
) -> Partner:
    """The code of one partner, opened with one exchange's settings. Nothing is asked yet.

    Args:
        kind: a value of ``Kind``.
        config: values of the fields that are no secret.
        secrets: values of the secret ones.
        fetcher: the guarded way out.

    Raises:
        FieldsError: a setting that cannot be used, by its field's name.
    """
    return _PARTNERS[Kind(kind)](config, secrets, fetcher)


def partner_class(kind: str) -> type[Partner]:
    """The class of a kind, for what it says of itself: fields, feedback, signal types."""
    return _PARTNERS[Kind(kind)]


def fields_of(kind: str) -> tuple[Field, ...]:
    """What a partner's code has to know: the form's fields."""
    return partner_class(kind).fields
