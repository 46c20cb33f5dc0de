"""Small pages are taken in several at a time: most of what a transaction costs is its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from staydown.errors import StaydownError
from staydown_web.base.errors import ExchangePayloadError
from staydown_web.exchanges.partners.wire import Page, Partner

ENOUGH_RECORDS = 8_000
"""Above this the writer would keep checks that found something waiting for long. ADR-0068."""
LONGEST_S = 1.0
"""What has come is taken in after so long, also where the partner is slow."""


def gather(
    partner: Partner,
    checkpoint: str,
    *,
    clock: Callable[[], datetime],
    enough: int = ENOUGH_RECORDS,
) -> tuple[list[Page], StaydownError | None]:
    """Pages that follow a checkpoint, as many as are taken in at once.

    Returns:
        The pages in their order, and the error that ended them early; none of both is never.
    """
    pages: list[Page] = []
    records, ends_at = 0, time.monotonic() + LONGEST_S
    while True:
        try:
            page = _next(partner, checkpoint, clock)
        except StaydownError as error:
            return pages, error
        if pages and page.begins_whole:
            return pages, None  # it comes once more, and begins what is taken in next
        pages.append(page)
        records += len(page.records)
        checkpoint = page.checkpoint
        is_enough = records >= enough or time.monotonic() >= ends_at
        if not page.has_more or page.ends_whole or is_enough:
            return pages, None


def joined(pages: Sequence[Page]) -> Page:
    """Pages that follow each other, as one."""
    last = pages[-1]
    return Page(
        records=tuple(record for page in pages for record in page.records),
        checkpoint=last.checkpoint,
        has_more=last.has_more,
        begins_whole=pages[0].begins_whole,
        ends_whole=last.ends_whole,
    )


def _next(partner: Partner, checkpoint: str, clock: Callable[[], datetime]) -> Page:
    page = partner.fetch(checkpoint, now=clock())
    if page.has_more and page.checkpoint == checkpoint:
        raise ExchangePayloadError("the partner says that there is more, but not from where")
    return page
