"""Whether an uploader can complain about what a statement says: now, not any more, or did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from staydown_web.reports.models import Statement
from staydown_web.review.models import Complaint, Decision
from staydown_web.review.selectors.complaining import complain_until, is_last
from staydown_web.review.selectors.minors import is_closed_for_minor


class Way(StrEnum):
    """How it stands."""

    OPEN = "open"
    SENT = "sent"
    DROPPED = "dropped"
    CLOSED = "closed"
    LATER = "later"
    ENDED = "ended"
    LAST = "last"
    OVER = "over"


def way_of(statement: Statement, now: datetime) -> tuple[Way, datetime | None]:
    """How it stands with complaining, and until when it is or was possible; None where it was not.

    Args:
        statement: with its decision and copy.
        now: the moment, aware UTC.
    """
    decision, copy = statement.decision, statement.copy
    mine = Complaint.objects.filter(side=Complaint.Side.UPLOADER, key=statement.token_digest)
    state = mine.values_list("state", flat=True).first()
    if state is not None:
        return (Way.DROPPED if state == Complaint.State.DROPPED else Way.SENT), None
    if statement.state == Statement.State.ENDED:
        return Way.ENDED, None
    if is_closed_for_minor(decision.task):
        return Way.CLOSED, None
    if decision.outcome == Decision.Outcome.HOLD:
        return Way.LATER, None
    is_stopped = copy is not None and not copy.tasks.exists()
    if is_last(decision) and not is_stopped:
        return Way.LAST, None
    until = complain_until(decision, told_at=statement.made_at)
    return (Way.OVER if until is not None and until < now else Way.OPEN), until


def way_words(way: Way, until: datetime | None) -> str:
    """What is said of it.

    Args:
        way: of ``way_of``.
        until: of the same; None where it is not known.
    """
    day = date_format(until, "DATE_FORMAT") if until else ""
    open_ = _("You can complain here, free of charge. Another person than the first looks at it.")
    if day:
        open_ = _(
            "You can complain here until %(day)s, free of charge. Another person than the first "
            "looks at it."
        )
    return {
        Way.OPEN: open_,
        Way.SENT: _("You have complained here. You find the answer on the page of your complaint."),
        Way.DROPPED: _(
            "You have complained here. It cannot be decided here any more. Please write to the "
            "site itself."
        ),
        Way.CLOSED: _("This cannot be decided here any more. Please write to the site itself."),
        Way.LATER: _(
            "This is not the last word: you can complain once you are told what a second person "
            "decided."
        ),
        Way.ENDED: _(
            "This is no longer in force. If a later decision restricts it, that one has a "
            "statement of its own, and you can complain there."
        ),
        Way.LAST: _("Both sides were heard, and the last decision stands here."),
        Way.OVER: _("You could complain here until %(day)s. That time is over."),
    }[way] % {"day": day}
