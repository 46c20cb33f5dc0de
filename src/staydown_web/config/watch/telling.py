"""The log's lines about troubles: one where one begins, one where it ends."""

from __future__ import annotations

import logging
from datetime import datetime

from staydown_web.config.watch.looking import look
from staydown_web.config.watch.troubles import Level
from staydown_web.config.watch.words import kind_of

log = logging.getLogger("staydown.watch")
_told: set[str] = set()
"""Codes that this process has said of: the worker, which alone says them."""


def note_changes(now: datetime) -> list[str]:
    """Look, and log which troubles began or ended since the last look.

    Returns:
        The codes that changed.
    """
    found = {one.code: kind_of(one).level for one in look(now).troubles}
    begun, ended = sorted(found.keys() - _told), sorted(_told - found.keys())
    for code in begun:
        level = logging.WARNING if found[code] is not Level.NOTE else logging.INFO
        log.log(level, "trouble %s began", code)
    for code in ended:
        log.info("trouble %s ended", code)
    _told.clear()
    _told.update(found)
    return [*begun, *ended]
