"""What becomes of new copies of what was removed: only what a reviewer saw here stops them."""

from __future__ import annotations

from enum import StrEnum

from staydown_web.banks.models import Entry
from staydown_web.cases.models import Case, Claim, Item


class NewCopies(StrEnum):
    """What may be promised of all that was removed."""

    STOPPED = "stopped"
    HELD = "held"
    UNKNOWN = "unknown"


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
