"""How often one uploader's content was restricted here: counted and told, never acted on. ADR-0066.

Who uploads is known by a keyed digest alone, and only where the platform gave its own id of the
account with the check. So the platform can suspend, as the DSA asks in Article 23(1), and this
service cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from staydown_web.regimes.schemas import Kind
from staydown_web.regimes.selectors import regimes
from staydown_web.reports.models import Statement
from staydown_web.review.models import Decision
from staydown_web.screening.models import Copy

COUNTED_FOR = timedelta(days=180)
"""Six months, as a complaint is open: older ones say little of today. Source: ADR-0066."""


@dataclass(frozen=True, slots=True)
class UploaderCount:
    """What was restricted of one account, each piece of content once.

    Attributes:
        removed: a person decided so, under a law, and that stands; carried out yet or not.
        stopped: by software at upload, because a person had decided so on the same content.
        since: the first day that counts.
    """

    removed: int
    stopped: int
    since: date


def count_of_uploader(copy: Copy | None, *, until: datetime) -> UploaderCount | None:
    """What was restricted of the account that uploaded a copy, up to a moment.

    Restrictions under the platform's own rules alone do not count, nor do those that a complaint
    reversed, nor those that wait for a second person.

    Args:
        copy: with its own restriction counted too; None where content is known by address alone.
        until: the last moment that counts, aware UTC.

    Returns:
        None where the platform gave no account with its check.

    Cost: one query; its rows are the account's restrictions of six months.
    """
    if copy is None or not copy.account_blind:
        return None
    since = until - COUNTED_FOR
    standing = Statement.objects.filter(
        state=Statement.State.STANDING,
        decision__outcome=Decision.Outcome.REMOVE,
        copy__platform=copy.platform_id,
        copy__account_blind=copy.account_blind,
        made_at__gt=since,
        made_at__lte=until,
    )
    own = ("copy_id", "copy__group", "copy__content_ref", "decision__grounds", "copy__tasks")
    counted: dict[tuple[object, ...], bool] = {}
    for copy_id, group, ref, grounds, task in standing.values_list(*own).distinct():
        if _is_of_law(grounds):
            post = (group, ref) if group and ref else (copy_id,)
            counted[post] = counted.get(post, False) or task is not None
    removed = sum(counted.values())
    return UploaderCount(removed, len(counted) - removed, since.date())


def _is_of_law(grounds: Sequence[str]) -> bool:
    known = regimes()
    return any(id_ in known and known[id_].kind is Kind.LAW for id_ in grounds)
