"""Marks of blind indexes get another layer: what was written is keyed once more, where it stands.

The values that marks were made from are mostly stored nowhere, so a mark under a new key can only
be made from the mark itself. It is done in one transaction while nobody else uses the database: a
mark of one layer never meets one of another. Source: ADR-0095.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from django.apps import apps
from django.db import transaction
from django.db.models import Model, QuerySet

from staydown_web.base.sealing import LAYERS, layer_of, lifted, seal, unseal

Note = Callable[[int], object]

MARKS: Final = (
    ("accounts.SignInCount", "blind"),
    ("otp_static.StaticToken", "token"),
    ("banks.Entry", "blind"),
    ("banks.Import", "digest"),
    ("screening.Copy", "group"),
    ("screening.RememberedCheck", "token_digest"),
    ("screening.RememberedCheck", "request_digest"),
    ("review.Task", "group"),
    ("cases.Contact", "blind"),
    ("cases.Suspension", "blind"),
    ("cases.Location", "url_blind"),
    ("cases.Location", "media_blind"),
    ("escalation.Site", "domain_blind"),
    ("escalation.Mark", "blind"),
    ("escalation.Report", "facts_digest"),
    ("escalation.Reply", "key"),
    ("escalation.Look", "mark"),
    ("exchanges.Received", "blind"),
    ("reports.Document", "mark"),
    ("portal.Tally", "blind"),
    ("hooks.BucketObject", "blind"),
)
"""Columns of marks. Not here: half marks by which a partner's record is told to be the same
(``Received.signals``); after a change such a record counts as changed once, and is written anew."""

MOST_LAYERS: Final = len(LAYERS) + 1
_AT_ONCE = 1_000


@transaction.atomic
def lift_all(key: bytes, number: int, *, note: Note = lambda _count: None) -> int:
    """Put a layer over every mark that does not have it; all of them or none.

    Args:
        key: of the layer.
        number: of it, from 2.
        note: told how many marks were looked at, again and again.

    Returns:
        How many marks were lifted.
    """
    count = 0
    for table, column in MARKS:
        for pk, mark in _marks(table, column, note):
            if layer_of(mark) >= number:
                continue
            new = {column: lifted(mark, key, number)}
            if table == "exchanges.Received":
                new |= _bound_anew(pk, mark, new[column])
            _rows(table).filter(pk=pk).update(**new)
            count += 1
    return count


def _marks(table: str, column: str, note: Note) -> Iterator[tuple[Any, str]]:
    """Key and mark of every row that has one; each row once, also where the key is the mark."""
    rows = _rows(table).exclude(**{column: ""}).order_by("pk")
    keys = list(rows.values_list("pk", flat=True))
    for at in range(0, len(keys), _AT_ONCE):
        page = rows.filter(pk__in=keys[at : at + _AT_ONCE]).values_list("pk", column)
        found = list(page)
        note(len(found))
        yield from found


def _bound_anew(pk: Any, before: str, mark: str) -> dict[str, Any]:
    """A partner's key is sealed for its mark, and so for the new one now."""
    box = _rows("exchanges.Received").values_list("key_box", flat=True).get(pk=pk)
    plain = unseal(box, context=f"received:{before}")
    return {"key_box": seal(plain, context=f"received:{mark}")}


def _rows(table: str) -> QuerySet[Model]:
    return QuerySet(model=apps.get_model(table))
