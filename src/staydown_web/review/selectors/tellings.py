"""Restoring waits for an answer: whom it concerns, what waits, and what a person is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case, Claim, Location, Message
from staydown_web.review.models import NOT_HERE, Complaint, Decision, Task, Telling
from staydown_web.review.selectors.claims import living_cases_of
from staydown_web.review.selectors.grounds import ground_words
from staydown_web.review.selectors.items import OF_OUTCOME, items_of
from staydown_web.review.selectors.keeping import kept_off
from staydown_web.review.selectors.uploads import (
    is_apart,
    is_of_upload,
    stay_removed,
    upload_key,
)
from staydown_web.screening.models import Copy

ANSWER_WITHIN = timedelta(hours=48)
"""Long enough to come by a private moment and a safe device; as long as the US law gives a site to
remove. Source: ADR-0045."""
ENDED = (Case.State.WITHDRAWN, Case.State.CLOSED)
_DOWN = (Copy.State.BLOCKED, Copy.State.REMOVED)


def cases_to_hear(task: Task, *, reverses: Decision | None = None) -> QuerySet[Case]:
    """Living cases behind a task that have not answered on it yet.

    Args:
        task: which.
        reverses: the decision that a complaint was about. What was answered before that decision
            was made does not count: its reversal is told anew.
    """
    answered = Telling.objects.filter(
        decision__task=task, decision__reverses=reverses, answered_at__isnull=False
    )
    living = living_cases_of(task)
    return living.exclude(pk__in=answered.values("case_id")).order_by("pk")


def waiting_decisions() -> QuerySet[Decision]:
    """Decisions to restore of which a person was told, and that are neither firm nor undone."""
    return Decision.objects.filter(
        told_at__isnull=False, made_firm_at__isnull=True, undone_at__isnull=True
    )


def tasks_that_wait() -> QuerySet[Task]:
    """Tasks whose decision waits for an answer, the one that ends first first."""
    return Task.objects.filter(decisions__in=waiting_decisions()).order_by("decisions__firm_at")


def lines_of(telling: Telling) -> QuerySet[Message]:
    """What was written on her side since she was told."""
    theirs = Message.objects.exclude(sender=Message.Sender.STAFF)
    return theirs.filter(case=telling.case_id, at__gt=telling.told_at)


def pauses_until(tellings: Iterable[Telling], now: datetime) -> datetime | None:
    """Until when nobody can answer: each page that was told seems to have ended, for a pause.

    Args:
        tellings: each with its case at hand.
        now: the moment, aware UTC.

    Returns:
        None where somebody can, and where nobody was told.
    """
    ends = [one.case.withdrawal_due_at for one in tellings if one.ended_at is None]
    pauses = [end for end in ends if end is not None and end > now]
    return min(pauses) if pauses and len(pauses) == len(ends) else None


def places_of(telling: Telling) -> QuerySet[Location]:
    """Addresses on a platform here that she added since it was decided."""
    places = Location.objects.filter(case=telling.case_id, platform__isnull=False)
    return places.filter(added_at__gt=telling.decision.decided_at)


def decided_after(decision_ids: Sequence[UUID]) -> dict[UUID, Decision]:
    """What was decided in place of decisions that were taken back, its minute over.

    Args:
        decision_ids: of those taken back; one that nobody has decided again since is left out.
    """
    stopped = list(Decision.objects.filter(pk__in=decision_ids))
    standing = Decision.objects.filter(
        Q(told_at__isnull=False) | Q(made_firm_at__isnull=False),
        task__in={one.task_id for one in stopped},
        outcome__in=OF_OUTCOME,
        undone_at__isnull=True,
    )
    made = list(standing.select_related("task").order_by("decided_at"))
    found = {}
    for one in stopped:
        same = [two for two in made if _matter(two) == _matter(one)]
        later = next((two for two in same if two.decided_at > one.decided_at), None)
        if later is not None:
            found[one.pk] = later
    return found


def stays_after(decision_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When it was settled that a first decision stays, in place of a reversal that was taken back.

    Args:
        decision_ids: of those taken back; all others are left out.
    """
    rows = Complaint.objects.filter(
        decision__reversals__in=decision_ids,
        outcome=Complaint.Outcome.STANDS,
        settled_at__gt=F("decision__reversals__decided_at"),
    )
    ends = rows.values_list("decision__reversals", "decided_at")
    return {pk: at for pk, at in ends if at is not None}


def _matter(decision: Decision) -> tuple[UUID, UUID | None]:
    return decision.task_id, decision.reverses_id


def answer_words(task: Task) -> str:
    """What a reviewer reads of the answer to the last decision; empty where nobody answered."""
    answered = Telling.objects.filter(decision__task=task, answered_at__isnull=False)
    last = answered.select_related("decision").order_by("-decision__decided_at").first()
    if last is None:
        return ""
    tellings = answered.filter(decision=last.decision_id).select_related("decision")
    parts = [_decided_before(last.decision)]
    if any(lines_of(one).exists() for one in tellings):
        parts.append(_("The answer is under “Messages”. Please read it before you decide."))
    if any(places_of(one).exists() for one in tellings):
        parts.append(_("An address was added. Please look at what is there before you decide."))
    return " ".join(parts)


def _decided_before(decision: Decision) -> str:
    if NOT_HERE in decision.grounds:
        return _("Somebody decided that nothing was found.")
    if decision.before.get("copies"):
        return _("Somebody decided to restore this.")
    return _("Somebody decided that nothing is removed.")


def is_out_of_sight(task: Task, case: Case) -> bool:
    """Whether what a case reported is hidden, of the copies that a task decides.

    What came back from a platform is so only where it went down by another answer: that somebody
    decided to hide it does not say that the platform did, nor that it has not answered yet.
    """
    copies = task.copies.filter(locations__case=case).distinct()
    # What she pointed at decides, where she pointed at something: it may be there for all to see.
    copies = copies if copies.exists() else task.copies.all()
    hidden = _DOWN if task.failed_order is not None else (*_DOWN, Copy.State.HELD)
    rows = list(copies)
    return bool(rows) and all(copy.state in hidden and not _is_to_hide(copy) for copy in rows)


def _is_to_hide(copy: Copy) -> bool:
    """Whether it was in sight when it was held, and the platform has not said that it hid it.

    An upload that a check held was never public: no order goes out for it.
    """
    if copy.state != Copy.State.HELD:
        return False
    said = copy.orders.filter(what__in=("hold", "restore")).exclude(state="cancelled")
    last = said.order_by("seq").last()
    return last is not None and last.what == "hold" and last.state != "done"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person can answer to.

    Attributes:
        until: until when.
        why: the grounds, in words; not that nothing was found, where ``is_found`` says it.
        is_hidden: it is out of sight, and stays so until then.
        is_found: somebody has seen it there, and it is not said that nothing was found.
        is_held: new copies of it are held meanwhile.
        item_ids: what it decides, of every case.
        is_kept_off: another decision holds, whatever is decided: what is hidden stays off.
        of_upload: key of ``UPLOAD_TOLD``, where it is about an upload that only looked like it, or
            about what another notice brought and a threat's case may not know of.
        stays_removed: what was reported was removed and stays so, whatever becomes of the upload.
    """

    until: datetime
    why: list[str]
    is_hidden: bool
    is_found: bool
    is_held: bool
    item_ids: frozenset[UUID]
    is_kept_off: bool
    of_upload: str
    stays_removed: bool


def asked_of(case: Case) -> list[Asked]:
    """What a case can answer to now, the nearest end first."""
    open_ = case.tellings.filter(ended_at__isnull=True, decision__in=waiting_decisions())
    rows = open_.select_related("decision__task", "case").order_by("until")
    return [_asked(one) for one in rows]


def _asked(telling: Telling) -> Asked:
    decision = telling.decision
    items = items_of(decision.task)
    is_found = decision.task.copies.exists() or NOT_HERE not in decision.grounds
    said = [id_ for id_ in decision.grounds if is_found or id_ != NOT_HERE]
    # Another notice's order can take it down while she is asked.
    is_hidden = telling.is_hidden or is_out_of_sight(decision.task, telling.case)
    is_upload = is_of_upload(decision.task, telling.case)
    is_of_others = is_apart(decision.task, telling.case)
    of_hers = [item for item in items if item.case_id == telling.case_id]
    return Asked(
        telling.until,
        ground_words(said),
        is_hidden and not is_of_others,
        is_found,
        Claim.objects.filter(item__in=items, ended_at=None).exists(),
        frozenset(item.pk for item in items),
        not is_of_others and bool(kept_off(decision.task, today=utc_now().date())),
        upload_key({"is_upload": is_upload, "is_apart": is_of_others, "grounds": decision.grounds}),
        is_upload and stay_removed(of_hers, decision),
    )
