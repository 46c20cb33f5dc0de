"""Two notices name one address, one order fails, and it is decided anew: what all pages say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from case_page_states import HOUR, MINUTE, Stage, answered, decide, file, removed, task_of
from helpline_scene import give_case, make_caseworker, make_client, make_team
from her_page import Her, ago, plain
from review_scene import make_copy
from staydown_web.accounts.models import User
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders, order_again
from staydown_web.banks.models import Entry
from staydown_web.base.clock import utc_now
from staydown_web.cases.models import Case, Clock, Item, Message
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import read_messages, send_message
from staydown_web.cases.services.clock_warnings import advance_clocks
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.records import record_facts
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import make_statements, make_waiting_statements
from staydown_web.review import services, tasks
from staydown_web.review.models import Complaint, Decision, StatementTelling, Task
from staydown_web.review.services.foretelling import allow_statement
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
KEEP, REMOVE = ("restore", "not_intimate"), ("remove", "us-tida")
SHOWN_AGAIN = "citrus.jpg: a reviewer thinks that it may be shown again"
STAYS = "citrus.jpg: a reviewer thinks that it should not be removed"
DECIDED = "citrus.jpg: it was decided that it should not be removed"
TOLD_FIRST = "citrus.jpg: you were told before the person who uploaded it"
TO_BE_TOLD = "it was decided to remove it and why"


def work(now: datetime) -> None:
    services.make_decisions_firm(now)
    make_orders(now)
    make_statements(now)
    make_waiting_statements(now)


def together(stage: Stage) -> list[Case]:
    """Both notices were there before anybody decided: one decision about both copies."""
    cases = [file(stage, 3 * HOUR), file(stage, 3 * HOUR)]
    for task in {task_of(case, stage, 2 * HOUR) for case in cases}:
        make(stage.first, task, *REMOVE, at=90)
    return cases


def apart(stage: Stage) -> list[Case]:
    """The second notice came after the first was decided: each has a decision of its own."""
    cases = []
    for minutes in (90, 85):
        cases.append(file(stage, 3 * HOUR))
        make(stage.first, task_of(cases[-1], stage, 2 * HOUR), *REMOVE, at=minutes)
    return cases


def make(user: User, task: Task, outcome: str, *grounds: str, at: int) -> None:
    services.decide(
        task=task, outcome=outcome, grounds=list(grounds), facts="", user=user, now=ago(at)
    )
    work(ago(at - 2))


def answer(*states: str, at: int) -> None:
    """The site answers its orders to remove, in their order; an empty state is no answer."""
    for order in Order.objects.filter(what="hold", state="waiting"):
        say(order, "done", at)
    for n, (order, state) in enumerate(
        zip(Order.objects.filter(what="remove").order_by("seq"), states, strict=True)
    ):
        if state and order.state == "waiting":
            say(order, state, at - n)


def say(order: Order, state: str, at: int) -> None:
    answer_order(
        order_id=order.pk, platform_id=order.platform_id, state=state, note="", actor="system",
        now=ago(at),
    )  # fmt: skip


def decide_anew(stage: Stage, outcome: str, ground: str, *, at: int = 50) -> None:
    make(stage.second, Task.objects.get(state="open"), outcome, ground, at=at)


def restored() -> list[str]:
    """The states of the removals of what is ordered to be shown again."""
    shown = Order.objects.filter(what="restore").values("copy")
    return sorted(
        Order.objects.filter(what="remove", copy__in=shown).values_list("state", flat=True)
    )


@pytest.mark.parametrize("with_second", [False, True])
def test_what_was_removed_for_one_is_shown_again_for_both_once(
    stage: Stage, with_second: bool, user_named: Callable[..., User]
) -> None:
    cases = together(stage)
    answer("done", "failed", at=70)
    if with_second:
        make(stage.second, Task.objects.get(state="open"), "hold", at=60)
        make(user_named("tara"), Task.objects.get(state="second"), *KEEP, at=50)
    else:
        decide_anew(stage, *KEEP)

    for case in cases:
        her = Her(case)
        assert (her.title, her.item) == ("Please answer, if you do not agree", "Removed")
        assert "Removed on" in her.place
        assert SHOWN_AGAIN in plain(her.page)
        assert "It stays hidden until" in her.page
        assert STAYS not in her.page
        assert TO_BE_TOLD not in her.page, "of what is decided anew nobody is to be told"

    work(utc_now() + 49 * HOUR)
    assert restored() == ["done"], "what never went down needs no order"
    for case in cases:
        her = Her(case)
        assert (her.title, her.item) == ("It may be shown again", "Not removed")
        assert "Removed on" in her.place
        assert her.address.startswith("It was removed there. It was decided that it may be shown")
        assert her.data()["items"][0]["state"] == "kept"

    assert set(Entry.objects.values_list("state", flat=True)) == {"disputed"}, "it stops nothing"
    answered(utc_now())
    assert set(Copy.objects.values_list("state", flat=True)) == {"restored"}
    for case in cases:
        her = Her(case)
        assert her.title == "It is shown again"
        assert her.address == "A copy was found there. It was decided that it is not removed."
        assert her.place.startswith("Not removed")
        assert "did not carry it out" not in her.page
        assert "It is shown again at Forum Example" in her.story
    assert not Statement.objects.exists()


@pytest.mark.parametrize("states", [("failed", ""), ("", "failed")])
def test_what_goes_down_while_she_is_asked_is_said_to_be_hidden(
    stage: Stage, states: tuple[str, str]
) -> None:
    cases = together(stage)
    answer(*states, at=70)
    decide_anew(stage, *KEEP)
    for case in cases:
        assert STAYS in Her(case).page
        assert TO_BE_TOLD not in Her(case).page

    answer("done", "done", at=45)
    for case in cases:
        her = Her(case)
        assert (her.item, "Removed on" in her.place) == ("Removed", True)
        assert SHOWN_AGAIN in plain(her.page)

    work(utc_now() + 49 * HOUR)
    assert restored() == ["done"]
    answered(utc_now())
    for case in cases:
        her = Her(case)
        assert (her.title, her.item) == ("It is shown again", "Not removed")
        assert her.place.startswith("Not removed")
        assert "Not removed yet" not in her.page


@pytest.mark.parametrize("states", [("done", "failed"), ("failed", ""), ("", "failed")])
def test_what_another_notices_decision_removes_stays_off_and_both_read_it(
    stage: Stage, states: tuple[str, str], client_of: Callable[[User], Client]
) -> None:
    cases = apart(stage)
    answer(*states, at=70)
    task = Task.objects.get(state="open")
    if "done" in states:
        page = client_of(stage.second).get(reverse("review:task", args=[task.number])).text
        assert "It stays off, whatever you decide here." in page
    decide_anew(stage, *KEEP)
    answer("done", "done", at=45)
    for case in cases:
        her = Her(case)
        assert her.item == "Removed"
        assert STAYS in plain(her.page)
        assert "It stays off, whatever is decided here." in her.page

    work(utc_now() + 49 * HOUR)
    assert not Order.objects.filter(what="restore").exists()
    assert set(Entry.objects.values_list("state", flat=True)) == {"confirmed"}
    for case in cases:
        her = Her(case)
        assert (her.title, her.item) == ("It was removed", "Removed")
        assert DECIDED in her.story
        assert "It stays off all the same." in her.page
        again = plain(her.page.split('id="again"')[1].split("</section>")[0])
        assert DECIDED in again
        assert "citrus.jpg: not removed" not in her.page
        assert "may be shown again" not in her.page


def test_staff_read_of_a_failed_order_what_the_people_read_and_order_nothing_twice(
    stage: Stage, client_of: Callable[[User], Client]
) -> None:
    cases = apart(stage)
    answer("done", "failed", at=70)
    failed = Order.objects.get(what="remove", state="failed")

    def read() -> str:
        return client_of(stage.second).get(reverse("actions:order", args=[failed.pk])).text

    assert "The person reads that it was removed." in plain(read())
    assert "Order again" not in read(), "nothing of it is left"
    decide_anew(stage, *KEEP)
    work(utc_now() + 49 * HOUR)
    assert {Her(case).title for case in cases} == {"It was removed"}
    assert "The person reads that it was removed." in plain(read())
    assert "It was decided anew since." in read()
    assert "Order again" not in read()


def test_while_another_notices_order_waits_nothing_is_said_to_be_kept(
    stage: Stage, client_of: Callable[[User], Client]
) -> None:
    cases = apart(stage)
    answer("failed", "", at=70)
    decide_anew(stage, *KEEP)
    work(utc_now() + 49 * HOUR)

    first, second = (Her(case) for case in cases)
    assert (first.title, first.item) == ("It is not removed yet", "Not removed yet")
    assert "A reviewer has decided again" in plain(first.page)
    assert "A reviewer has decided again about what the website did not remove" in first.story
    assert "A reviewer looks" not in first.page
    assert (second.title, second.item) == ("It is ordered to be removed", "Ordered to be removed")
    failed = Order.objects.get(what="remove", state="failed")
    page = plain(client_of(stage.second).get(reverse("actions:order", args=[failed.pk])).text)
    looked = "The person reads that it may still be online and that a reviewer has decided"
    assert f"{cases[0].number}: {looked}" in page
    assert not Order.objects.filter(what="restore").exists()

    answer("done", "done", at=1)
    assert [Her(case).title for case in cases] == ["It was removed"] * 2


def test_what_a_website_could_neither_hide_nor_remove_needs_no_order_to_show_it(
    stage: Stage,
) -> None:
    case = decide(stage, "remove", "us-tida", ago=HOUR)
    make_orders(ago(50))
    for order in Order.objects.order_by("seq"):
        say(order, "failed", 40)
    decide_anew(stage, *KEEP, at=30)
    work(utc_now() + 49 * HOUR)

    assert Her(case).title == "It was not removed"
    assert not Order.objects.filter(what="restore").exists()


def test_what_was_held_at_upload_is_shown_although_it_could_not_be_blocked(stage: Stage) -> None:
    make_copy(stage.platform, None, ago(90))
    tasks.take_in(ago(90))
    make(stage.first, Task.objects.get(), *REMOVE, at=80)
    say(Order.objects.get(what="block"), "failed", 70)
    decide_anew(stage, *KEEP)

    assert Order.objects.filter(what="restore").count() == 1


@pytest.fixture
def asked(stage: Stage) -> list[Case]:
    """Both are told that it may be shown again; the first answers, and a reviewer reads it."""
    cases = together(stage)
    answer("done", "failed", at=70)
    decide_anew(stage, *KEEP)
    send_message(case=cases[0], sender=Message.Sender.PERSON, text="Why?", now=ago(45))
    work(ago(44))
    return cases


READS = "A reviewer reads what you wrote and decides again."
READ = "A reviewer has read what you wrote and decided again."


def test_who_answered_reads_that_it_was_read_and_decided_to_remove_it(
    stage: Stage, asked: list[Case]
) -> None:
    first, second = asked
    assert READS in Her(first).page
    assert "Nothing goes out to them until a reviewer has read it." in Her(first).page
    read_messages(case=first, reader=Message.Sender.STAFF, now=ago(40))
    decide_anew(stage, *REMOVE, at=38)

    her = Her(first)
    assert READS not in her.page
    assert READ in her.page
    assert "citrus.jpg: a reviewer decided again, to remove it" in her.story
    assert "until a reviewer has read it" not in her.page
    assert her.page.count("A reviewer has read what you wrote. Nothing goes out") == 1
    other = Her(second)
    assert "A reviewer looks at it again." not in other.page
    assert plain(other.page).count(TO_BE_TOLD) == 1, "of the first decision she is asked no more"
    assert set(StatementTelling.objects.values_list("ended_for", flat=True)) == {"overtaken", ""}


def test_who_answered_reads_that_it_was_read_and_still_is_not_to_be_removed(
    stage: Stage, asked: list[Case]
) -> None:
    first, second = asked
    read_messages(case=first, reader=Message.Sender.STAFF, now=ago(40))
    decide_anew(stage, *KEEP, at=38)

    her = Her(first)
    assert READS not in her.page
    assert READ in her.page
    still = "citrus.jpg: a reviewer decided again, and still thinks that it should not be removed"
    assert still in her.story
    assert "You wrote to us" not in her.page, "nobody is to be told of the first decision"
    assert her.title == "It was removed"
    assert Her(second).title == "Please answer, if you do not agree", "hers can still change it"

    work(utc_now() + 49 * HOUR)
    for case in asked:
        her = Her(case)
        assert her.title == "It may be shown again"
        assert TO_BE_TOLD not in her.page
        assert 'action="/case/allow/"' not in her.page
    assert not StatementTelling.objects.filter(ended_at=None).exists()


def test_who_answered_to_a_complaint_that_changes_nothing_reads_that_it_was_decided(
    stage: Stage,
) -> None:
    case = removed(stage)
    decision = Decision.objects.get()
    complaint = services.file_complaint(
        decision=decision, side=Complaint.Side.UPLOADER, text="It is a bowl.", key="k",
        now=ago(300),
    )  # fmt: skip

    def end(outcome: str, at: int) -> None:
        services.decide_complaint(
            complaint=complaint, outcome=outcome, grounds=["not_intimate"], facts="As I see it.",
            user=stage.second, now=ago(at),
        )  # fmt: skip
        services.make_decisions_firm(ago(at - 2))
        services.settle_complaints(ago(at - 2))

    end("reversed", at=290)
    send_message(case=case, sender=Message.Sender.PERSON, text="It is me.", now=ago(280))
    work(ago(279))
    assert READS in Her(case).page
    read_messages(case=case, reader=Message.Sender.STAFF, now=ago(270))
    complaint.refresh_from_db()
    end("stands", at=260)

    her = Her(case)
    assert READS not in her.page
    assert READ in her.page
    assert "Another reviewer agreed: the decision stays" in her.page
    assert "did not agree. The" not in her.page


def test_until_it_is_decided_again_for_good_nothing_says_that_it_is(
    stage: Stage, asked: list[Case]
) -> None:
    services.decide(
        task=Task.objects.get(state="open"), outcome="remove", grounds=["us-tida"], facts="",
        user=stage.second, now=utc_now(),
    )  # fmt: skip

    assert READS in Her(asked[0]).page
    assert "decided again" not in Her(asked[0]).page


def test_a_statement_of_what_was_removed_ends_when_it_is_decided_anew(stage: Stage) -> None:
    cases = together(stage)
    answer("done", "failed", at=70)
    for telling in StatementTelling.objects.select_related("case"):
        allow_statement(case=telling.case, decision_id=telling.decision_id, now=ago(65))
    work(ago(64))
    assert Statement.objects.filter(state="standing").count() == 2
    decide_anew(stage, *KEEP)
    work(utc_now() + 49 * HOUR)

    assert set(Statement.objects.values_list("state", flat=True)) == {"ended"}
    for statement in Statement.objects.all():
        page = Client().get(reverse("reports:statement", args=[said_by(statement).token])).text
        assert "A later decision took its place." in page
    assert Her(cases[1]).title == "It may be shown again"


def test_ordered_again_nothing_waits_for_a_reviewer(stage: Stage) -> None:
    together(stage)
    answer("done", "failed", at=70)
    order_again(order_id=Order.objects.get(state="failed").pk, actor="system", now=ago(60))

    assert not Task.objects.filter(state="open").exists()
    assert set(Item.objects.values_list("state", flat=True)) == {"removed"}


@pytest.mark.parametrize(
    ("filed", "until"),
    [
        (together, "It stays hidden until"),
        (apart, "It stays off, whatever is decided here. The decision waits until"),
    ],
)
def test_a_helpline_reads_what_becomes_of_it_while_it_can_answer(
    stage: Stage,
    filed: Callable[[Stage], list[Case]],
    until: str,
    client_of: Callable[[User], Client],
) -> None:
    case = filed(stage)[1]
    worker = make_caseworker("mia", make_team("Helpline One", utc_now()), leads=True)
    give_case(case, make_client(worker, "File 7", utc_now()), worker, utc_now())
    answer("done", "failed", at=70)
    decide_anew(stage, *KEEP)

    page = client_of(worker).get(reverse("portal:helpline_case", args=[case.number])).text
    listed = plain(client_of(worker).get(reverse("portal:caseload")).text)
    assert until in plain(page)
    assert until in plain(Her(case).page)
    assert "shown again" not in listed
    assert "Answer, if you do not agree" in listed


def test_a_helpline_reads_the_same(stage: Stage, client_of: Callable[[User], Client]) -> None:
    case = together(stage)[1]
    worker = make_caseworker("mia", make_team("Helpline One", utc_now()), leads=True)
    give_case(case, make_client(worker, "File 7", utc_now()), worker, utc_now())
    answer("done", "failed", at=70)
    decide_anew(stage, *KEEP)
    address = reverse("portal:helpline_case", args=[case.number])

    told = plain(client_of(worker).get(address).text)
    assert SHOWN_AGAIN in told
    assert STAYS not in told
    assert "you are told before the person who uploaded it" not in told

    work(utc_now() + 49 * HOUR)
    answered(utc_now())
    page = client_of(worker).get(address).text
    assert 'data-label="State">Not removed</td>' in page
    assert "Not removed yet" not in page


def decided_twice(stage: Stage, first: tuple[str, str], second: tuple[str, str]) -> list[Case]:
    """Both notices name one address, and each is decided by itself, in this order."""
    cases = []
    for at, made in ((90, first), (85, second)):
        cases.append(file(stage, 3 * HOUR))
        make(stage.first, task_of(cases[-1], stage, 2 * HOUR), *made, at=at)
    return cases


def done(at: int) -> None:
    for order in Order.objects.filter(state="waiting").order_by("seq"):
        say(order, "done", at)


def recorded(case: Case) -> tuple[str, str]:
    """How her item and her address stand in her record."""
    case.refresh_from_db()
    now = utc_now()
    view = person_view(case=case, is_unveiled=True, now=now)
    facts = record_facts(case=case, view=view, with_details=False, for_staff=False, now=now)
    return facts["items"][0]["state"], facts["places"][0]["state"]


def stays_off(case: Case) -> Her:
    """Her page, which says that it was removed, and stays off whatever was decided about hers."""
    her = Her(case)
    assert is_down_and_said(case)
    assert her.title == "It was removed"
    again = plain(her.page.split('id="again"')[1].split("</section>")[0])
    assert DECIDED in again
    assert "It stays off all the same." in again
    return her


def is_down_and_said(case: Case) -> bool:
    """Whether her page, her data and her record all say that it was removed there."""
    her = Her(case)
    data = her.data()
    told = (her.item, data["items"][0]["state"], data["places"][0]["state"], *recorded(case))
    is_told = told == ("Removed", *["removed"] * 4) and "Removed on" in her.place
    return is_told and her.address.startswith("It was removed there. If it is there again")


def test_what_is_down_by_another_notices_decision_stays_off_and_nothing_is_overdue(
    stage: Stage, client_of: Callable[[User], Client]
) -> None:
    cases = decided_twice(stage, REMOVE, KEEP)
    assert "Another decision about it holds, whatever is decided here." in plain(Her(cases[1]).page)
    done(60)
    for case in cases:
        her = Her(case)
        assert is_down_and_said(case)
        assert STAYS in her.page
        assert "It stays off, whatever is decided here." in her.page
        assert "Nothing changes until" not in her.page

    work(utc_now() + 49 * HOUR)
    advance_clocks(utc_now() + 50 * HOUR)
    clocks = Clock.objects.values_list("outcome", "breached_at")
    assert set(clocks) == {("kept", None)}, "the website did act"
    assert not Order.objects.filter(what="restore").exists()
    for case in cases:
        her = Her(case)
        assert is_down_and_said(case)
        assert her.title == "It was removed"
        assert DECIDED in her.story
        again = plain(her.page.split('id="again"')[1].split("</section>")[0])
        assert DECIDED in again
        assert "It stays off all the same." in again
        assert "citrus.jpg: not removed" not in her.page
    worker = make_caseworker("mia", make_team("Helpline One", utc_now()), leads=True)
    give_case(cases[1], make_client(worker, "File 7", utc_now()), worker, utc_now())
    address = reverse("portal:helpline_case", args=[cases[1].number])
    page = plain(client_of(worker).get(address).text)
    assert DECIDED in page
    assert "It stays off all the same." in page
    assert "must act" not in page


def test_what_was_not_removed_for_one_goes_down_for_another_and_both_read_it(
    stage: Stage,
) -> None:
    first = file(stage, 80 * HOUR)
    services.decide(
        task=task_of(first, stage, 79 * HOUR), outcome=KEEP[0], grounds=[KEEP[1]], facts="",
        user=stage.first, now=utc_now() - 78 * HOUR,
    )  # fmt: skip
    for ago_ in (77, 20):
        work(utc_now() - ago_ * HOUR)
    second = file(stage, 3 * HOUR)
    make(stage.second, task_of(second, stage, 2 * HOUR), *REMOVE, at=90)
    for case in (first, second):
        her = Her(case)
        assert (her.item, her.title) == ("Ordered to be removed", "It is ordered to be removed")
        assert her.place.startswith("Ordered to be removed")
        assert recorded(case)[0] == "ordered"

    done(60)
    for case in (first, second):
        stays_off(case)
    assert set(Clock.objects.values_list("outcome", flat=True)) == {"kept"}


def test_what_went_down_for_both_is_shown_again_for_both_by_one_order(stage: Stage) -> None:
    cases = decided_twice(stage, REMOVE, KEEP)
    done(60)
    work(utc_now() + 49 * HOUR)
    reverse_removal(stage, Decision.objects.get(outcome="remove"))

    assert Order.objects.filter(what="restore").count() == 1
    assert set(Copy.objects.values_list("state", flat=True)) == {"restored"}
    assert set(Entry.objects.values_list("state", flat=True)) == {"disputed"}
    for case in cases:
        her = Her(case)
        assert her.item == "Not removed"
        assert her.address == "A copy was found there. It was decided that it is not removed."


def reverse_removal(stage: Stage, decision: Decision) -> None:
    """The uploader complains, another reviewer agrees, and nobody answers."""
    later = utc_now() + 50 * HOUR
    complaint = services.file_complaint(
        decision=decision, side=Complaint.Side.UPLOADER, text="It is art.", key=f"k{decision.pk}",
        now=later,
    )  # fmt: skip
    services.decide_complaint(
        complaint=complaint, outcome="reversed", grounds=["not_intimate"], facts="As I see it.",
        user=stage.second, now=later + MINUTE,
    )  # fmt: skip
    for after in (HOUR, 50 * HOUR):
        services.make_decisions_firm(later + after)
        services.settle_complaints(later + after)
    answered(later + 51 * HOUR)


def test_one_of_two_removals_is_reversed_and_what_the_other_keeps_off_is_said_to_stay_off(
    stage: Stage,
) -> None:
    cases = decided_twice(stage, REMOVE, REMOVE)
    done(60)
    first, second = Decision.objects.order_by("decided_at")
    reverse_removal(stage, first)

    assert not Order.objects.filter(what="restore").exists()
    assert set(Entry.objects.values_list("state", flat=True)) == {"confirmed"}, "the other stands"
    for case in cases:
        her = stays_off(case)
        assert "citrus.jpg: not removed" not in her.page
        assert "Another reviewer reversed the removal" not in plain(her.page)
        assert "Another reviewer reversed a decision to remove it" in plain(her.page)
        assert "The person who uploaded it did not agree" not in plain(her.page)

    reverse_removal(stage, second)
    assert set(Copy.objects.values_list("state", flat=True)) == {"restored"}
    assert set(Entry.objects.values_list("state", flat=True)) == {"disputed"}


@pytest.mark.parametrize("how", [together, apart])
@pytest.mark.parametrize("states", [("failed", ""), ("", "failed")])
def test_each_page_says_what_became_of_the_order_for_its_own_address(
    stage: Stage, how: Callable[[Stage], list[Case]], states: tuple[str, str]
) -> None:
    cases = how(stage)
    answer(*states, at=60)
    by_copy = dict(Order.objects.filter(what="remove").values_list("copy", "state"))
    told = {by_copy[case.locations.get().copy_id]: (Her(case), case) for case in cases}

    waits, case = told["waiting"]
    assert (waits.title, waits.item) == ("It is ordered to be removed", "Ordered to be removed")
    assert waits.place.startswith("Ordered to be removed")
    assert waits.address == "A copy was found there. It is to be removed; we wait for that."
    assert recorded(case) == ("ordered", "ordered")
    assert waits.data()["items"][0]["state"] == "ordered"
    assert "did not carry it out" not in waits.page
    assert "A reviewer looks" not in waits.page

    failed, case = told["failed"]
    assert (failed.title, failed.item) == ("It is not removed yet", "Not removed yet")
    assert failed.place.startswith("Not removed yet")
    assert recorded(case) == ("failed", "failed")
    for told_first in (waits, failed):
        assert told_first.story.count(TOLD_FIRST) == 1, "of two decisions on one address too"
    assert failed.story.count("citrus.jpg: the website did not carry it out; it may still be "
                              "online") == 1  # fmt: skip

    answer("done", "done", at=30)
    assert all(is_down_and_said(case) for case in cases)


@pytest.mark.parametrize("states", [("failed", "done"), ("done", "failed")])
def test_what_failed_at_another_address_says_nothing_of_hers(
    stage: Stage, states: tuple[str, str]
) -> None:
    """Both are decided at once, as the same picture, and lie at two addresses."""
    cases = [file(one, 3 * HOUR) for one in (stage, replace(stage, url=f"{stage.url}?b"))]
    first = task_of(cases[0], stage, 2 * HOUR)
    second = task_of(cases[1], replace(stage, url=f"{stage.url}?b"), 2 * HOUR)
    assert first == second
    make(stage.first, first, *REMOVE, at=90)
    answer(*states, at=60)
    by_copy = dict(Order.objects.filter(what="remove").values_list("copy", "state"))
    told = {by_copy[case.locations.get().copy_id]: case for case in cases}

    assert is_down_and_said(told["done"])
    assert Her(told["done"]).title == "It was removed"
    assert "did not carry it out" not in Her(told["done"]).page
    assert Her(told["failed"]).item == "Not removed yet"
    assert recorded(told["failed"]) == ("failed", "failed")
