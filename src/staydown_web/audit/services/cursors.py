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


def hold_cursor(*, reader: str) -> None:
    """Let nobody else read on as this reader until the caller's transaction ends.

    For readers that add up: what two of them read at the same time would count twice. Before the
    first event was dealt with there is nothing to hold; ``move_cursor`` says then who was second.
    """
    list(Cursor.objects.select_for_update().filter(reader=reader))
