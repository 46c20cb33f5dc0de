"""What matches a hash or a file, as HMA's calls show it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from staydown import MatchKind
from staydown.types import SignalType
from staydown_web.banks.models import Response
from staydown_web.banks.selectors import EntryFacts, entry_facts
from staydown_web.banks.services import near_photos, same_files
from staydown_web.banks.services.weighing import LEAST_QUALITY
from staydown_web.base.errors import HmaRefusedError
from staydown_web.hma.models import HmaBank, HmaContent
from staydown_web.hma.selectors import contents_of, ratio_of
from staydown_web.hma.services.banks import name_banks
from staydown_web.hma.services.callers import HmaCaller
from staydown_web.hma.services.contents import is_enabled, numbers_for
from staydown_web.hma.services.hashing import Hashed
from staydown_web.hma.services.signals import (
    NEAR_BITS,
    NO_DISTANCE,
    PDQ,
    check_signal_type,
    read_signal,
)
from staydown_web.screening.services.canaries import look_for_canaries

Distances = Mapping[UUID, tuple[str, MatchKind]]
"""Entry -> the distance as HMA writes it, and the kind of the match."""


@dataclass(frozen=True, slots=True)
class Found:
    """A content that matches.

    Attributes:
        content: the content.
        distance: as HMA writes it.
        facts: what decides about its entry.
        kind: of the match.
    """

    content: HmaContent
    distance: str
    facts: EntryFacts
    kind: MatchKind


def near_signal(name: str, signal: str) -> Distances:
    """Entries near a bare signal.

    Raises:
        HmaRefusedError: an unknown type, or a value that is none.
    """
    check_signal_type(name)
    try:
        value = bytes.fromhex(read_signal(name, signal))
    except ValueError as error:
        raise HmaRefusedError(f"invalid signal: {error}") from None
    if name == PDQ:
        near = near_photos(value, max_bits=NEAR_BITS, least_quality=LEAST_QUALITY)
        return {entry: (str(bits), MatchKind.SAME) for entry, bits in reversed(near)}
    same = same_files(SignalType.MD5, value)
    return dict.fromkeys(same, (NO_DISTANCE, MatchKind.IDENTICAL))


def near_file(name: str, hashed: Hashed) -> Distances:
    """Entries near a file by one of its signals.

    A plain picture, whose hash is like that of many others, is found by its bytes alone.
    """
    near = dict(near_signal(name, hashed.signals[name]))
    if name == PDQ:
        if hashed.pdq_quality < LEAST_QUALITY:
            near = {}
        digest = hashed.fingerprint.get(SignalType.SHA256)
        if digest is not None:
            same = same_files(SignalType.SHA256, digest.raw)
            near |= dict.fromkeys(same, ("0", MatchKind.IDENTICAL))
    return near


def raw_matches(
    near: Distances, *, banks: frozenset[str] | None, caller: HmaCaller, now: datetime
) -> list[Found]:
    """Contents that entries stand for, nearest first, whether switched on or not."""
    found = [
        row for row in _found(near, caller, now) if not banks or row.content.hma_bank.name in banks
    ]
    return sorted(found, key=lambda row: (_bits(row.distance), row.content.pk))


def look_up(
    near: Distances,
    *,
    banks: frozenset[str] | None,
    seed: str | None,
    bypass_coinflip: bool,
    caller: HmaCaller,
    now: datetime,
) -> dict[str, list[dict[str, object]]]:
    """Name of each bank that matches -> its contents; a bank that is partly on takes part by lot.

    Args:
        near: entries that are near.
        banks: these alone; None for all.
        seed: the same seed gives the same lot.
        bypass_coinflip: True leaves out the lot.
        caller: who asks.
        now: the moment, aware UTC.
    """
    found = _found(near, caller, now)
    if not found:
        return {}
    # The generator of the standard library, seeded as HMA seeds it: the same seed, the same lot.
    lot = 0.0 if bypass_coinflip else random.Random(seed).random()  # noqa: S311
    answer: dict[str, list[dict[str, object]]] = {}
    for row in found:
        bank = row.content.hma_bank
        takes_part = _takes_part(bank, lot, bypass_coinflip=bypass_coinflip)
        asks = row.facts.response_to(row.kind) != Response.LOG
        is_wanted = not banks or bank.name in banks
        if takes_part and asks and is_wanted and is_enabled(row.content, now):
            distance = row.distance if caller.sees_distances else NO_DISTANCE
            shown = {"bank_content_id": row.content.pk, "distance": distance}
            answer.setdefault(bank.name, []).append(shown)
    return answer


def _found(near: Distances, caller: HmaCaller, now: datetime) -> list[Found]:
    """Contents that the caller may know of, by number."""
    if not near:
        return []
    facts = {
        entry: row
        for entry, row in entry_facts(list(near)).items()
        if not row.is_lawful and (row.expires_at is None or row.expires_at > now)
    }
    look_for_canaries(matched=facts.values(), actor=caller.actor, now=now)
    contents = contents_of(list(facts))
    missing = [entry for entry in facts if entry not in contents]
    if missing and not caller.is_keyless:
        contents |= _numbered(missing, facts, now)
    found = [
        Found(row, near[entry][0], facts[entry], near[entry][1])
        for entry, rows in contents.items()
        for row in rows
        if not (caller.is_keyless and row.hma_bank.is_sensitive)
    ]
    return sorted(found, key=lambda row: row.content.pk)


def _numbered(
    missing: Sequence[UUID], facts: Mapping[UUID, EntryFacts], now: datetime
) -> dict[UUID, list[HmaContent]]:
    """Numbers for entries that these calls name for the first time."""
    wanted = {facts[entry].bank_id for entry in missing}
    banks = _banks_by_id(wanted)
    if wanted - set(banks):
        name_banks(now=now)
        banks = _banks_by_id(wanted)
    named = [(entry, banks.get(facts[entry].bank_id)) for entry in missing]
    living = [(entry, bank) for entry, bank in named if bank and bank.deleted_at is None]
    return numbers_for(living, now=now)


def _takes_part(bank: HmaBank, lot: float, *, bypass_coinflip: bool) -> bool:
    if bypass_coinflip and bank.is_own:
        return True
    ratio = ratio_of(bank)
    return ratio > 0 and ratio >= lot


def _banks_by_id(ids: set[UUID]) -> dict[UUID, HmaBank]:
    return {row.bank_id: row for row in HmaBank.objects.filter(bank_id__in=ids)}


def _bits(distance: str) -> int:
    return int(distance) if distance.isdigit() else 0
