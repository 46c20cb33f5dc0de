"""An upload that looked like what somebody reported may be let through: theirs is another thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy

from staydown_web.cases.models import Case, Item, Location
from staydown_web.review.models import Decision, Task, Telling
from staydown_web.review.selectors.items import is_more_than_kept
from staydown_web.screening.models import Copy

OTHER_PICTURE: Final = "other_picture"
"""The ground that the match is wrong."""
UPLOAD_TOLD: Final[Mapping[str, Any]] = {
    "restore_told_upload": gettext_lazy(
        "%(item)s: an upload looked like this, and a reviewer thinks that it may be shown"
    ),
    "restore_told_upload_other": gettext_lazy(
        "%(item)s: an upload looked like this, and a reviewer thinks that it is another picture"
    ),
    "restore_told_apart": gettext_lazy(
        "%(item)s: a reviewer thinks that copies of it need not be stopped"
    ),
}
"""Key of ``upload_key`` -> that somebody is told first of an upload, with the name of theirs."""


@dataclass(frozen=True, slots=True)
class About:
    """What a decision is about, as a case can know it.

    Attributes:
        places: addresses of the case where it lay.
        upload: where it was at none of them, the task that is about it. Neither where nor when it
            was uploaded: whoever files could else watch where somebody's pictures appear.
    """

    places: tuple[UUID, ...] = ()
    upload: UUID | None = None

    def as_facts(self) -> dict[str, Any]:
        """For an event."""
        if self.places:
            return {"places": [str(pk) for pk in self.places]}
        return {"upload": str(self.upload)} if self.upload else {}


def about_of(task: Task, case: Case) -> About:
    """What a decision on a task is about: what lay at addresses of a case, or an upload.

    Of what another notice brought nothing is told but where it is the same as hers.
    """
    copies = task.copies.all()
    same = Q(copy__in=copies) | Q(
        copy__platform=task.platform_id,
        copy__group__in=[one.group for one in copies if one.group],
        copy__source=Copy.Source.NOTICE,
    )
    places = Location.objects.filter(same, case=case).order_by("position", "pk")
    if places:
        return About(tuple(place.pk for place in places))
    is_upload = copies.exclude(source=Copy.Source.NOTICE).exists()
    return About(upload=task.pk if is_upload else None)


def is_of_upload(task: Task, case: Case) -> bool:
    """Whether a task is about something that only looked like what a case reported.

    So nothing that a notice brought, and nothing at an address of the case.
    """
    brought = Q(source=Copy.Source.NOTICE) | Q(locations__case=case)
    return task.copies.exists() and not task.copies.filter(brought).exists()


def is_apart(task: Task, case: Case) -> bool:
    """Whether a case about a threat hears of what another notice brought.

    Nothing of hers was ever online, as far as she knows: that something is hidden, or may be shown
    again, would tell her that somebody else has reported the same picture.
    """
    is_threat = case.way == Case.Way.THREATENED
    copies = task.copies.all()
    return (
        is_threat
        and copies.exists()
        and not (is_of_upload(task, case) or copies.filter(locations__case=case).exists())
    )


def stay_removed(items: Iterable[Item], decision: Decision) -> bool:
    """Whether what a case reported was removed, and stays so whatever this decision restores."""
    items = list(items)
    return bool(items) and all(
        item.state == Item.State.REMOVED and is_more_than_kept(item, decision) for item in items
    )


def told_of_uploads(case: Case, moments: Iterable[datetime]) -> set[datetime]:
    """Those of these moments at which a case was told first of uploads alone.

    For events of earlier releases, which did not say it. Moments in events have no fractions of a
    second.

    Args:
        case: which.
        moments: of events ``restore_told``.

    Cost: one query, and two for each telling; none where there is no moment.
    """
    wanted = set(moments)
    if not wanted:
        return set()
    rows = Telling.objects.filter(case=case).select_related("decision__task")
    told: dict[datetime, list[bool]] = {}
    for row in rows:
        at = row.told_at.replace(microsecond=0)
        told.setdefault(at, []).append(is_of_upload(row.decision.task, case))
    return {at for at in wanted if all(told.get(at.replace(microsecond=0), [False]))}


def upload_key(facts: Mapping[str, Any]) -> str:
    """Which words of ``UPLOAD_TOLD`` a telling has; empty where it is about what she placed.

    Args:
        facts: of the event ``restore_told``.
    """
    if facts.get("is_apart"):
        return "restore_told_apart"
    if not facts.get("is_upload"):
        return ""
    is_other = OTHER_PICTURE in facts.get("grounds", [])
    return "restore_told_upload_other" if is_other else "restore_told_upload"
