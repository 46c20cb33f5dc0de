"""Who of a helpline works on a case: shared by the person, taken on, given back, ended."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from staydown_web.accounts.models import Team, User
from staydown_web.accounts.selectors import team_of
from staydown_web.audit.services import record_event
from staydown_web.base.errors import FieldsError, RecordConflictError, RecordNotFoundError
from staydown_web.cases.models import (
    Access,
    Authority,
    Case,
    Client,
    HandOver,
    Location,
    Telling,
)
from staydown_web.cases.services.clients import Given, add_client, erase_client, store_authority
from staydown_web.cases.services.events import Events
from staydown_web.cases.services.suspensions import set_aside

_ENDED_CASES = (Case.State.WITHDRAWN, Case.State.CLOSED)
_LIVING = (Access.State.OFFERED, Access.State.TAKEN)
_PERSON = "person"


def share_case(*, case: Case, team: Team, now: datetime) -> Access:
    """The person lets a helpline work on her case, from now until she ends it.

    Raises:
        RecordConflictError: the case has ended, the helpline takes no cases, or it has this one.
    """
    is_over = case.state in _ENDED_CASES or case.withdrawal_due_at is not None
    if is_over or not team.takes_cases:
        raise RecordConflictError("this case cannot be shared with this helpline")
    access = Access(
        case=case,
        team=team,
        origin=Access.Origin.SHARED,
        state=Access.State.OFFERED,
        scope=Access.Scope.TEAM,
        made_at=now,
    )
    try:
        with transaction.atomic():
            access.save(force_insert=True)
            _record(access, "access_offered", _PERSON, now, team=team.pk)
    except IntegrityError:
        raise RecordConflictError("this helpline was asked before") from None
    return access


@transaction.atomic
def end_sharing(*, case: Case, access_id: UUID, now: datetime) -> None:
    """The person ends what a helpline may do with her case; it holds from this moment.

    Raises:
        RecordNotFoundError: no such access to this case, or it ended before.
    """
    access = Access.objects.filter(pk=access_id, case=case, state__in=_LIVING).first()
    if access is None or not _end(access, Access.Ending.PERSON, _PERSON, now):
        raise RecordNotFoundError("this helpline has no access to your case any more")


@transaction.atomic
def take_on(
    *, access: Access, user: User, client: Client | None, label: str, scope: str, now: datetime
) -> None:
    """A caseworker takes on a case that a person shared.

    Args:
        access: offered to the caseworker's helpline.
        user: the caseworker.
        client: who the person is, where the helpline acts for them already.
        label: else what it calls them from now on; their consent is recorded with it.
        scope: of ``Access.Scope``: who else of the team sees it.
        now: the moment, aware UTC.

    Raises:
        FieldsError: field -> what to do.
        RecordConflictError: a colleague was quicker, or the person ended it.
    """
    if scope not in Access.Scope.values:
        raise FieldsError({"scope": "choose who sees the case"})
    consent = Given(how=Authority.How.PAGE, on=access.made_at.date())
    if client is None:
        client = add_client(user=user, label=label, given=consent, now=now)
    else:
        store_authority(client=client, given=consent, user=user, now=now)
    offered = Access.objects.filter(pk=access.pk, team=user.team_id, state=Access.State.OFFERED)
    if not offered.update(
        state=Access.State.TAKEN, holder=user, client=client, scope=scope, taken_at=now
    ):
        raise RecordConflictError("a colleague took this case on, or the person ended it")
    _record(access, "access_taken", f"user:{user.pk}", now, scope=scope)


@transaction.atomic
def decline_case(*, access: Access, user: User, now: datetime) -> None:
    """A helpline does not take on a case; the person's page says so.

    Raises:
        RecordConflictError: a colleague took it on, or the person ended it.
    """
    offered = Access.objects.filter(pk=access.pk, state=Access.State.OFFERED)
    changed = offered.update(
        state=Access.State.ENDED, ended_at=now, ended_by=Access.Ending.DECLINED
    )
    if not changed:
        raise RecordConflictError("a colleague took this case on, or the person ended it")
    _record(access, "access_ended", f"user:{user.pk}", now, by=Access.Ending.DECLINED)


@transaction.atomic
def keep_filed(*, case: Case, client: Client, user: User, scope: str, now: datetime) -> Access:
    """The case that a caseworker filed for a client is theirs; a second call changes nothing."""
    access, is_new = Access.objects.get_or_create(
        case=case,
        team=team_of(user),
        defaults={
            "client": client,
            "holder": user,
            "origin": Access.Origin.FILED,
            "state": Access.State.TAKEN,
            "scope": scope,
            "made_at": now,
            "taken_at": now,
        },
    )
    if is_new:
        _record(access, "access_taken", f"user:{user.pk}", now, scope=scope)
        set_aside(case=case, now=now)
    return access


@transaction.atomic
def choose_scope(*, access: Access, scope: str, user: User, now: datetime) -> None:
    """Say who of the team sees a case.

    Raises:
        RecordConflictError: another caseworker has it now, or it has ended.
    """
    if scope not in Access.Scope.values:
        raise FieldsError({"scope": "choose who sees the case"})
    mine = Access.objects.filter(pk=access.pk, holder=user, state=Access.State.TAKEN)
    if not mine.update(scope=scope):
        raise RecordConflictError("only who has the case says who else sees it")
    _record(access, "access_widened", f"user:{user.pk}", now, scope=scope)


@transaction.atomic
def give_back(*, access: Access, user: User, now: datetime) -> None:
    """End the helpline's work on a case; the case itself goes on, with the person alone.

    Raises:
        RecordConflictError: another caseworker has it now, or it has ended.
    """
    mine = Access.objects.filter(pk=access.pk, holder=user, state=Access.State.TAKEN)
    if not mine.exists() or not _end(access, Access.Ending.HELPLINE, f"user:{user.pk}", now):
        raise RecordConflictError("only who has the case can give it back")


def end_helplines(*, case: Case, now: datetime, events: Events) -> None:
    """The case is taken back or erased: no helpline works on it, and what they wrote of it goes.

    A client for whom nothing else goes on is forgotten with it.
    """
    living = list(Access.objects.filter(case=case, state__in=_LIVING))
    for access in living:
        _end(access, Access.Ending.CASE, events.actor, now)
    HandOver.objects.filter(access__case=case).update(note_box=None)
    Telling.objects.filter(location__in=Location.objects.filter(case=case)).update(note_box=None)
    for client_id in sorted({a.client_id for a in living if a.client_id is not None}):
        others = Access.objects.filter(client=client_id, state__in=_LIVING)
        if not others.exists():
            erase_client(client_id=client_id, actor=events.actor, now=now)


def note_seen(*, access: Access, now: datetime) -> None:
    """The reviewers' messages up to now were read at the helpline."""
    Access.objects.filter(pk=access.pk).update(read_until=now)


def note_case_viewed(*, access: Access, user: User, now: datetime) -> None:
    """A caseworker opened a case."""
    _record(access, "case_viewed", f"user:{user.pk}", now)


def note_contact_viewed(*, access: Access, user: User, now: datetime) -> None:
    """A caseworker opened the contact details of a case."""
    _record(access, "contact_viewed", f"user:{user.pk}", now)


def note_listed(*, user: User, count: int, now: datetime) -> None:
    """A caseworker took their list of cases along as a file."""
    actor = f"user:{user.pk}"
    record_event(what="caseload_exported", actor=actor, at=now, subject="", facts={"count": count})


def _end(access: Access, by: str, actor: str, now: datetime) -> bool:
    living = Access.objects.filter(pk=access.pk, state__in=_LIVING)
    if not living.update(state=Access.State.ENDED, ended_at=now, ended_by=by):
        return False
    HandOver.objects.filter(access=access, state=HandOver.State.OFFERED).update(
        state=HandOver.State.LAPSED, answered_at=now
    )
    _record(access, "access_ended", actor, now, by=by)
    return True


def _record(access: Access, what: str, actor: str, now: datetime, /, **facts: object) -> None:
    events = Events(access.case_id, actor, now)
    events.add(what, f"access:{access.pk}", **facts)
    events.record()
