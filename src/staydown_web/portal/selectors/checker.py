"""Under which rules a notice is complete, side by side, and what to add: the server's own check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from staydown_web.cases.forms import Filing, clean_url, origin_of
from staydown_web.cases.models import Case, Location, Notice
from staydown_web.cases.services.notices import answers_of, facts_of, facts_of_filing
from staydown_web.cases.services.places import owners, url_of
from staydown_web.portal.selectors.addresses import host_of
from staydown_web.portal.selectors.notice import controls_of, names_bound
from staydown_web.portal.selectors.providers import elsewhere_words, elsewhere_words_of_helpline
from staydown_web.portal.selectors.texts import check_texts
from staydown_web.regimes.schemas import Findings, RequiredElement, Requirement
from staydown_web.regimes.selectors import act_by_words, regime, start_note
from staydown_web.regimes.services import check_notice


@dataclass(frozen=True, slots=True)
class Card:
    """What was found under one regime.

    Attributes:
        id: of the regime.
        title: as lists show it.
        is_valid: complete.
        requirements: what is asked of this notice, each with whether it is there and a remedy.
        anchors: id of a requirement -> the field of the form on one page that gives it.
        clock: how long the platform has, in words.
        due_at: by when it must have acted; None where no time runs.
        start_note: what it means for her that the law's first day is not confirmed; else empty.
        websites: names of the platforms to which it applies, where several are served; else empty.
    """

    id: str
    title: str
    is_valid: bool
    requirements: tuple[Requirement, ...]
    anchors: dict[str, str]
    clock: str
    due_at: datetime | None = None
    start_note: str = ""
    websites: str = ""

    @property
    def act_by(self) -> str:
        """What stands before the moment by which the platform must have acted."""
        return act_by_words(regime(self.id))

    @property
    def rows(self) -> list[tuple[Requirement, str]]:
        """Each requirement, and the field that gives it."""
        return [(row, self.anchors.get(row.id, "")) for row in self.requirements]


@dataclass(frozen=True, slots=True)
class Check:
    """All of it: one sentence, and a card for each regime.

    Attributes:
        summary: under how many of the rules it is complete.
        cards: one for each, in the order in which she chose them.
        remarks: addresses that count under none, because their website has not joined.
    """

    summary: str
    cards: tuple[Card, ...]
    remarks: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether the notice is complete under every rule that was chosen."""
        return all(card.is_valid for card in self.cards)

    @property
    def act_by(self) -> str:
        """What stands before the nearest of the moments, under a law of known start if one is."""
        timed = [(card.due_at, bool(card.start_note), card) for card in self.cards if card.due_at]
        return min(timed, key=lambda one: one[:2])[2].act_by if timed else act_by_words(None)

    @property
    def has_sure_time(self) -> bool:
        """Whether a time limit runs under a law of which the first day is known."""
        return any(card.due_at and not card.start_note for card in self.cards)


def check_of_case(case: Case, *, now: datetime, for_helpline: bool = False) -> Check:
    """The notices of a case that was just filed, as they were judged; by a helpline or herself."""
    notices = _in_her_order(case, case.notices.all())
    away = case.locations.filter(state=Location.State.ELSEWHERE).order_by("position")
    cards = [_card(_findings(case, notice, now), notice.due_at) for notice in notices]
    # Her lines stand on no page any more: a website is named once, however many they were.
    websites = Counter(host_of(url_of(place)) for place in away)
    words = elsewhere_words_of_helpline() if for_helpline else elsewhere_words()
    return _check(cards, [f"{name} ({n}): {words}" for name, n in websites.items()])


def cards_of_waiting(case: Case, *, now: datetime) -> tuple[Card, ...]:
    """The notices of a case that is open, as far as something is missing from them."""
    waiting = _in_her_order(case, case.notices.filter(valid_at__isnull=True))
    cards = [_card(_findings(case, notice, now)) for notice in waiting]
    return tuple(card for card in cards if not card.is_valid)


def check_of_filing(filing: Filing, *, now: datetime) -> Check:
    """A filing that is not sent yet; nothing of it is stored."""
    found = [
        check_notice(regime=id_, facts=facts_of_filing(filing, law=id_), now=now)
        for id_ in filing.regimes
    ]
    line = check_texts()["urlElsewhere"]
    away = [line.format(n=number) for number in _away(filing.urls)]
    return _check([_card(findings) for findings in found], away)


def _away(urls: Sequence[str]) -> list[int]:
    """Which lines are addresses of websites that have not joined, from 1."""
    served, away = owners(), []
    for number, url in enumerate(filter(str.strip, urls), 1):
        with suppress(ValueError):  # no address: that is said at its field
            if origin_of(clean_url(url)) not in served:
                away.append(number)
    return away


def _in_her_order(case: Case, notices: Iterable[Notice]) -> list[Notice]:
    """By law, as she chose them."""
    order = {id_: place for place, id_ in enumerate(case.regimes)}
    return sorted(notices, key=lambda notice: order.get(notice.regime, len(order)))


def _findings(case: Case, notice: Notice, now: datetime) -> Findings:
    facts = facts_of(case, answers_of(notice), law=notice.regime)
    return check_notice(regime=notice.regime, facts=facts, now=now)


def _card(findings: Findings, due_at: datetime | None = None) -> Card:
    law = regime(findings.regime)
    return Card(
        id=law.id,
        title=_(law.short_title),
        is_valid=findings.is_valid,
        requirements=findings.requirements,
        anchors={element.id: _anchor(element) for element in law.elements},
        clock=_(law.clock.words),
        due_at=due_at,
        start_note=start_note(law),
        websites=names_bound().get(law.id, ""),
    )


def _anchor(element: RequiredElement) -> str:
    """A field that stands on both forms: files are chosen on one of them alone."""
    return next((name for name in controls_of(element) if name != "files"), "")


def _check(cards: Sequence[Card], remarks: Sequence[str]) -> Check:
    texts, valid = check_texts(), sum(card.is_valid for card in cards)
    if cards and valid == len(cards):
        summary = texts["checkAll"]
    elif valid == 0:
        summary = texts["checkNone"]
    else:
        summary = texts["checkOne" if valid == 1 else "checkSome"].format(valid=valid, n=len(cards))
    return Check(summary, tuple(cards), tuple(remarks))
