"""The edge says what the hub says: over many entries, banks, kinds of copies and accounts."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.accounts.models import Platform
from staydown_web.accounts.services import Caller
from staydown_web.banks.models import Bank, Entry, EntryChange, Response
from staydown_web.banks.services import add_entry, set_policy, take_in_entries, withdraw_entry
from staydown_web.replicas.models import Replica
from staydown_web.screening.services import account_blind, check

pytestmark = pytest.mark.django_db(transaction=True)
ACCOUNTS = ("", "performer", "somebody")
KINDS = ("on_identical", "on_same", "on_part", "on_altered")
ENTRIES, QUERIES = 160, 400


def print_of(bits: int, digest: int, *, with_digest: bool) -> Fingerprint:
    """A photo known by a ``pdq``, and perhaps by the digest of its bytes."""
    signals = [Signal(SignalType.PDQ, f"{bits:064x}", 100)]
    if with_digest:
        signals.insert(0, Signal(SignalType.SHA256, f"{digest:064x}"))
    return Fingerprint(ContentKind.PHOTO, tuple(signals))


@pytest.fixture
def banks(bank: Bank, lawful_bank: Bank, moment: Any) -> list[Bank]:
    """Banks with every policy, a lawful one, and one that does not count."""
    rng = random.Random(3)
    made = [bank]
    for n in range(4):
        one = Bank.objects.create(slug=f"b{n}", name=f"B{n}", created_at=moment)
        policy = {kind: rng.choice(Response.values) for kind in KINDS}
        made.append(set_policy(bank=one, actor="system", now=moment, **policy))
    set_policy(bank=made[-1], actor="system", now=moment, is_active=False)
    return [*made, lawful_bank]


@pytest.fixture
def bits(banks: list[Bank], platform: Platform, moment: Any) -> list[int]:
    """Entries in every state, and the ``pdq`` of each."""
    rng = random.Random(4)
    used = []
    for n in range(ENTRIES):
        one, found = rng.getrandbits(256), rng.choice(banks)
        made = print_of(one, n, with_digest=rng.random() < 0.4)
        taken = take_in_entries(
            bank=banks[0], raws=[made.to_bytes()], origin="import", actor="system", now=moment
        )
        change_entry(taken[0].entry_id, found, platform, rng, moment)
        used.append(one)
    return used


def change_entry(entry_id: Any, bank: Bank, platform: Platform, rng: Any, now: Any) -> None:
    """Into some bank and state, as services of other rooms bring entries there."""
    days = timedelta(days=1)
    is_lawful = bank.kind == Bank.Kind.LAWFUL
    Entry.objects.filter(pk=entry_id).update(
        bank=bank,
        batch=None,
        state=Entry.State.CONFIRMED if is_lawful else rng.choice(["seed", "confirmed", "disputed"]),
        quarantined_at=now if rng.random() < 0.15 else None,
        is_exact_only=False,
        expires_at=rng.choice([None, None, now - days, now + days]),
        account_scope=account_blind(platform.pk, "performer") if is_lawful else "",
        claimed_at=now + rng.choice([-days, days]),
        created_at=now,
    )
    EntryChange.objects.create(
        entry_id=entry_id, bank=bank, what=EntryChange.What.ADDED, at=now, actor="system"
    )


def near(bits: int, rng: random.Random) -> int:
    """Some bits away."""
    for place in rng.sample(range(256), rng.choice([0, 4, 12, 24, 30])):
        bits ^= 1 << place
    return bits


@pytest.mark.parametrize("sees_details", [True, False])
def test_the_edge_says_what_the_hub_says(
    site: Callable[..., Any],
    bits: list[int],
    banks: list[Bank],
    platform: Platform,
    moment: Any,
    sees_details: bool,
) -> None:
    one = site(banks=banks, sees_details=sees_details).start().follow()
    replica = Replica.objects.get()
    scopes = frozenset(("check", *(("match:detail",) if sees_details else ())))
    caller = Caller(platform.pk, replica.api_key_id, scopes)
    rng = random.Random(5)
    seen = set()
    for n in range(QUERIES):
        of = rng.randrange(ENTRIES)
        made = print_of(near(bits[of], rng), of, with_digest=rng.random() < 0.4)
        account = rng.choice(ACCOUNTS)
        here = one.edge.check(made, account=account)
        there = check(caller=caller, fingerprint=made, account=account, is_paced=False, now=moment)
        assert str(here.verdict) == str(there.verdict), n
        assert list(here.matches or ()) == list(there.matches), n
        seen.add((str(here.verdict), bool(here.matches), account))
    assert {verdict for verdict, _, _ in seen} == {"clear", "hold", "block"}


def test_what_stands_for_its_bytes_alone_does_so_at_the_edge(
    site: Callable[..., Any], bank: Bank, moment: Any
) -> None:
    plain = Fingerprint(
        ContentKind.PHOTO,
        (Signal(SignalType.SHA256, "ab" * 32), Signal(SignalType.PDQ, "00" * 32, 5)),
    )
    given = {"bank": bank, "origin": Entry.Origin.NOTICE, "actor": "person", "now": moment}
    entry = add_entry(fingerprint=plain, **given).entry
    assert entry.is_exact_only
    one = site().start().follow()
    alike = Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, "00" * 32, 100),))
    assert one.edge.check(alike).verdict == "clear"
    assert one.edge.check(plain).verdict == "hold"
    withdraw_entry(entry_id=entry.pk, actor="person", now=moment, reason="she asked")
    one.keeper.step()
    assert one.edge.check(plain).verdict == "clear"


def test_complete_fingerprints_match_at_the_edge_as_at_the_hub(
    site: Callable[..., Any],
    demo_fingerprint: Callable[[str], Fingerprint],
    confirmed: Callable[..., Entry],
    platform: Platform,
    moment: Any,
) -> None:
    for name in ("bridge.jpg", "citrus.jpg"):
        confirmed(demo_fingerprint(name))
    one = site().start().follow()
    key_id = Replica.objects.get().api_key_id
    caller = Caller(platform.pk, key_id, frozenset(("check", "match:detail")))
    for name in ("bridge.jpg", "citrus.jpg", "coffee.jpg"):
        whole = demo_fingerprint(name)
        parts = [whole, Fingerprint(whole.kind, (whole.get(SignalType.WINDOWS),))]
        for made in parts:
            there = check(caller=caller, fingerprint=made, is_paced=False, now=moment)
            here = one.edge.check(made)
            assert (str(here.verdict), here.matches) == (str(there.verdict), there.matches)
