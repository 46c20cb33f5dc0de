"""What a form without scripts asks of a case to which something is added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from staydown_web.cases.models import Case
from staydown_web.cases.services.notices import answers_of, facts_of
from staydown_web.portal.selectors.checker import Card, cards_of_waiting
from staydown_web.portal.selectors.notice import (
    coming_true,
    controls_of,
    first_notice,
    texts_to_sign,
)
from staydown_web.regimes.schemas import Requirement
from staydown_web.regimes.selectors import regime
from staydown_web.regimes.services import check_notice

ALWAYS: Final = frozenset({"place"})
"""Asked beside every address, and nothing by itself."""
SIGNED: Final = frozenset({"signature", "is_good_faith", "on_service", "role"})
"""What is said of a text that has to be read first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a case lacks, by the fields that give it.

    Attributes:
        cards: each notice that is not complete.
        fields: names of fields that give what these lack.
        texts: what is signed for them, law by law.
        online_fields: further names, asked only with an address, once a threat came true.
        online_texts: what is signed under the laws that then apply.
    """

    cards: tuple[Card, ...]
    fields: frozenset[str]
    texts: tuple[Mapping[str, Any], ...]
    online_fields: frozenset[str]
    online_texts: tuple[Mapping[str, Any], ...]

    @property
    def shown(self) -> frozenset[str]:
        """All fields that stand on the form."""
        return self.fields | self.online_fields

    def taken(self, *, has_urls: bool) -> frozenset[str]:
        """The fields of which an answer counts now."""
        return self.shown | ALWAYS if has_urls else self.fields


def asked_of(case: Case, *, now: datetime) -> Asked:
    """What the form asks of a case: what its notices lack, and what a threat that came true needs.

    Args:
        case: open.
        now: the moment, aware UTC.
    """
    cards = cards_of_waiting(case, now=now)
    found = {card.id: _controls(card.id, card.requirements) for card in cards}
    online = _online(case, now)
    return Asked(
        cards=cards,
        fields=_all(found),
        texts=_texts(case, found),
        online_fields=_all(online),
        online_texts=_texts(case, online),
    )


def _online(case: Case, now: datetime) -> dict[str, frozenset[str]]:
    """Law -> what it asks once the threat has an address; its text is always signed anew."""
    laws, first = coming_true(case), first_notice(case)
    if not laws or first is None:
        return {}
    facts = replace(
        facts_of(case, answers_of(first)),
        has_url=True,
        has_signature=False,
        has_good_faith=False,
    )
    return {
        law.id: _controls(law.id, check_notice(regime=law.id, facts=facts, now=now).requirements)
        for law in laws
    }


def _controls(law: str, requirements: Sequence[Requirement]) -> frozenset[str]:
    missing = {one.id for one in requirements if not one.is_met}
    elements = [element for element in regime(law).elements if element.id in missing]
    # Files need the other page.
    return frozenset(name for one in elements for name in controls_of(one)) - {"files"}


def _all(found: Mapping[str, Iterable[str]]) -> frozenset[str]:
    return frozenset(name for names in found.values() for name in names)


def _texts(case: Case, found: Mapping[str, frozenset[str]]) -> tuple[Mapping[str, Any], ...]:
    laws = [regime(law) for law, names in found.items() if names & SIGNED]
    return tuple(texts_to_sign(laws, case.language, case.acts_as))
