"""Under which rules a notice is complete, side by side, and what to add: the server's own check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from staydown_web.cases.forms import Filing
from staydown_web.cases.models import Case, Notice
from staydown_web.cases.services.notices import answers_of, facts_of, facts_of_filing
from staydown_web.portal.selectors.texts import check_texts
from staydown_web.regimes.schemas import Findings, Requirement
from staydown_web.regimes.selectors import regime
from staydown_web.regimes.services import check_notice


@dataclass(frozen=True, slots=True)
class Card:
    """What was found under one regime.

    Attributes:
        id: of the regime.
        title: as lists show it.
        is_valid: complete.
        requirements: what is asked of this notice, each with whether it is there and a remedy.
        clock: how long the platform has, in words.
        due_at: by when it must have acted; None where no time runs.
    """

    id: str
    title: str
    is_valid: bool
    requirements: tuple[Requirement, ...]
    clock: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """All of it: one sentence, and a card for each regime."""

    summary: str
    cards: tuple[Card, ...]


def check_of_case(case: Case, *, now: datetime) -> Check:
    """The notices of a case that was just filed, as they were judged."""
    order = {id_: place for place, id_ in enumerate(case.regimes)}
    notices = sorted(case.notices.all(), key=lambda notice: order.get(notice.regime, len(order)))
    return _check([_card(_findings(case, notice, now), notice.due_at) for notice in notices])


def check_of_filing(filing: Filing, *, now: datetime) -> Check:
    """A filing that is not sent yet; nothing of it is stored."""
    facts = facts_of_filing(filing)
    found = [check_notice(regime=id_, facts=facts, now=now) for id_ in filing.regimes]
    return _check([_card(findings) for findings in found])


def _findings(case: Case, notice: Notice, now: datetime) -> Findings:
    facts = facts_of(case, answers_of(notice))
    return check_notice(regime=notice.regime, facts=facts, now=now)


def _card(findings: Findings, due_at: datetime | None = None) -> Card:
    law = regime(findings.regime)
    return Card(
        id=law.id,
        title=_(law.short_title),
        is_valid=findings.is_valid,
        requirements=findings.requirements,
        clock=_(law.clock.words),
        due_at=due_at,
    )


def _check(cards: Sequence[Card]) -> Check:
    texts, valid = check_texts(), sum(card.is_valid for card in cards)
    if cards and valid == len(cards):
        summary = texts["checkAll"]
    elif valid == 0:
        summary = texts["checkNone"]
    else:
        summary = texts["checkSome"].format(valid=valid, n=len(cards))
    return Check(summary, tuple(cards))
