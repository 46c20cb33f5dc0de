"""Members are told how entries stand now, where that is not what they were told last.

Nothing here goes by what happened, only by what is: an entry is looked at again whenever something
could have changed it, and every few hours anyway. Whatever takes it out of what was agreed, such as
her word taken back, a withdrawal, an erasure, an end or a reversed decision, ends as a withdrawal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank, Entry, Import
from staydown_web.banks.selectors import living_of
from staydown_web.base.sealing import lasting_name
from staydown_web.cases.models import Claim
from staydown_web.cases.selectors import entries_agreed
from staydown_web.federation.models import FeedEvent, Member, RemoteEntry, Told
from staydown_web.federation.services.feed import Draft, append_events
from staydown_web.federation.services.own_keys import own_identity

SWEEP_EVERY = timedelta(hours=6)
SWEEP_PAGE = 300
_PURPOSE = "federation:entry"
_SEED, _CONFIRM = str(FeedEvent.What.SEED), str(FeedEvent.What.CONFIRM)
_DISPUTE, _WITHDRAW = str(FeedEvent.What.DISPUTE), str(FeedEvent.What.WITHDRAW)
_WORDS = {
    Entry.State.SEED: _SEED,
    Entry.State.CONFIRMED: _CONFIRM,
    Entry.State.DISPUTED: _DISPUTE,
}
_HEARS = (Member.State.ACTIVE, Member.State.PAUSED)


@dataclass(frozen=True, slots=True)
class Subject:
    """An entry under the name that members know it by.

    Attributes:
        origin: identity of the installation that it is from.
        subject: its id there.
        entry_id: ours.
        what: how we hold it; empty where there is nothing to say.
    """

    origin: str
    subject: str
    entry_id: UUID
    what: str


@dataclass(frozen=True, slots=True)
class _News:
    """What is looked at: entries with all that decides about them, whoever hears of it."""

    identity: str
    ids: Sequence[UUID]
    entries: Sequence[Entry]
    agreed: set[UUID]
    opinions: Sequence[Subject]


def public_id(entry_id: UUID) -> str:
    """The id by which members know an entry: it tells nothing of ours, and stays the same."""
    return str(UUID(hex=lasting_name(entry_id.bytes, purpose=_PURPOSE, digits=32)))


@transaction.atomic
def tell_members(*, entry_ids: Sequence[UUID], now: datetime) -> int:
    """Tell every member how these entries stand, where it does not know.

    Args:
        entry_ids: ours; some hundred at most.
        now: the moment, aware UTC.

    Returns:
        How many events were written.
    """
    ids = list(dict.fromkeys(entry_ids))
    # Held until the end: the jobs that look at changes and through everything say nothing twice.
    held = Member.objects.select_for_update().filter(state__in=_HEARS)
    members = list(held.order_by("pk")) if ids else []
    if not members:
        return 0
    entries = list(Entry.objects.filter(pk__in=ids).select_related("bank", "batch"))
    identity = own_identity(now)
    agreed = entries_agreed([entry.pk for entry in entries])
    opinions = _opinions(entries)
    news = _News(identity, ids, entries, agreed, opinions)
    return sum(_tell(member, news, now) for member in members)


def sweep_member(*, now: datetime) -> int:
    """Look through a page of all that one member is or could be told.

    Returns:
        1 where there was something to look at.
    """
    member = Member.objects.filter(state__in=_HEARS, sweep_at__lte=now).order_by("sweep_at").first()
    if member is None:
        return 0
    told = Told.objects.filter(member=member).exclude(what=_WITHDRAW)
    decided = (Entry.State.CONFIRMED, Entry.State.DISPUTED)
    # What nobody claims, such as a long list that was imported, leaves for nobody.
    claimed = Claim.objects.filter(ended_at__isnull=True)
    entries = Entry.objects.filter(
        Q(bank_id__in=member.gives_banks, pk__in=claimed.values("entry_id"))
        | Q(pk__in=told.values("entry_id"))
        | Q(origin=Entry.Origin.MEMBER, state__in=decided)
    )
    if member.sweep_after is not None:
        entries = entries.filter(pk__gt=member.sweep_after)
    ids = list(entries.order_by("pk").values_list("pk", flat=True)[:SWEEP_PAGE])
    tell_members(entry_ids=ids, now=now)
    rest: dict[str, Any] = {"sweep_after": ids[-1]} if len(ids) == SWEEP_PAGE else {}
    ended = {"sweep_after": None, "sweep_at": now + SWEEP_EVERY}
    same = Member.objects.filter(pk=member.pk, sweep_at=member.sweep_at)
    same.update(**(rest or ended))
    return 1


def ended_entries(now: datetime) -> list[UUID]:
    """Entries that members still hold although their time is over."""
    over = Entry.objects.filter(expires_at__lte=now).values("pk")
    told = Told.objects.filter(entry_id__in=over).exclude(what=_WITHDRAW)
    return list(told.values_list("entry_id", flat=True).distinct()[:SWEEP_PAGE])


def _tell(member: Member, news: _News, now: datetime) -> int:
    told = {
        (row.origin, row.subject): row
        for row in Told.objects.select_for_update().filter(member=member, entry_id__in=news.ids)
    }
    own = [
        _own(member, news.identity, entry, is_agreed=entry.pk in news.agreed, now=now)
        for entry in news.entries
    ]
    gone = set(news.ids) - {entry.pk for entry in news.entries}
    own += [Subject(news.identity, public_id(entry_id), entry_id, "") for entry_id in gone]
    drafts: list[Draft] = []
    fresh: set[UUID] = set()
    for subject in own:
        row = told.get((subject.origin, subject.subject))
        made = _own_drafts(subject, row.what if row else "", is_paused=bool(member.pause))
        if made and (row is None or row.what == _WITHDRAW):
            fresh.add(subject.entry_id)
        drafts += made
    for subject in news.opinions:
        row = told.get((subject.origin, subject.subject))
        drafts += _opinion_drafts(subject, row.what if row else "")
    filled = _with_fingerprints(drafts, fresh)
    if not filled:
        return 0
    append_events(member_id=member.pk, drafts=filled, now=now)
    _remember(member, filled, told)
    given = sum(draft.raw is not None for draft in filled)
    if given:
        facts = {"count": given, "approval": member.approval_id}
        record_event(
            what="member_given", actor="system", at=now, subject=f"member:{member.pk}", facts=facts
        )
    return len(filled)


def _own(member: Member, identity: str, entry: Entry, *, is_agreed: bool, now: datetime) -> Subject:
    """One of our entries, as a member may know it."""
    batch = entry.batch
    is_covered = (
        is_agreed
        and member.gives != Member.Gives.NOTHING
        and str(entry.bank_id) in member.gives_banks
        and entry.bank.kind == Bank.Kind.REPORTED
        and entry.bank.is_active
        and entry.quarantined_at is None
        and (entry.expires_at is None or entry.expires_at > now)
        and (batch is None or batch.state == Import.State.DONE)
    )
    what = _WORDS.get(Entry.State(entry.state), "") if is_covered else ""
    if what == _SEED and member.gives != Member.Gives.SEEDS:
        what = ""
    return Subject(identity, public_id(entry.pk), entry.pk, what)


def _own_drafts(subject: Subject, told: str, *, is_paused: bool) -> list[Draft]:
    """What brings a member from what it was told to how the entry stands."""
    is_held = told not in {"", _WITHDRAW}
    if not subject.what:
        return [_draft(subject, _WITHDRAW)] if is_held else []
    if is_held:
        return [] if told == subject.what else [_draft(subject, subject.what)]
    # What is in doubt is not brought to anybody anew; nor is anything to who is paused.
    if subject.what == _DISPUTE or is_paused:
        return []
    first = [_draft(subject, _SEED)]
    return first if subject.what == _SEED else [*first, _draft(subject, _CONFIRM)]


def _opinions(entries: Iterable[Entry]) -> list[Subject]:
    """How we hold entries of members: our reviewers' word, not theirs."""
    by_id = {entry.pk: entry for entry in entries if entry.origin == Entry.Origin.MEMBER}
    rows = RemoteEntry.objects.filter(entry_id__in=by_id).select_related("member")
    return [
        Subject(
            row.member.identity,
            row.subject,
            row.entry_id,
            _WORDS.get(Entry.State(by_id[row.entry_id].state), ""),
        )
        for row in rows
        if row.entry_id is not None and row.member.state != Member.State.EXPELLED
    ]


def _opinion_drafts(subject: Subject, told: str) -> list[Draft]:
    """A seed says nothing, except that an earlier word is taken back."""
    is_new = subject.what not in {"", told} and (told or subject.what != _SEED)
    return [_draft(subject, subject.what)] if is_new else []


def _draft(subject: Subject, what: str) -> Draft:
    return Draft(what, subject.origin, subject.subject, subject.entry_id)


def _with_fingerprints(drafts: Sequence[Draft], fresh: set[UUID]) -> list[Draft]:
    """Entries that a member hears of for the first time come with their fingerprints.

    One that was withdrawn in this moment has none: then nothing is said of it.
    """
    raws = {living.entry_id: living.raw for living in living_of(sorted(fresh))}
    filled = []
    for draft in drafts:
        if draft.entry_id not in fresh:
            filled.append(draft)
        elif draft.entry_id in raws:
            raw = raws[draft.entry_id] if draft.what == _SEED else None
            filled.append(replace(draft, raw=raw))
    return filled


def _remember(member: Member, drafts: Sequence[Draft], told: dict[tuple[str, str], Told]) -> None:
    for draft in drafts:
        key = (draft.origin, draft.subject)
        if draft.entry_id is not None:
            new = Told(member=member, origin=key[0], subject=key[1], entry_id=draft.entry_id)
            told.setdefault(key, new).what = draft.what
    for key in {(draft.origin, draft.subject) for draft in drafts}:
        told[key].save()
