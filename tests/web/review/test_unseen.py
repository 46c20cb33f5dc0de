"""Pictures of which nobody found a copy come to a reviewer, who looks for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from review_scene import file_notice, fingerprint_of_file, make_copy, make_entry, place_copy
from staydown_web.accounts.models import User
from staydown_web.actions.selectors import CaseRemovals
from staydown_web.cases.forms import FiledFile
from staydown_web.cases.models import Case, Claim, Clock, Item, Location
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import add_to_case, ask_withdrawal, send_message, settle_location
from staydown_web.portal.selectors.story import story
from staydown_web.review import services, tasks
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.addresses import found_in
from staydown_web.review.selectors.complaints import complaint_screen
from staydown_web.review.selectors.items import items_of
from staydown_web.review.selectors.queue import row_of
from staydown_web.review.selectors.screen import screen_of
from staydown_web.review.selectors.tellings import asked_of
from staydown_web.review.services.unseen import unseen_items

pytestmark = pytest.mark.django_db
LATER = timedelta(hours=1)


def take_in(now) -> list[Task]:
    """All that the worker does, until it finds nothing more; the open tasks, by item."""
    while tasks.take_in(now) + services.take_in_unseen(now):
        pass
    return list(Task.objects.filter(state=Task.State.OPEN).order_by("made_at", "item__position"))


def find(case: Case, now, **values) -> None:
    """The first address of the case shows its first picture."""
    entry = case.items.order_by("position").first().claims.get().entry
    values = {"source": "notice", "state": "seen", "group": "found", **values}
    copy = make_copy(case.platform, entry, now, **values)
    place_copy(case, copy, now)
    Location.objects.filter(copy=copy).update(next_try_at=None)


def test_a_second_picture_at_an_address_that_shows_the_first(platform, site, today) -> None:
    case = file_notice(platform, ["citrus.jpg", "bridge.jpg"], today)
    first, second = case.items.order_by("position")
    assert take_in(today) == [], "the address was not looked at yet"
    find(case, today)

    found, unseen = take_in(today)

    assert (found.item, found.copies.count()) == (first, 1)
    assert (unseen.item, unseen.case, unseen.copies.count()) == (second, case, 0)
    assert unseen.due_at == case.due_at


@pytest.mark.parametrize("reason", [Location.Reason.PAGE, Location.Reason.GONE])
def test_a_picture_that_is_not_at_its_address(platform, site, today, reason) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    settle_location(
        location=case.locations.get(), state=Location.State.NOT_FOUND, reason=reason, now=today
    )
    assert [task.item for task in take_in(today)] == [case.items.get()]


def test_a_picture_that_is_added_when_all_was_removed(noticed, reviewer, today) -> None:
    case, task = noticed()
    services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="", user=reviewer, now=today
    )
    services.make_decisions_firm(today + timedelta(minutes=2))
    add_to_case(case=case, files=[FiledFile(fingerprint_of_file("bridge.jpg"))], now=today + LATER)

    (unseen,) = take_in(today + LATER)

    assert (unseen.item, unseen.copies.count()) == (case.items.get(position=2), 0)
    case.refresh_from_db()
    assert unseen.due_at == today + LATER + timedelta(hours=48)
    assert unseen.due_at > case.due_at > today, "the first is not removed yet"


def test_a_place_in_words_alone(platform, site, today) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.all().delete()
    assert [task.item for task in take_in(today)] == [case.items.get()]


@pytest.mark.parametrize("change", ["threat", "not valid", "elsewhere", "taken back", "settled"])
def test_what_nobody_here_has_to_look_for(platform, site, today, change) -> None:
    signature = "" if change == "not valid" else "Anna Example"
    case = file_notice(platform, ["citrus.jpg"], today, signature=signature)
    case.locations.update(state=Location.State.NOT_FOUND, next_try_at=None)
    match change:
        case "threat":
            Case.objects.update(way=Case.Way.THREATENED, expires_at=today + LATER, due_at=None)
        case "elsewhere":
            case.locations.update(state=Location.State.ELSEWHERE, platform=None)
        case "taken back":
            ask_withdrawal(case=case, now=today)
        case "settled":
            Item.objects.update(state=Item.State.KEPT)
            case.locations.update(item=case.items.get(), state_at=today - timedelta(days=8))
    assert take_in(today) == []


def test_an_upload_that_is_held_is_what_was_looked_for(platform, site, held, today) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.update(state=Location.State.NOT_FOUND, next_try_at=None)
    (task,) = take_in(today)
    entry = case.items.get().claims.get().entry
    copy, other = held(entry=entry, group="a"), held(entry=entry, group="b")

    take_in(today)

    assert copy.tasks.get() == task
    assert other.tasks.get() != task
    assert not unseen_items().exists()


def test_that_nothing_was_found_is_an_answer_that_meets_the_time_limit(
    platform, site, reviewer, today
) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.update(state=Location.State.NOT_FOUND, next_try_at=None)
    (task,) = take_in(today)
    shown = screen_of(task, reviewer, today)
    assert shown.is_unseen
    assert shown.restoring[0].id == "not_here"
    services.decide(
        task=task, outcome="restore", grounds=["not_here"], facts="", user=reviewer, now=today
    )

    services.make_decisions_firm(today + timedelta(minutes=2))
    assert take_in(today + LATER) == [], "she is told first, and can answer"
    services.make_decisions_firm(today + timedelta(days=3))

    assert case.items.get().state == Item.State.KEPT
    assert case.items.get().claims.get().entry.state == "seed", "copies are still held"
    assert Clock.objects.get().outcome == Clock.Outcome.KEPT
    assert take_in(today + timedelta(days=3)) == []


def nothing_found(case: Case, reviewer: User, now) -> Decision:
    """A reviewer looked in vain, and the person was told."""
    case.locations.update(state=Location.State.NOT_FOUND, next_try_at=None)
    (task,) = take_in(now)
    made = services.decide(
        task=task, outcome="restore", grounds=["not_here"], facts="", user=reviewer, now=now
    )
    services.make_decisions_firm(now + timedelta(minutes=2))
    return made


def test_an_address_is_an_answer_to_that_nothing_was_found(platform, site, reviewer, today) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    decision = nothing_found(case, reviewer, today)
    asked = [(one.is_found, one.is_hidden, one.why) for one in asked_of(case)]
    assert asked == [(False, False, [])], "its title says why"
    add_to_case(case=case, urls=[f"{site.origin}/late.jpg"], now=today + LATER)

    services.make_decisions_firm(today + LATER)

    decision.refresh_from_db()
    assert decision.undone_at is not None
    assert asked_of(case) == []
    assert {clock.outcome for clock in Clock.objects.all()} == {Clock.Outcome.OPEN}
    late = case.locations.order_by("added_at").last()
    entry = case.items.get().claims.get().entry
    copy = make_copy(platform, entry, today + LATER, source="notice", state="seen", group="late")
    Location.objects.filter(pk=late.pk).update(
        copy=copy, state=Location.State.FOUND, item=case.items.get(), next_try_at=None
    )
    (task,) = take_in(today + LATER)
    assert (task, list(task.copies.all())) == (decision.task, [copy])


def test_what_was_decided_of_a_later_address_is_decided_once(
    platform, site, reviewer, today
) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    nothing_found(case, reviewer, today)
    add_to_case(case=case, urls=[f"{site.origin}/late.jpg"], now=today + LATER)
    services.make_decisions_firm(today + LATER)
    entry = case.items.get().claims.get().entry
    copy = make_copy(platform, entry, today + LATER, source="notice", state="seen", group="late")
    Location.objects.filter(added_at=today + LATER).update(
        copy=copy, state=Location.State.FOUND, item=case.items.get(), next_try_at=None
    )
    (task,) = take_in(today + LATER)
    decided_at = today + LATER + timedelta(minutes=1)
    services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="", user=reviewer, now=decided_at
    )

    assert take_in(decided_at + timedelta(seconds=1)) == []
    services.make_decisions_firm(decided_at + timedelta(minutes=2))
    assert take_in(decided_at + LATER) == []
    assert list(copy.tasks.all()) == [task]


def test_an_address_that_is_found_after_the_decision_is_looked_at(
    platform, site, reviewer, today
) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    find(case, today)
    (task,) = take_in(today)
    services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="", user=reviewer, now=today
    )
    services.make_decisions_firm(today + timedelta(minutes=2))
    add_to_case(case=case, urls=[f"{site.origin}/again.jpg"], now=today + LATER)
    entry, values = task.copies.get().hits.get().entry, {"source": "notice", "state": "seen"}
    again = make_copy(platform, entry, today + LATER, group="found", **values)
    Location.objects.filter(added_at=today + LATER).update(
        copy=again, state=Location.State.FOUND, next_try_at=None
    )
    assert [list(one.copies.all()) for one in take_in(today + LATER)] == [[again]]


@pytest.mark.parametrize("way", ["address", "message", "both"])
def test_what_the_answer_was_is_said_on_both_sides(platform, site, reviewer, today, way) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    decision = nothing_found(case, reviewer, today)
    if way != "message":
        add_to_case(case=case, urls=[f"{site.origin}/late.jpg"], now=today + LATER)
    if way != "address":
        send_message(case=case, text="It is there.", sender="person", now=today + LATER)
    services.make_decisions_firm(today + LATER)
    find(case, today + LATER)

    decision.task.refresh_from_db()
    take_in(today + LATER)
    said = screen_of(decision.task, reviewer, today + LATER).answered
    assert said.startswith("Somebody decided that nothing was found.")
    assert ("Messages" in said) == (way != "address")
    assert ("An address was added." in said) == (way != "message")
    view = person_view(case=case, is_unveiled=False, now=today + LATER)
    told = [
        one.what for one in story(case, view, names={}, removals=CaseRemovals(), now=today + LATER)
    ]
    assert ("You added an address in time" in told) == (way == "address")
    assert ("You answered in time" in told) == (way != "address")


def test_what_was_not_found_has_no_match_that_could_be_wrong(
    platform, site, reviewer, noticed, today
) -> None:
    _case, task = noticed()
    assert "other_picture" in {one.id for one in screen_of(task, reviewer, today).restoring}
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.update(state=Location.State.NOT_FOUND, next_try_at=None)
    take_in(today)
    unseen = Task.objects.get(case=case)
    assert "other_picture" not in {one.id for one in screen_of(unseen, reviewer, today).restoring}


def test_a_copy_that_comes_takes_the_place_of_that_nothing_was_found(
    platform, site, reviewer, held, today
) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    decision = nothing_found(case, reviewer, today)
    held(entry=case.items.get().claims.get().entry, group="late")
    tasks.take_in(today + LATER)
    services.make_decisions_firm(today + LATER)

    decision.refresh_from_db()
    decision.task.refresh_from_db()
    assert decision.undone_at is not None
    assert decision.task.state == Task.State.DROPPED
    assert asked_of(case) == []
    assert [task.copies.count() for task in take_in(today + LATER)] == [1]


def test_a_copy_that_joins_an_older_task_takes_the_place_of_that_nothing_was_found(
    platform, site, reviewer, held, bank, today
) -> None:
    held(entry=make_entry(bank, "bridge.jpg", today), group="a")
    (older,) = take_in(today)
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.all().delete()
    (task,) = [one for one in take_in(today) if one != older]
    services.decide(
        task=task, outcome="restore", grounds=["not_here"], facts="", user=reviewer, now=today
    )
    services.make_decisions_firm(today + timedelta(minutes=2))
    make_copy(platform, case.items.get().claims.get().entry, today + LATER, group="a")

    assert take_in(today + LATER) == [older]
    services.make_decisions_firm(today + LATER)

    assert asked_of(case) == []
    assert take_in(today + LATER) == [older]


@pytest.mark.parametrize("has_address", [False, True])
def test_a_copy_that_joins_another_task_ends_the_one_in_which_somebody_looks(
    platform, site, held, bank, today, has_address
) -> None:
    held(entry=make_entry(bank, "bridge.jpg", today), group="a")
    (other,) = take_in(today)
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.update(state=Location.State.NOT_FOUND, next_try_at=None)
    if not has_address:
        case.locations.all().delete()
    (task,) = [one for one in take_in(today) if one != other]
    held(entry=case.items.get().claims.get().entry, group="a")

    waiting = set(take_in(today))

    assert waiting == ({other, task} if has_address else {other}), "each address is looked at"
    assert found_in(task) == [other.number]
    assert case.items.get() in items_of(other)
    assert services.drop_needless(today) == 0


def test_new_copies_of_addresses_alone_are_not_said_to_be_held_to_the_reviewer(
    platform, site, reviewer, today
) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.update(state=Location.State.NOT_FOUND, next_try_at=None)
    (task,) = take_in(today)
    assert "still held" in screen_of(task, reviewer, today).restoring[0].help
    Claim.objects.update(ended_at=today)
    said = screen_of(task, reviewer, today).restoring[0].help
    assert said == "The person can answer with an address."


def test_new_copies_of_addresses_alone_are_not_said_to_be_held_to_who_answers_a_complaint(
    platform, site, reviewer, lead, today
) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.update(state=Location.State.NOT_FOUND, next_try_at=None)
    (task,) = take_in(today)
    made = services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="Shown.", user=lead, now=today
    )
    services.make_decisions_firm(today + timedelta(minutes=2))
    made.refresh_from_db()
    complaint = services.file_complaint(
        decision=made, side="uploader", text="It is a bowl.", now=today + LATER, key="a" * 64,
        basis="intimate",
    )  # fmt: skip
    at = today + LATER
    (held_, *_) = complaint_screen(complaint, reviewer, at, is_opened=False).grounds
    assert (held_.id, "still held" in held_.help) == ("not_here", True)
    Claim.objects.update(ended_at=today)
    (said, *_) = complaint_screen(complaint, reviewer, at, is_opened=False).grounds
    assert said.help == "The person can answer with an address."


def test_what_is_found_after_the_answer_is_firm_is_in_review_again(
    platform, site, reviewer, today
) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    nothing_found(case, reviewer, today)
    firm = today + timedelta(days=3)
    services.make_decisions_firm(firm)
    add_to_case(case=case, urls=[f"{site.origin}/late.jpg"], now=firm + LATER)
    late = case.locations.order_by("added_at").last()
    entry = case.items.get().claims.get().entry
    copy = make_copy(platform, entry, firm + LATER, source="notice", state="seen", group="late")
    Location.objects.filter(pk=late.pk).update(
        copy=copy, state=Location.State.FOUND, item=case.items.get(), next_try_at=None
    )

    (task,) = take_in(firm + LATER)

    assert list(task.copies.all()) == [copy]
    assert case.items.get().state == Item.State.IN_REVIEW
    newest = Clock.objects.order_by("began_at").last()
    assert (newest.began_at, newest.outcome) == (firm + LATER, Clock.Outcome.OPEN)


def test_what_was_found_is_here(noticed, reviewer, today) -> None:
    _case, task = noticed()
    shown = screen_of(task, reviewer, today)
    assert not shown.is_unseen
    assert "not_here" not in {ground.id for ground in shown.restoring}


@pytest.mark.parametrize(
    ("outcome", "grounds", "words"),
    [
        ("remove", ["us-tida"], "Removed on the platform by hand"),
        ("restore", ["not_here"], "Nothing found"),
        ("restore", ["not_intimate"], "Nothing is removed"),
        ("hold", [], "Hold for a second reviewer"),
    ],
)
def test_a_decision_says_what_it_is(
    platform, site, reviewer, today, outcome, grounds, words
) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.update(state=Location.State.NOT_FOUND, next_try_at=None)
    (task,) = take_in(today)
    made = services.decide(
        task=task, outcome=outcome, grounds=grounds, facts="", user=reviewer, now=today
    )
    assert made.outcome_words == words


def test_what_is_decided_about_a_copy_is_called_as_before(noticed, reviewer, today) -> None:
    _case, task = noticed()
    made = services.decide(
        task=task, outcome="restore", grounds=["not_intimate"], facts="", user=reviewer, now=today
    )
    assert made.outcome_words == "Restore"


@pytest.mark.parametrize(
    ("place", "why"), [("link", "A reported link"), ("words", "A reported picture")]
)
def test_why_it_is_here(platform, site, reviewer, today, place, why) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    case.locations.update(state=Location.State.NOT_FOUND, next_try_at=None)
    if place == "words":
        case.locations.all().delete()
    (task,) = take_in(today)
    assert row_of(task, reviewer, today).why == why


def test_the_second_picture_at_an_address_is_no_link(platform, site, reviewer, today) -> None:
    case = file_notice(platform, ["citrus.jpg", "bridge.jpg"], today)
    find(case, today)
    Location.objects.update(item=case.items.get(position=1))
    _found, unseen = take_in(today)
    assert row_of(unseen, reviewer, today).why == "A reported picture"


def test_new_copies_of_a_link_alone_are_not_said_to_be_held(
    platform, site, reviewer, today
) -> None:
    case = file_notice(platform, ["citrus.jpg"], today)
    nothing_found(case, reviewer, today)
    assert [one.is_held for one in asked_of(case)] == [True]
    Claim.objects.update(ended_at=today)
    assert [one.is_held for one in asked_of(case)] == [False]


def test_a_picture_with_several_addresses_waits_once(platform, site, today) -> None:
    case = file_notice(platform, ["citrus.jpg"], today, urls=[f"{site.origin}/{n}" for n in "abc"])
    case.locations.update(state=Location.State.NOT_FOUND, next_try_at=None)
    assert list(unseen_items()) == [case.items.get()]


def test_what_was_decided_before_is_not_read_again(platform) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("a plan for empty tables says nothing there")
    plan = unseen_items().explain()
    assert "item_waiting (state=?)" in plan
    assert "SCAN cases_" not in plan
