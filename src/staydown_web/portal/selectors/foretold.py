"""Before the uploader is told, she is: what her page and her helpline's say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from staydown_web.cases.models import Case
from staydown_web.cases.selectors import items_of
from staydown_web.portal.selectors.case_page import item_names
from staydown_web.review.selectors.foretold import foretold_of


@dataclass(frozen=True, slots=True)
class Before:
    """A statement that waits for her.

    Attributes:
        decision_id: of which decision.
        title: that she is told first, with the names of her items.
        until: until when she can answer; once she did, when it goes out at the latest.
        is_hold: it is hidden until a second person has decided; else removed.
        is_answered: she wrote, and no reviewer has dealt with it.
        is_read: a reviewer has read what she wrote, and has not said yet that it goes out.
        is_held: what she writes holds it until a reviewer has read it, without end.
        is_again: the uploader was told of an earlier decision on it.
    """

    decision_id: UUID
    title: str
    until: datetime
    is_hold: bool
    is_answered: bool
    is_read: bool
    is_held: bool
    is_again: bool


def before_statements(case: Case, now: datetime) -> list[Before]:
    """What she has a say in now, the nearest end first."""
    found = foretold_of(case, now)
    names = item_names(items_of(case)) if found else {}
    told = []
    for one in found:
        of_hers = ", ".join(sorted({names[str(pk)] for pk in one.item_ids if str(pk) in names}))
        told.append(
            Before(
                one.decision_id,
                _title(of_hers, is_again=one.is_again),
                one.until,
                one.is_hold,
                one.is_answered,
                one.is_read,
                one.is_held,
                one.is_again,
            )
        )
    return told


def _title(items: str, *, is_again: bool) -> str:
    if is_again:
        title = _("%(item)s: you are told of the new decision before the person who uploaded it")
        plain = _("You are told of the new decision before the person who uploaded it")
    else:
        title = _("%(item)s: you are told before the person who uploaded it")
        plain = _("You are told before the person who uploaded it")
    return title % {"item": items} if items else plain
