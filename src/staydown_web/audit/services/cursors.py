"""Where each downstream reader stands."""

from __future__ import annotations

from django.db import transaction

from staydown_web.audit.models import Cursor


@transaction.atomic
def move_cursor(*, reader: str, seq: int) -> bool:
    """Remember that a reader has dealt with every event up to ``seq``; it never moves back.

    Call it in the transaction of what the reader did, so that both are kept or neither is.

    Returns:
        True where it moved.
    """
    Cursor.objects.get_or_create(reader=reader)
    return bool(Cursor.objects.filter(reader=reader, seq__lt=seq).update(seq=seq))
