"""What a check answers, and what is stored of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from staydown import Evidence, Match, MatchKind
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import (
    add_lawful_entry,
    dispute_entries,
    quarantine_entries,
    set_policy,
    withdraw_entry,
)
from staydown_web.base.errors import FieldsError, IdempotencyError
from staydown_web.base.sealing import unseal
from staydown_web.screening.models import Copy, Hit, RememberedCheck, Verdict
from staydown_web.screening.services import account_blind, forget_answers, mark_copies
from staydown_web.screening.services.checking import QUANTUM_S, wait_for_step

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def picture(drawn_fingerprint):
    return drawn_fingerprint(1)


@pytest.fixture
def altered(monkeypatch):
    """``altered(entry, …)`` makes the matcher say that the upload is an altered copy of it."""

    def matched(*entries: Entry, kind: MatchKind = MatchKind.ALTERED) -> None:
        rows = [Match(str(e.pk), kind, 0.9, Evidence(reason="")) for e in entries]
        monkeypatch.setattr(
            "staydown_web.screening.services.checking.match_entries", lambda _: rows
        )

    return matched


def test_a_miss_is_clear_and_reads_and_writes_nothing(ask, picture, django_assert_num_queries, db):
    ask(picture)  # maps the bank
    with django_assert_num_queries(0):
        assert ask(picture).verdict == Verdict.CLEAR
    assert not Copy.objects.exists()


def test_a_seed_holds(ask, seed, picture):
    entry = seed(picture)
    outcome = ask(picture, content_ref="post-7", url="http://127.0.0.1:8161/m/7", account="ann")

    assert outcome.verdict == Verdict.HOLD
    copy = Copy.objects.get(check_id=outcome.check_id)
    assert (copy.state, copy.verdict, copy.content_ref) == ("held", "hold", "post-7")
    assert unseal(copy.url_box, context=f"copy:{copy.pk}") == b"http://127.0.0.1:8161/m/7"
    assert "ann" not in copy.account_blind
    hit = copy.hits.get()
    assert (hit.entry_id, hit.kind, hit.response) == (entry.pk, "same", "hold")
    event = Event.objects.get(what="copy_held")
    assert event.facts == {"entries": [str(entry.pk)]}
    assert event.subject == f"copy:{copy.pk}"


def test_a_confirmed_entry_blocks(ask, confirmed, picture):
    confirmed(picture)
    assert ask(picture).verdict == Verdict.BLOCK
    assert Copy.objects.get().state == Copy.State.BLOCKED
    assert Event.objects.filter(what="copy_blocked").count() == 1


def test_many_seeds_still_only_hold(ask, seed, drawn_fingerprint):
    base = drawn_fingerprint(1).signals[0].raw
    for n in range(12):
        bits = bytes([base[0] ^ n]) + base[1:]
        seed(Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, bits.hex(), 100),)))

    assert ask(drawn_fingerprint(1)).verdict == Verdict.HOLD
    assert Hit.objects.count() == 12


def test_disputed_quarantined_withdrawn_and_expired_entries_stop_nothing(
    ask, seed, drawn_fingerprint, now
):
    pictures = [drawn_fingerprint(n) for n in range(4)]
    disputed, quarantined, withdrawn = (seed(p) for p in pictures[:3])
    seed(pictures[3], expires_at=now)
    dispute_entries(entry_ids=[disputed.pk], actor="system", now=now)
    quarantine_entries(entry_ids=[quarantined.pk], actor="system", now=now)
    withdraw_entry(entry_id=withdrawn.pk, actor="person", now=now)

    assert {ask(p).verdict for p in pictures} == {Verdict.CLEAR}
    assert set(Hit.objects.values_list("response", flat=True)) == {"log"}
    assert Hit.objects.count() == 2


def test_a_change_of_policy_is_felt_by_the_next_check(ask, confirmed, picture, bank, now):
    confirmed(picture)
    assert ask(picture).verdict == Verdict.BLOCK
    set_policy(bank=bank, actor="system", now=now, on_same="hold")
    assert ask(picture).verdict == Verdict.HOLD
    set_policy(bank=bank, actor="system", now=now, is_active=False)
    assert ask(picture).verdict == Verdict.CLEAR


def test_callers_without_detail_are_told_the_verdict_alone(ask, seed, picture, trusted):
    seed(picture)
    assert ask(picture).matches == ()
    (match,) = ask(picture, caller=trusted).matches
    assert match["kind"] == "same"
    assert match["response"] == "hold"
    assert match["evidence"]["distance"] == 0


def test_an_altered_copy_never_changes_the_verdict_of_a_low_trust_caller(
    ask, confirmed, picture, altered, trusted, bank, now
):
    set_policy(bank=bank, actor="system", now=now, on_altered="block")
    altered(confirmed(picture))

    outcome = ask(picture)
    assert (outcome.verdict, outcome.matches) == (Verdict.CLEAR, ())
    assert ask(picture, caller=trusted, content_ref="x").verdict == Verdict.BLOCK


def test_an_altered_copy_goes_to_a_person_all_the_same(ask, confirmed, picture, altered):
    from staydown_web.screening.selectors import copies_waiting

    altered(confirmed(picture))
    ask(picture, content_ref="7")

    (copy,) = copies_waiting()
    assert (copy.state, copy.content_ref) == ("seen", "7")
    assert copy.hits.get().kind == "altered"
    assert not Event.objects.filter(what__startswith="copy_").exists()


def test_a_stored_altered_copy_cannot_be_found_by_its_check(
    ask, confirmed, picture, altered, platform
):
    from staydown_web.base.errors import RecordNotFoundError
    from staydown_web.screening.selectors import check_named

    altered(confirmed(picture))
    outcome = ask(picture)
    with pytest.raises(RecordNotFoundError):
        check_named(platform_id=platform.pk, check_id=outcome.check_id, sees_details=False)
    stored = Copy.objects.get()
    assert check_named(platform_id=platform.pk, check_id=stored.check_id, sees_details=True)


@pytest.mark.parametrize("spent", [0.0, 0.001, 0.049, 0.05, 0.051, 0.12])
def test_clear_answers_come_at_whole_steps(spent):
    slept = []
    wait_for_step(10.0, clock=lambda: 10.0 + spent, sleep=slept.append)
    total = spent + slept[0]
    assert total / QUANTUM_S == pytest.approx(round(total / QUANTUM_S))
    assert 0 < slept[0] <= QUANTUM_S + 1e-9


def test_identical_uploads_join_one_copy(ask, confirmed, picture, now):
    confirmed(picture)
    first, second = ask(picture), ask(picture, now=now + timedelta(minutes=1))

    assert first.check_id == second.check_id
    copy = Copy.objects.get()
    assert copy.repeats == 1
    assert Event.objects.filter(what="copy_blocked").count() == 1


def test_the_same_content_of_another_reference_is_a_copy_of_the_same_group(ask, seed, picture):
    seed(picture)
    ask(picture, content_ref="1")
    ask(picture, content_ref="2")
    groups = Copy.objects.values_list("group", flat=True)
    assert len(groups) == 2
    assert len(set(groups)) == 1


def test_what_was_decided_is_not_joined(ask, seed, picture, now):
    seed(picture)
    first = ask(picture)
    mark_copies(copy_ids=[Copy.objects.get().pk], state=Copy.State.RESTORED, now=now)

    second = ask(picture)

    assert first.check_id != second.check_id
    assert sorted(Copy.objects.values_list("state", flat=True)) == ["held", "restored"]


def test_a_held_copy_and_a_later_block_are_two(ask, seed, picture, now):
    from staydown_web.banks.services import confirm_entries

    entry = seed(picture)
    ask(picture)
    confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
    assert ask(picture).verdict == Verdict.BLOCK
    assert sorted(Copy.objects.values_list("state", flat=True)) == ["blocked", "held"]


def test_marking_copies_is_conditional(ask, seed, picture, now):
    seed(picture)
    copy = ask(picture).copy
    ids = [copy.pk, uuid4()]
    assert mark_copies(copy_ids=ids, state=Copy.State.REMOVED, now=now) == 1
    assert mark_copies(copy_ids=ids, state=Copy.State.REMOVED, now=now) == 0
    assert mark_copies(copy_ids=ids, state=Copy.State.GONE, now=now) == 1
    assert mark_copies(copy_ids=ids, state=Copy.State.HELD, now=now) == 0


class TestLawfulUse:
    @pytest.fixture
    def licence(self, lawful_bank, platform, picture, lead, admin):
        from staydown_web.accounts.services import ask_approval, grant_approval

        def made(now, **more):
            asked = ask_approval(what="lawful_entry", facts={}, reason="r", user=lead, now=now)
            return add_lawful_entry(
                approval=grant_approval(approval_id=asked.pk, user=admin, now=now),
                now=now,
                **{
                    "bank": lawful_bank,
                    "fingerprint": picture,
                    "account_scope": account_blind(platform.pk, "performer"),
                    "expires_at": now + timedelta(days=30),
                    "actor": "system",
                }
                | more,
            ).entry

        return made

    def test_a_licensed_account_may_show_it_and_nobody_else(
        self, ask, confirmed, picture, licence, now
    ):
        confirmed(picture)
        licence(now + timedelta(minutes=1))

        assert ask(picture, account="performer").verdict == Verdict.CLEAR
        assert ask(picture, account="somebody").verdict == Verdict.BLOCK
        assert ask(picture).verdict == Verdict.BLOCK

    def test_a_licence_ends(self, ask, confirmed, picture, licence, now):
        confirmed(picture)
        licence(now + timedelta(minutes=1), expires_at=now + timedelta(days=1))
        later = now + timedelta(days=2)
        assert ask(picture, account="performer", now=later).verdict == Verdict.BLOCK

    def test_a_licence_never_defeats_a_later_notice(self, ask, seed, picture, licence, now):
        licence(now)
        seed(picture, now=now + timedelta(days=1))
        assert ask(picture, account="performer").verdict == Verdict.HOLD

    def test_a_later_claim_on_an_old_entry_counts_as_later(self, ask, seed, picture, licence, now):
        seed(picture)
        licence(now + timedelta(hours=1))
        assert ask(picture, account="performer").verdict == Verdict.CLEAR
        seed(picture, now=now + timedelta(hours=2))
        assert ask(picture, account="performer").verdict == Verdict.HOLD

    def test_a_lawful_entry_alone_says_nothing(self, ask, picture, licence, now):
        licence(now)
        assert ask(picture).verdict == Verdict.CLEAR
        assert not Copy.objects.exists()

    def test_an_account_of_another_platform_is_another(self, platform, other_platform):
        assert account_blind(platform.pk, "a") != account_blind(other_platform.pk, "a")
        assert account_blind(platform.pk, "") == ""


class TestIdempotency:
    def test_the_same_key_and_request_give_the_same_answer(self, ask, seed, picture, now):
        entry = seed(picture)
        first = ask(picture, idempotency_key="k1", content_ref="7")
        withdraw_entry(entry_id=entry.pk, actor="person", now=now)

        again = ask(picture, idempotency_key="k1", content_ref="7")

        assert (again.verdict, again.check_id) == (first.verdict, first.check_id)
        assert Copy.objects.count() == 1

    @pytest.mark.parametrize("other", [{"content_ref": "8"}, {"account": "a"}, {"url": "http://x"}])
    def test_another_request_under_the_same_key_is_refused(self, ask, seed, picture, other):
        seed(picture)
        ask(picture, idempotency_key="k1")
        with pytest.raises(IdempotencyError):
            ask(picture, idempotency_key="k1", **other)

    def test_the_keys_of_two_callers_are_two(self, ask, seed, picture, trusted):
        seed(picture)
        ask(picture, idempotency_key="k1")
        assert ask(picture, idempotency_key="k1", caller=trusted).matches
        assert RememberedCheck.objects.count() == 2

    def test_neither_key_nor_request_is_readable(self, ask, seed, picture):
        seed(picture)
        ask(picture, idempotency_key="my-secret-key")
        row = RememberedCheck.objects.get()
        assert "my-secret" not in str(vars(row))
        assert picture.signals[0].value not in str(vars(row))

    def test_answers_are_forgotten_after_a_day(self, ask, seed, picture, now):
        seed(picture)
        ask(picture, idempotency_key="k1")
        assert forget_answers(now=now + timedelta(hours=23)) == 0
        assert forget_answers(now=now + timedelta(hours=25)) == 1


@pytest.mark.parametrize("name", ["content_ref", "url", "account", "idempotency_key"])
def test_texts_that_are_too_long_are_refused(ask, picture, name):
    with pytest.raises(FieldsError):
        ask(picture, **{name: "x" * 2001})
