"""Values under an older key are sealed anew under the newest, while everybody goes on.

It may be cut short at any moment and begun again: what is sealed anew already is passed over. A
row that somebody changes in the same moment is left to them; the next look finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from staydown_web.base.errors import ConfigError, SealError
from staydown_web.base.sealing import installation_keys, key_number, seal, unseal
from staydown_web.config.keyring.sealed_fields import OF_INSTALLATION, SealedField, rows_of
from staydown_web.screening.services import take_in_findings

_AT_ONCE = 200
"""Rows in one transaction: on SQLite it holds the writer for some hundredths of a second."""
_MOST_LOOKS = 50

Note = Callable[[int], object]


@dataclass(slots=True)
class Resealed:
    """What one look over the database found.

    Attributes:
        seen: sealed values.
        changed: sealed anew.
        left: still under an older key: somebody else was at the row.
    """

    seen: int = 0
    changed: int = 0
    left: int = 0


def reseal_all(*, note: Note = lambda _count: None) -> Resealed:
    """Seal anew until nothing under an older key is left.

    Args:
        note: told how many values were looked at, again and again.

    Returns:
        Counts over all looks.

    Raises:
        ConfigError: something comes again and again under an older key.
        SealError: a value does not open.
    """
    total = Resealed()
    for _ in range(_MOST_LOOKS):
        take_in_findings()
        found = _one_look(note)
        total.seen, total.left = found.seen, found.left
        total.changed += found.changed
        if not found.changed and not found.left:
            return total
    raise ConfigError(
        "values under an older key come again and again: a process runs that does not follow the "
        "keys; start every process of the service anew, then go on"
    )


def count_older() -> int:
    """How many values are under an older key than the newest."""
    take_in_findings()
    newest = installation_keys().field_number
    count = 0
    for one in OF_INSTALLATION:
        after: Any = None
        while page := rows_of(one, after=after):
            count += sum(key_number(row[one.column]) != newest for row in page)
            after = page[-1]["pk"]
    return count


def _one_look(note: Note) -> Resealed:
    found = Resealed()
    for one in OF_INSTALLATION:
        after: Any = None
        while page := rows_of(one, after=after, at_once=_AT_ONCE):
            newest = installation_keys().field_number
            old = [row for row in page if key_number(row[one.column]) != newest]
            if old:
                changed = _reseal_page(one, old)
                found.changed += changed
                found.left += len(old) - changed
            found.seen += len(page)
            note(len(page))
            after = page[-1]["pk"]
    return found


@transaction.atomic
def _reseal_page(one: SealedField, rows: Sequence[dict[str, Any]]) -> int:
    """Seal some rows anew; gives how many were as they had been read."""
    # A row that somebody holds is passed over, so that nobody ever waits for us in a circle.
    keys = [row["pk"] for row in rows]
    free = one.rows.select_for_update(skip_locked=True).filter(pk__in=keys).order_by("pk")
    mine = set(free.values_list("pk", flat=True))
    changed = 0
    for row in rows:
        if row["pk"] not in mine:
            continue
        box = bytes(row[one.column])
        context = one.context_of(row)
        try:
            plain = unseal(box, context=context)
        except SealError:
            if not one.rows.filter(pk=row["pk"], **{one.column: box}).exists():
                continue  # emptied or bound to something else meanwhile
            raise
        same = one.rows.filter(pk=row["pk"], **{one.column: box})
        changed += same.update(**{one.column: seal(plain, context=context)})
    return changed
