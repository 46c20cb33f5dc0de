"""A case's whole life, in any order: no state that may not be, and no change without its event."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from case_world import the_same_ids_every_time
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.accounts.models import Platform
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.base.errors import CaseNotOpenedError, RecordConflictError
from staydown_web.cases.forms import Answers, FiledFile, Filing
from staydown_web.cases.models import Case, Claim, Clock, Item
from staydown_web.cases.services import (
    add_to_case,
    ask_withdrawal,
    cancel_withdrawal,
    close_for_minor,
    derive_state,
    file_case,
    open_case,
    send_message,
    settle_item,
)
from staydown_web.cases.services.veiling import taken_back_until
from staydown_web.cases.tasks import carry_out_due_withdrawals, end_threatened, erase_old
from staydown_web.regimes.selectors import regime

START = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
ENDED = {"withdrawn", "closed"}
NEXT: dict[str, set[str]] = {
    "needs_information": {"needs_information", "valid", "in_review", "decided", *ENDED},
    "valid": {"valid", "in_review", "decided", *ENDED},
    "in_review": {"in_review", "decided", "valid", "needs_information", *ENDED},
    "decided": {"decided", "in_review", "valid", "needs_information", *ENDED},
    "closed": {"closed", "withdrawn"},
    "withdrawn": {"withdrawn", "closed"},
}
"""State -> the states that may follow. Only a minor's case closes after it was taken back."""
EVENT_OF = {"withdrawn": "case_withdrawn", "removed": "item_settled", "kept": "item_settled"}


def drawn(seed: int) -> FiledFile:
    bits = f"{seed:02x}5a" * 16
    return FiledFile(Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, bits, 100),)), "x.jpg")


class Life(RuleBasedStateMachine):
    """Two people with the same picture, and everything that can happen to their cases."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.phrases: dict[Any, list[str]] = {}
        self.states: dict[Any, str] = {}
        self.clocks: dict[Any, datetime] = {}

    @initialize(way=st.sampled_from(["published", "threatened"]), mode=st.booleans())
    def two_file(self, way: str, mode: bool) -> None:
        platform = Platform.objects.create(
            name="P",
            slug=f"p-{Platform.objects.count()}",
            public_url="http://forum.example",
            regimes=["us-tida"],
            created_at=START,
        )
        for number in (1, 2):
            is_signed = number == 1
            filing = Filing(
                way=way,
                acts_as="self",
                is_adult_in_picture=True,
                language="en",
                regimes=["platform-terms"] if way == "threatened" else ["us-tida"],
                urls=[] if way == "threatened" else ["http://forum.example/1"],
                files=[drawn(1)],
                answers=Answers(
                    signature="Ada" if is_signed else "",
                    is_good_faith=True,
                    email=f"a{number}@mail.example",
                ),
                withdrawal_mode="cooling" if mode else "immediate",
                safe_contact="friend@mail.example" if mode else "",
                platform=platform,
            )
            made = file_case(filing=filing, now=self.now)
            self.phrases[made.case.pk] = [made.phrase]
            self.states[made.case.pk] = Case.objects.get(pk=made.case.pk).state

    def case(self, data: st.DataObject) -> Case:
        # In order of filing: a random number's order would draw another case in every run.
        return Case.objects.get(pk=data.draw(st.sampled_from(list(self.phrases))))

    def item(self, data: st.DataObject) -> Item:
        items = [
            item
            for pk in self.phrases
            for item in Item.objects.filter(case_id=pk).order_by("position")
        ]
        return data.draw(st.sampled_from(items))

    @rule(hours=st.integers(0, 24 * 40))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(data=st.data())
    def she_signs(self, data: st.DataObject) -> None:
        case = self.case(data)
        try:
            add_to_case(case=case, answers=Answers(signature="Ada"), now=self.now)
        except RecordConflictError:
            assert case.state in ENDED or case.withdrawal_due_at

    @rule(data=st.data(), seed=st.integers(1, 3))
    def she_adds(self, data: st.DataObject, seed: int) -> None:
        case = self.case(data)
        try:
            add_to_case(
                case=case,
                files=[drawn(seed)],
                urls=[f"http://forum.example/{seed}"],
                now=self.now,
            )
        except RecordConflictError:
            assert case.state in ENDED or case.withdrawal_due_at

    @rule(data=st.data(), state=st.sampled_from(["received", "in_review", "removed", "kept"]))
    def an_item_is_settled(self, data: st.DataObject, state: str) -> None:
        item = self.item(data)
        before = Event.objects.filter(what="item_settled").count()
        was, changed = item.state, settle_item(item=item, state=state, actor="system", now=self.now)
        assert Event.objects.filter(what="item_settled").count() - before == changed
        assert not (was == "withdrawn" and changed)

    @rule(data=st.data())
    def she_takes_it_back(self, data: st.DataObject) -> None:
        case = self.case(data)
        may = case.state != "withdrawn" and case.withdrawal_due_at is None
        may = may and case.closed_for != "minor"  # of such a case nothing is left
        try:
            ask_withdrawal(case=case, now=self.now)
        except RecordConflictError:
            assert not may
        else:
            assert may

    @rule(data=st.data())
    def it_is_stopped(self, data: st.DataObject) -> None:
        case = self.case(data)
        may = case.withdrawal_due_at is not None and case.withdrawal_due_at > self.now
        try:
            phrase = cancel_withdrawal(case=case, now=self.now)
        except RecordConflictError:
            assert not may
        else:
            assert may
            self.phrases[case.pk].append(phrase)

    @rule(data=st.data())
    def she_opens_it(self, data: st.DataObject) -> None:
        case = self.case(data)
        try:
            opened = open_case(number=case.number, phrase=self.phrases[case.pk][-1], now=self.now)
        except CaseNotOpenedError:
            until = taken_back_until(case, is_unveiled=True)
            assert case.phrase_hash == "" or (until is not None and until <= self.now)
        else:
            assert opened.is_unveiled

    @rule(data=st.data())
    def somebody_writes(self, data: st.DataObject) -> None:
        case = self.case(data)
        try:
            send_message(case=case, sender="staff", text="Hello.", now=self.now)
        except RecordConflictError:
            assert case.state in ENDED or case.erased_at

    @rule()
    def the_worker_runs(self) -> None:
        for job in (carry_out_due_withdrawals, end_threatened, erase_old):
            job(self.now)

    @precondition(lambda self: self.now > START + timedelta(days=3))
    @rule(data=st.data(), chance=st.integers(0, 5))
    def a_minor_is_shown(self, data: st.DataObject, chance: int) -> None:
        if chance == 0:
            case = self.case(data)
            try:
                close_for_minor(case=case, actor="system", now=self.now)
            except RecordConflictError:
                assert case.closed_for == "minor"  # before; her words open a page of links

    @invariant()
    def states_are_those_that_may_follow(self) -> None:
        for pk, before in self.states.items():
            case = Case.objects.get(pk=pk)
            assert case.state in NEXT[before], f"{before} -> {case.state}"
            if case.state != before and case.state in EVENT_OF:
                assert Event.objects.filter(case_id=pk, what=EVENT_OF[case.state]).exists()
            if before == "withdrawn" and case.state == "closed":
                assert Event.objects.filter(case_id=pk, what="minor_closed").exists()
            if case.state not in ENDED:
                items = list(case.items.values_list("state", flat=True))
                is_valid = case.valid_at is not None
                assert case.state == derive_state(is_valid=is_valid, item_states=items)
            self.states[pk] = case.state

    @invariant()
    def a_clock_never_moves_and_counts_as_its_law_says(self) -> None:
        # What is added once all is settled has a clock of its own, from then on.
        for clock in Clock.objects.select_related("notice"):
            assert self.clocks.setdefault(clock.pk, clock.due_at) == clock.due_at
            length = regime(clock.notice.regime).clock.length
            assert length is not None
            assert clock.due_at == clock.began_at + length
        for case in Case.objects.all():
            running = Clock.objects.filter(notice__case=case, ended_at=None, paused_at=None)
            assert case.due_at == min((clock.due_at for clock in running), default=None)
            for notice in case.notices.exclude(due_at=None):
                first = notice.clocks.order_by("began_at").first()
                assert first is not None
                assert first.began_at == notice.valid_at

    @invariant()
    def an_entry_lives_exactly_while_somebody_claims_it(self) -> None:
        for entry in Entry.objects.all():
            is_claimed = Claim.objects.filter(entry=entry, ended_at=None).exists()
            assert (entry.state != Entry.State.WITHDRAWN) == is_claimed
            assert (entry.box is not None) == is_claimed

    @invariant()
    def nothing_is_claimed_without_a_valid_notice(self) -> None:
        claimed = Claim.objects.filter(ended_at=None, item__case__valid_at=None)
        assert not claimed.exists()

    @invariant()
    def who_took_it_back_claims_nothing(self) -> None:
        ended = Claim.objects.filter(ended_at=None, item__case__state=Case.State.WITHDRAWN)
        assert not ended.exists()

    @invariant()
    def events_of_a_case_begin_with_its_filing(self) -> None:
        for pk in self.phrases:
            first = Event.objects.filter(case_id=pk).order_by("seq").first()
            assert first is not None


class RolledBack(Life):
    """Each run in a transaction of its own, so that none sees another's rows."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._stack.enter_context(the_same_ids_every_time())
        self._stack.enter_context(transaction.atomic())
        super().__init__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._stack.close()


@pytest.mark.django_db
def test_no_order_of_events_breaks_a_case() -> None:
    run_state_machine_as_test(
        RolledBack,
        settings=hypothesis_settings(max_examples=25, stateful_step_count=25, deadline=None),
    )
