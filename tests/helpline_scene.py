"""Helplines with caseworkers, clients and as many cases as a test wants: real rows and keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django_otp.plugins.otp_totp.models import TOTPDevice

from staydown_web.accounts.models import Platform, Team, User
from staydown_web.base.ids import new_case_number, new_id
from staydown_web.base.keys import make_case_key
from staydown_web.base.sealing import installation_keys, seal_for_case
from staydown_web.cases.models import Access, Case, Client, Clock, Location, Notice, Telling
from staydown_web.cases.services.accesses import keep_filed
from staydown_web.cases.services.clients import Given, add_client

PASSWORD = "correct horse battery"


def make_team(name: str, now: datetime) -> Team:
    """A helpline that takes cases."""
    return Team.objects.create(name=name, made_at=now)


def make_caseworker(name: str, team: Team, *, leads: bool = False) -> User:
    """A caseworker with a confirmed second factor."""
    user = User.objects.create_user(
        username=name,
        password=PASSWORD,
        role=User.Role.CASEWORKER,
        team=team,
        leads_team=leads,
        pseudonym=f"C-{name}",
    )
    TOTPDevice.objects.create(user=user, name="app", confirmed=True)
    return user


def make_client(user: User, label: str, now: datetime) -> Client:
    """A client who gave authority on paper yesterday."""
    given = Given(how="signed", on=(now - timedelta(days=1)).date(), note="Told us by telephone.")
    return add_client(user=user, label=label, given=given, now=now)


def make_case(
    platform: Platform,
    now: datetime,
    *,
    due_in_h: float | None = 24,
    state: str = Case.State.VALID,
    served: int = 1,
    elsewhere: Sequence[str] = (),
) -> Case:
    """A case with places: some on the platform, some on websites that do not take part.

    Args:
        platform: to which it was filed.
        now: when.
        due_in_h: hours until the platform must answer; None: the notice is not complete.
        state: of ``Case.State``.
        served: addresses on the platform.
        elsewhere: hosts of websites that do not take part, one address for each.
    """
    case_id = new_id()
    make_case_key(installation_keys().folder, case_id)
    held = {"name": "Ana Example", "email": "ana@mail.example", "phone": "", "authority": ""}
    valid_at = now - timedelta(hours=24) if due_in_h is not None else None
    case = Case.objects.create(
        id=case_id,
        number=new_case_number(),
        phrase_hash="!",
        platform=platform,
        way="published",
        state=state,
        acts_as="representative",
        regimes=["us-tida"],
        details_box=seal_for_case(case_id, held, context="details"),
        filed_at=now,
        touched_at=now,
        valid_at=valid_at,
        due_at=now + timedelta(hours=due_in_h) if due_in_h is not None else None,
        closed_at=now if state in {"withdrawn", "closed"} else None,
    )
    if valid_at is not None:
        _give_clock(case, valid_at)
    hosts = ["127.0.0.1:8161"] * served + list(elsewhere)
    for position, host in enumerate(hosts, 1):
        is_served = position <= served
        place = Location(
            case=case,
            position=position,
            platform=platform if is_served else None,
            state="found" if is_served else "elsewhere",
            added_at=valid_at or now,
            state_at=now,
        )
        url = f"http://{host}/{case.number}/{position}.jpg"
        place.url_box = seal_for_case(case.pk, url, context=f"location:{place.pk}")
        place.save()
    return case


def _give_clock(case: Case, began_at: datetime) -> None:
    """Its notice, complete, and the time that runs under it."""
    notice = Notice.objects.create(
        case=case,
        regime="us-tida",
        regime_version="1",
        received_at=began_at,
        valid_at=began_at,
        due_at=case.due_at,
    )
    length_s = int((case.due_at - began_at).total_seconds()) if case.due_at else 0
    ended = {"ended_at": case.closed_at, "outcome": "void"} if case.closed_at else {}
    Clock.objects.create(
        notice=notice, began_at=began_at, length_s=length_s, due_at=case.due_at, **ended
    )


def give_case(case: Case, client: Client, user: User, now: datetime, *, scope: str = "") -> Access:
    """The caseworker has the case."""
    scope = scope or Access.Scope.HOLDER
    return keep_filed(case=case, client=client, user=user, scope=scope, now=now)


def make_crowd(user: User, platform: Platform, now: datetime, count: int) -> list[Access]:
    """Many cases: every third with a place elsewhere, every fifth late, every seventh incomplete.

    Ten clients share them, so that a client has several cases, as people do.
    """
    clients = [make_client(user, f"File {number:03}", now) for number in range(min(10, count))]
    made = []
    for number in range(count):
        due = None if number % 7 == 6 else (-3 if number % 5 == 4 else 6 + number)
        state = Case.State.VALID if due is not None else Case.State.NEEDS_INFORMATION
        elsewhere = ["board.example"] if number % 3 == 2 else []
        case = make_case(platform, now, due_in_h=due, state=state, elsewhere=elsewhere)
        made.append(give_case(case, clients[number % len(clients)], user, now))
    return made


def tell(access: Access, user: User, now: datetime, *, days_ago: int = 8) -> Telling:
    """The last place of a case was told by e-mail some days ago."""
    place = access.case.locations.order_by("-position")[0]
    day = (now - timedelta(days=days_ago)).date()
    return Telling.objects.create(
        batch=new_id(),
        location=place,
        team=access.team,
        made_by=user,
        how=Telling.How.EMAIL,
        told_on=day,
        ask_again_on=day + timedelta(days=7),
        made_at=now - timedelta(days=days_ago),
    )
