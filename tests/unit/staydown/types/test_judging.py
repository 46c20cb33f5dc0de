"""One way of judging for the hub and its edge replicas."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown.types import Evidence, Match, MatchKind
from staydown.types.judging import (
    CONFIRMED,
    DISPUTED,
    SEED,
    Response,
    Verdict,
    account_digest,
    counts,
    response_to,
    verdict_of,
    weigh,
)

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
BLOCKS = dict.fromkeys(("identical", "same", "part", "altered"), "block")


@dataclass(frozen=True)
class Facts:
    state: str = CONFIRMED
    is_lawful: bool = False
    is_active: bool = True
    is_quarantined: bool = False
    account_scope: str = ""
    claimed_at: datetime = NOW
    created_at: datetime = NOW
    expires_at: datetime | None = None
    policy: dict[str, str] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.policy is None:
            object.__setattr__(self, "policy", BLOCKS)


def match(kind: MatchKind = MatchKind.SAME) -> Match:
    return Match("entry", kind, 1.0, Evidence(reason="a test"))


def verdict(*pairs: tuple[Match, Facts], account: str = "", sees_details: bool = True) -> str:
    weighed = weigh(pairs, account=account, sees_details=sees_details, now=NOW)
    return str(verdict_of([w.response for w in weighed if w.speaks]))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (Facts(), "block"),
        (Facts(state=SEED), "hold"),
        (Facts(state=DISPUTED), "clear"),
        (Facts(is_quarantined=True), "clear"),
        (Facts(is_active=False), "clear"),
        (Facts(expires_at=NOW), "clear"),
        (Facts(expires_at=NOW + timedelta(seconds=1)), "block"),
        (Facts(policy={**BLOCKS, "same": "log"}), "clear"),
        (Facts(policy={**BLOCKS, "same": "hold"}), "hold"),
    ],
)
def test_what_an_entry_is_worth(facts: Facts, said: str) -> None:
    assert verdict((match(), facts)) == said


def test_altered_copies_are_heard_by_those_who_see_details_alone() -> None:
    pair = (match(MatchKind.ALTERED), Facts())
    assert verdict(pair) == "block"
    assert verdict(pair, sees_details=False) == "clear"


def test_a_lawful_entry_speaks_for_its_account_and_for_earlier_claims_alone() -> None:
    scope = account_digest(b"k" * 32, "performer")
    lawful = Facts(is_lawful=True, account_scope=scope, created_at=NOW)
    earlier = Facts(claimed_at=NOW - timedelta(days=1))
    pairs = ((match(), earlier), (match(), lawful))
    assert verdict(*pairs, account=scope) == "clear"
    assert verdict(*pairs) == "block"
    assert verdict(*pairs, account=account_digest(b"k" * 32, "other")) == "block"
    later = Facts(claimed_at=NOW + timedelta(days=1))
    assert verdict((match(), later), (match(), lawful), account=scope) == "block"
    part = (match(MatchKind.PART), lawful)
    assert verdict((match(), earlier), part, account=scope) == "block"


def test_digests_of_accounts_tell_platforms_apart_and_nothing_of_no_account() -> None:
    assert account_digest(b"a" * 32, "") == ""
    assert account_digest(b"a" * 32, "ann") != account_digest(b"b" * 32, "ann")
    assert len(account_digest(b"a" * 32, "ann")) == 64


@given(st.lists(st.sampled_from(list(Response))))
def test_the_strictest_answer_wins(responses: list[Response]) -> None:
    order = list(Response)
    strictest = max((order.index(r) for r in responses), default=0)
    assert verdict_of(responses) == list(Verdict)[strictest]


@given(st.sampled_from((SEED, CONFIRMED, DISPUTED)), st.sampled_from(list(MatchKind)))
def test_only_what_a_person_confirmed_ever_blocks(state: str, kind: MatchKind) -> None:
    facts = Facts(state=state)
    assert counts(facts, NOW)
    assert (response_to(facts, kind) == Response.BLOCK) == (state == CONFIRMED)
