"""Someone shown may be under 18: cases are closed, and no fingerprint of that picture is held.

What else a closed case reported may be of somebody else: an entry of it that another case claims
stays for that case. So does what agrees with the picture only in part. ADR-0062.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from staydown import MatchKind
from staydown_web.banks.models import Entry
from staydown_web.banks.selectors import living_of
from staydown_web.banks.services import match_entries, note_alike, withdraw_entry
from staydown_web.base.errors import BankNotReadyError, RecordConflictError
from staydown_web.cases.models import Case, Claim, Item
from staydown_web.cases.services.contacts import write_news
from staydown_web.cases.services.entries import end_claims
from staydown_web.cases.services.erasing import REASON, erase_for_minor
from staydown_web.cases.services.events import Events

log = logging.getLogger("staydown.cases")

OTHER_PICTURE = "another picture of a closed case"
"""Of an entry that went with the only case that claimed it, and is not of that picture."""
VERY_SAME = (MatchKind.IDENTICAL, MatchKind.SAME)
"""Where only a part agrees, the entry may be another picture, of somebody else."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The picture in question, in the bank.

    Attributes:
        very_same: entries of it.
        partly: entries that agree with it in another way: a part, a collage, altered.
    """

    very_same: frozenset[UUID]
    partly: frozenset[UUID] = frozenset()


def close_for_minor(*, case: Case, actor: str, now: datetime, shown: Shown | None = None) -> int:
    """Purge one case; see ``close_cases_for_minor``."""
    return close_cases_for_minor(cases=[case], actor=actor, now=now, shown=shown)


@transaction.atomic
def close_cases_for_minor(
    *, cases: Sequence[Case], actor: str, now: datetime, shown: Shown | None = None
) -> int:
    """Purge cases when it turns out that somebody shown was under 18: nothing of them stays here.

    Entries of the picture in question leave the bank even where others claim them too: no hash of
    a minor is held. Those others are told. Of the other pictures of these cases only these cases'
    claims end. What agrees with the picture only in part is marked. What must be preserved, the
    platform preserves; whoever calls this tells its legal contact.

    Args:
        cases: of which it turned out.
        actor: who found it.
        now: the moment, aware UTC.
        shown: the picture in question; None where it cannot be told which it is: then
            it may be any that the cases claim.

    Returns:
        How many entries were purged.

    Raises:
        RecordConflictError: one was closed so before.
    """
    for case in cases:
        _mark_closed(case, now)
    own = Claim.objects.filter(item__case__in=cases)
    claimed = defaultdict[UUID, set[UUID]](set)
    for case_id, entry_id in own.values_list("item__case", "entry"):
        claimed[case_id].add(entry_id)
    all_claimed = set[UUID]().union(*claimed.values())
    shown = Shown(frozenset(all_claimed)) if shown is None else shown
    in_question = sorted(shown.very_same)
    # Locked in one order, and before the chain of events: see ``entries``.
    touched = Entry.objects.filter(pk__in=all_claimed.union(in_question, shown.partly))
    list(touched.select_for_update().order_by("pk"))
    own.filter(ended_at=None, entry__in=in_question).update(ended_at=now)
    lost = _end_others(in_question, now)
    gone = {
        entry_id
        for entry_id in in_question
        if withdraw_entry(entry_id=entry_id, actor=actor, now=now, reason=REASON)
    }
    note_alike(entry_ids=shown.partly, actor=actor, now=now, reason=REASON)
    rest = list(own.filter(ended_at=None))
    gone.update(end_claims(claims=rest, actor=actor, now=now, reason=OTHER_PICTURE))
    for case in cases:
        _close(case, len(gone & claimed[case.pk]), actor, now)
    _tell_others(lost, now)
    return len(gone)


def look_for(entry_ids: Collection[UUID]) -> Shown:
    """The picture of these entries: all that hold it, such as saved anew, and what it agrees with.

    Their fingerprints are compared with the bank before anything is destroyed, and so are those of
    what is found to be the very same: a copy may have been made of a copy. To be called before any
    row is locked. A bank that cannot be searched holds up no closing: then these alone.
    """
    found = new = frozenset(entry_ids)
    partly = set[UUID]()
    while new:
        try:
            matches = [
                match
                for entry in living_of(sorted(new))
                for match in match_entries(entry.fingerprint())
            ]
        except BankNotReadyError:
            log.warning("the bank cannot be searched: copies of what a closed case showed may stay")
            break
        same = {UUID(match.entry_id) for match in matches if match.kind in VERY_SAME}
        partly.update(UUID(match.entry_id) for match in matches)
        new = frozenset(same - found)
        found |= new
    return Shown(found, frozenset(partly - found))


def _mark_closed(case: Case, now: datetime) -> None:
    # Her words stay for a while: they open a page that holds nothing but where she can turn to.
    changed = Case.objects.filter(pk=case.pk).exclude(closed_for=Case.ClosedFor.MINOR)
    if not changed.update(
        state=Case.State.CLOSED,
        closed_for=Case.ClosedFor.MINOR,
        closed_at=now,
        due_at=None,
        expires_at=None,
        withdrawal_due_at=None,
        withdrawal_token_digest="",
        veiled_phrase_hash="",
    ):
        raise RecordConflictError("this case was closed before")


def _close(case: Case, purged: int, actor: str, now: datetime) -> None:
    events = Events(case.pk, actor, now)
    events.add("minor_closed", f"case:{case.pk}", entries=purged)
    case.items.update(state=Item.State.WITHDRAWN, state_at=now)
    erase_for_minor(case=case, now=now, events=events)
    events.record()
    case.refresh_from_db()


def _end_others(entry_ids: Collection[UUID], now: datetime) -> list[Item]:
    """End what other cases claim of the picture in question.

    Returns:
        Their items.
    """
    claims = Claim.objects.filter(entry__in=entry_ids, ended_at=None)
    items = Item.objects.filter(claims__in=list(claims.values_list("pk", flat=True)))
    found = list(items.select_related("case").order_by("case", "position").distinct())
    claims.update(ended_at=now, ended_for=Claim.EndedFor.MINOR)
    return found


def _tell_others(items: Collection[Item], now: datetime) -> None:
    """Each case hears of its own item alone: not who found it, nor that there is another case."""
    for item in items:
        is_watched = item.claims.filter(ended_at=None).exists()
        events = Events(item.case_id, "system", now)
        events.add("fingerprint_deleted", f"item:{item.pk}", is_watched=is_watched)
        events.record()
    for case in {item.case_id: item.case for item in items}.values():
        write_news(case=case, now=now)
