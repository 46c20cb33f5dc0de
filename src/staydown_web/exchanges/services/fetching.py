"""Lists are fetched page by page, each page whole or not at all; a worker that dies costs nothing.

A worker claims an exchange before it fetches; the claim of one that died is taken over by the next,
which goes on from the checkpoint of the last page that was taken in.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from staydown.errors import ConfigError, StaydownError
from staydown_web.audit.services import record_event
from staydown_web.base.errors import (
    ExchangeAuthError,
    FetchRefusedError,
    RecordConflictError,
    SealError,
)
from staydown_web.base.fetching import Fetcher, outcome_facts
from staydown_web.base.retrying import EXCHANGE
from staydown_web.exchanges.models import Exchange, Run
from staydown_web.exchanges.partners import open_partner
from staydown_web.exchanges.partners.wire import Kind, Partner
from staydown_web.exchanges.selectors import checkpoint_of, exchange_of, secrets_of
from staydown_web.exchanges.services.claims import is_left_behind, new_claim
from staydown_web.exchanges.services.gathering import ENOUGH_RECORDS, gather, joined
from staydown_web.exchanges.services.standing import withdraw_unlisted
from staydown_web.exchanges.services.taking import ACTOR, CLAIM, take_in_page

Opener = Callable[[Exchange], Partner]
LONGEST_TURN_S = 20.0
"""One exchange after the other: a long list lets the others have their turn after so long."""
FOR_PEOPLE = (ExchangeAuthError, FetchRefusedError, ConfigError, SealError)
"""What does not pass by itself: it stands still until somebody has acted."""


def open_exchange(exchange: Exchange) -> Partner:
    """The partner's code with the settings and credentials of an exchange."""
    return open_partner(Kind(exchange.kind), dict(exchange.config), secrets_of(exchange), Fetcher())


def fetch_due(
    *,
    now: datetime,
    clock: Callable[[], datetime],
    is_failing: bool = False,
    opened: Opener = open_exchange,
    enough: int = ENOUGH_RECORDS,
) -> int:
    """Fetch a few pages of each exchange whose turn has come.

    Args:
        now: which are due.
        clock: reads the moment of each page, because a run can take minutes.
        is_failing: those whose last call failed, or all others; apart, so that a partner that
            does not answer holds up no other.
        opened: opens an exchange.
        enough: as for ``fetch_exchange``.

    Returns:
        How often something was taken in; 0 where there is nothing to do at once.
    """
    due = Exchange.objects.exclude(state=Exchange.State.OFF).filter(
        Q(next_try_at__isnull=True) | Q(next_try_at__lte=now), is_stopped=False
    )
    due = due.filter(failures__gt=0) if is_failing else due.filter(failures=0)
    ids = list(due.order_by(F("next_try_at").asc(nulls_first=True)).values_list("pk", flat=True))
    return sum(
        fetch_exchange(exchange_id=pk, clock=clock, opened=opened, enough=enough) for pk in ids
    )


def fetch_exchange(
    *,
    exchange_id: UUID,
    clock: Callable[[], datetime],
    opened: Opener = open_exchange,
    longest_s: float = LONGEST_TURN_S,
    enough: int = ENOUGH_RECORDS,
) -> int:
    """Fetch pages of one exchange until there is no more, its turn is over, or a call fails.

    Args:
        exchange_id: which.
        clock: reads the moment.
        opened: opens it.
        longest_s: how long its turn is.
        enough: so many records are taken in at once; one page where it has more.

    Returns:
        How often something was taken in; 0 too where another worker is at it.
    """
    claim = new_claim()
    if not _claim(exchange_id, claim, clock()):
        return 0
    ends_at = time.monotonic() + longest_s
    run = _open_run(exchange_id, clock())
    pages = 0
    try:
        partner = opened(exchange_of(exchange_id))
        while True:
            has_more = _take_next(exchange_id, claim, run, partner, clock=clock, enough=enough)
            pages += 1
            if not has_more:
                _end_run(exchange_id, claim, run, clock())
                break
            if time.monotonic() >= ends_at:
                break
    except RecordConflictError:
        return pages
    except StaydownError as error:
        _note_failure(exchange_id, claim, run, error, clock())
    finally:
        Exchange.objects.filter(pk=exchange_id, claim=claim).update(claimed_until=None, claim="")
    return pages


def _claim(exchange_id: UUID, claim: str, now: datetime) -> bool:
    mine = Exchange.objects.exclude(state=Exchange.State.OFF).filter(pk=exchange_id)
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    held = mine.values_list("claim", flat=True).first() or ""
    if held and is_left_behind(held):
        free |= Q(claim=held)
    return bool(mine.filter(free).update(claim=claim, claimed_until=now + CLAIM))


def _open_run(exchange_id: UUID, now: datetime) -> Run:
    """The fetch that was interrupted, or a new one."""
    open_ = Run.objects.filter(exchange_id=exchange_id, ended_at__isnull=True).order_by("-pk")
    return open_.first() or Run.objects.create(exchange_id=exchange_id, began_at=now)


def _take_next(
    exchange_id: UUID,
    claim: str,
    run: Run,
    partner: Partner,
    *,
    clock: Callable[[], datetime],
    enough: int,
) -> bool:
    """Fetch a page or a few small ones, and take them in; gives whether there is more now."""
    _end_pass(exchange_id, claim, clock)
    checkpoint = checkpoint_of(exchange_of(exchange_id))
    pages, error = gather(partner, checkpoint, clock=clock, enough=enough)
    if pages:
        take_in_page(
            exchange_id=exchange_id,
            claim=claim,
            run_id=run.pk,
            page=joined(pages),
            now=clock(),
            calls=len(pages),
        )
        Exchange.objects.filter(pk=exchange_id, failures__gt=0).update(failures=0, error_code="")
        _end_pass(exchange_id, claim, clock)
    if error is not None:
        raise error
    return pages[-1].has_more


def _end_pass(exchange_id: UUID, claim: str, clock: Callable[[], datetime]) -> None:
    while Exchange.objects.filter(pk=exchange_id, claim=claim, is_pass_ended=True).exists():
        Exchange.objects.filter(pk=exchange_id, claim=claim).update(claimed_until=clock() + CLAIM)
        withdraw_unlisted(exchange_id=exchange_id, claim=claim, now=clock())


@transaction.atomic
def _end_run(exchange_id: UUID, claim: str, run: Run, now: datetime) -> None:
    mine = Exchange.objects.filter(pk=exchange_id, claim=claim)
    every_s = mine.values_list("every_s", flat=True).first()
    if every_s is None:
        return
    mine.update(
        fetched_at=now,
        next_try_at=now + timedelta(seconds=every_s),
        failures=0,
        error_code="",
    )
    Run.objects.filter(pk=run.pk).update(ended_at=now)


@transaction.atomic
def _note_failure(
    exchange_id: UUID, claim: str, run: Run, error: StaydownError, now: datetime
) -> None:
    """Write down that a call failed, and when the next try is: later each time, never never."""
    mine = Exchange.objects.filter(pk=exchange_id, claim=claim)
    failures = mine.values_list("failures", flat=True).first()
    if failures is None:
        return
    failures += 1
    next_try = EXCHANGE.next_try(
        tries=min(failures, len(EXCHANGE.waits_s)),
        now=now,
        retry_after_s=getattr(error, "retry_after_s", 0),
    )
    is_stopped = isinstance(error, FOR_PEOPLE)
    mine.update(
        failures=min(failures, 30_000),
        next_try_at=next_try,
        error_code=error.code,
        is_stopped=is_stopped,
    )
    Run.objects.filter(pk=run.pk).update(ended_at=now, error_code=error.code)
    record_event(
        what="exchange_failed",
        actor=ACTOR,
        at=now,
        subject=f"exchange:{exchange_id}",
        facts={**outcome_facts(tries=failures, error=error), "is_stopped": is_stopped},
    )
