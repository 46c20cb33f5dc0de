"""Deciding: one transaction, undone within a minute, else firm; two reviewers never both."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import (
    confirm_entries,
    dispute_entries,
    quarantine_entries,
    settle_entry,
)
from staydown_web.base.errors import NotAllowedError, RecordConflictError
from staydown_web.base.sealing import unseal
from staydown_web.cases.models import Item
from staydown_web.review import services, tasks
from staydown_web.review.models import Decision, Task
from staydown_web.review.services.hearing import ANSWER_WITHIN
from staydown_web.screening.models import Copy, Flood
from staydown_web.screening.services import find_floods

pytestmark = pytest.mark.django_db
MINUTE = timedelta(seconds=60)


def decide(task, user, now, outcome="remove", **more) -> Decision:
    given = {"grounds": ["us-tida"], "facts": "It was found after a notice.", **more}
    return services.decide(task=task, outcome=outcome, user=user, now=now, **given)


def state_of_everything(task) -> dict:
    """What an undo must give back."""
    fresh = Task.objects.get(pk=task.pk)
    return {
        "task": (fresh.state, fresh.done_at, fresh.handed_to_id),
        "copies": dict(fresh.copies.values_list("pk", "state")),
        "entries": dict(Entry.objects.filter(hits__copy__tasks=fresh).values_list("pk", "state")),
    }


def test_removal_confirms_the_entry_and_holds_the_copies(noticed, reviewer, today) -> None:
    _case, task = noticed("part", "bridge.jpg")
    made = decide(task, reviewer, today)
    entry = Entry.objects.get(hits__copy__tasks=task)
    assert entry.state == Entry.State.CONFIRMED
    assert made.entries_confirmed == [str(entry.pk)]
    assert task.copies.get().state == Copy.State.HELD
    assert Task.objects.get(pk=task.pk).state == Task.State.DONE


def test_an_altered_copy_confirms_nothing_unless_ticked(noticed, reviewer, today) -> None:
    _case, task = noticed("altered")
    made = decide(task, reviewer, today)
    assert made.entries_confirmed == []
    assert Entry.objects.get(hits__copy__tasks=task).state == Entry.State.SEED
    services.undo_decision(decision=made, user=reviewer, now=today)
    again = decide(Task.objects.get(pk=task.pk), reviewer, today, confirms_altered=True)
    assert len(again.entries_confirmed) == 1
    assert Entry.objects.get(hits__copy__tasks=task).state == Entry.State.CONFIRMED


@pytest.mark.parametrize("was_taken", [True, False])
@pytest.mark.parametrize("outcome", ["remove", "hold", "restore"])
def test_an_undo_gives_back_exactly_what_was(noticed, reviewer, today, outcome, was_taken) -> None:
    _case, task = noticed("part", "bridge.jpg")
    Task.objects.update(taken_by=reviewer if was_taken else None)
    before = state_of_everything(task)
    made = decide(task, reviewer, today, outcome=outcome)
    assert state_of_everything(task) != before
    services.undo_decision(decision=made, user=reviewer, now=today + MINUTE * 0.9)
    assert state_of_everything(task) == before
    assert Task.objects.get(pk=task.pk).taken_by == (reviewer if was_taken else None)


def test_an_undo_gives_a_doubt_back(noticed, reviewer, today) -> None:
    _case, task = noticed("part", "bridge.jpg")
    entry = Entry.objects.get(hits__copy__tasks=task)
    dispute_entries(entry_ids=[entry.pk], actor="system", now=today)
    made = decide(task, reviewer, today)
    services.undo_decision(decision=made, user=reviewer, now=today)
    entry.refresh_from_db()
    assert entry.state == Entry.State.DISPUTED


def test_an_undo_gives_a_doubt_back_that_keeps_its_confirmation(noticed, reviewer, today) -> None:
    _case, task = noticed("part", "bridge.jpg")
    entry = Entry.objects.get(hits__copy__tasks=task)
    long_ago = today - MINUTE * 99
    confirm_entries(entry_ids=[entry.pk], actor="system", now=long_ago)
    dispute_entries(entry_ids=[entry.pk], actor="system", now=today, keeps_confirmation=True)
    made = decide(task, reviewer, today)
    entry.refresh_from_db()
    assert entry.state == Entry.State.CONFIRMED
    services.undo_decision(decision=made, user=reviewer, now=today)
    entry.refresh_from_db()
    assert (entry.state, entry.confirmed_at) == (Entry.State.DISPUTED, long_ago)
    settled = settle_entry(entry_id=entry.pk, actor="system", now=today, reason="settled")
    assert settled == Entry.State.CONFIRMED


def test_an_undo_gives_a_quarantine_and_its_flood_back(noticed, reviewer, today) -> None:
    _case, task = noticed("part", "bridge.jpg")
    entry = Entry.objects.get(hits__copy__tasks=task)
    quarantine_entries(entry_ids=[entry.pk], actor="system", now=today - MINUTE)
    flood = Flood.objects.create(entry=entry, hits_in_hour=41, usual_in_hour=1.5, at=today - MINUTE)
    made = decide(task, reviewer, today)
    find_floods(now=today)
    flood.refresh_from_db()
    assert flood.seen_at == today, "whoever removes a copy has looked"
    services.undo_decision(decision=made, user=reviewer, now=today)
    entry.refresh_from_db()
    flood.refresh_from_db()
    assert (entry.state, entry.quarantined_at) == (Entry.State.SEED, today - MINUTE)
    assert flood.seen_at is None


def test_an_undo_takes_in_an_identical_copy_that_came_meanwhile(
    upload, held, reviewer, today
) -> None:
    made = decide(upload, reviewer, today)
    other = held(group="upload", match=("same", 0.97, {}))
    tasks.take_in(today + timedelta(seconds=5))
    later = other.tasks.get()
    assert later != upload
    services.undo_decision(decision=made, user=reviewer, now=today + timedelta(seconds=30))

    upload.refresh_from_db()
    later.refresh_from_db()
    assert (upload.state, later.state) == ("open", "dropped")
    assert upload.copies.count() == 2


def test_after_a_minute_nothing_is_undone(upload, reviewer, today) -> None:
    made = decide(upload, reviewer, today)
    with pytest.raises(RecordConflictError):
        services.undo_decision(decision=made, user=reviewer, now=today + MINUTE)
    services.make_decisions_firm(today + MINUTE)
    with pytest.raises(RecordConflictError):
        services.undo_decision(decision=made, user=reviewer, now=today)


def test_a_decision_is_undone_once_and_by_its_maker_alone(upload, reviewer, lead, today) -> None:
    made = decide(upload, reviewer, today)
    with pytest.raises(NotAllowedError):
        services.undo_decision(decision=made, user=lead, now=today)
    services.undo_decision(decision=made, user=reviewer, now=today)
    with pytest.raises(RecordConflictError):
        services.undo_decision(decision=made, user=reviewer, now=today)


def test_the_second_of_two_reviewers_meets_a_conflict(upload, reviewer, lead, today) -> None:
    seen_by_both = Task.objects.get(pk=upload.pk)
    decide(upload, reviewer, today)
    with pytest.raises(RecordConflictError):
        decide(seen_by_both, lead, today)
    assert Decision.objects.count() == 1


def test_a_task_that_a_colleague_took_is_theirs(upload, reviewer, lead, today) -> None:
    services.take_task(task=upload, user=lead, now=today)
    with pytest.raises(RecordConflictError):
        decide(upload, reviewer, today)
    with pytest.raises(RecordConflictError):
        services.take_task(task=upload, user=reviewer, now=today)
    decide(upload, lead, today)


def test_the_conflict_is_a_page_that_says_so(upload, reviewer_client, lead, today) -> None:
    decide(upload, lead, today)
    answer = reviewer_client.post(
        reverse("review:decide", args=[upload.number]),
        {"outcome": "remove", "grounds": ["platform-terms"], "facts": "Found."},
    )
    assert answer.status_code == 409
    assert b"Somebody was quicker" in answer.content


def test_a_second_look_needs_a_second_person(upload, reviewer, lead, today) -> None:
    decide(upload, reviewer, today, outcome="hold", grounds=[], facts="")
    waiting = Task.objects.get(pk=upload.pk)
    assert waiting.state == Task.State.SECOND
    with pytest.raises(NotAllowedError):
        decide(waiting, reviewer, today)
    decide(waiting, lead, today)
    assert Task.objects.get(pk=upload.pk).state == Task.State.DONE


def test_who_asked_for_a_second_reviewer_reads_that_another_decides(
    upload, reviewer, reviewer_client, today
) -> None:
    decide(upload, reviewer, today, outcome="hold", grounds=[], facts="")
    answer = reviewer_client.post(f"/staff/review/{upload.number}/decide/", {"outcome": "remove"})
    assert answer.status_code == 403
    assert "Another person decides now." in answer.text
    assert "administrator" not in answer.text, "no role would open this"
    assert upload.decisions.count() == 1


def test_an_undone_hold_after_a_second_decision_is_refused(upload, reviewer, lead, today) -> None:
    first = decide(upload, reviewer, today, outcome="hold", grounds=[], facts="")
    decide(Task.objects.get(pk=upload.pk), lead, today)
    with pytest.raises(RecordConflictError):
        services.undo_decision(decision=first, user=reviewer, now=today)
    first.refresh_from_db()
    assert first.undone_at is None, "the whole undo is taken back"


def test_a_firm_removal_settles_the_case(noticed, reviewer, today) -> None:
    case, task = noticed("part", "bridge.jpg")
    decide(task, reviewer, today)
    assert case.items.get().state == Item.State.RECEIVED
    assert services.make_decisions_firm(today + MINUTE) == 1
    case.refresh_from_db()
    assert case.items.get().state == Item.State.REMOVED
    assert case.state == "decided"
    assert services.make_decisions_firm(today + MINUTE) == 0


def test_nothing_is_firm_before_its_minute_nor_after_an_undo(upload, reviewer, today) -> None:
    made = decide(upload, reviewer, today)
    assert services.make_decisions_firm(today + MINUTE * 0.5) == 0
    services.undo_decision(decision=made, user=reviewer, now=today)
    assert services.make_decisions_firm(today + MINUTE * 2) == 0


def test_a_firm_restore_puts_the_seed_in_doubt_and_keeps_the_item(noticed, reviewer, today) -> None:
    case, task = noticed("same", "citrus.jpg")
    decide(task, reviewer, today, outcome="restore", grounds=["not_intimate"], facts="")
    entry = Entry.objects.get(hits__copy__tasks=task)
    assert entry.state == Entry.State.SEED, "not before it is firm"
    assert services.make_decisions_firm(today + MINUTE) == 0, "the person is told first"
    services.make_decisions_firm(today + MINUTE + ANSWER_WITHIN)
    entry.refresh_from_db()
    assert entry.state == Entry.State.DISPUTED
    assert case.items.get().state == Item.State.KEPT


def test_a_wrong_match_leaves_the_seed_alone(noticed, reviewer, today) -> None:
    _case, task = noticed("same", "citrus.jpg")
    decide(task, reviewer, today, outcome="restore", grounds=["other_picture"], facts="")
    services.make_decisions_firm(today + MINUTE)
    assert Entry.objects.get(hits__copy__tasks=task).state == Entry.State.SEED


def test_one_decision_is_for_all_identical_copies(held, reviewer, today) -> None:
    copies = [held(group="same bytes") for _ in range(4)]
    tasks.take_in(today)
    task = Task.objects.get()
    assert task.copies.count() == 4
    decide(task, reviewer, today)
    assert {copy.tasks.get().state for copy in copies} == {Task.State.DONE}


def test_two_people_who_claim_one_picture_are_both_settled(
    platform, noticed, reviewer, today
) -> None:
    from review_scene import file_notice

    first, task = noticed("part", "bridge.jpg")
    second = file_notice(platform, ["bridge.jpg"], today, name="Berta Beispiel")
    decide(task, reviewer, today)
    services.make_decisions_firm(today + MINUTE)
    assert first.items.get().state == second.items.get().state == Item.State.REMOVED


def test_the_facts_are_sealed(upload, reviewer, today) -> None:
    made = decide(upload, reviewer, today, facts="A region was replaced.")
    made.refresh_from_db()
    assert b"region" not in bytes(made.facts_box)
    assert unseal(made.facts_box, context=f"decision:{made.pk}") == b"A region was replaced."


def test_every_step_is_an_event(upload, reviewer, today) -> None:
    made = decide(upload, reviewer, today)
    services.undo_decision(decision=made, user=reviewer, now=today)
    decide(Task.objects.get(pk=upload.pk), reviewer, today)
    services.make_decisions_firm(today + MINUTE)
    told = list(Event.objects.order_by("seq").values_list("what", flat=True))
    for what in ("task_made", "decision_made", "decision_undone", "decision_firm"):
        assert what in told


def test_someone_under_18_leaves_nothing_here(noticed, reviewer, today) -> None:
    case, task = noticed("part", "bridge.jpg")
    made = services.close_task_for_minor(task=task, user=reviewer, now=today)
    case.refresh_from_db()
    assert case.state == "closed"
    assert case.details_box is None
    assert not Entry.objects.exclude(state=Entry.State.WITHDRAWN).exists()
    assert made.entries_confirmed == []
    assert task.copies.get().state == Copy.State.HELD
    assert Task.objects.get(pk=task.pk).state == Task.State.DONE
    told = Event.objects.filter(subject=f"decision:{made.pk}").values_list("what", flat=True)
    assert list(told) == ["decision_made"], "by which the platform is told to hold it at once"
    assert services.make_decisions_firm(today) == 1
    with pytest.raises(RecordConflictError):
        services.undo_decision(decision=made, user=reviewer, now=today)
    with pytest.raises(RecordConflictError):
        services.close_task_for_minor(task=task, user=reviewer, now=today)
