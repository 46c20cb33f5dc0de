"""What a caseworker may see, and nothing else: every read of a helpline goes through here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from staydown_web.accounts.models import Team, User
from staydown_web.base.errors import NotAllowedError, RecordNotFoundError
from staydown_web.base.ordering import reading_order
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Access, Authority, Case, Client, HandOver, Location, Telling
from staydown_web.cases.services.opening import clean_number

KEEP_LINKS = keeps("recovery_words")
"""How long it is said that a case was closed for a minor; her own page of links is as long."""
_GONE = "there is no such case, or it is not yours"


@dataclass(frozen=True, slots=True)
class AuthorityRow:
    """By what right a helpline acts for a client.

    Attributes:
        authority: the record.
        note: unsealed; empty after erasure.
        digest: SHA-256 of the signed paper, or empty.
        holds: whether it holds today.
    """

    authority: Authority
    note: str
    digest: str
    holds: bool


@dataclass(frozen=True, slots=True)
class HelplineRow:
    """A helpline that works on a case, as the person's own page says.

    Attributes:
        id: of the access.
        name: of the helpline.
        is_taken: whether it has begun.
        since: when it was shared or filed.
    """

    id: UUID
    name: str
    is_taken: bool
    since: datetime


def accesses_of(user: User) -> QuerySet[Access]:
    """What a caseworker works on: their own, and what is open to the whole team."""
    mine = Q(holder=user) | Q(scope=Access.Scope.TEAM)
    return _living(user).filter(mine, state=Access.State.TAKEN)


def accesses_of_team(user: User) -> QuerySet[Access]:
    """All that the helpline works on, for the lead: who has what, without what is in it.

    Raises:
        NotAllowedError: this caseworker does not lead the team.
    """
    if not user.leads_team:
        raise NotAllowedError("only the lead of the team sees who has which case")
    return _living(user).filter(state=Access.State.TAKEN)


def offered_to(user: User) -> QuerySet[Access]:
    """Cases that a person shared with the helpline and nobody took on yet, oldest first."""
    offered = Access.objects.filter(team=user.team_id, state=Access.State.OFFERED)
    return offered.exclude(team=None).select_related("case").order_by("made_at")


def closed_for_minor(user: User, *, now: datetime) -> QuerySet[Access]:
    """What a caseworker worked on until it was closed because someone shown may be a minor.

    Of the case its number and the moment are left, for as long as the person's own words open a
    page of links; of the client nothing.
    """
    mine = Q(holder=user) | Q(scope=Access.Scope.TEAM)
    ended = Access.objects.filter(
        mine,
        team=user.team_id,
        state=Access.State.ENDED,
        ended_by=Access.Ending.CASE,
        case__closed_for=Case.ClosedFor.MINOR,
        case__closed_at__gt=now - KEEP_LINKS,
    )
    return ended.exclude(team=None).select_related("case").order_by("-ended_at")


def access_to(*, user: User, number: str) -> Access:
    """What a caseworker may do with a case.

    Args:
        user: the caseworker.
        number: of the case.

    Raises:
        RecordNotFoundError: no such case, or not theirs: the two are never told apart.
    """
    found = accesses_of(user).filter(case__number=clean_number(number)).first()
    if found is None:
        raise RecordNotFoundError(_GONE)
    return found


def offered_access(*, user: User, access_id: UUID) -> Access:
    """A case that was shared with the helpline and waits to be taken on.

    Raises:
        RecordNotFoundError: it was taken on, ended, or is not for this helpline.
    """
    found = offered_to(user).filter(pk=access_id).first()
    if found is None:
        raise RecordNotFoundError("a colleague took this case on, or the person ended it")
    return found


def clients_of(user: User) -> QuerySet[Client]:
    """The clients of a caseworker: their own, and those of the cases that they work on."""
    seen = accesses_of(user).filter(client=OuterRef("pk"))
    mine = Q(holder=user) | Exists(seen)
    found = Client.objects.filter(mine, team=user.team_id, erased_at__isnull=True)
    return found.exclude(team=None).select_related("holder").order_by("-made_at")


def client_of(*, user: User, client_id: UUID) -> Client:
    """One client of a caseworker.

    Raises:
        RecordNotFoundError: no such client, or not theirs.
    """
    found = clients_of(user).filter(pk=client_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such client, or they are not yours")
    return found


def label_of(client: Client | None) -> str:
    """What the helpline calls a client; empty where it was erased."""
    if client is None or client.label_box is None:
        return ""
    return str(unseal_for_case(client.pk, client.label_box, context="client"))


def authorities_of(client: Client, *, today: date) -> list[AuthorityRow]:
    """By what right the helpline acts for a client, newest first."""
    return [
        AuthorityRow(row, **_held(client, row), holds=_holds(row, today))
        for row in client.authorities.select_related("made_by").order_by("-made_at")
    ]


def authority_of(*, client: Client, authority_id: UUID) -> Authority:
    """One authority of a client.

    Raises:
        RecordNotFoundError: this client gave no such authority.
    """
    found = client.authorities.filter(pk=authority_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such authority")
    return found


def may_act(access: Access, *, today: date) -> bool:
    """Whether the helpline may do something in a case: an authority holds today."""
    return living_authorities(today).filter(client=access.client_id).exists()


def living_authorities(today: date) -> QuerySet[Authority]:
    """Authorities that hold on a day."""
    ends = Q(until__isnull=True) | Q(until__gte=today)
    return Authority.objects.filter(ends, ended_at__isnull=True)


def offers_to(user: User) -> QuerySet[HandOver]:
    """Cases that colleagues offer to a caseworker, oldest first."""
    offered = HandOver.objects.filter(taker=user, state=HandOver.State.OFFERED)
    living = offered.filter(access__state=Access.State.TAKEN, access__team=user.team_id)
    return living.select_related("access__case", "giver").order_by("made_at")


def offer_for(*, user: User, hand_over_id: UUID) -> HandOver:
    """An offer in which a caseworker is giver or taker.

    Raises:
        RecordNotFoundError: no such offer, or of others.
    """
    mine = Q(giver=user) | Q(taker=user)
    found = HandOver.objects.select_related("access__case").filter(mine, pk=hand_over_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such offer")
    return found


def note_of(hand_over: HandOver) -> str:
    """What the giver wrote to the taker; empty where nothing, or where it was erased."""
    if hand_over.note_box is None:
        return ""
    case_id = hand_over.access.case_id
    return str(unseal_for_case(case_id, hand_over.note_box, context=f"handover:{hand_over.pk}"))


def note_of_telling(telling: Telling) -> str:
    """What a caseworker wrote when they told a place; ``telling.location`` at hand."""
    if telling.note_box is None:
        return ""
    case_id = telling.location.case_id
    return str(unseal_for_case(case_id, telling.note_box, context=f"telling:{telling.pk}"))


def telling_for(*, user: User, telling_id: UUID) -> Telling:
    """A mark in a case that a caseworker works on.

    Raises:
        RecordNotFoundError: no such mark, or of a case that is not theirs.
    """
    cases = accesses_of(user).values("case_id")
    rows = Telling.objects.select_related("location").filter(location__case_id__in=cases)
    found = rows.filter(pk=telling_id).first()
    if found is None:
        raise RecordNotFoundError("there is no such mark")
    return found


def places_for(*, user: User, location_ids: list[UUID]) -> list[Location]:
    """Of these places, those in cases that a caseworker works on."""
    cases = accesses_of(user).values("case_id")
    return list(Location.objects.filter(pk__in=location_ids, case_id__in=cases).order_by("pk"))


def helplines_of(case: Case) -> list[HelplineRow]:
    """The helplines that work on a case or were asked to, oldest first."""
    rows = case.accesses.exclude(state=Access.State.ENDED).select_related("team")
    return [
        HelplineRow(row.pk, row.team.name, row.state == Access.State.TAKEN, row.made_at)
        for row in rows.order_by("made_at")
    ]


def open_teams(case: Case) -> list[Team]:
    """The helplines with which a person can share this case, in the order of readers."""
    asked = case.accesses.exclude(state=Access.State.ENDED).values("team_id")
    found = Team.objects.filter(takes_cases=True).exclude(pk__in=asked)
    return sorted(found, key=lambda team: reading_order(team.name))


def _living(user: User) -> QuerySet[Access]:
    found = Access.objects.filter(team=user.team_id).exclude(state=Access.State.ENDED)
    return found.exclude(team=None).select_related("case__platform", "client", "holder")


def _holds(row: Authority, today: date) -> bool:
    return row.ended_at is None and (row.until is None or row.until >= today)


def _held(client: Client, row: Authority) -> dict[str, str]:
    if row.box is None:
        return {"note": "", "digest": ""}
    held = unseal_for_case(client.pk, row.box, context=f"authority:{row.pk}")
    return {"note": held["note"], "digest": held["digest"]}
