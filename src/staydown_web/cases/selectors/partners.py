"""Whose fingerprints partners may be given: she decides, and each who claims a picture does."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from staydown_web.cases.models import Claim

_AT_ONCE = 500


def entries_agreed(entry_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these entries that may leave this installation.

    An entry that several people claim needs the word of each of them; one that nobody claims, such
    as one out of a partner's list, stays here. Whose case was erased has no word any more: who can
    no longer take it back has not given it.
    """
    agreed: set[UUID] = set()
    for at in range(0, len(entry_ids), _AT_ONCE):
        claims = Claim.objects.filter(
            entry_id__in=entry_ids[at : at + _AT_ONCE], ended_at__isnull=True
        )
        kept: set[UUID] = set()
        words = ("item__case__partners_agreed_at", "item__case__erased_at")
        for entry_id, agreed_at, erased_at in claims.values_list("entry_id", *words):
            agreed.add(entry_id)
            if agreed_at is None or erased_at is not None:
                kept.add(entry_id)
        agreed -= kept
    return agreed
