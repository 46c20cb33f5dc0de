"""What a first notice may say of a case: no more than the law of the notice asks for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from staydown_web.base.sealing import blind
from staydown_web.cases.forms import Answers
from staydown_web.cases.models import Case, Location, Notice
from staydown_web.cases.services.notices import answers_of, facts_of
from staydown_web.cases.services.places import url_of
from staydown_web.escalation.formats.facts import NoticeFacts, SenderFacts
from staydown_web.escalation.selectors.first_reading import Channel
from staydown_web.regimes.schemas import Kind
from staydown_web.regimes.selectors import FALLBACK, regimes
from staydown_web.regimes.services import check_notice

_SHOWS_NAME = frozenset({"has_signature", "has_name"})
_SHOWS_STATEMENT = frozenset({"has_statement"})


@dataclass(frozen=True, slots=True)
class Basis:
    """What a case was filed with, as far as notices to other sites are concerned.

    Attributes:
        answers: regime id -> what was answered under it; complete notices alone.
    """

    answers: dict[str, Answers]

    @property
    def is_complete(self) -> bool:
        """Whether at least one notice has all that its law asks for."""
        return bool(self.answers)

    def laws_for(self, channel: Channel, *, now: datetime) -> tuple[str, ...]:
        """The laws of the case that bind a site on this day; else the site's own rules."""
        known = regimes()
        found = tuple(
            id_
            for id_ in self.answers
            if id_ in channel.laws
            and known[id_].kind is Kind.LAW
            and known[id_].is_in_force(now.date()) is not False
        )
        return found or (FALLBACK,)


def basis_of(case: Case, *, now: datetime) -> Basis:
    """The complete notices of a case, each judged as for a site on which its links are.

    A notice that lacks but a link on a platform served here is complete for the site that the link
    is on: that is where it goes.
    """
    found: dict[str, Answers] = {}
    for notice in case.notices.filter(box__isnull=False).order_by("received_at", "regime"):
        answers = answers_of(notice)
        if notice.valid_at is not None or _is_complete(notice, case, answers, now):
            found[notice.regime] = answers
    return Basis(found)


def notice_facts(
    *,
    case: Case,
    basis: Basis,
    channel: Channel,
    domain: str,
    places: Sequence[Location],
    report_id: UUID,
    sender: SenderFacts,
    reply_email: str,
    now: datetime,
) -> NoticeFacts:
    """All that one notice may say.

    Her name is in it only where a law that binds the site asks for a signature or a name, her own
    words only where it asks for them; and nothing at all leaves unless she agreed to telling sites.
    """
    laws = () if channel.is_search else basis.laws_for(channel, now=now)
    given = [basis.answers[id_] for id_ in laws if id_ in basis.answers]
    names = [one.signature or one.name for one in given if _asks(laws, _SHOWS_NAME)]
    words = [one.statement for one in given if _asks(laws, _SHOWS_STATEMENT)]
    return NoticeFacts(
        report_id=report_id,
        sender=sender,
        recipient=channel.name,
        language=channel.language,
        domain=domain,
        urls=tuple(url_of(one) for one in places),
        regimes=laws,
        acts_as=case.acts_as,
        statement=_first(words),
        signed_name=_first(names),
        reply_email=reply_email,
        is_synthetic=False,
        at=now,
        address=channel.address,
    )


def facts_digest(channel: Channel, places: Sequence[Location], facts: NoticeFacts) -> str:
    """Equal for equal news to the same recipient at the same address; 64 hex digits."""
    said = [
        channel.key,
        channel.address,
        sorted(str(one.pk) for one in places),
        facts.regimes,
        facts.signed_name,
        facts.statement,
    ]
    return blind(json.dumps(said).encode(), purpose="report-facts")


def _first(texts: Sequence[str]) -> str:
    return next((text.strip() for text in texts if text.strip()), "")


def _asks(laws: Sequence[str], wanted: frozenset[str]) -> bool:
    known = regimes()
    return any(
        wanted & set(element.all_of)
        for id_ in laws
        if known[id_].kind is Kind.LAW
        for element in known[id_].elements
        if not element.only_if
    )


def _is_complete(notice: Notice, case: Case, answers: Answers, now: datetime) -> bool:
    law = regimes().get(notice.regime)
    if law is None or (law.effective_until is not None and now.date() > law.effective_until):
        return False
    facts = replace(facts_of(case, answers), has_url=True)
    return check_notice(regime=notice.regime, facts=facts, now=now).is_valid
