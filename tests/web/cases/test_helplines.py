"""What a helpline may do: clients and authority, access, hand-over, what was told; and its end."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, connection, transaction

from helpline_scene import (
    give_case,
    make_case,
    make_caseworker,
    make_client,
    make_team,
    tell,
)
from staydown.errors import StaydownError
from staydown_web.accounts.models import Platform, Team, User
from staydown_web.accounts.services import accept_invitation, change_role, invite, open_team
from staydown_web.accounts.services import make_team as add
from staydown_web.audit.models import Event
from staydown_web.base.access import has_rank, is_caseworker
from staydown_web.base.errors import (
    FieldsError,
    NotAllowedError,
    RecordConflictError,
    RecordNotFoundError,
    SealError,
)
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Access, Authority, Case, Client, HandOver, Telling
from staydown_web.cases.selectors.helplines import (
    access_to,
    accesses_of,
    client_of,
    helplines_of,
    label_of,
    may_act,
    note_of,
    offered_to,
    open_teams,
)
from staydown_web.cases.services import (
    ask_withdrawal,
    cancel_withdrawal,
    close_for_minor,
    erase_case,
)
from staydown_web.cases.services.accesses import (
    decline_case,
    end_sharing,
    give_back,
    share_case,
    take_on,
)
from staydown_web.cases.services.clients import (
    Given,
    add_client,
    forget_client,
    forget_idle_clients,
)
from staydown_web.cases.services.erasing import erase_left_keys
from staydown_web.cases.services.handing import accept_case, offer_case, reassign, take_back
from staydown_web.cases.services.telling import Told, last_told, mark_told, undo_told


@dataclass(frozen=True, slots=True)
class Desk:
    """Two caseworkers of one helpline, and one of another."""

    team: Team
    mia: User
    noa: User
    stranger: User


@pytest.fixture
def desk(platform: Platform, now: datetime) -> Desk:
    """Mia leads; Noa is her colleague; Sam works elsewhere."""
    team, other = make_team("Helpline One", now), make_team("Helpline Two", now)
    return Desk(
        team,
        make_caseworker("mia", team, leads=True),
        make_caseworker("noa", team),
        make_caseworker("sam", other),
    )


@pytest.fixture
def access(desk: Desk, platform: Platform, now: datetime) -> Access:
    """Mia has a case of a client, with one place elsewhere."""
    client = make_client(desk.mia, "File 7", now)
    case = make_case(platform, now, elsewhere=["board.example"])
    return give_case(case, client, desk.mia, now)


def client_key(client_id: object) -> Path:
    name = str(client_id).replace("-", "")
    return Path(django_settings.STAYDOWN_KEYS) / "cases" / name[:2] / name


# ---------- who they are


@pytest.mark.django_db
def test_a_caseworker_has_no_rank_of_a_reviewer(desk: Desk, admin: User) -> None:
    assert not any(has_rank(desk.mia, rank) for rank in ("reviewer", "lead", "admin"))
    assert is_caseworker(desk.mia)
    assert not is_caseworker(admin)
    desk.mia.is_active = False
    assert not is_caseworker(desk.mia)


@pytest.mark.django_db
def test_an_admin_invites_a_caseworker_into_a_helpline(admin: User, now: datetime) -> None:
    team = add(name=" Helpline  Three ", actor=admin, now=now)
    token = invite(role="caseworker", team=team, leads_team=True, created_by=admin, now=now)
    user = accept_invitation(token=token, name="ola", password="x" * 20, pseudonym="C-9", now=now)
    assert (user.role, user.team, user.leads_team) == ("caseworker", team, True)
    assert team.name == "Helpline Three"
    with pytest.raises(FieldsError):
        invite(role="caseworker", created_by=admin, now=now)
    with pytest.raises(FieldsError):
        add(name="Helpline Three", actor=admin, now=now)


@pytest.mark.django_db
def test_no_reviewer_becomes_a_caseworker_by_a_change_of_role_nor_the_other_way(
    desk: Desk, reviewer: User, admin: User, now: datetime
) -> None:
    for user, role in ((reviewer, "caseworker"), (desk.mia, "admin")):
        with pytest.raises(RecordConflictError):
            change_role(user_id=user.pk, role=role, actor=admin, now=now)


@pytest.mark.django_db
def test_the_database_refuses_a_caseworker_without_a_team_and_a_reviewer_in_one(
    desk: Desk, reviewer: User
) -> None:
    for user, change in ((desk.mia, {"team": None}), (reviewer, {"team": desk.team})):
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=user.pk).update(**change)


# ---------- clients and their authority


@pytest.mark.django_db
def test_what_is_held_of_a_client_is_sealed_under_a_key_of_their_own(
    desk: Desk, now: datetime
) -> None:
    client = make_client(desk.mia, "File 7", now)
    authority = client.authorities.get()
    assert client_key(client.pk).exists()
    held = unseal_for_case(client.pk, authority.box or b"", context=f"authority:{authority.pk}")
    assert held == {"note": "Told us by telephone.", "digest": ""}
    for box in (client.label_box, authority.box):
        assert b"File" not in bytes(box or b"")
        assert b"telephone" not in bytes(box or b"")
    forget_client(client=client, user=desk.mia, now=now)
    assert not client_key(client.pk).exists() or transaction.get_connection().in_atomic_block
    client.refresh_from_db()
    assert client.label_box is None
    assert authority.__class__.objects.get(pk=authority.pk).box is None


@pytest.mark.django_db
def test_a_client_that_cannot_be_stored_leaves_no_key(desk: Desk, now: datetime) -> None:
    folder = Path(django_settings.STAYDOWN_KEYS) / "cases"
    before = set(folder.glob("??/*"))
    for label, how in (("", "signed"), ("x" * 81, "signed"), ("File 8", "dreamt")):
        given = Given(how=how, on=now.date())
        with pytest.raises(FieldsError):
            add_client(user=desk.mia, label=label, given=given, now=now)
    assert set(folder.glob("??/*")) == before
    assert not Client.objects.exists()


@pytest.mark.django_db
def test_the_sweep_of_left_keys_spares_those_of_clients(desk: Desk, now: datetime) -> None:
    client = make_client(desk.mia, "File 7", now)
    erase_left_keys(datetime.now(tz=now.tzinfo) + timedelta(days=2))
    assert label_of(client) == "File 7"


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "holds"), [(0, True), (-1, False), (30, True)])
def test_an_authority_holds_to_the_end_of_its_last_day(
    desk: Desk, access: Access, now: datetime, days: int, holds: bool
) -> None:
    last = now.date() + timedelta(days=days)
    Authority.objects.update(until=last, given_on=now.date() - timedelta(days=60))
    assert may_act(access, today=now.date()) is holds


@pytest.mark.django_db
def test_a_client_for_whom_nothing_goes_on_is_forgotten_after_90_days(
    desk: Desk, access: Access, now: datetime
) -> None:
    idle = make_client(desk.mia, "File 8", now)
    give_back(access=access, user=desk.mia, now=now + timedelta(days=30))
    assert forget_idle_clients(now + timedelta(days=89)) == 0
    assert forget_idle_clients(now + timedelta(days=90)) == 1
    idle.refresh_from_db()
    assert idle.label_box is None
    assert label_of(Client.objects.get(pk=access.client_id)) == "File 7"
    assert forget_idle_clients(now + timedelta(days=120)) == 1


# ---------- who sees what


@pytest.mark.django_db
def test_a_case_is_seen_by_who_has_it_and_by_the_team_where_that_was_chosen(
    desk: Desk, access: Access
) -> None:
    number = access.case.number
    assert access_to(user=desk.mia, number=number.lower().replace("-", " ")) == access
    for user in (desk.noa, desk.stranger):
        with pytest.raises(RecordNotFoundError):
            access_to(user=user, number=number)
    Access.objects.update(scope=Access.Scope.TEAM)
    assert access_to(user=desk.noa, number=number) == access
    assert not accesses_of(desk.stranger).exists()
    with pytest.raises(RecordNotFoundError):
        client_of(user=desk.stranger, client_id=access.client_id)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_person_shares_her_case_and_ends_it(
    desk: Desk, platform: Platform, now: datetime
) -> None:
    case = make_case(platform, now)
    assert {team.name for team in open_teams(case)} == {"Helpline One", "Helpline Two"}
    shared = share_case(case=case, team=desk.team, now=now)
    assert [row.is_taken for row in helplines_of(case)] == [False]
    assert list(offered_to(desk.noa)) == [shared]
    assert not offered_to(desk.stranger).exists()
    assert not accesses_of(desk.noa).exists()  # offered is not seen
    take_on(access=shared, user=desk.noa, client=None, label="File 9", scope="holder", now=now)
    shared.refresh_from_db()
    authority = Authority.objects.get(client=shared.client)
    assert (authority.how, authority.given_on) == ("page", now.date())
    assert access_to(user=desk.noa, number=case.number) == shared
    end_sharing(case=case, access_id=shared.pk, now=now)
    assert not accesses_of(desk.noa).exists()
    assert helplines_of(case) == []
    with pytest.raises(RecordNotFoundError):
        end_sharing(case=case, access_id=shared.pk, now=now)
    told = Event.objects.filter(case_id=case.pk).order_by("seq").values_list("what", "actor")
    assert list(told) == [
        ("access_offered", "person"),
        ("access_taken", f"user:{desk.noa.pk}"),
        ("access_ended", "person"),
    ]


@pytest.mark.django_db
def test_what_cannot_be_shared_is_refused(
    desk: Desk, platform: Platform, admin: User, now: datetime
) -> None:
    case = make_case(platform, now)
    share_case(case=case, team=desk.team, now=now)
    ended = make_case(platform, now, state="withdrawn")
    for one in (case, ended):
        with pytest.raises(RecordConflictError):
            share_case(case=one, team=desk.team, now=now)
    open_team(team_id=desk.team.pk, takes_cases=False, actor=admin, now=now)
    desk.team.refresh_from_db()
    with pytest.raises(RecordConflictError):
        share_case(case=make_case(platform, now), team=desk.team, now=now)
    assert desk.team not in open_teams(make_case(platform, now))


@pytest.mark.django_db
def test_after_a_refusal_or_an_end_she_can_ask_again(
    desk: Desk, platform: Platform, now: datetime
) -> None:
    case = make_case(platform, now)
    first = share_case(case=case, team=desk.team, now=now)
    decline_case(access=first, user=desk.mia, now=now)
    second = share_case(case=case, team=desk.team, now=now)
    take_on(access=second, user=desk.mia, client=None, label="File 9", scope="team", now=now)
    second.refresh_from_db()
    give_back(access=second, user=desk.mia, now=now)
    third = share_case(case=case, team=desk.team, now=now)
    client = Client.objects.get()
    take_on(access=third, user=desk.mia, client=client, label="", scope="team", now=now)
    assert Client.objects.count() == 1  # the same client as before
    assert Authority.objects.filter(client=client).count() == 2


# ---------- hand-over


@pytest.mark.django_db
def test_the_giver_keeps_the_case_until_the_colleague_accepts_and_the_note_goes_along(
    desk: Desk, access: Access, now: datetime
) -> None:
    offer = offer_case(access=access, user=desk.mia, taker=desk.noa, note="Mornings.", now=now)
    access.refresh_from_db()
    assert access.holder == desk.mia
    assert b"Mornings" not in bytes(offer.note_box or b"")
    tell(access, desk.mia, now)
    accept_case(hand_over=offer, user=desk.noa, now=now)
    access.refresh_from_db()
    assert access.holder == desk.noa
    assert note_of(HandOver.objects.select_related("access").get()) == "Mornings."
    assert client_of(user=desk.noa, client_id=access.client_id) == access.client  # type: ignore[arg-type]
    assert Telling.objects.filter(location__case=access.case).count() == 1
    with pytest.raises(RecordConflictError):
        take_back(hand_over=offer, user=desk.mia, now=now)


@pytest.mark.django_db
def test_a_case_is_handed_to_colleagues_alone_and_by_who_has_it(
    desk: Desk, access: Access, now: datetime
) -> None:
    for taker in (desk.mia, desk.stranger):
        with pytest.raises(FieldsError):
            offer_case(access=access, user=desk.mia, taker=taker, note="", now=now)
    with pytest.raises(RecordConflictError):
        offer_case(access=access, user=desk.noa, taker=desk.mia, note="", now=now)
    offer_case(access=access, user=desk.mia, taker=desk.noa, note="", now=now)
    with pytest.raises(RecordConflictError):
        offer_case(access=access, user=desk.mia, taker=desk.noa, note="", now=now)


@pytest.mark.django_db
def test_the_lead_reassigns_open_offers_lapse_and_other_helplines_are_out_of_reach(
    desk: Desk, access: Access, platform: Platform, now: datetime
) -> None:
    offer = offer_case(access=access, user=desk.mia, taker=desk.noa, note="", now=now)
    theirs = give_case(
        make_case(platform, now), make_client(desk.stranger, "S", now), desk.stranger, now
    )
    count = reassign(accesses=[access, theirs], taker=desk.noa, lead=desk.mia, now=now)
    assert count == 1
    offer.refresh_from_db()
    theirs.refresh_from_db()
    assert (offer.state, theirs.holder) == ("lapsed", desk.stranger)
    with pytest.raises(RecordConflictError):
        accept_case(hand_over=offer, user=desk.noa, now=now)
    with pytest.raises(NotAllowedError):
        reassign(accesses=[access], taker=desk.mia, lead=desk.noa, now=now)
    with pytest.raises(FieldsError):
        reassign(accesses=[access], taker=desk.stranger, lead=desk.mia, now=now)


# ---------- what was told


@pytest.mark.django_db
def test_what_was_marked_is_undone_on_the_same_day_by_who_marked_it(
    desk: Desk, access: Access, now: datetime
) -> None:
    place = access.case.locations.get(position=2)
    told = Told(how="phone", on=now.date(), note="Call 5")
    batch, count = mark_told(locations=[place], told=told, user=desk.mia, now=now)
    assert count == 1
    assert mark_told(locations=[place], told=told, user=desk.mia, now=now)[1] == 0
    for user, at in ((desk.noa, now), (desk.mia, now + timedelta(days=1, seconds=1))):
        with pytest.raises(RecordConflictError):
            undo_told(batch=batch, user=user, now=at)
    assert undo_told(batch=batch, user=desk.mia, now=now + timedelta(hours=23)) == 1
    row = Telling.objects.get()
    assert (row.note_box, row.ask_again_on) == (None, now.date() + timedelta(days=7))
    whats = Event.objects.filter(what__startswith="places_told").values_list("what", flat=True)
    assert sorted(whats) == ["places_told", "places_told_undone"]


@pytest.mark.django_db
def test_what_was_marked_is_the_colleagues_once_the_case_is_theirs(
    desk: Desk, access: Access, now: datetime
) -> None:
    place = access.case.locations.get(position=2)
    batch, _ = mark_told(locations=[place], told=Told("phone", now.date()), user=desk.mia, now=now)
    assert last_told(user=desk.mia, now=now) == (batch, 1)
    offer = offer_case(access=access, user=desk.mia, taker=desk.noa, note="", now=now)
    accept_case(hand_over=offer, user=desk.noa, now=now)

    with pytest.raises(RecordConflictError):
        undo_told(batch=batch, user=desk.mia, now=now)

    assert last_told(user=desk.mia, now=now) is None
    assert Telling.objects.get().undone_at is None


# ---------- the end of a case


def handed(desk: Desk, access: Access, now: datetime) -> Access:
    """Handed to a colleague with a note, one place told, one more offer open."""
    offer = offer_case(access=access, user=desk.mia, taker=desk.noa, note="Mornings.", now=now)
    accept_case(hand_over=offer, user=desk.noa, now=now)
    place = access.case.locations.get(position=2)
    told = Told(how="email", on=now.date(), note="Their number is 55.")
    mark_told(locations=[place], told=told, user=desk.noa, now=now)
    offer_case(access=access, user=desk.noa, taker=desk.mia, note="Back to you.", now=now)
    access.refresh_from_db()
    return access


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["erased", "withdrawn", "minor"])
def test_the_end_of_a_case_that_was_handed_over_leaves_nothing_at_the_helpline(
    desk: Desk, access: Access, now: datetime, how: str
) -> None:
    held, case = handed(desk, access, now), access.case
    match how:
        case "erased":
            erase_case(case=case, now=now)
        case "withdrawn":
            ask_withdrawal(case=case, now=now)
        case _:
            close_for_minor(case=case, actor=f"user:{desk.noa.pk}", now=now)
    held.refresh_from_db()
    assert (held.state, held.ended_by) == ("ended", "case")
    assert not accesses_of(desk.noa).exists()
    assert not HandOver.objects.filter(state="offered").exists()
    assert not HandOver.objects.exclude(note_box=None).exists()
    assert not Telling.objects.exclude(note_box=None).exists()
    client = Client.objects.get()
    assert (client.label_box, label_of(client)) == (None, "")
    assert client.erased_at is not None
    assert not client_key(client.pk).exists()
    assert not Authority.objects.exclude(box=None).exists()
    with pytest.raises(SealError):
        unseal_for_case(client.pk, b"\x01" * 40, context="client")


@pytest.mark.django_db(transaction=True)
def test_a_client_with_another_case_stays(
    desk: Desk, access: Access, platform: Platform, now: datetime
) -> None:
    other = give_case(make_case(platform, now), access.client, desk.mia, now)  # type: ignore[arg-type]
    erase_case(case=access.case, now=now)
    other.refresh_from_db()
    assert other.state == "taken"
    assert label_of(Client.objects.get()) == "File 7"


@pytest.mark.django_db
def test_during_the_pause_of_a_withdrawal_the_helpline_keeps_the_case_and_can_stop_it(
    desk: Desk, access: Access, now: datetime
) -> None:
    Case.objects.update(withdrawal_mode="cooling")
    case = Case.objects.get()
    ask_withdrawal(case=case, now=now)
    assert accesses_of(desk.mia).get().case.withdrawal_due_at is not None
    phrase = cancel_withdrawal(case=case, now=now, actor=f"user:{desk.mia.pk}")
    assert len(phrase.split()) == 6
    assert Event.objects.get(what="withdrawal_cancelled").actor == f"user:{desk.mia.pk}"


# ---------- at the same moment


def at_once(acts: list[Callable[[], object]]) -> Counter[str]:
    """Run all at one moment; how often each outcome came."""
    start, told = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait()
            act()
            told.append("done")
        except StaydownError as error:
            told.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(told)


@pytest.mark.django_db(transaction=True)
def test_one_of_two_caseworkers_takes_a_shared_case(
    desk: Desk, platform: Platform, now: datetime
) -> None:
    shared = share_case(case=make_case(platform, now), team=desk.team, now=now)

    def take(user: User) -> Callable[[], object]:
        return lambda: take_on(
            access=shared, user=user, client=None, label=user.username, scope="team", now=now
        )

    assert at_once([take(desk.mia), take(desk.noa)]) == {"done": 1, "record_conflict": 1}
    shared.refresh_from_db()
    (client,) = Client.objects.all()  # who was late left no client behind
    assert label_of(client) == shared.holder.username  # type: ignore[union-attr]


@pytest.mark.django_db(transaction=True)
def test_accepting_and_taking_back_exclude_each_other(
    desk: Desk, access: Access, now: datetime
) -> None:
    offer = offer_case(access=access, user=desk.mia, taker=desk.noa, note="", now=now)
    told = at_once(
        [
            lambda: accept_case(hand_over=offer, user=desk.noa, now=now),
            lambda: take_back(hand_over=offer, user=desk.mia, now=now),
        ]
    )
    assert told == {"done": 1, "record_conflict": 1}
    offer.refresh_from_db()
    access.refresh_from_db()
    assert (access.holder == desk.noa) == (offer.state == "accepted")


@pytest.mark.django_db(transaction=True)
def test_accepting_while_the_person_ends_it_never_leaves_a_case_that_is_seen(
    desk: Desk, platform: Platform, now: datetime
) -> None:
    case = make_case(platform, now)
    shared = share_case(case=case, team=desk.team, now=now)
    take_on(access=shared, user=desk.mia, client=None, label="File 9", scope="holder", now=now)
    offer = offer_case(access=shared, user=desk.mia, taker=desk.noa, note="", now=now)
    at_once(
        [
            lambda: accept_case(hand_over=offer, user=desk.noa, now=now),
            lambda: end_sharing(case=case, access_id=shared.pk, now=now),
        ]
    )
    assert Access.objects.get().state == "ended"
    assert not accesses_of(desk.mia).exists()
    assert not accesses_of(desk.noa).exists()
    assert not HandOver.objects.filter(state="offered").exists()


@pytest.mark.django_db(transaction=True)
def test_a_place_marked_by_two_at_once_is_marked_once(
    desk: Desk, access: Access, now: datetime
) -> None:
    Access.objects.update(scope="team")
    place = access.case.locations.get(position=2)
    told = Told(how="phone", on=now.date())
    at_once(
        [
            lambda u=user: mark_told(locations=[place], told=told, user=u, now=now)
            for user in (desk.mia, desk.noa)
        ]
    )
    assert Telling.objects.filter(undone_at=None).count() == 1
    assert Event.objects.filter(what="places_told").count() == 1
