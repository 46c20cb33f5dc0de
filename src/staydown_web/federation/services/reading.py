"""Members' feeds are read: a call each, in threads; what came is taken in one after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from staydown.errors import StaydownError
from staydown_web.audit.services import record_event
from staydown_web.base.errors import ExchangeUnavailableError, FeedUnknownError
from staydown_web.base.fetching import Fetcher
from staydown_web.federation.models import Member
from staydown_web.federation.services.calling import Question, make_question, send_question
from staydown_web.federation.services.feed import MOST_EVENTS
from staydown_web.federation.services.own_keys import current_key, own_identity, own_statements
from staydown_web.federation.services.taking import pause_member_for, take_page

READ_EVERY = timedelta(seconds=10)
MOST_WAIT = timedelta(hours=1)
MEMBERS_AT_ONCE = 8
_LOOKED_AHEAD = (Member.Pause.PERSON, Member.Pause.DAY, Member.Pause.TOTAL)
_Answer = dict[str, Any] | StaydownError


def read_members(now: datetime, *, fetcher: Fetcher | None = None, limit: int = MOST_EVENTS) -> int:
    """Read a page of every member whose turn it is.

    Of a paused member only withdrawals are taken. A member that does not answer is asked again
    after a wait that doubles, up to an hour, or as long as it asks.

    Returns:
        How many have more to read.
    """
    paused = Q(state=Member.State.PAUSED, pause__in=_LOOKED_AHEAD)
    due = Member.objects.filter(paused | Q(state=Member.State.ACTIVE), next_read_at__lte=now)
    members = list(due.select_related("bank").order_by("next_read_at")[:MEMBERS_AT_ONCE])
    if not members:
        return 0
    facts: dict[str, Any] = {
        "identity": own_identity(now),
        "key": current_key(now),
        "statements": own_statements(),
        "limit": limit,
        "now": now,
    }
    questions = [
        make_question(m, is_ahead=m.state == Member.State.PAUSED, **facts) for m in members
    ]
    return sum(_take(*pair, now) for pair in _ask_all(questions, fetcher or Fetcher()))


def _ask_all(questions: list[Question], fetcher: Fetcher) -> list[tuple[Question, _Answer]]:
    """Send them at the same time: a slow member holds up nobody but itself and this run."""

    def ask(question: Question) -> _Answer:
        try:
            return send_question(question, fetcher)
        except StaydownError as error:
            return error

    with ThreadPoolExecutor(len(questions)) as pool:
        return list(zip(questions, pool.map(ask, questions), strict=True))


def _take(question: Question, answer: _Answer, now: datetime) -> int:
    member = question.member
    if isinstance(answer, FeedUnknownError):
        pause_member_for(member, Member.Pause.RESTARTED, now)
        return 0
    try:
        if isinstance(answer, StaydownError):
            raise answer
        taken = take_page(member=member, page=answer, is_ahead=question.is_ahead, now=now)
    except StaydownError as error:
        _put_off(member, error, now)
        return 0
    again = now if taken.has_more else now + READ_EVERY
    Member.objects.filter(pk=member.pk).update(next_read_at=again)
    return int(taken.has_more)


def _put_off(member: Member, error: StaydownError, now: datetime) -> None:
    """Ask again later; that it fails is an event once, not at every try."""
    failures = member.failures + 1
    wait = min(READ_EVERY * 2 ** min(failures - 1, 10), MOST_WAIT)
    asked = error.retry_after_s if isinstance(error, ExchangeUnavailableError) else 0
    Member.objects.filter(pk=member.pk).update(
        failures=failures,
        error=error.code,
        next_read_at=now + max(wait, timedelta(seconds=asked)),
    )
    if member.error != error.code:
        facts = {"error": error.code, "is_retryable": error.retryable}
        subject = f"member:{member.pk}"
        record_event(
            what="member_read_failed", actor="system", at=now, subject=subject, facts=facts
        )
