"""An upload that looked like what somebody reported may be let through: theirs is another thing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db.models import Q
from django.utils.translation import gettext_lazy

from staydown_web.cases.models import Case, Item
from staydown_web.review.models import Decision, Task
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
}
"""Key of ``upload_key`` -> that somebody is told first of an upload, with the name of theirs."""


def is_of_upload(task: Task, case: Case) -> bool:
    """Whether a task is about something that only looked like what a case reported.

    So nothing that a notice brought, and nothing at an address of the case.
    """
    brought = Q(source=Copy.Source.NOTICE) | Q(locations__case=case)
    return task.copies.exists() and not task.copies.filter(brought).exists()


def stay_removed(items: Iterable[Item], decision: Decision) -> bool:
    """Whether what a case reported was removed, and stays so whatever this decision restores."""
    items = list(items)
    return bool(items) and all(
        item.state == Item.State.REMOVED and is_more_than_kept(item, decision) for item in items
    )


def upload_key(facts: Mapping[str, Any]) -> str:
    """Which words of ``UPLOAD_TOLD`` a telling has; empty where it is about no upload.

    Args:
        facts: of the event ``restore_told``.
    """
    if not facts.get("is_upload"):
        return ""
    is_other = OTHER_PICTURE in facts.get("grounds", [])
    return "restore_told_upload_other" if is_other else "restore_told_upload"
