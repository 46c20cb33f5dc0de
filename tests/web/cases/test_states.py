"""Case, time limit, decision, complaint, withdrawal in any order; jobs that run twice or die.

Whatever happens: no state that may not be, every change told by the audit once, and every letter
that is due sent once. A fixed tenth of the search runs here; ``make torture`` does the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from audit_replay import wrong_histories
from case_world import (
    JOBS,
    LAWS,
    SITE,
    WAITS,
    World,
    drawn,
    laws_that_pause,
    letters_sent,
    the_same_ids_every_time,
    wrong_batches,
    wrong_letters,
)
from staydown_web.actions.services import answer_order
from staydown_web.audit.services import verify_chain
from staydown_web.base.errors import NotAllowedError, RecordError
from staydown_web.cases.models import Case, Clock, Item, Letter, Location, Notice, StaffLetter
from staydown_web.cases.selectors import clocks_of
from staydown_web.cases.services import (
    add_to_case,
    ask_withdrawal,
    cancel_withdrawal,
    close_for_minor,
    pause_clock,
    resume_clock,
    send_message,
    settle_location,
)
from staydown_web.cases.services.clock_warnings import BATCH
from staydown_web.cases.services.letters import LEASE
from staydown_web.review import services as review
from staydown_web.review.models import Complaint, Decision, Task
from staydown_web.review.selectors.queue import waiting_tasks

START = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
REFUSALS = (RecordError, NotAllowedError)
STEPS = [
    *(timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=20), timedelta(hours=1)),
    *(timedelta(hours=5), timedelta(hours=11), timedelta(hours=25), timedelta(days=8)),
]


class States(RuleBasedStateMachine):
    """Everything that people, the site, the worker and the machine's clock can do."""

    was_set_back = False

    @initialize(laws=st.sampled_from(LAWS), is_slow=st.booleans())
    def somebody_files(self, laws: list[str], is_slow: bool) -> None:
        self.world = World(START)
        self.world.file(laws=laws, is_signed=True, is_slow=is_slow, seed=1)

    def case(self, data: st.DataObject) -> Case:
        return self._one(data, Case.objects.order_by("filed_at", "number"))

    def _one(self, data: st.DataObject, rows: Any) -> Any:
        found = list(rows)
        return found[data.draw(st.integers(0, len(found) - 1))] if found else None

    def _try(self, act: Any, **values: Any) -> Any:
        """Do it, or be told why not: nothing else may come of it."""
        try:
            with transaction.atomic():
                return act(**values, now=self.world.now)
        except REFUSALS:
            return None

    @rule(laws=st.sampled_from(LAWS), is_signed=st.booleans(), seed=st.integers(1, 2))
    def another_files(self, laws: list[str], is_signed: bool, seed: int) -> None:
        if Case.objects.count() < 4:
            self.world.file(laws=laws, is_signed=is_signed, is_slow=False, seed=seed)

    @rule(data=st.data())
    def she_completes(self, data: st.DataObject) -> None:
        answers = self.world.answers(is_signed=True)
        self._try(add_to_case, case=self.case(data), answers=answers)

    @rule(data=st.data(), seed=st.integers(3, 5))
    def she_adds(self, data: st.DataObject, seed: int) -> None:
        urls = [f"{SITE}/{seed}"]
        self._try(add_to_case, case=self.case(data), urls=urls, files=[drawn(seed)])

    @rule(data=st.data(), sender=st.sampled_from(["person", "staff"]))
    def somebody_writes(self, data: st.DataObject, sender: str) -> None:
        self._try(send_message, case=self.case(data), sender=sender, text="Hello.")

    @rule(data=st.data(), state=st.sampled_from(["found", "not_found", "unreachable"]))
    def the_site_is_looked_at(self, data: st.DataObject, state: str) -> None:
        living = Case.objects.exclude(state__in=["withdrawn", "closed"])
        new = Location.objects.filter(state="new", case__in=living, case__valid_at__isnull=False)
        place = self._one(data, new.order_by("added_at", "position"))
        if place is not None and state == "found":
            self.world.find(place)
        elif place is not None:
            settle_location(location=place, state=state, now=self.world.now)

    @rule(data=st.data(), outcome=st.sampled_from(["remove", "remove", "hold", "restore"]))
    def a_reviewer_decides(self, data: st.DataObject, outcome: str) -> None:
        self.world.run("take_in")
        task = self._one(data, Task.objects.order_by("made_at", "number"))
        if task is not None:
            grounds = ["not_intimate"] if outcome == "restore" else ["us-tida"]
            user = self.world.reviewers[data.draw(st.integers(0, 1))]
            decided = {"outcome": outcome, "grounds": grounds, "facts": "Seen.", "user": user}
            self._try(review.decide, task=task, **decided)

    @rule(data=st.data())
    def a_reviewer_undoes(self, data: st.DataObject) -> None:
        made = self._one(data, Decision.objects.order_by("decided_at", "pk"))
        if made is not None:
            self._try(review.undo_decision, decision=made, user=made.decided_by)

    @rule(data=st.data(), state=st.sampled_from(["done", "done", "failed"]))
    def the_site_answers(self, data: st.DataObject, state: str) -> None:
        self.world.run("make_orders")
        order = self._one(data, self.world.orders())
        if order is not None:
            named = {"order_id": order.pk, "platform_id": order.platform_id}
            self._try(answer_order, **named, state=state, note="", actor="system")

    @rule(data=st.data(), side=st.sampled_from(["uploader", "notifier"]))
    def somebody_complains(self, data: st.DataObject, side: str) -> None:
        made = self._one(data, Decision.objects.order_by("decided_at", "pk"))
        if made is not None:
            about = {"case": made.task.case} if side == "notifier" else {"key": "k"}
            text = "I do not agree."
            self._try(review.file_complaint, decision=made, side=side, text=text, **about)

    @rule(data=st.data(), outcome=st.sampled_from(["stands", "reversed"]))
    def a_complaint_is_answered(self, data: st.DataObject, outcome: str) -> None:
        one = self._one(data, Complaint.objects.order_by("made_at", "pk"))
        if one is not None:
            user = self.world.reviewers[data.draw(st.integers(0, 2))]
            said = {"outcome": outcome, "facts": "Looked at anew.", "user": user}
            self._try(review.decide_complaint, complaint=one, grounds=["us-tida"], **said)

    @rule(data=st.data(), goes_on=st.booleans())
    def a_time_limit_stands_still_or_goes_on(self, data: st.DataObject, goes_on: bool) -> None:
        notice = self._one(data, Notice.objects.order_by("received_at", "regime"))
        if notice is not None:
            change = resume_clock if goes_on else pause_clock
            self._try(change, notice=notice, reason=WAITS, actor="system")

    @rule(data=st.data())
    def she_takes_it_back(self, data: st.DataObject) -> None:
        self._try(ask_withdrawal, case=self.case(data))

    @rule(data=st.data())
    def it_is_stopped(self, data: st.DataObject) -> None:
        self._try(cancel_withdrawal, case=self.case(data))

    @rule(data=st.data(), chance=st.integers(0, 7))
    def a_minor_is_shown(self, data: st.DataObject, chance: int) -> None:
        if chance == 0:
            self._try(close_for_minor, case=self.case(data), actor="system")

    @rule()
    def letters_are_confirmed(self) -> None:
        self.world.run("send_letters")
        self.world.confirm()

    @rule(step=st.sampled_from(STEPS))
    def time_passes(self, step: timedelta) -> None:
        self.world.now += step

    @rule(step=st.sampled_from([timedelta(minutes=5), timedelta(hours=3)]))
    def the_clock_of_the_machine_is_set_back(self, step: timedelta) -> None:
        self.world.now = max(START, self.world.now - step)
        self.was_set_back = True

    @rule(name=st.sampled_from(sorted(JOBS)), times=st.integers(1, 2))
    def a_job_runs(self, name: str, times: int) -> None:
        for _time in range(times):
            self.world.run(name)

    @rule(name=st.sampled_from(sorted(JOBS)), write=st.integers(1, 12))
    def a_job_dies(self, name: str, write: int) -> None:
        self.world.run(name, crash_at=write)

    @invariant()
    def every_change_is_told_once(self) -> None:
        assert wrong_histories() == []

    @invariant()
    def no_letter_leaves_twice(self) -> None:
        assert wrong_letters(self.world.crashes) == []
        assert wrong_batches(recipients=1) == []

    @invariant()
    def clocks_count_as_their_law_says(self) -> None:
        for case in Case.objects.all():
            for view in clocks_of(case, now=self.world.now):
                assert 0 <= view.left_s <= view.length_s or not view.length_s
        for clock in Clock.objects.prefetch_related("pauses"):
            stood = [p.ended_at - p.began_at for p in clock.pauses.all() if p.ended_at]
            length = timedelta(seconds=clock.length_s)
            assert clock.due_at == clock.began_at + length + sum(stood, timedelta(0))
            assert min(stood, default=timedelta(0)) >= timedelta(0)

    @invariant()
    def an_answer_is_that_of_a_decision_that_stands(self) -> None:
        standing = Decision.objects.filter(undone_at__isnull=True)
        made = set(standing.values_list("outcome", "decided_at"))
        outcomes = {"kept": "restore", "removed": "remove"}
        # What was taken back has no time limit any more that its answer could end.
        living = Item.objects.exclude(state=Item.State.WITHDRAWN)
        for item in living.filter(answered_at__isnull=False):
            assert (outcomes[item.answer], item.answered_at) in made

    @invariant()
    def nothing_that_was_met_in_time_is_late(self) -> None:
        for clock in Clock.objects.filter(ended_at__isnull=False).exclude(outcome="void"):
            is_in_time = clock.ended_at <= clock.due_at
            assert (clock.outcome == "kept") == is_in_time or self.was_set_back

    @invariant()
    def what_is_due_next_is_the_nearest_clock(self) -> None:
        for case in Case.objects.exclude(state="closed"):
            running = Clock.objects.filter(
                notice__case=case, ended_at__isnull=True, paused_at__isnull=True
            )
            assert case.due_at == min((clock.due_at for clock in running), default=None)

    @invariant()
    def the_queue_is_in_order(self) -> None:
        ranks = [(self.place_of(task), -task.severity) for task in waiting_tasks(self.world.now)]
        assert ranks == sorted(ranks)

    def place_of(self, task: Task) -> datetime:
        """By its law, else on the last day of the limit for what is held: written again here."""
        far, day = datetime(9999, 1, 1, tzinfo=UTC), timedelta(days=1)
        still = Clock.objects.filter(notice__case=task.case_id, ended_at=None).exclude(
            paused_at=None
        )
        held = task.copies.filter(state="held", state_at__lte=self.world.now - day)
        is_placed = held.exists() and not still.exists()
        return task.due_at or (self.world.now + day if is_placed else far)


class RolledBack(States):
    """Each run in a transaction of its own, so that none sees another's rows."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._stack.enter_context(the_same_ids_every_time())
        self._stack.enter_context(transaction.atomic())
        super().__init__()

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                self.the_rest_is_done()
        finally:
            transaction.set_rollback(True)
            self._stack.close()

    def the_rest_is_done(self) -> None:
        """Once every worker is well again, nothing that is due is left, and the chain holds."""
        self.world.now += max(LEASE, BATCH) + timedelta(days=1)
        self.world.settle()
        self.world.now += max(LEASE, BATCH) + timedelta(days=1)
        self.world.settle()
        assert wrong_histories() == []
        assert wrong_letters(self.world.crashes) == []
        assert wrong_batches(recipients=1) == []
        for letters in (Letter.objects, StaffLetter.objects):
            assert not letters.filter(state="due").exists()
        sent = {
            str(row.pk)
            for model in (Letter, StaffLetter)
            for row in model.objects.filter(state="sent")
        }
        assert sent <= set(letters_sent())
        overdue = Clock.objects.filter(
            ended_at__isnull=True, paused_at__isnull=True, due_at__lte=self.world.now
        )
        assert not overdue.filter(breached_at__isnull=True).exists()
        assert verify_chain().is_whole


@pytest.fixture(autouse=True)
def _laws_and_mail(settings: Any) -> Iterator[None]:
    settings.STAYDOWN_MAIL_READY = True
    with laws_that_pause():
        yield


def search(examples: int, steps: int, **more: Any) -> hypothesis_settings:
    return hypothesis_settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


@pytest.mark.django_db
def test_no_order_of_events_breaks_what_was_promised() -> None:
    fixed = {"derandomize": True, "database": None, "phases": (Phase.generate, Phase.shrink)}
    run_state_machine_as_test(RolledBack, settings=search(12, 30, **fixed))


@pytest.mark.torture
@pytest.mark.django_db
def test_no_order_of_events_breaks_what_was_promised_in_a_long_search() -> None:
    run_state_machine_as_test(RolledBack, settings=search(120, 60))
