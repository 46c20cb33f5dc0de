"""What was decided again after a decision was taken back, as one that she answered to.

A story tells what happened in its order. Where a reviewer was to decide again, it says that it was
done, and what came of it, once that cannot be undone any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy

from staydown_web.actions.selectors import CaseRemovals, Stage
from staydown_web.cases.models import Case, Item
from staydown_web.cases.selectors import Moment, PersonView
from staydown_web.portal.selectors.addresses import is_told
from staydown_web.review.models import Decision
from staydown_web.review.selectors.items import items_of
from staydown_web.review.selectors.talking import THEIRS
from staydown_web.review.selectors.tellings import decided_after, stays_after
from staydown_web.review.selectors.uploads import is_apart, is_of_upload, told_of_uploads

_SECOND: Final = timedelta(seconds=1)
"""Moments in events have no fractions of a second."""
_STOPPED: Final = "restore_stopped"
_TOLD: Final = "restore_told"
_ONCE: Final = frozenset({"statement_told", "statement_allowed"})
_AMONG: Final = frozenset({*_ONCE, "statement_cleared", "uploader_told", "item_settled"})

WHAT: Final[Mapping[str, Any]] = {
    "decided_again_remove": gettext_lazy("%(item)s: a reviewer decided again, to remove it"),
    "decided_again_restore": gettext_lazy(
        "%(item)s: a reviewer decided again, and still thinks that it should not be removed"
    ),
    "decided_again_upload": gettext_lazy(
        "%(item)s: a reviewer decided again, and still thinks that the upload that looked like "
        "this may be shown"
    ),
    "decided_again_apart": gettext_lazy(
        "%(item)s: a reviewer decided again, and still thinks that copies of it need not be stopped"
    ),
    "restore_kept_off": gettext_lazy("%(item)s: it was decided that it should not be removed"),
}
MORE: Final[Mapping[str, Any]] = {
    "restore_kept_off": gettext_lazy("Why: %(why)s. It stays off all the same."),
    "reversal_told_kept": gettext_lazy("Another decision about it holds."),
    "restore_kept_off_holds": gettext_lazy("Why: %(why)s. Another decision about it holds."),
    "decided_again_restore": gettext_lazy(
        "Why: %(why)s. You have answered already, so you are not asked again."
    ),
    "decided_again_upload": gettext_lazy(
        "Why: %(why)s. You have answered already, so you are not asked again."
    ),
    "decided_again_apart": gettext_lazy(
        "Why: %(why)s. You have answered already, so you are not asked again."
    ),
    "restore_stopped_read": gettext_lazy("A reviewer has decided again."),
    "restore_stopped_done": gettext_lazy("A reviewer has decided again."),
    "restore_stopped_answered_read": gettext_lazy(
        "%(item)s: the decision was taken back. A reviewer has read what you wrote and decided "
        "again."
    ),
    "restore_stopped_answered_done": gettext_lazy(
        "%(item)s: the decision was taken back. A reviewer has decided again."
    ),
    "restore_stopped_address_read": gettext_lazy(
        "%(item)s: the decision was taken back. A reviewer has read what you wrote and decided "
        "again."
    ),
    "restore_stopped_address_done": gettext_lazy(
        "%(item)s: the decision was taken back. A reviewer has decided again."
    ),
}


def with_later(case: Case, view: PersonView) -> list[Moment]:
    """The moments of a case, with what was decided after a decision was taken back.

    Cost: no query where none was; else six, one for each that was taken back, and one more for
    each that was decided again.
    """
    ids = [_id(one) for one in view.moments if one.what == _STOPPED]
    if not ids or view.withdrawn_at is not None or view.is_erased:
        return list(view.moments)
    later = decided_after(ids)
    ends = {pk: decision.decided_at for pk, decision in later.items()} | stays_after(ids)
    about = _about(case, ids)
    told = []
    for one in view.moments:
        at = ends.get(_id(one)) if one.what == _STOPPED else None
        facts = {**one.facts, "then": _then(at, view)} if at else one.facts
        if one.what == _STOPPED and "about" not in facts:  # of an earlier release
            facts = {**facts, "about": about[_id(one)]}
        told.append(replace(one, facts=facts))
    asked = set(case.tellings.values_list("decision_id", flat=True))
    for decision in {one.pk: one for one in later.values()}.values():
        if decision.pk not in asked:  # of what she was told first the story tells
            told += _made(case, decision, view.moments)
    return sorted(told, key=lambda one: one.at)


def with_uploads(case: Case, moments: Sequence[Moment]) -> list[Moment]:
    """The moments of a case, where those of earlier releases say too what was told of an upload."""
    unsaid = [one for one in moments if one.what == _TOLD and "is_upload" not in one.facts]
    of_uploads = told_of_uploads(case, [one.at for one in unsaid])
    return [
        replace(one, facts={**one.facts, "is_upload": True})
        if one.what == _TOLD and one.at in of_uploads
        else one
        for one in moments
    ]


def told_once(moments: Iterable[Moment]) -> list[Moment]:
    """The moments of a case, where what two notices' decisions on one address lead to is told once.

    What is decided otherwise in between begins anew.
    """
    told, known = list[Moment](), set[tuple[str, str, str]]()
    for one in moments:
        is_other = one.what == "item_settled" and one.facts.get("state") != Item.State.REMOVED
        if one.what not in _AMONG or is_other:
            known = {key for key in known if key[0] != one.subject}
        key = (one.subject, one.what, upload_of(one))
        if one.what not in _ONCE or key not in known:
            told.append(one)
        known.add(key)
    return told


def upload_of(moment: Moment) -> str:
    """What tells the upload that a statement is about from another; empty where nothing does.

    Its task, where it lay at no address of hers; else those addresses.
    """
    if moment.facts.get("upload"):
        return str(moment.facts["upload"])
    return " ".join(moment.facts.get("places", ()))


def is_looked_at_again(view: PersonView, removals: CaseRemovals) -> bool:
    """Whether she was told of what was decided anew of all that a website did not remove."""
    failed = [one for one in view.items if removals.of_item(one.id).stage == Stage.FAILED]
    return bool(failed) and all(is_told(one, view) for one in failed)


def _about(case: Case, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Decision -> her items that it is about."""
    made = Decision.objects.filter(pk__in=ids).select_related("task")
    about = {pk: list[str]() for pk in ids}
    for one in made:
        about[one.pk] = [str(item.pk) for item in items_of(one.task) if item.case_id == case.pk]
    return about


def _id(moment: Moment) -> UUID:
    return UUID(moment.subject.partition(":")[2])


def _then(at: datetime, view: PersonView) -> str:
    """Whether what she wrote before it was decided again was read by then."""
    lines = [one for one in view.messages if one.sender in THEIRS and one.at < at]
    is_read = all(one.read_at and one.read_at <= at for one in lines)
    return "read" if lines and is_read else "done"


def _made(case: Case, decision: Decision, moments: Sequence[Moment]) -> list[Moment]:
    """That it was decided again, of each of her items of which nothing else tells it then."""
    at = decision.told_at or decision.made_firm_at or decision.decided_at
    facts = {"grounds": list(decision.grounds)}
    is_restored = decision.outcome == Decision.Outcome.RESTORE
    is_upload = is_restored and is_of_upload(decision.task, case)
    what = f"decided_again_{'upload' if is_upload else decision.outcome}"
    if is_restored and is_apart(decision.task, case):
        what = "decided_again_apart"
    return [
        Moment(at, what, f"item:{item.pk}", facts)
        for item in items_of(decision.task)
        if item.case_id == case.pk and not _is_told(f"item:{item.pk}", at, moments)
    ]


def _is_told(subject: str, at: datetime, moments: Sequence[Moment]) -> bool:
    whats = {"item_settled", "restore_kept_off"}
    same = (one for one in moments if one.subject == subject and one.what in whats)
    return any(abs(one.at - at) < _SECOND for one in same)
