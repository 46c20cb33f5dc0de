"""What the person's pages write of their own; all else goes through ``cases.services``."""

from __future__ import annotations

from staydown_web.portal.services.caps import clear_tallies, count_try, one_filing
from staydown_web.portal.services.doors import (
    clear_pages,
    close_page,
    open_page,
    opened_case,
    stop_withdrawal,
)
from staydown_web.portal.services.sending import Receipt, clear_sendings, send_notice

__all__ = [
    "Receipt",
    "clear_pages",
    "clear_sendings",
    "clear_tallies",
    "close_page",
    "count_try",
    "one_filing",
    "open_page",
    "opened_case",
    "send_notice",
    "stop_withdrawal",
]
