"""How providers answer: counted for staff exactly, and for the public by cases alone. ADR-0085."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from staydown_web.accounts.models import Platform
from staydown_web.cases.models import Case
from staydown_web.escalation.models import Escalation, Provider, Report

ANSWERS: Final = (
    Report.Outcome.ACTIONED,
    Report.Outcome.REFUSED,
    Report.Outcome.WRONG_CONTACT,
    Report.Outcome.NEED_MORE,
)
"""Whatever a provider said; the rest is silence."""
_OVER: Final = (Escalation.State.ENDED, Escalation.State.STOPPED)


@dataclass(frozen=True, slots=True)
class ProviderScore:
    """How one provider answers.

    Attributes:
        provider: the row.
        sent: reports that left.
        waiting: of them, those whose time is not over and that have no answer.
        outcomes: value of ``Report.Outcome`` -> how many.
        median_s: seconds from sent to acted, of those that were acted on; None: of none.
        last_at: when the last one left.
    """

    provider: Provider
    sent: int
    waiting: int
    outcomes: Mapping[str, int] = field(default_factory=dict)
    median_s: int | None = None
    last_at: datetime | None = None

    @property
    def answered(self) -> int:
        """Reports to which the provider said anything."""
        return sum(self.outcomes.get(outcome, 0) for outcome in ANSWERS)

    @property
    def closed(self) -> int:
        """Reports whose outcome is known, silence included."""
        return self.sent - self.waiting

    @property
    def answered_percent(self) -> int | None:
        """Share of closed reports that were answered; None where none is closed."""
        return round(100 * self.answered / self.closed) if self.closed else None


@dataclass(frozen=True, slots=True)
class CaseOutcome:
    """What one case came to at one provider: several reports count once, by the last word.

    Attributes:
        provider: its name; providers of one name are one.
        outcome: value of ``Report.Outcome``, not empty.
        seconds: from sent to acted; None where it did not act.
    """

    provider: str
    outcome: str
    seconds: float | None


def provider_scores(
    *, since: datetime | None = None, provider_ids: Iterable[UUID] | None = None
) -> list[ProviderScore]:
    """Providers that were told anything, most told first. For staff: small numbers are in it.

    Args:
        since: counts reports that left from then on; None: all.
        provider_ids: of these alone; None: of all.

    Cost: one read of the reports that left.
    """
    left = _left()
    if since is not None:
        left = left.filter(sent_at__gte=since)
    if provider_ids is not None:
        left = left.filter(provider_id__in=set(provider_ids))
    rows: dict[UUID, list[tuple[str, datetime, datetime | None]]] = defaultdict(list)
    columns = left.values_list("provider_id", "outcome", "sent_at", "outcome_at")
    for provider_id, outcome, sent_at, outcome_at in columns:
        if provider_id is not None and sent_at is not None:
            rows[provider_id].append((outcome, sent_at, outcome_at))
    providers = Provider.objects.in_bulk(list(rows))
    scores = [_score(providers[pk], own) for pk, own in rows.items()]
    return sorted(scores, key=lambda one: (-one.sent, one.provider.name.casefold()))


def score_of(provider: Provider) -> ProviderScore:
    """How one provider answers."""
    found = provider_scores(provider_ids=[provider.pk])
    return found[0] if found else ProviderScore(provider, 0, 0)


def case_outcomes(*, platform: Platform, span: tuple[datetime, datetime]) -> list[CaseOutcome]:
    """What the cases of a platform came to at each provider in a time: nothing says which case.

    A person under 18 is in none of it.

    Args:
        platform: to which the cases were filed.
        span: first and last moment at which an outcome was recorded.
    """
    rows = _left().filter(case__platform=platform, outcome__gt="", outcome_at__range=span)
    rows = rows.exclude(case__closed_for=Case.ClosedFor.MINOR).order_by("outcome_at", "pk")
    last: dict[tuple[UUID, str], CaseOutcome] = {}
    for case_id, name, outcome, sent_at, at in rows.values_list(
        "case_id", "provider__name", "outcome", "sent_at", "outcome_at"
    ):
        seconds = None
        if outcome == Report.Outcome.ACTIONED and at is not None and sent_at is not None:
            seconds = max(0.0, (at - sent_at).total_seconds())
        last[case_id, name] = CaseOutcome(str(name), str(outcome), seconds)
    return list(last.values())


def questions() -> QuerySet[Report]:
    """Reports that need a person: the provider asks for more, or it was the wrong contact."""
    rows = _left().filter(outcome__in=[Report.Outcome.NEED_MORE, Report.Outcome.WRONG_CONTACT])
    rows = rows.exclude(escalation__state__in=_OVER)
    return rows.select_related("provider", "escalation").order_by("outcome_at", "pk")


def _left() -> QuerySet[Report]:
    return Report.objects.filter(
        purpose=Report.Purpose.PROVIDER, provider__isnull=False, sent_at__isnull=False
    )


def _score(provider: Provider, rows: list[tuple[str, datetime, datetime | None]]) -> ProviderScore:
    outcomes = Counter(outcome for outcome, _, _ in rows if outcome)
    took = [
        (at - sent_at).total_seconds()
        for outcome, sent_at, at in rows
        if outcome == Report.Outcome.ACTIONED and at is not None
    ]
    return ProviderScore(
        provider=provider,
        sent=len(rows),
        waiting=len(rows) - sum(outcomes.values()),
        outcomes=dict(outcomes),
        median_s=round(median(took)) if took else None,
        last_at=max(sent_at for _, sent_at, _ in rows),
    )
