"""What becomes of new copies of what was removed: only what a reviewer saw here stops them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from staydown_web.banks.models import Entry
from staydown_web.cases.models import Case, Claim, Item
from staydown_web.review.models import OPEN_STATES
from staydown_web.screening.models import Copy
from staydown_web.screening.services.counting import is_week_told


class NewCopies(StrEnum):
    """What may be promised of all that was removed."""

    STOPPED = "stopped"
    HELD = "held"
    UNKNOWN = "unknown"


def are_copies_held(case: Case, *, now: datetime) -> bool:
    """Whether copies of what was removed are held back, and nobody has decided about them.

    Told as blocks are, so that nobody can watch where her pictures appear: of confirmed entries
    alone, weeks late, from the week after her own item was removed, and without a number. Not of
    what was decided, and came back because the platform could not carry it out.
    """
    removed = Claim.objects.filter(
        item__case=case,
        item__state=Item.State.REMOVED,
        ended_at=None,
        entry__state=Entry.State.CONFIRMED,
        entry__hits__copy__state=Copy.State.HELD,
        entry__hits__copy__tasks__state__in=OPEN_STATES,
        entry__hits__copy__tasks__failed_order=None,
    )
    rows = removed.values_list("entry__hits__copy__seen_at", "item__state_at").distinct()
    return any(is_week_told(seen_at, since=at.date(), until=now.date()) for seen_at, at in rows)


def new_copies_of(case: Case) -> NewCopies:
    """What may be promised: the least of what holds for each of her removed items."""
    removed = set(case.items.filter(state=Item.State.REMOVED).values_list("pk", flat=True))
    claims = Claim.objects.filter(item__in=removed, ended_at=None)
    confirmed = claims.filter(entry__state=Entry.State.CONFIRMED)
    stopped = set(confirmed.values_list("item", flat=True))
    if removed <= stopped:
        return NewCopies.STOPPED
    seeds = claims.filter(entry__state=Entry.State.SEED, entry__quarantined_at=None)
    held = stopped.union(seeds.values_list("item", flat=True))
    return NewCopies.HELD if removed <= held else NewCopies.UNKNOWN
