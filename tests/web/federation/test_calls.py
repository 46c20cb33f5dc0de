"""Calls between installations: who is let in, and what is made of every answer."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from staydown_web.audit.models import Event
from staydown_web.base.errors import FetchError, MemberUnknownError, SignatureError
from staydown_web.base.fetching import Called
from staydown_web.federation.models import Member, MemberKey, SeenNonce
from staydown_web.federation.services.announcing import change_own_key
from staydown_web.federation.services.calling import check_call
from staydown_web.federation.services.feed import Draft, append_events
from staydown_web.federation.services.http_signatures import COVERED, read_signature, signature_base
from staydown_web.federation.services.joining import expel_member, pause_member
from staydown_web.federation.services.member_keys import OVERLAP
from staydown_web.federation.services.own_keys import current_key, own_identity, own_statements
from staydown_web.federation.services.reading import read_members
from staydown_web.federation.services.wire import holds
from staydown_web.federation.tasks import forget_nonces
from web.federation.peers import NOW, Peer, as_message, id_of, key_of

pytestmark = pytest.mark.django_db
FEED = "/federation/v1/feed"


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def now_signed(peer: Peer, path: str, **more: Any) -> Any:
    """A real call at this very moment."""
    return Client().get(path, headers=peer.sign(path, at=datetime.now(UTC), **more))


def test_a_signed_call_is_let_in_once(peer) -> None:
    member = peer.join()
    headers = peer.sign(FEED)
    assert check_call(as_message(FEED, headers), now=NOW) == member
    with pytest.raises(SignatureError, match="came before"):
        check_call(as_message(FEED, headers), now=NOW)


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24])
def test_a_call_of_another_moment_is_refused(minutes: int, peer) -> None:
    peer.join()
    headers = peer.sign(FEED, at=NOW + timedelta(minutes=minutes))
    with pytest.raises(SignatureError, match="another moment"):
        check_call(as_message(FEED, headers), now=NOW)


@pytest.mark.parametrize("minutes", [-4, 4])
def test_clocks_may_be_some_minutes_apart(minutes: int, peer) -> None:
    member = peer.join()
    headers = peer.sign(FEED, at=NOW + timedelta(minutes=minutes))
    assert check_call(as_message(FEED, headers), now=NOW) == member


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        (f"{FEED}?after=1", {}),
        ("/federation/v1/other", {}),
        (FEED, {"Signature": "staydown=:" + base64.b64encode(b"\x01" * 64).decode() + ":"}),
        (FEED, {"Signature": ""}),
        (FEED, {"Signature-Input": ""}),
    ],
)
def test_a_call_that_was_changed_is_refused(path: str, changed: dict[str, str], peer) -> None:
    peer.join()
    headers = {**peer.sign(FEED), **changed}
    with pytest.raises(SignatureError):
        check_call(as_message(path, headers), now=NOW)
    assert SeenNonce.objects.count() == 0


def test_a_call_for_another_installation_is_refused_here(peer) -> None:
    peer.join()
    elsewhere = peer.sign(FEED, url=f"http://elsewhere.example{FEED}")
    with pytest.raises(SignatureError, match="does not hold"):
        check_call(as_message(FEED, elsewhere), now=NOW)


def test_a_signature_that_leaves_something_out_is_refused(peer) -> None:
    peer.join()
    headers = peer.sign(FEED)
    for part in COVERED:
        less = headers["Signature-Input"].replace(f'"{part}" ', "").replace(f' "{part}"', "")
        message = as_message(FEED, {**headers, "Signature-Input": less})
        with pytest.raises(SignatureError, match="does not cover"):
            check_call(message, now=NOW)
    tagged = headers["Signature-Input"].replace("staydown-feed", "another-use")
    with pytest.raises(SignatureError, match="does not cover"):
        check_call(as_message(FEED, {**headers, "Signature-Input": tagged}), now=NOW)


def test_a_member_cannot_call_as_another(peer, other_peer) -> None:
    peer.join()
    other_peer.join(address="http://127.0.0.1:8141")
    headers = peer.sign(FEED, identity=other_peer.identity)
    with pytest.raises(SignatureError, match="not in use"):
        check_call(as_message(FEED, headers), now=NOW)


def test_strangers_asked_and_expelled_members_are_told_the_same(peer, other_peer) -> None:
    expelled = peer.join()
    expel_member(member_id=expelled.pk, actor="system", now=NOW)
    other_peer.join(state=Member.State.ASKED, address="http://127.0.0.1:8141")
    said = set()
    for one in (peer, other_peer, Peer("stranger")):
        with pytest.raises(MemberUnknownError) as found:
            check_call(as_message(FEED, one.sign(FEED)), now=NOW)
        said.add(str(found.value))
    assert len(said) == 1


def with_statements(peer: Peer, headers: dict[str, str], statements: Any) -> dict[str, str]:
    text = json.dumps(statements).encode()
    return {**headers, "Staydown-Keys": base64.b64encode(text).decode()}


def test_a_new_key_is_learnt_from_the_call_and_the_old_one_ends_a_day_later(peer) -> None:
    member = peer.join()
    peer.add_key()
    stated = [s.to_dict() for s in peer.statements]
    headers = with_statements(peer, peer.sign(FEED), stated)
    assert check_call(as_message(FEED, headers), now=NOW) == member
    old = peer.keys[0]
    check_call(as_message(FEED, peer.sign(FEED, key=old)), now=NOW)
    later = NOW + OVERLAP
    with pytest.raises(SignatureError, match="not in use"):
        check_call(as_message(FEED, peer.sign(FEED, key=old, at=later)), now=later)
    check_call(as_message(FEED, peer.sign(FEED, at=later)), now=later)


def test_a_key_that_nobody_stated_is_refused(peer) -> None:
    peer.join()
    mallory = key_of("stranger", 2)
    peer.add_key()
    forged = peer.statements[1].to_dict() | {"public": mallory.public.hex()}
    for statements in ([], [forged], "text", [1], [peer.statements[1].to_dict()]):
        headers = with_statements(peer, peer.sign(FEED, key=mallory), statements)
        with pytest.raises(SignatureError):
            check_call(as_message(FEED, headers), now=NOW)
    assert MemberKey.objects.count() == 1
    broken = {**peer.sign(FEED), "Staydown-Keys": "%%%"}
    with pytest.raises(SignatureError):
        check_call(as_message(FEED, broken), now=NOW)


def test_nonces_are_let_go_of_when_their_moment_is_over(peer) -> None:
    peer.join()
    check_call(as_message(FEED, peer.sign(FEED)), now=NOW)
    forget_nonces(NOW + timedelta(minutes=14))
    assert SeenNonce.objects.count() == 1
    forget_nonces(NOW + timedelta(minutes=16))
    assert SeenNonce.objects.count() == 0


def test_the_feed_over_http(peer) -> None:
    member = peer.join()
    assert code(Client().get(FEED)) == (401, "signature_invalid")
    assert code(now_signed(Peer("stranger"), FEED)) == (403, "member_unknown")
    draft = Draft("confirm", peer.identity, id_of(3))
    append_events(member_id=member.pk, drafts=[draft, draft], now=NOW)
    answer = now_signed(peer, f"{FEED}?after=1&limit=5")
    assert answer.status_code == 200
    page = answer.json()
    assert (page["feed"], page["last"]) == (str(member.feed), 2)
    assert [event["seq"] for event in page["events"]] == [2]
    assert page["keys"] == own_statements()
    assert code(now_signed(peer, f"{FEED}?after=9")) == (409, "feed_unknown")
    assert code(now_signed(peer, f"{FEED}?feed={id_of(5)}")) == (409, "feed_unknown")
    for wrong in ("after=x", "limit=0", "limit=501", "wait=26", "feed=x", "after=-1"):
        assert code(now_signed(peer, f"{FEED}?{wrong}")) == (400, "fields_invalid"), wrong
    assert now_signed(peer, f"{FEED}?after=2&wait=1").json()["events"] == []
    assert Client().post(FEED).status_code == 405


class Answers:
    """The way out, answering as it is told; what it was asked is kept."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), []

    def call(self, *, url: str, headers: dict[str, str], **more: Any) -> Called:
        self.asked.append((url, headers, more))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, *fields = answer
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Called(status, fields[0] if fields else {}, text)


def test_our_calls_are_signed_by_our_key(peer, raw_of) -> None:
    peer.join()
    peer.say("seed", 1, raw=raw_of(1))
    out = Answers((200, peer.page()))
    assert read_members(NOW, fetcher=out) == 0
    url, headers, more = out.asked[0]
    assert url == "http://127.0.0.1:8140/federation/v1/feed?feed=&after=0&limit=500"
    assert more["allowed_origins"] == ("http://127.0.0.1:8140",)
    fields = {name.lower(): value for name, value in headers.items()}
    signed = read_signature(fields)
    message = as_message(url.removeprefix("http://127.0.0.1:8140"), headers)
    key = current_key(NOW)
    assert (signed.keyid, fields["staydown-installation"]) == (key.fingerprint, own_identity(NOW))
    there = type(message)("GET", "http", "127.0.0.1:8140", message.path, message.query, fields)
    assert holds(
        key.public, signed.signature.hex(), signature_base(there, signed.covered, signed.params)
    )
    assert "staydown-keys" not in fields
    member = Member.objects.get()
    assert (member.cursor, member.next_read_at) == (1, NOW + timedelta(seconds=10))


def test_after_a_change_of_the_key_calls_bring_its_statement(peer) -> None:
    peer.join()
    change_own_key(actor="system", now=NOW)
    out = Answers((200, peer.page()))
    read_members(NOW, fetcher=out)
    brought = json.loads(base64.b64decode(out.asked[0][1]["Staydown-Keys"]))
    assert brought == own_statements()
    assert len(brought) == 2


def test_what_is_more_than_a_page_is_read_at_once(peer, raw_of) -> None:
    peer.join()
    for n in range(5):
        peer.say("seed", n, raw=raw_of(n))
    for after, more in ((0, 1), (2, 1), (4, 0)):
        assert read_members(NOW, fetcher=Answers((200, peer.page(after, 2))), limit=2) == more
    assert Member.objects.get().cursor == 5
    assert read_members(NOW, fetcher=Answers()) == 0


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((503, b""), "exchange_unavailable"),
        ((500, b"x"), "exchange_unavailable"),
        ((401, {}), "exchange_auth"),
        ((403, {}), "exchange_auth"),
        ((200, b"{"), "exchange_payload"),
        ((200, [1]), "exchange_payload"),
        ((200, {"feed": 1}), "exchange_payload"),
        (FetchError("down"), "address_unreachable"),
    ],
)
def test_a_member_that_does_not_answer_is_asked_again_later(answer: Any, error: str, peer) -> None:
    peer.join()
    waits = []
    now = NOW
    for _ in range(4):
        read_members(now, fetcher=Answers(answer))
        member = Member.objects.get()
        assert (member.state, member.error) == ("active", error)
        waits.append((member.next_read_at - now).total_seconds())
        now = member.next_read_at
    assert waits == [10, 20, 40, 80]
    assert Event.objects.filter(what="member_read_failed").count() == 1
    read_members(now, fetcher=Answers((200, peer.page())))
    member = Member.objects.get()
    assert (member.error, member.failures) == ("", 0)


def test_it_waits_as_long_as_it_is_asked(peer) -> None:
    peer.join()
    read_members(NOW, fetcher=Answers((429, b"", {"retry-after": "300"})))
    assert Member.objects.get().next_read_at == NOW + timedelta(seconds=300)


def test_another_feed_over_there_pauses(peer) -> None:
    peer.join()
    read_members(NOW, fetcher=Answers((409, {"code": "feed_unknown"})))
    member = Member.objects.get()
    assert (member.state, member.pause) == ("paused", "restarted")
    assert read_members(NOW, fetcher=Answers()) == 0


def test_of_a_paused_member_withdrawals_are_still_read(peer, raw_of) -> None:
    member = peer.join()
    peer.say("seed", 1, raw=raw_of(1))
    read_members(NOW, fetcher=Answers((200, peer.page())))
    pause_member(member_id=member.pk, actor="system", now=NOW)
    peer.say("withdraw", 1)
    peer.say("seed", 2, raw=raw_of(2))
    out = Answers((200, peer.page(1)))
    read_members(NOW + timedelta(minutes=1), fetcher=out)
    assert "after=1&" in out.asked[0][0]
    fresh = Member.objects.get()
    assert (fresh.cursor, fresh.ahead) == (1, 3)
    assert fresh.remote_entries.filter(entry_id__isnull=False).count() == 0


def test_one_member_that_fails_holds_up_no_other(peer, other_peer, raw_of) -> None:
    peer.join()
    other_peer.join(address="http://127.0.0.1:8141")
    other_peer.say("seed", 1, raw=raw_of(1))

    class Either(Answers):
        def call(self, *, url: str, **more: Any) -> Called:
            if ":8140" in url:
                raise FetchError("down")
            return Called(200, {}, json.dumps(other_peer.page()).encode())

    read_members(NOW, fetcher=Either())
    assert Member.objects.get(name="south").cursor == 1
