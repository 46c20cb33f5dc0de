"""Helplines: a name, and whether people can share their case with it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from staydown_web.accounts.models import Team, User
from staydown_web.audit.services import record_event
from staydown_web.base.errors import FieldsError, RecordNotFoundError


def make_team(*, name: str, actor: User, now: datetime) -> Team:
    """Add a helpline; caseworkers are invited into it.

    Raises:
        FieldsError: no name, or one that another helpline has.
    """
    name = " ".join(name.split())
    if not name:
        raise FieldsError({"name": _("Write the name by which people know this helpline.")})
    try:
        with transaction.atomic():
            team = Team.objects.create(name=name, made_at=now)
            _record("team_made", team.pk, actor, now)
    except IntegrityError:
        raise FieldsError({"name": _("There is a helpline of this name.")}) from None
    return team


@transaction.atomic
def open_team(*, team_id: UUID, takes_cases: bool, actor: User, now: datetime) -> None:
    """Say whether people can share their case with a helpline. What is shared already stays so.

    Raises:
        RecordNotFoundError: no such helpline.
    """
    if not Team.objects.filter(pk=team_id).update(takes_cases=takes_cases):
        raise RecordNotFoundError("there is no such helpline")
    _record("team_changed", team_id, actor, now, takes_cases=takes_cases)


def _record(what: str, team_id: UUID, actor: User, now: datetime, **facts: bool) -> None:
    subject = f"team:{team_id}"
    record_event(what=what, actor=f"user:{actor.pk}", at=now, subject=subject, facts=facts)
