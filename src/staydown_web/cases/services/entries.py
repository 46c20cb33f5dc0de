"""Claims of a case on bank entries: made when a notice is valid, ended by its withdrawal.

Several cases may claim one entry. An entry lives while a claim on it does, and no case learns of
another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from staydown.types import Fingerprint
from staydown_web.banks.models import Entry
from staydown_web.banks.services import add_entry, default_bank, withdraw_entry
from staydown_web.banks.services.entries import entry_blind
from staydown_web.base.sealing import seal_for_case, unseal_for_case
from staydown_web.cases.models import Case, Claim, Item
from staydown_web.cases.services.suspensions import set_aside


def keep_waiting(item: Item, fingerprints: Iterable[Fingerprint]) -> None:
    """Keep fingerprints sealed under the case's key until its notice is valid."""
    rows = [fingerprint.to_dict() for fingerprint in fingerprints]
    item.waiting_box = seal_for_case(item.case_id, rows, context=f"item:{item.pk}")


def enter_waiting(*, case: Case, actor: str, now: datetime) -> int:
    """Bring what waits into the bank as seeds, claimed by this case.

    Returns:
        How many entries this case claims more than before.

    Raises:
        FingerprintPlainError: nothing in a fingerprint can tell a copy from another picture.
    """
    waiting = [
        (item, Fingerprint.from_dict(row))
        for item in case.items.filter(waiting_box__isnull=False).order_by("position")
        for row in unseal_for_case(case.pk, item.waiting_box or b"", context=f"item:{item.pk}")
    ]
    made = _claim(waiting, origin=Entry.Origin.NOTICE, actor=actor, now=now)
    case.items.filter(waiting_box__isnull=False).update(waiting_box=None)
    return made


def claim_entry(
    *, item: Item, fingerprint: Fingerprint, origin: Entry.Origin, actor: str, now: datetime
) -> bool:
    """Claim the entry of a fingerprint for an item; the entry is made where there is none.

    Returns:
        True where the item did not claim it before.

    Raises:
        FingerprintPlainError: nothing in it can tell a copy from another picture.
    """
    return bool(_claim([(item, fingerprint)], origin=origin, actor=actor, now=now))


def claimed_entry(*, item: Item, fingerprint: Fingerprint) -> Entry | None:
    """The entry of exactly this fingerprint that an item claims; None where it claims none."""
    blind = entry_blind(fingerprint.to_bytes())
    return Entry.objects.filter(
        claims__item=item, claims__ended_at__isnull=True, blind=blind
    ).first()


def _claim(
    rows: Sequence[tuple[Item, Fingerprint]], *, origin: Entry.Origin, actor: str, now: datetime
) -> int:
    bank = default_bank(now)
    # Rows of entries are locked before the chain of events, here and wherever claims end, so that
    # no two transactions wait for each other; and no claim lands on an entry that just ends.
    blinds = [entry_blind(fingerprint.to_bytes()) for _item, fingerprint in rows]
    living = Entry.objects.filter(bank=bank, blind__in=blinds)
    living = living.exclude(state=Entry.State.WITHDRAWN)
    list(living.select_for_update().order_by("pk"))
    made, new = 0, []
    for item, fingerprint in rows:
        added = add_entry(
            bank=bank,
            fingerprint=fingerprint,
            origin=origin,
            actor=actor,
            now=now,
            case_id=item.case_id,
        )
        _row, is_new = Claim.objects.get_or_create(
            item=item, entry=added.entry, ended_at=None, defaults={"made_at": now}
        )
        made += is_new
        new += [added.entry.pk] if added.is_new else []
    if new:
        set_aside(case=rows[0][0].case, now=now, entry_ids=new)
    return made


def end_claims(*, claims: Iterable[Claim], actor: str, now: datetime, reason: str) -> list[UUID]:
    """End claims; an entry that nobody claims any more is withdrawn from the bank.

    Returns:
        Ids of the entries that were withdrawn.
    """
    ids = [claim.pk for claim in claims]
    entry_ids = sorted(
        Claim.objects.filter(pk__in=ids, ended_at=None).values_list("entry_id", flat=True)
    )
    # Locked in one order: two cases that end their claims at once must not each see the other's.
    list(Entry.objects.select_for_update().filter(pk__in=entry_ids).order_by("pk"))
    Claim.objects.filter(pk__in=ids, ended_at=None).update(ended_at=now)
    living = set(
        Claim.objects.filter(entry_id__in=entry_ids, ended_at=None).values_list(
            "entry_id", flat=True
        )
    )
    gone = [entry_id for entry_id in dict.fromkeys(entry_ids) if entry_id not in living]
    for entry_id in gone:
        withdraw_entry(entry_id=entry_id, actor=actor, now=now, reason=reason)
    return gone


def living_claims(case: Case) -> list[Claim]:
    """The claims of a case that have not ended."""
    return list(Claim.objects.filter(item__case=case, ended_at=None).select_related("item"))
