"""Seed, confirmed, disputed, quarantined: who may go where."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown import MatchKind
from staydown_web.banks.models import Bank, Entry, Response
from staydown_web.banks.selectors import EntryFacts, entry_facts
from staydown_web.banks.services import (
    confirm_entries,
    dispute_entries,
    doubt_seed,
    quarantine_entries,
    release_entry,
    set_policy,
    settle_entry,
    unconfirm_entries,
    withdraw_entry,
)
from staydown_web.base.errors import FieldsError, RecordConflictError

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
STRENGTH = ["log", "hold", "block"]


@pytest.fixture
def entry(add, drawn_fingerprint) -> Entry:
    return add(drawn_fingerprint(1)).entry


@pytest.mark.django_db(transaction=True)
class TestMoves:
    def test_confirming_changes_seeds_once(self, entry, now):
        assert confirm_entries(entry_ids=[entry.pk, entry.pk], actor="system", now=now) == [
            entry.pk
        ]
        assert confirm_entries(entry_ids=[entry.pk], actor="system", now=now) == []
        entry.refresh_from_db()
        assert (entry.state, entry.confirmed_at) == (Entry.State.CONFIRMED, now)

    def test_a_confirmation_can_be_taken_back(self, entry, now):
        confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
        assert unconfirm_entries(entry_ids=[entry.pk], actor="system", now=now) == 1
        entry.refresh_from_db()
        assert (entry.state, entry.confirmed_at) == (Entry.State.SEED, None)

    def test_a_withdrawn_entry_stays_withdrawn(self, entry, now):
        withdraw_entry(entry_id=entry.pk, actor="person", now=now)
        ids = [entry.pk]
        assert confirm_entries(entry_ids=ids, actor="system", now=now) == []
        assert unconfirm_entries(entry_ids=ids, actor="system", now=now) == 0
        assert dispute_entries(entry_ids=ids, actor="system", now=now) == []
        assert quarantine_entries(entry_ids=ids, actor="system", now=now) == []

    def test_an_unknown_entry_changes_nothing(self, db, now):
        assert confirm_entries(entry_ids=[uuid4()], actor="system", now=now) == []

    def test_only_seeds_are_quarantined(self, entry, now):
        confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
        assert quarantine_entries(entry_ids=[entry.pk], actor="system", now=now) == []
        assert entry_facts([entry.pk])[entry.pk].response_to(MatchKind.SAME) == Response.BLOCK

    def test_a_quarantined_seed_only_logs_until_it_is_released(self, entry, now):
        quarantine_entries(entry_ids=[entry.pk], actor="system", now=now)
        assert entry_facts([entry.pk])[entry.pk].response_to(MatchKind.SAME) == Response.LOG

        release_entry(entry_id=entry.pk, actor="system", now=now)
        assert entry_facts([entry.pk])[entry.pk].response_to(MatchKind.SAME) == Response.HOLD
        with pytest.raises(RecordConflictError):
            release_entry(entry_id=entry.pk, actor="system", now=now)

    def test_confirming_ends_a_quarantine(self, entry, now):
        quarantine_entries(entry_ids=[entry.pk], actor="system", now=now)
        confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
        assert entry_facts([entry.pk])[entry.pk].response_to(MatchKind.SAME) == Response.BLOCK

    def test_what_was_found_wrong_comes_back_as_a_seed(self, entry, now):
        confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
        dispute_entries(entry_ids=[entry.pk], actor="system", now=now)
        assert settle_entry(entry_id=entry.pk, actor="system", now=now, reason="") == "seed"

    def test_a_new_claim_ends_a_doubt_as_a_seed(self, entry, add, drawn_fingerprint, now):
        ids = [entry.pk]
        confirm_entries(entry_ids=ids, actor="system", now=now)
        dispute_entries(entry_ids=ids, actor="system", now=now, keeps_confirmation=True)
        add(drawn_fingerprint(1))
        entry.refresh_from_db()
        assert (entry.state, entry.confirmed_at) == (Entry.State.SEED, None)

    def test_only_a_seed_is_doubted_by_one_person(self, entry, now):
        confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
        with pytest.raises(RecordConflictError):
            doubt_seed(entry_id=entry.pk, actor="system", now=now, reason="")

    def test_a_quarantine_does_not_outlive_the_entry(self, entry, now):
        quarantine_entries(entry_ids=[entry.pk], actor="system", now=now)
        withdraw_entry(entry_id=entry.pk, actor="person", now=now)
        entry.refresh_from_db()
        assert entry.quarantined_at is None

    def test_the_policy_of_a_bank_can_be_changed(self, entry, bank, now):
        confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
        set_policy(bank=bank, actor="system", now=now, on_same="log", is_active=False)
        facts = entry_facts([entry.pk])[entry.pk]
        assert facts.response_to(MatchKind.SAME) == Response.LOG
        assert not facts.counts(now)

    @pytest.mark.parametrize("change", [{"on_same": "burn"}, {"name": "x"}, {"is_active": "no"}])
    def test_a_policy_that_makes_no_sense_is_refused(self, bank, now, change):
        with pytest.raises(FieldsError):
            set_policy(bank=bank, actor="system", now=now, **change)


def facts_of(state: str, policy: dict[str, str], *, quarantined: bool) -> EntryFacts:

    return EntryFacts(
        entry_id=uuid4(),
        bank_id=uuid4(),
        bank="reported",
        state=state,
        is_lawful=False,
        is_active=True,
        policy=policy,
        is_quarantined=quarantined,
        account_scope="",
        claimed_at=NOW,
        created_at=NOW,
        expires_at=None,
    )


policies = st.fixed_dictionaries({str(kind): st.sampled_from(STRENGTH) for kind in MatchKind})


@given(
    policy=policies,
    kind=st.sampled_from(list(MatchKind)),
    state=st.sampled_from(["seed", "confirmed", "disputed"]),
    quarantined=st.booleans(),
)
def test_no_answer_is_stricter_than_the_policy_and_no_seed_blocks(policy, kind, state, quarantined):
    response = facts_of(state, policy, quarantined=quarantined).response_to(kind)

    assert STRENGTH.index(response) <= STRENGTH.index(policy[str(kind)])
    if state != "confirmed":
        assert response != Response.BLOCK
    if quarantined or state == "disputed":
        assert response == Response.LOG
    if state == "confirmed" and not quarantined:
        assert response == policy[str(kind)]


def test_the_usual_policy_blocks_the_same_and_holds_parts(bank: Bank):
    assert (bank.on_identical, bank.on_same, bank.on_part, bank.on_altered) == (
        "block",
        "block",
        "hold",
        "log",
    )
