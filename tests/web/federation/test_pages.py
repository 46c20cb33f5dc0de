"""Pages about other installations: what is asked, compared, agreed, paused and expelled."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from staydown_web.accounts.models import Approval
from staydown_web.accounts.services import grant_approval, refuse_approval
from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank
from staydown_web.federation import views
from staydown_web.federation.models import KeyStatement, Member, MemberKey
from staydown_web.federation.selectors import in_groups
from staydown_web.federation.services.joining import Agreement, ask_agreement, start_agreement
from staydown_web.federation.services.member_keys import read_chain
from staydown_web.federation.services.own_keys import own_statements
from web.federation.peers import NOW, Peer

pytestmark = pytest.mark.django_db


class Answering:
    """Stands in for the way out: answers as an installation does. The way itself has its tests."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.asked: list[str] = []

    def call(self, *, url: str, **_more: Any) -> Any:
        import json

        from staydown_web.base.fetching import Called

        self.asked.append(url)
        keys = [s.to_dict() for s in self.peer.statements]
        body = json.dumps({"installation": self.peer.identity, "keys": keys}).encode()
        return Called(200, {"content-type": "application/json"}, body)


def typed(peer: Peer, bank: Bank, **changes: Any) -> dict[str, Any]:
    return {
        "name": "North",
        "address": "https://north.example",
        "compared": in_groups(peer.key.fingerprint),
        "gives": "confirmed",
        "gives_banks": [str(bank.pk)],
        "takes": "on",
        "cap_day": 100,
        "cap_total": 500,
        "reason": "We agreed by telephone.",
    } | changes


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch, peer: Peer) -> Answering:
    out = Answering(peer)
    monkeypatch.setattr(views, "Fetcher", lambda: out)
    return out


def errors(answer: Any) -> list[str]:
    return re.findall(r'class="error"[^>]*>(?:<svg.*?</svg>)?([^<]+)', answer.content.decode())


def test_inviting_compares_asks_a_second_person_and_begins_when_it_is_started(
    answering, peer, bank, admin_client, lead
) -> None:
    answer = admin_client.post(reverse("federation:add_member"), typed(peer, bank))
    member = Member.objects.get()
    assert answer.headers["Location"] == reverse("federation:member", args=[member.pk])
    assert answering.asked == ["https://north.example/federation/v1/keys"]
    assert (member.state, member.gives, member.bank) == ("asked", "nothing", None)
    change = reverse("federation:change_member", args=[member.pk])
    assert admin_client.post(change, {"do": "start"}).status_code == 409
    approval = Approval.objects.get(what="member_agreement")
    grant_approval(approval_id=approval.pk, user=lead, now=approval.asked_at)
    page = admin_client.get(reverse("federation:member", args=[member.pk])).content.decode()
    assert "A second person granted it." in page
    assert admin_client.post(change, {"do": "start"}).status_code == 302
    member.refresh_from_db()
    assert (member.state, member.gives, member.takes) == ("active", "confirmed", True)
    assert member.gives_banks == [str(bank.pk)]
    assert member.bank is not None
    assert member.bank.name == "From North"
    # An approval works once.
    assert admin_client.post(change, {"do": "start"}).status_code == 404
    assert [e.what for e in Event.objects.filter(subject=f"member:{member.pk}")] == [
        "member_asked",
        "member_agreed",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"compared": "00 " * 16}, "another fingerprint"),
        ({"compared": "abcd"}, "not the 32 digits"),
        ({"address": "http://north.example"}, "starts with https://"),
        ({"address": "https://north.example/path"}, "not the address of a server"),
        ({"address": "ftp://north.example"}, "not the address of a server"),
        ({"address": "https://north.example#part"}, "not the address of a server"),
        ({"address": "https://north.example?part"}, "not the address of a server"),
        ({"gives_banks": []}, "Choose at least one bank."),
        ({"cap_day": 0}, "greater than or equal to 1"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(
    changes: dict[str, Any], said: str, answering, peer, bank, admin_client
) -> None:
    answer = admin_client.post(reverse("federation:add_member"), typed(peer, bank, **changes))
    assert answer.status_code == 400
    assert any(said in text for text in errors(answer)), errors(answer)
    assert Member.objects.count() == 0


def test_nobody_invites_this_installation_or_the_same_one_twice(
    answering, peer, bank, admin_client, monkeypatch
) -> None:
    admin_client.post(reverse("federation:add_member"), typed(peer, bank))
    again = admin_client.post(reverse("federation:add_member"), typed(peer, bank))
    assert errors(again) == ["This installation is in the list already."]
    own = admin_client.get(reverse("federation:keys")).json()
    fingerprint = re.search(
        r'Fingerprint</dt><dd class="code">([0-9a-f ]+)<',
        admin_client.get(reverse("federation:members")).content.decode(),
    )
    assert fingerprint is not None

    class Self(Answering):
        def call(self, *, url: str, **_more: Any) -> Any:
            import json

            from staydown_web.base.fetching import Called

            return Called(200, {}, json.dumps(own).encode())

    monkeypatch.setattr(views, "Fetcher", lambda: Self(peer))
    mine = typed(peer, bank, compared=fingerprint[1])
    answer = admin_client.post(reverse("federation:add_member"), mine)
    assert errors(answer) == ["This is not another installation."]


def test_an_address_in_a_private_network_is_refused_unless_it_is_said(
    peer, bank, admin_client
) -> None:
    wanted = typed(peer, bank, address="https://127.0.0.1")
    answer = admin_client.post(reverse("federation:add_member"), wanted)
    assert ["private network" in text for text in errors(answer)] == [True]


def test_another_agreement_waits_while_the_old_one_stays(
    peer, bank, admin, lead, admin_client
) -> None:
    member = peer.join(gives="seeds", gives_banks=[str(bank.pk)])
    wanted = Agreement("nothing", [], takes=True, cap_day=9, cap_total=9)
    ask_agreement(member=member, agreement=wanted, reason="Less.", user=admin, now=NOW)
    member.refresh_from_db()
    assert (member.gives, member.asked) == ("seeds", asdict(wanted))
    approval = Approval.objects.get()
    page = reverse("federation:member", args=[member.pk])
    assert "Asked for: it is given “No fingerprints”" in admin_client.get(page).content.decode()
    grant_approval(approval_id=approval.pk, user=lead, now=NOW)
    start_agreement(member_id=member.pk, actor="system", now=NOW)
    member.refresh_from_db()
    assert (member.gives, member.cap_day, member.asked) == ("nothing", 9, {})


def test_a_refused_agreement_can_be_asked_again(peer, bank, admin, lead, admin_client) -> None:
    member = peer.join()
    wanted = Agreement("nothing", [], takes=True, cap_day=9, cap_total=9)
    ask_agreement(member=member, agreement=wanted, reason="Less.", user=admin, now=NOW)
    refuse_approval(approval_id=Approval.objects.get().pk, user=lead, now=NOW)
    change = reverse("federation:change_member", args=[member.pk])
    page = admin_client.get(reverse("federation:member", args=[member.pk])).content.decode()
    assert "You can ask again below." in page
    assert admin_client.post(change, {"do": "start"}).status_code == 409
    form = typed(peer, bank, gives="nothing", do="ask")
    assert admin_client.post(change, form).status_code == 302
    assert Approval.objects.count() == 2


def test_the_approval_says_in_words_what_is_asked(peer, bank, admin, lead_client) -> None:
    member = peer.join()
    wanted = Agreement("confirmed", [str(bank.pk)], takes=True, cap_day=100, cap_total=500)
    ask_agreement(member=member, agreement=wanted, reason="Agreed.", user=admin, now=NOW)
    Approval.objects.update(expires_at=NOW.replace(year=2200))
    page = lead_client.get(reverse("review:approvals")).content.decode()
    assert "Share with “north”" in page
    assert "It is given entries that a person confirmed, out of 1 of our banks" in page
    assert "At most 100 events a day and 500 entries in all" in page


def test_pausing_resuming_stopping_and_expelling(peer, bank, admin_client) -> None:
    member = peer.join(gives="seeds", gives_banks=[str(bank.pk)])
    change = reverse("federation:change_member", args=[member.pk])
    for do, state, gives in (
        ("pause", "paused", "seeds"),
        ("resume", "active", "seeds"),
        ("stop", "active", "nothing"),
        ("expel", "expelled", "nothing"),
    ):
        answer = admin_client.post(change, {"do": do}, follow=True)
        assert answer.status_code == 200, do
        member.refresh_from_db()
        assert (member.state, member.gives) == (state, gives), do
        assert 'class="note done"' in answer.content.decode()
    for do in ("pause", "resume", "stop", "expel"):
        assert admin_client.post(change, {"do": do}).status_code == 409, do
    assert admin_client.post(change, {"do": "other"}).status_code == 404
    assert MemberKey.objects.filter(member=member, ends_at__isnull=True).count() == 0


def test_a_member_without_anything_has_a_page(bank, admin_client) -> None:
    member = Member.objects.create(
        name="North", address="https://north.example", identity="0c" * 32, cap_day=1, cap_total=1,
        asked_at=NOW,
    )  # fmt: skip
    assert admin_client.get(reverse("federation:member", args=[member.pk])).status_code == 200


def test_changing_the_key_states_a_new_one(admin_client) -> None:
    admin_client.get(reverse("federation:keys"))
    assert admin_client.post(reverse("federation:change_key")).status_code == 302
    keys = Client().get(reverse("federation:keys")).json()
    assert [key["number"] for key in keys["keys"]] == [1, 2]
    assert keys["keys"] == own_statements()


def test_an_older_copy_of_the_database_finds_the_statements_beside_the_keys(admin_client) -> None:
    admin_client.post(reverse("federation:change_key"))
    before = own_statements()
    KeyStatement.objects.all().delete()
    assert Client().get(reverse("federation:keys")).json()["keys"] == before
    KeyStatement.objects.filter(number=2).delete()
    admin_client.post(reverse("federation:change_key"))
    after = own_statements()
    assert after[:2] == before
    assert len(read_chain(after)) == 3
