"""Trusted flaggers: who has the status, and the code that shows it with a notice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from staydown_web.accounts.models import Flagger, Team, User
from staydown_web.audit.services import record_event
from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.base.ids import new_token
from staydown_web.base.sealing import digest_token

_PREFIX = "tf_"


@dataclass(frozen=True, slots=True)
class MadeFlagger:
    """A trusted flagger and its code, which is shown once and kept nowhere."""

    flagger: Flagger
    code: str


def add_flagger(
    *, name: str, awarded_by: str, team: Team | None, actor: User, now: datetime
) -> MadeFlagger:
    """Enter an organisation to which an authority gave the status.

    Args:
        name: of the organisation.
        awarded_by: the authority, and where its list can be read.
        team: its own helpline here, whose filings then come first without a code; or None.
        actor: who enters it.
        now: the moment, aware UTC.

    Raises:
        FieldsError: no name, a name or a helpline that is entered already, or no authority.
    """
    name, awarded_by = " ".join(name.split()), " ".join(awarded_by.split())
    wrong = {}
    if not name:
        wrong["name"] = _("Write the name of the organisation.")
    if not awarded_by:
        wrong["awarded_by"] = _("Write which authority gave the status.")
    if wrong:
        raise FieldsError(wrong)
    code = _PREFIX + new_token()
    values = {
        "awarded_by": awarded_by,
        "team": team,
        "digest": digest_token(code),
        "made_at": now,
        "ended_at": None,
    }
    try:
        with transaction.atomic():
            # Whose status ended can be given it again, under the same name.
            if Flagger.objects.filter(name=name, ended_at__isnull=False).update(**values):
                flagger = Flagger.objects.get(name=name)
            else:
                flagger = Flagger.objects.create(name=name, **values)
            _record("flagger_added", flagger, actor, now)
    except IntegrityError:
        raise FieldsError({"name": _("This organisation is entered already.")}) from None
    return MadeFlagger(flagger, code)


@transaction.atomic
def renew_code(*, flagger_id: UUID, actor: User, now: datetime) -> MadeFlagger:
    """Make a new code; the old one ends at once.

    Raises:
        RecordConflictError: there is no such flagger, or its status ended.
    """
    code = _PREFIX + new_token()
    living = Flagger.objects.filter(pk=flagger_id, ended_at=None)
    if not living.update(digest=digest_token(code)):
        raise RecordConflictError("this organisation is no trusted flagger any more")
    flagger = Flagger.objects.get(pk=flagger_id)
    _record("flagger_renewed", flagger, actor, now)
    return MadeFlagger(flagger, code)


@transaction.atomic
def end_flagger(*, flagger_id: UUID, actor: User, now: datetime) -> None:
    """End the status. What was filed keeps its place in the queue; nothing new comes first.

    Raises:
        RecordConflictError: there is no such flagger, or its status ended before.
    """
    if not Flagger.objects.filter(pk=flagger_id, ended_at=None).update(ended_at=now, team=None):
        raise RecordConflictError("this organisation is no trusted flagger any more")
    _record("flagger_ended", Flagger.objects.get(pk=flagger_id), actor, now)


def _record(what: str, flagger: Flagger, actor: User, now: datetime) -> None:
    subject = f"flagger:{flagger.pk}"
    record_event(what=what, actor=f"user:{actor.pk}", at=now, subject=subject)
