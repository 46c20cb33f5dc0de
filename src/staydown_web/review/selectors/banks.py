"""Banks and entries for reviewers: states and counts, never a hash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from staydown_web.accounts.models import Approval
from staydown_web.banks.models import Bank, Entry, EntryChange
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.cases.models import Case
from staydown_web.review.selectors.words import reach_in_words
from staydown_web.screening.models import Copy, Flood, Hit
from staydown_web.screening.selectors import open_floods


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One entry.

    Attributes:
        entry: with its bank.
        changes: its history, newest first.
        claims: living claims on it.
        claims_ended: claims that were taken back.
        hits: the latest matches, newest first.
        hit_count: how many there are.
        accounts: copies with an account, for a lawful exception.
        reach: why it stops the same file alone; empty where it finds copies as well.
        flood: that it suddenly matches much, and nobody has looked at that; None otherwise.
    """

    entry: Entry
    changes: list[EntryChange]
    claims: int
    claims_ended: int
    hits: list[Hit]
    hit_count: int
    accounts: list[Copy]
    reach: str
    flood: Flood | None


_RELEASABLE = Q(entries__quarantined_at__isnull=False, entries__state=Entry.State.SEED)
"""Seeds put aside: what a person can let count again."""


def banks_with_counts() -> QuerySet[Bank]:
    """All banks, each with how many entries are in each state and in quarantine."""
    counted = {
        state: Count("entries", filter=Q(entries__state=state)) for state in Entry.State.values
    }
    return Bank.objects.annotate(
        **{f"n_{state}": count for state, count in counted.items()},
        n_quarantined=Count("entries", filter=_RELEASABLE),
    ).order_by("kind", "name")


def bank_of_slug(slug: str) -> Bank:
    """One bank with its counts.

    Raises:
        RecordNotFoundError: there is none.
    """
    found = banks_with_counts().filter(slug=slug).first()
    if found is None:
        raise RecordNotFoundError("there is no such bank")
    return found


def entries_of_case(number: str) -> tuple[Case | None, list[Entry]]:
    """The entries that a case claims, by the case's number; nothing for an unknown number."""
    case = Case.objects.filter(number=number.strip().upper()).first()
    if case is None:
        return None, []
    claimed = Entry.objects.filter(claims__item__case=case).select_related("bank").distinct()
    return case, list(claimed.order_by("created_at"))


def quarantined_entries() -> QuerySet[Entry]:
    """Seeds that match unusually much, oldest first; they stop nothing until a person looks."""
    waiting = Entry.objects.filter(quarantined_at__isnull=False, state=Entry.State.SEED)
    return waiting.select_related("bank").order_by("quarantined_at")


@dataclass(frozen=True, slots=True)
class LawfulException:
    """What one account may show.

    Attributes:
        entry: of a lawful bank.
        request: by which two people made it; None where none is kept.
        is_over: it has ended, or was taken out.
    """

    entry: Entry
    request: Approval | None
    is_over: bool


def lawful_exceptions(now: datetime) -> list[LawfulException]:
    """The latest hundred, those that last first; ended ones too."""
    entries = Entry.objects.filter(bank__kind=Bank.Kind.LAWFUL).order_by("-created_at")[:100]
    # Granting carries it out, at one moment: by that the two find each other.
    made = Approval.objects.filter(
        what="lawful_entry",
        state=Approval.State.DONE,
        answered_at__in=[entry.created_at for entry in entries],
    ).select_related("asked_by", "answered_by")
    requests = {request.answered_at: request for request in made}
    shown = [
        LawfulException(entry, requests.get(entry.created_at), _is_over(entry, now))
        for entry in entries
    ]
    return sorted(shown, key=lambda one: one.is_over)


def _is_over(entry: Entry, now: datetime) -> bool:
    ended = entry.expires_at is not None and entry.expires_at <= now
    return ended or entry.state == Entry.State.WITHDRAWN


def waves() -> QuerySet[Flood]:
    """Floods of entries that go on counting, newest first; seeds are put aside instead."""
    return open_floods().filter(entry__quarantined_at__isnull=True)


def entry_page(entry_id: UUID) -> EntryPage:
    """One entry with its history.

    Raises:
        RecordNotFoundError: there is none.
    """
    entry = Entry.objects.select_related("bank").filter(pk=entry_id).first()
    if entry is None:
        raise RecordNotFoundError("there is no such entry")
    hits = Hit.objects.filter(entry=entry).select_related("copy__platform").order_by("-at")
    copies = Copy.objects.filter(hits__entry=entry).exclude(account_blind="")
    return EntryPage(
        entry=entry,
        changes=list(entry.changes.order_by("-seq")[:50]),
        claims=entry.claims.filter(ended_at__isnull=True).count(),
        claims_ended=entry.claims.filter(ended_at__isnull=False).count(),
        hits=list(hits[:20]),
        hit_count=hits.count(),
        accounts=list(copies.select_related("platform").order_by("-seen_at").distinct()[:20]),
        reach=reach_in_words(entry),
        flood=open_floods().filter(entry=entry).first(),
    )
