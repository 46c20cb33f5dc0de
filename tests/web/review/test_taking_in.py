"""Copies and places become tasks: identical copies one, deadlines first, then severity."""

from __future__ import annotations

from datetime import timedelta

import pytest

from review_scene import file_notice, make_copy, make_entry, place_copy
from staydown_web.accounts.models import Team, User
from staydown_web.accounts.services import Caller
from staydown_web.base.errors import ConfigError, RecordConflictError
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.services import add_to_case, ask_withdrawal
from staydown_web.review import services, tasks
from staydown_web.review.forms.talking import HandForm
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.queue import next_task, queue_page, waiting_tasks
from staydown_web.review.selectors.severity import severity_of, severity_rule
from staydown_web.screening.models import Copy
from staydown_web.screening.services import FoundCopy, register_library_copy

pytestmark = pytest.mark.django_db


def test_identical_copies_of_one_platform_are_one_task(
    held, platform, other_platform, entry, today
):
    first = held(group="bytes")
    tasks.take_in(today)
    second = held(group="bytes")
    elsewhere = make_copy(other_platform, entry, today, group="bytes")
    assert tasks.take_in(today) == 2
    assert first.tasks.get() == second.tasks.get()
    assert elsewhere.tasks.get() != first.tasks.get()
    assert tasks.take_in(today) == 0


def test_what_a_library_holds_and_what_is_uploaded_wait_in_one_queue(
    held, entry, platform, api_key, reviewer, today
) -> None:
    row = {"entry_id": str(entry.pk), "kind": "part", "score": 0.8, "evidence": {}}
    found = FoundCopy("file-1", "", None, [row])
    caller = Caller(platform.pk, api_key[0].pk, frozenset({"library"}))
    assert register_library_copy(caller=caller, found=found, now=today).verdict == "hold"
    upload = held(group="upload")
    tasks.take_in(today)
    waiting = {task.source: task for task in waiting_tasks(today)}
    assert set(waiting) == {Task.Source.LIBRARY, Task.Source.UPLOAD}
    assert waiting[Task.Source.UPLOAD] == upload.tasks.get()
    shown = queue_page(tab="all", at=1, user=reviewer, now=today).rows
    assert {row.number for row in shown} == {task.number for task in waiting.values()}


def test_copies_that_come_after_a_decision_make_a_new_task(held, reviewer, today) -> None:
    held(group="bytes")
    tasks.take_in(today)
    services.decide(
        task=Task.objects.get(), outcome="remove", grounds=[], facts="", user=reviewer, now=today
    )
    late = held(group="bytes")
    tasks.take_in(today)
    assert late.tasks.get().state == Task.State.OPEN


def test_an_altered_copy_comes_although_the_platform_let_it_through(held, today) -> None:
    let_by = held(state=Copy.State.SEEN, verdict="clear", match=("altered", 0.9, {}))
    other = held(state=Copy.State.SEEN, verdict="clear", match=("part", 0.9, {}))
    services.take_in_altered(today)
    tasks.take_in(today)
    assert let_by.tasks.count() == 1
    assert other.tasks.count() == 0


@pytest.mark.parametrize("state", [Copy.State.BLOCKED, Copy.State.REMOVED, Copy.State.GONE])
def test_what_is_settled_waits_for_nobody(held, state, today) -> None:
    held(state=state)
    assert tasks.take_in(today) == 0


def test_a_notice_brings_its_place_and_its_deadline(noticed, today) -> None:
    case, task = noticed()
    task.refresh_from_db()
    assert (task.source, task.case, task.item) == ("notice", case, case.items.get())
    assert task.due_at == case.due_at


def test_a_held_upload_of_a_claimed_picture_has_the_deadline_of_its_case(
    platform, site, held, today
) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    copy = held(entry=case.items.get().claims.get().entry)
    tasks.take_in(today)
    task = copy.tasks.get()
    assert (task.case, task.due_at) == (case, case.due_at)


def test_a_place_that_does_not_answer_still_waits_for_a_person(platform, site, today) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.update(state=Location.State.UNREACHABLE)
    tasks.take_in(today)
    task = Task.objects.get()
    assert (task.case, task.copies.count(), task.due_at) == (case, 0, case.due_at)
    assert tasks.take_in(today) == 0, "once is enough"


def test_links_of_one_case_that_do_not_answer_are_a_task_for_each_picture(
    platform, site, today
) -> None:
    urls = [f"{site.origin}/{n}.jpg" for n in range(3)]
    case = file_notice(platform, ["citrus.jpg", "bridge.jpg"], today, urls=urls)
    case.locations.update(state=Location.State.UNREACHABLE, next_try_at=None)
    for _ in range(2):
        tasks.take_in(today)
        services.take_in_unseen(today)
    assert {task.item for task in Task.objects.all()} == set(case.items.all())
    assert Task.objects.count() == 2


def test_a_silent_address_that_is_added_after_a_decision_comes_to_a_reviewer(
    noticed, platform, site, reviewer, today
) -> None:
    case, task = noticed()
    services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="", user=reviewer, now=today
    )
    services.make_decisions_firm(today + timedelta(minutes=2))
    later = today + timedelta(hours=1)
    add_to_case(case=case, urls=[f"{site.origin}/late.jpg"], now=later)
    case.locations.filter(added_at=later).update(state=Location.State.UNREACHABLE)
    case.refresh_from_db()
    assert case.state == Case.State.DECIDED
    assert tasks.take_in(later) == 1
    assert tasks.take_in(later) == 0
    new = Task.objects.exclude(pk=task.pk).get()
    assert (new.case, new.state, new.copies.count()) == (case, Task.State.OPEN, 0)


def test_an_address_that_is_silent_again_comes_to_a_reviewer_again(platform, site, today) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.update(state=Location.State.UNREACHABLE)
    tasks.take_in(today)
    Task.objects.update(state=Task.State.DONE, done_at=today)
    later = today + timedelta(hours=1)
    case.locations.update(state_at=later)
    assert (tasks.take_in(later), tasks.take_in(later)) == (1, 0)


def test_of_a_link_too_an_address_added_after_the_decision_comes_to_a_reviewer(
    platform, site, reviewer, today
) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    place, item = case.locations.get(), case.items.get()
    case.locations.update(state=Location.State.UNREACHABLE, item=item)
    tasks.take_in(today)
    Task.objects.update(state=Task.State.DONE, done_at=today)
    later = today + timedelta(hours=1)
    place.pk, place.added_at, place.state_at = new_id(), later, later
    place.state, place.item = Location.State.UNREACHABLE, item
    place.save(force_insert=True)
    assert (tasks.take_in(later), tasks.take_in(later)) == (1, 0)
    assert Task.objects.filter(item=item, state=Task.State.OPEN).count() == 1


def test_a_silent_address_beside_one_that_answered_comes_to_a_reviewer_too(
    noticed, site, today
) -> None:
    case, task = noticed()
    add_to_case(case=case, urls=[f"{site.origin}/silent.jpg"], now=today)
    case.locations.filter(copy__isnull=True).update(state=Location.State.UNREACHABLE)
    assert (tasks.take_in(today), tasks.take_in(today)) == (1, 0)
    assert Task.objects.exclude(pk=task.pk).get().case == case


def test_a_place_that_answers_later_joins_its_task(platform, site, today) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.update(state=Location.State.UNREACHABLE)
    tasks.take_in(today)
    copy = make_copy(platform, None, today, source="notice", state="seen", group="late")
    place_copy(case, copy, today)
    tasks.take_in(today)
    assert Task.objects.get().copies.get() == copy


def test_a_notice_that_is_not_valid_makes_no_task(platform, site, today) -> None:
    case = file_notice(platform, ["citrus.jpg"], today, signature="")
    case.locations.update(state=Location.State.UNREACHABLE)
    assert case.valid_at is None
    assert tasks.take_in(today) == 0


def test_the_nearest_deadline_is_first_then_the_most_severe(noticed, held, reviewer, today) -> None:
    _late, later = noticed("same", "citrus.jpg", hours_ago=10)
    _soon, sooner = noticed("part", "bridge.jpg", hours_ago=40)
    mild = held(group="mild", match=("part", 0.6, {}))
    grave = held(group="grave", match=("identical", 1.0, {}))
    tasks.take_in(today)
    order = [task.number for task in waiting_tasks(today)]
    assert order == [
        sooner.number,
        later.number,
        grave.tasks.get().number,
        mild.tasks.get().number,
    ]
    page = queue_page(tab="all", at=99, user=reviewer, now=today)
    assert [row.number for row in page.rows] == order


def test_the_rule_of_severity_is_data_and_stays_within_its_range(held, entry, today) -> None:
    base, add = severity_rule()
    assert severity_of(cases=[], hits=[], copies=[]) == base
    copies = [held(group="many", match=("identical", 1.0, {})) for _ in range(40)]
    hits = [copy.hits.get() for copy in copies]
    most = severity_of(cases=[], hits=hits, copies=copies)
    assert most == min(100, base + add["identical"] + add["copies_most"])


def test_a_wrong_rule_of_severity_stops_the_start(tmp_path, monkeypatch) -> None:
    from staydown_web.review.selectors import severity

    wrong = tmp_path / "severity.toml"
    wrong.write_text("base = 40\n[add]\nidentical = 200\n")
    monkeypatch.setattr(severity, "_RULE", wrong)
    severity_rule.cache_clear()
    with pytest.raises(ConfigError):
        severity_rule()
    monkeypatch.undo()
    severity_rule.cache_clear()


def test_what_was_taken_and_left_is_free_again(upload, reviewer, today) -> None:
    services.take_task(task=upload, user=reviewer, now=today)
    assert services.free_left_tasks(today + timedelta(minutes=44)) == 0
    assert services.free_left_tasks(today + timedelta(minutes=46)) == 1
    upload.refresh_from_db()
    assert upload.taken_by is None


def test_taking_puts_the_item_in_review(noticed, reviewer, today) -> None:
    case, task = noticed()
    services.take_task(task=task, user=reviewer, now=today)
    assert case.items.get().state == Item.State.IN_REVIEW


def test_a_task_is_let_go_when_its_request_is_taken_back(platform, site, today) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.update(state=Location.State.UNREACHABLE)
    tasks.take_in(today)
    assert services.drop_needless(today) == 0
    ask_withdrawal(case=case, now=today)
    assert services.drop_needless(today) == 1
    assert Task.objects.get().state == Task.State.DROPPED


def test_what_is_held_is_never_let_go_by_itself(upload, entry, today) -> None:
    from staydown_web.banks.services import withdraw_entry

    withdraw_entry(entry_id=entry.pk, actor="system", now=today)
    assert services.drop_needless(today) == 0


def test_handing_over_reaches_the_colleague_first(held, reviewer, lead, today) -> None:
    first, second = held(group="1", match=("identical", 1, {})), held(group="2")
    tasks.take_in(today)
    handed = second.tasks.get()
    services.hand_task(task=handed, to=lead, user=reviewer, now=today)
    assert next_task(lead, today) == handed
    assert next_task(reviewer, today) == first.tasks.get()


def test_nothing_is_handed_to_the_caseworker_of_a_helpline(held, reviewer, lead, today) -> None:
    copy = held()
    tasks.take_in(today)
    helpline = Team.objects.create(name="Example line", made_at=today)
    worker = User.objects.create_user(
        username="case-one", pseudonym="Case one", role=User.Role.CASEWORKER, team=helpline
    )
    assert list(HandForm(user=reviewer).fields["to"].queryset) == [lead]
    with pytest.raises(RecordConflictError):
        services.hand_task(task=copy.tasks.get(), to=worker, user=reviewer, now=today)
    assert copy.tasks.get().handed_to is None


def test_skipping_goes_down_the_queue_and_round(held, reviewer, today) -> None:
    for group in "abc":
        held(group=group)
    tasks.take_in(today)
    order = list(waiting_tasks(today))
    assert next_task(reviewer, today, after=order[0]) == order[1]
    assert next_task(reviewer, today, after=order[2]) == order[0]


def test_nobody_is_given_the_second_look_at_their_own_hold(upload, reviewer, lead, today) -> None:
    services.decide(
        task=upload,
        outcome=Decision.Outcome.HOLD,
        grounds=[],
        facts="",
        user=reviewer,
        now=today,
    )
    assert next_task(reviewer, today) is None
    assert next_task(lead, today) == upload


def test_an_entry_that_nobody_claims_makes_a_task_without_a_case(bank, platform, today) -> None:
    entry = make_entry(bank, "maple.jpg", today)
    copy = make_copy(platform, entry, today)
    tasks.take_in(today)
    assert copy.tasks.get().case is None
