"""The tables hold what the plain merge of all events gives, whatever was read when, how often."""

from __future__ import annotations

import random
from typing import Any

import pytest

from staydown_web.banks.models import Entry
from staydown_web.base.errors import ExchangePayloadError
from staydown_web.base.sealing import unseal
from staydown_web.federation.models import Member, Opinion, RemoteEntry
from staydown_web.federation.services.joining import pause_member, resume_member
from staydown_web.federation.services.merging import Merged, Said
from staydown_web.federation.services.taking import take_page
from web.federation.peers import NOW, Peer, id_of

pytestmark = pytest.mark.django_db
NAMES = ("north", "south", "west")


def talk(peers: list[Peer], chance: random.Random, raw_of: Any) -> list[Said]:
    """Let three installations say something, and remember it plainly."""
    said = []
    for _ in range(chance.randint(10, 25)):
        by = chance.choice(peers)
        of = chance.choice([by, *peers])
        subject = chance.randint(1, 3)
        what = chance.choice(["seed", "seed", "confirm", "dispute", "withdraw"])
        is_own = of is by
        raw = raw_of(chance.randint(1, 4)) if what == "seed" and is_own else None
        by.say(what, subject, raw=raw, origin=of.identity)
        said.append(Said(by.identity, len(by.events), what, of.identity, id_of(subject), raw))
    return said


def read(member: Member, peer: Peer, chance: random.Random) -> None:
    """One reading as the weather has it: a page of any size, from before or from the place."""
    fresh = Member.objects.select_related("bank").get(pk=member.pk)
    is_ahead = fresh.state == Member.State.PAUSED
    place = fresh.ahead if is_ahead else fresh.cursor
    page = peer.page(max(0, place - chance.randint(0, 3)), chance.randint(1, 6))
    if chance.random() < 0.2:  # Somebody pauses or resumes it in between.
        change = resume_member if is_ahead else pause_member
        change(member_id=member.pk, actor="system", now=NOW)
        # A page that was asked for from another place is left.
        stale = Member.objects.select_related("bank").get(pk=member.pk)
        stale.cursor = stale.ahead = 10**6
        with pytest.raises(ExchangePayloadError):
            take_page(member=stale, page=page, is_ahead=is_ahead, now=NOW)
        return
    take_page(member=fresh, page=page, is_ahead=is_ahead, now=NOW)


def bank_of(member: Member) -> dict[str, bytes]:
    """What matches of a member: id -> fingerprint, out of the tables."""
    rows = RemoteEntry.objects.filter(member=member, entry_id__isnull=False)
    found = {}
    for row in rows:
        entry = Entry.objects.get(pk=row.entry_id)
        assert entry.state == "seed"
        assert entry.box is not None
        found[row.subject] = unseal(entry.box, context=f"entry:{entry.pk}")
    living = Entry.objects.filter(bank=member.bank).exclude(state="withdrawn")
    assert set(living.values_list("pk", flat=True)) == set(rows.values_list("entry_id", flat=True))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_any_reading_ends_with_the_same_bank(seed: int, raw_of: Any) -> None:
    chance = random.Random(seed)
    peers = [Peer(name, feed=id_of(100 + n)) for n, name in enumerate(NAMES)]
    members = [peer.join(address=f"http://127.0.0.1:{8140 + n}") for n, peer in enumerate(peers)]
    said = talk(peers, chance, raw_of)
    for _ in range(40):
        n = chance.randrange(3)
        read(members[n], peers[n], chance)
    for member, peer in zip(members, peers, strict=True):
        fresh = Member.objects.select_related("bank").get(pk=member.pk)
        if fresh.state == Member.State.PAUSED:
            resume_member(member_id=member.pk, actor="system", now=NOW)
            fresh.refresh_from_db()
        take_page(member=fresh, page=peer.page(fresh.cursor), is_ahead=False, now=NOW)

    whole = Merged()
    whole.take(said)
    for member, peer in zip(members, peers, strict=True):
        assert bank_of(member) == whole.bank_of(peer.identity)
    views = {
        (row.member.identity, row.origin, row.subject): (row.seq, row.what)
        for row in Opinion.objects.select_related("member")
    }
    assert views == {key: (view.seq, view.what) for key, view in whole.views.items()}
