"""Who may hold a copy: asked by one, granted by two others, given to one program, ended by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from staydown.formats.replica_pages import ReplicaPage
from staydown_client.edge.errors import HubError
from staydown_client.edge.keys import EdgeKey, make_key
from staydown_web.accounts.models import Approval, Platform, User
from staydown_web.accounts.services import Caller, ask_approval, grant_approval, refuse_approval
from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank
from staydown_web.base.errors import (
    FieldsError,
    NotAllowedError,
    RecordConflictError,
    RecordNotFoundError,
    ReplicaEndedError,
)
from staydown_web.replicas.models import Replica
from staydown_web.replicas.selectors import (
    all_replicas,
    replica_named,
    replica_of,
    standing,
)
from staydown_web.replicas.services import (
    ask_replica,
    end_replica,
    give_agreement,
    give_changes,
    give_entries,
    start_replica,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(
    platform: Platform, bank: Bank, key: EdgeKey, people: tuple[User, ...], moment: Any
) -> Callable[..., Replica]:
    """``asked()`` asks for a copy; nobody has granted it."""

    def ask(**more: Any) -> Replica:
        given = {
            "platform": platform,
            "name": "Uploads",
            "banks": [bank],
            "public_key": key.public,
            "days": 30,
            "stale_hours": 24,
            "sees_details": False,
            "reason": "Agreed with the platform.",
            "user": people[0],
            "now": moment,
        }
        return ask_replica(**given | more)

    return ask


def test_two_other_people_have_to_grant_it(
    asked: Any, people: tuple[User, ...], moment: Any
) -> None:
    replica = asked()
    with pytest.raises(RecordConflictError):
        start_replica(replica_id=replica.pk, user=people[0], now=moment)
    grant_approval(approval_id=replica.first_approval_id, user=people[1], now=moment)
    with pytest.raises(RecordConflictError):
        start_replica(replica_id=replica.pk, user=people[0], now=moment)
    with pytest.raises(NotAllowedError, match="two people"):
        grant_approval(approval_id=replica.second_approval_id, user=people[1], now=moment)
    with pytest.raises(NotAllowedError):
        grant_approval(approval_id=replica.second_approval_id, user=people[0], now=moment)
    assert not standing(replica_named(replica.pk), moment).can_start
    grant_approval(approval_id=replica.second_approval_id, user=people[2], now=moment)
    assert standing(replica_named(replica.pk), moment).can_start
    begun, text = start_replica(replica_id=replica.pk, user=people[0], now=moment)
    assert (begun.state, begun.expires_at) == ("active", moment + timedelta(days=30))
    assert text.startswith("sd_")
    with pytest.raises(RecordConflictError):
        start_replica(replica_id=replica.pk, user=people[0], now=moment)


def test_the_same_person_twice_begins_nothing_however_that_came_about(
    asked: Any, people: tuple[User, ...], moment: Any
) -> None:
    replica = asked()
    for pk in (replica.first_approval_id, replica.second_approval_id):
        Approval.objects.filter(pk=pk).update(
            state="granted", answered_by=people[1], answered_at=moment
        )
    with pytest.raises(NotAllowedError):
        start_replica(replica_id=replica.pk, user=people[0], now=moment)
    assert Replica.objects.get().state == "asked"


def test_one_refusal_is_enough(asked: Any, people: tuple[User, ...], moment: Any) -> None:
    replica = asked()
    refuse_approval(approval_id=replica.first_approval_id, user=people[1], now=moment)
    grant_approval(approval_id=replica.second_approval_id, user=people[2], now=moment)
    assert standing(replica_named(replica.pk), moment).is_refused
    with pytest.raises(RecordConflictError):
        start_replica(replica_id=replica.pk, user=people[0], now=moment)


def test_one_person_may_grant_requests_that_are_not_to_be_granted_apart(
    asked: Any, people: tuple[User, ...], moment: Any
) -> None:
    first, second = asked(), asked()
    policies = [
        ask_approval(what="bank_policy", facts={}, reason="Why", user=people[0], now=moment)
        for _ in range(2)
    ]

    for pk in (first.first_approval_id, second.first_approval_id, *[one.pk for one in policies]):
        granted = grant_approval(approval_id=pk, user=people[1], now=moment)
        assert (granted.state, granted.answered_by) == ("granted", people[1])

    with pytest.raises(NotAllowedError):
        grant_approval(approval_id=first.second_approval_id, user=people[1], now=moment)


@pytest.mark.parametrize(
    "wrong",
    [
        {"banks": []},
        {"public_key": "zz"},
        {"public_key": "0A" * 32},
        {"days": 0},
        {"days": 367},
        {"stale_hours": 73},
        {"stale_hours": 0},
        {"reason": " "},
        {"name": ""},
    ],
)
def test_what_cannot_be_agreed_is_said_by_its_field(asked: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(FieldsError) as error:
        asked(**wrong)
    assert set(error.value.fields) == set(wrong)


def test_ended_it_gives_nothing_and_forgets_its_half_of_the_key(
    agree: Any, people: tuple[User, ...], moment: Any
) -> None:
    replica, _ = agree()
    caller = Caller(replica.platform_id, replica.api_key_id, frozenset(("replica",)))
    assert replica_of(caller, moment) == replica
    with pytest.raises(ReplicaEndedError):
        replica_of(caller, moment + timedelta(days=31))
    ended = end_replica(replica_id=replica.pk, user=people[2], now=moment)
    assert (ended.state, ended.lock_box, ended.ended_by) == ("ended", None, people[2])
    with pytest.raises(ReplicaEndedError):
        replica_of(caller, moment)
    with pytest.raises(RecordConflictError):
        end_replica(replica_id=replica.pk, user=people[2], now=moment)
    with pytest.raises(RecordNotFoundError):
        give_agreement(replica=ended, now=moment)


def test_every_fetch_is_in_the_audit(
    agree: Any, confirmed: Any, drawn_fingerprint: Any, moment: Any
) -> None:
    replica, _ = agree()
    give_agreement(replica=replica, now=moment)
    give_changes(replica=replica, after="0.", now=moment)
    confirmed(drawn_fingerprint(1))
    give_entries(replica=replica, after="", now=moment)
    give_changes(replica=replica, after="0.", now=moment)
    events = Event.objects.filter(what="replica_read").order_by("seq")
    assert [(e.facts["part"], e.facts["entries"]) for e in events] == [
        ("agreement", 0),
        ("entries", 1),
        ("changes", 1),
    ]
    assert {(e.subject, e.actor) for e in events} == {
        (f"replica:{replica.pk}", f"key:{replica.api_key_id}")
    }
    assert {"replica_asked", "replica_started"} <= set(Event.objects.values_list("what", flat=True))


def test_it_holds_nothing_of_banks_that_were_not_agreed_on(
    agree: Any,
    bank: Bank,
    lawful_bank: Bank,
    confirmed: Any,
    drawn_fingerprint: Any,
    key: EdgeKey,
    moment: Any,
) -> None:
    other = Bank.objects.create(slug="other", name="Other", created_at=moment)
    confirmed(drawn_fingerprint(1), bank=other)
    kept = confirmed(drawn_fingerprint(2))
    replica, _ = agree()
    for sealed, what in (
        (give_entries(replica=replica, after="", now=moment), "entries:"),
        (give_changes(replica=replica, after="0.", now=moment), "changes:0."),
    ):
        page = ReplicaPage.from_bytes(key.open(sealed, context=f"{key.public}:{what}"))
        assert [row.entry_id for row in page.rows] == [kept.pk]
        assert [row["slug"] for row in page.banks] == ["reported"]


def test_what_is_sent_opens_with_the_key_of_the_agreement_alone(
    agree: Any, key: EdgeKey, tmp_path: Any, moment: Any
) -> None:
    replica, _ = agree()
    sealed = give_agreement(replica=replica, now=moment)
    context = f"{key.public}:agreement"
    assert b"account_key" in key.open(sealed, context=context)
    assert b"account_key" not in sealed
    other = make_key(tmp_path / "other.key")
    for wrong, where in ((other, context), (key, f"{key.public}:entries:")):
        with pytest.raises(HubError):
            wrong.open(sealed, context=where)


def test_places_that_are_none_are_refused(agree: Any, moment: Any) -> None:
    replica, _ = agree()
    for after in ("x", "1" * 30, "1.a.notanid", "-1."):
        with pytest.raises(FieldsError):
            give_changes(replica=replica, after=after, now=moment)
    with pytest.raises(FieldsError):
        give_entries(replica=replica, after="x", now=moment)


def test_those_in_use_come_first(agree: Any, asked: Any, people: Any, moment: Any) -> None:
    asked()
    begun, _ = agree()
    ended, _ = agree()
    end_replica(replica_id=ended.pk, user=people[0], now=moment)
    rows = all_replicas(moment + timedelta(minutes=3))
    assert [row.replica.state for row in rows] == ["active", "asked", "ended"]
    assert rows[0].replica == begun
    assert [row.is_silent for row in rows] == [True, False, False]
    assert not all_replicas(moment)[0].is_silent
