"""What people wrote and no member of staff has read, and who read what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Min, Q, QuerySet

from staydown_web.accounts.models import User
from staydown_web.audit.models import Event
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.cases.models import Case, Message
from staydown_web.review.models import OPEN_STATES, Task

PAGE = 20
THEIRS = (Message.Sender.PERSON, Message.Sender.HELPLINE)


@dataclass(frozen=True, slots=True)
class Unread:
    """A case of which messages wait to be read.

    Attributes:
        case: whose.
        count: how many.
        since: when the oldest of them came.
        task: number of its task that waits in the queue, or empty.
    """

    case: Case
    count: int
    since: datetime
    task: str


def unread_count() -> int:
    """How many cases have messages that nobody on the staff has read."""
    return _unread().values("case").distinct().count()


def unread_page(at: str) -> tuple[Page[Any], list[Unread]]:
    """One page of these cases, who waits longest first.

    Args:
        at: number of the page, as typed; anything else gives the nearest there is.
    """
    waiting = _unread().values("case").annotate(n=Count("pk"), since=Min("at"))
    page = Paginator(waiting.order_by("since", "case"), PAGE).get_page(at)
    ids = [row["case"] for row in page]
    cases = Case.objects.in_bulk(ids)
    tasks = Task.objects.filter(state__in=OPEN_STATES, case__in=ids).order_by("made_at")
    numbers = dict(tasks.values_list("case_id", "number"))
    rows = [
        Unread(cases[row["case"]], row["n"], row["since"], numbers.get(row["case"], ""))
        for row in page
        if row["case"] in cases
    ]
    return page, rows


def unread_case_ids() -> set[UUID]:
    """The same cases, by id."""
    return set(_unread().values_list("case_id", flat=True).distinct())


def case_numbered(number: str) -> Case:
    """The case of this number.

    Raises:
        RecordNotFoundError: there is none.
    """
    cases = Case.objects.prefetch_related("notices", "locations", "messages", "items")
    found = cases.filter(number=number.strip().upper()).first()
    if found is None:
        raise RecordNotFoundError("no case has this number")
    return found


def tasks_about(case: Case) -> QuerySet[Task]:
    """Tasks that name a case, or a copy that it claims or placed; the newest first."""
    claimed = Q(copies__hits__entry__claims__item__case=case)
    placed = Q(copies__locations__case=case)
    return Task.objects.filter(Q(case=case) | claimed | placed).distinct().order_by("-made_at")


def readers_of(case_id: UUID) -> dict[datetime, str]:
    """Moment -> pseudonym of the member of staff who read what had come by then."""
    events = Event.objects.filter(case_id=case_id, what="message_read").order_by("seq")
    read = {one.at: one.actor for one in events if one.facts.get("reader") == Message.Sender.STAFF}
    names = _pseudonyms(sorted(set(read.values())))
    return {at: names[actor] for at, actor in read.items() if actor in names}


def _pseudonyms(actors: Sequence[str]) -> dict[str, str]:
    ids = [actor.removeprefix("user:") for actor in actors if actor.startswith("user:")]
    users = User.objects.filter(pk__in=ids).values_list("pk", "pseudonym")
    return {f"user:{pk}": pseudonym for pk, pseudonym in users}


def _unread() -> QuerySet[Message]:
    """Of what was erased with its case nothing is left to read."""
    unread = Message.objects.filter(read_at=None, sender__in=THEIRS, box__isnull=False)
    return unread.filter(case__erased_at=None)
