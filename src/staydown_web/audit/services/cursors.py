"""Where each downstream reader stands."""

from __future__ import annotations

from staydown_web.audit.models import Cursor


def move_cursor(*, reader: str, seq: int) -> bool:
    """Remember that a reader has dealt with every event up to ``seq``; it never moves back.

    Call it in the transaction of what the reader did, so that both are kept or neither is.

    Returns:
        True where it moved.
    """
    if Cursor.objects.filter(reader=reader, seq__lt=seq).update(seq=seq):
        return True
    _, is_first = Cursor.objects.get_or_create(reader=reader, defaults={"seq": seq})
    return is_first
