"""What a person can take with her from her page: receipts, and the record of her case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from staydown_web.actions.selectors import CaseRemovals
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import PersonView
from staydown_web.portal.selectors.case_page import item_names
from staydown_web.reports.models import Document
from staydown_web.reports.selectors.receipts import Offered, receipts_offered


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One receipt on the page.

    Attributes:
        number: in the address; from 1.
        title: what it attests, in words.
        at: of what it attests.
    """

    number: int
    title: str
    at: datetime


def files_of(*, case: Case, view: PersonView, removals: CaseRemovals) -> list[KeptFile]:
    """The receipts of a page, oldest first."""
    names = item_names(view.items)
    titles: dict[int | None, str] = {item.position: names[str(item.id)] for item in view.items}
    ids: dict[int | None, UUID] = {item.position: item.id for item in view.items}
    return [
        KeptFile(number, _title(offered, titles, ids, removals), offered.at)
        for number, offered in enumerate(receipts_offered(case=case, view=view), 1)
    ]


def offered_at(*, case: Case, view: PersonView, number: int) -> Offered:
    """The receipt of this number.

    Raises:
        RecordNotFoundError: there is none.
    """
    offered = receipts_offered(case=case, view=view)
    if not 1 <= number <= len(offered):
        raise RecordNotFoundError("there is no such file")
    return offered[number - 1]


def _title(
    offered: Offered,
    names: Mapping[int | None, str],
    ids: Mapping[int | None, UUID],
    removals: CaseRemovals,
) -> str:
    if offered.kind == Document.Kind.NOTICE_RECEIVED:
        return _("Your notice was received")
    if offered.kind == Document.Kind.ADDITION_RECEIVED:
        return _("What you added was received")
    if offered.kind == Document.Kind.WITHDRAWAL_ASKED:
        return _("You took back your request")
    words = {"removed": _("%(item)s: removed"), "kept": _("%(item)s: not removed")}
    if offered.is_decision:
        # What a website then did of it, it says itself: this attests the decision alone.
        words["removed"] = _("%(item)s: it was decided to remove it")
        if removals.is_unfound_at(ids[offered.item], offered.facts["decided_at"]):
            words["kept"] = _("%(item)s: nothing of it was found")
    return words[str(offered.facts["outcome"])] % {"item": names[offered.item]}
