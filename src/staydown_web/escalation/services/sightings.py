"""Reviewers say what a link on another site shows: two of them stand for a look at a copy."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.access import has_rank
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError
from staydown_web.cases.models import Case, Claim, Location
from staydown_web.cases.services import Shown, look_for
from staydown_web.escalation.models import Sighting
from staydown_web.review.services import close_case_for_minor

MINOR = "minor"
"""The answer that closes the case at once: nothing of a minor stays here."""


@transaction.atomic
def record_sighting(*, location_id: UUID, says: str, user: User, now: datetime) -> None:
    """Note what a reviewer saw at a link; a second answer of the same person replaces the first.

    Nothing of what was seen is kept but the answer.

    Args:
        location_id: of a place of a case.
        says: a value of ``Sighting.Says``, or ``minor``: someone shown may be under 18.
        user: a reviewer, lead or administrator.
        now: the moment, aware UTC.

    Raises:
        NotAllowedError: the role does not look at links.
        RecordConflictError: no such answer, or the case is over.
        RecordNotFoundError: no such place.
    """
    if not has_rank(user, "reviewer"):
        raise NotAllowedError("only reviewers, leads and administrators say what a link shows")
    place = Location.objects.select_related("case", "item").filter(pk=location_id).first()
    if place is None:
        raise RecordNotFoundError("there is no such link")
    case = place.case
    if case.erased_at or case.state in (Case.State.WITHDRAWN, Case.State.CLOSED):
        raise RecordConflictError("this case is over")
    if says == MINOR:
        close_case_for_minor(case=case, shown=_shown_at(place), user=user, now=now)
        return
    if says not in Sighting.Says.values:
        raise RecordConflictError("choose what the link shows")
    Sighting.objects.update_or_create(location=place, user=user, defaults={"says": says, "at": now})
    record_event(
        what="link_sighted",
        actor=f"user:{user.pk}",
        at=now,
        case_id=case.pk,
        subject=f"location:{place.pk}",
        facts={"says": says},
    )


def _shown_at(place: Location) -> Shown:
    """What a link shows; all pictures of her case where she did not say which picture it is."""
    claims = Claim.objects.filter(item__case=place.case_id)
    if place.item is not None:
        claims = claims.filter(item=place.item)
    return look_for(claims.values_list("entry_id", flat=True))
