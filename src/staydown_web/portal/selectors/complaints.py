"""Complaints as both sides see them: what can be asked, what became of it. ADR-0054."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from staydown_web.base.clock import utc_now
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.cases.models import Case, Item
from staydown_web.cases.selectors import items_of
from staydown_web.portal.selectors.case_page import item_names
from staydown_web.regimes.selectors.duties import duties_of
from staydown_web.reports.models import Statement
from staydown_web.review.models import NOT_HERE, Complaint, Decision
from staydown_web.review.selectors.complaining import (
    UNFINISHED,
    Complainable,
    complain_until,
    complainable_of,
    is_last,
    may_complain,
)
from staydown_web.review.selectors.complaints import answer_to, said_by
from staydown_web.review.selectors.items import items_of as decided_items
from staydown_web.review.selectors.keeping import keepers_of, kept_off
from staydown_web.review.selectors.minors import is_closed_for_minor
from staydown_web.review.selectors.quoting import Quote
from staydown_web.review.selectors.tellings import asked_of
from staydown_web.review.selectors.uploads import UPLOAD_TOLD, is_of_upload
from staydown_web.screening.models import Copy

_DOWN = (Copy.State.BLOCKED, Copy.State.REMOVED, Copy.State.GONE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision and the complaint about it, for one side.

    Attributes:
        decision_id: which decision.
        title: what was decided, in plain words; for a notifier with the names of her items.
        decided_at: when it was firm; None for a decision that is not.
        why: its grounds, in words; empty for an uploader, whose statement says them.
        until: until when a complaint is possible; None where it never was.
        is_open: a complaint is possible now.
        is_last: both sides were heard, so none is possible here.
        sent_at: when it was sent; None where it was not.
        state: of ``Complaint.State``; empty where none was sent.
        result: what came of it, in words; empty while it waits.
        answer: what the second reviewer wrote; empty while it waits, and after it was erased.
        settled_at: when it was settled.
        said: what the notifier wrote; empty for an uploader, and after it was erased.
        is_reversed: it was settled, and the first decision was reversed.
        kept: that another decision holds all the same, in words; empty where none does.
        has_disputes: a law of her notice lets her have it settled out of court; False for an
            uploader, whose statement says it.
    """

    decision_id: UUID
    title: str
    decided_at: datetime | None
    why: Sequence[str]
    until: datetime | None
    is_open: bool
    is_last: bool
    sent_at: datetime | None
    state: str
    result: str
    answer: Quote
    settled_at: datetime | None
    said: Quote = Quote("")  # noqa: RUF009 - frozen
    is_reversed: bool = False
    kept: str = ""
    has_disputes: bool = False

    @property
    def is_waiting(self) -> bool:
        """It was sent and is not settled."""
        return self.state in UNFINISHED


@dataclass(frozen=True, slots=True)
class Told:
    """A decision that she can answer to before it is carried out.

    Attributes:
        title: what a reviewer thinks, with the names of her items.
        why: its grounds, in words.
        until: until when she can answer.
        is_hidden: it is out of sight, and stays so until then.
        is_found: somebody has seen it there; else an address helps most.
        is_held: new copies of it are held meanwhile.
        is_kept_off: another decision holds, whatever is decided: what is hidden stays off.
        is_upload: it is about an upload that only looked like hers.
        stays_removed: hers was removed and stays so, whatever becomes of the upload.
    """

    title: str
    why: Sequence[str]
    until: datetime
    is_hidden: bool
    is_found: bool
    is_held: bool
    is_kept_off: bool
    is_upload: bool
    stays_removed: bool


def told_first(case: Case) -> list[Told]:
    """What she can answer to now, the nearest end first."""
    names = item_names(items_of(case))
    told = []
    for one in asked_of(case):
        of_hers = ", ".join(sorted({names[str(pk)] for pk in one.item_ids if str(pk) in names}))
        if one.of_upload:
            words = str(UPLOAD_TOLD[one.of_upload])
            plain = words % {"item": _("One of your items")}
        elif not one.is_found:
            words = _("%(item)s: nothing of it was found")
            plain = _("Nothing of what you reported was found")
        elif one.is_hidden and not one.is_kept_off:
            words = _("%(item)s: a reviewer thinks that it may be shown again")
            plain = _("A reviewer thinks that it may be shown again")
        else:
            words = _("%(item)s: a reviewer thinks that it should not be removed")
            plain = _("A reviewer thinks that it should not be removed")
        title = words % {"item": of_hers} if of_hers else plain
        flags = (one.is_hidden, one.is_found, one.is_held, one.is_kept_off)
        upload = (bool(one.of_upload), one.stays_removed)
        told.append(Told(title, one.why, one.until, *flags, *upload))
    return told


def asked_by_notifier(case: Case, now: datetime) -> list[Asked]:
    """What was decided against a notifier, each with her complaint about it, newest first."""
    names, disputes = item_names(items_of(case)), _has_disputes(case)
    rows = complainable_of(case, now)
    return [replace(_of_notifier(case, row, names), has_disputes=disputes) for row in rows]


def asked_about(case: Case, decision_id: UUID, now: datetime) -> tuple[Decision, Asked]:
    """One decision against a notifier.

    Raises:
        RecordNotFoundError: none of hers.
    """
    for row in complainable_of(case, now):
        if row.decision.pk == decision_id:
            asked = _of_notifier(case, row, item_names(items_of(case)))
            return row.decision, replace(asked, has_disputes=_has_disputes(case))
    raise RecordNotFoundError("there is no such decision on this page")


def asked_by_uploader(statement: Statement, now: datetime) -> Asked:
    """What was decided against an uploader, with their complaint about it."""
    decision, side, key = statement.decision, Complaint.Side.UPLOADER, statement.token_digest
    until = complain_until(decision, told_at=statement.made_at)
    is_stopped = statement.copy is not None and not statement.copy.tasks.exists()
    may = may_complain(decision, side, case=None, now=now, told_at=statement.made_at)
    # Software stopped it: whatever became of the first decision since, this uploader was not heard.
    may = may or (is_stopped and not is_closed_for_minor(decision.task))
    complaint = Complaint.objects.filter(side=side, key=key).first()
    asked = _asked(
        decision,
        complaint,
        title=_("It was removed"),
        why=(),
        is_open=complaint is None and may and until is not None and now <= until,
        until=until,
    )
    if asked.is_reversed:
        return replace(asked, result=_shown_again(statement, now))
    return asked


def _shown_again(statement: Statement, now: datetime) -> str:
    """That the removal was reversed, and whether it is there again: the platform carries it out."""
    copy, task = statement.copy, statement.decision.task
    if copy is None:
        return _("The first decision was wrong. It may be shown again.")
    if copy.state in {Copy.State.RESTORED, Copy.State.SEEN}:
        return _("The first decision was wrong. It is shown again.")
    if keepers_of(copy, task=task, today=now.date()):
        return _(
            "The first decision was wrong. It is still not shown, because another decision about "
            "it holds."
        )
    return _("The first decision was wrong. It is to be shown again.")


def _has_disputes(case: Case) -> bool:
    """Whether a law of her notices, at the platform's size, asks for settlement out of court."""
    if case.platform is None:
        return False
    laws = duties_of(list(case.notices.values_list("regime", flat=True)), size=case.platform.size)
    owed = [row for law in laws for row in law.rows if row.duty.id == "disputes"]
    return any(row.binds for row in owed)


def _of_notifier(case: Case, row: Complainable, names: Mapping[str, str]) -> Asked:
    behind = (names.get(str(one.pk)) for one in decided_items(row.decision.task))
    decided = sorted(filter(None, behind))
    of_hers, plain = _("%(item)s: not removed"), _("It was not removed, or it is shown again")
    kept = ""
    if NOT_HERE in row.decision.grounds:
        of_hers = _("%(item)s: nothing of it was found")
        plain = _("Nothing of what you reported was found")
    elif decided and is_of_upload(row.decision.task, case):
        of_hers = _("%(item)s: an upload that looked like this may be shown")
    elif decided and (kept := _kept_words(row.decision)):
        of_hers = _("%(item)s: it was decided that it should not be removed")
    title = of_hers % {"item": ", ".join(decided)} if decided else plain
    asked = _asked(
        row.decision,
        row.complaint,
        title=title,
        why=row.why,
        is_open=row.is_open,
        until=row.until,
    )
    said = said_by(row.complaint) if row.complaint else Quote("")
    return replace(asked, said=said, kept=kept)


def _kept_words(decision: Decision) -> str:
    """That what was decided not to be removed is off by another decision; empty where none is."""
    task, now = decision.task, utc_now()
    if any(one.state != Item.State.REMOVED for one in decided_items(task)):
        return ""
    copies = list(task.copies.all())
    is_down = bool(copies) and all(copy.state in _DOWN for copy in copies)
    if not kept_off(task, today=now.date()) and task.failed_order is None:
        return ""
    if is_down:
        return _("It stays off all the same.")
    return _("Another decision about it holds.")


def _asked(
    decision: Decision,
    complaint: Complaint | None,
    *,
    title: str,
    why: Sequence[str],
    is_open: bool,
    until: datetime | None,
) -> Asked:
    is_settled = complaint is not None and complaint.state == Complaint.State.SETTLED
    return Asked(
        decision_id=decision.pk,
        title=title,
        decided_at=decision.made_firm_at,
        why=why,
        until=until,
        is_open=is_open,
        is_last=is_last(decision),
        sent_at=complaint.made_at if complaint else None,
        state=complaint.state if complaint else "",
        result=_result(complaint) if complaint and is_settled else "",
        answer=answer_to(complaint) if complaint and is_settled else Quote(""),
        settled_at=complaint.settled_at if complaint and is_settled else None,
        is_reversed=bool(complaint and is_settled and _is_reversed(complaint)),
    )


def _is_reversed(complaint: Complaint) -> bool:
    return complaint.outcome == Complaint.Outcome.REVERSED


def _result(complaint: Complaint) -> str:
    if complaint.side == Complaint.Side.UPLOADER:
        # Whether it is there again, its statement knows.
        return "" if _is_reversed(complaint) else _("The decision stays: it is not shown.")
    if _is_reversed(complaint):
        return _("The first decision was wrong. It is to be removed and kept down.")
    if NOT_HERE in complaint.decision.grounds:
        return _("The decision stays: nothing of it was found.")
    return _("The decision stays: it is not removed.")
