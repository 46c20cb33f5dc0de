"""Before something is shown again, whoever reported it is told and can answer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from review_scene import edited, file_notice, make_copy, place_copy
from staydown_web.actions.models import Order
from staydown_web.actions.services import make_orders
from staydown_web.audit.models import Event
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import NotAllowedError, RecordConflictError
from staydown_web.cases.models import Case, Contact, Item, Letter, Message
from staydown_web.cases.services import ask_withdrawal, send_message
from staydown_web.portal.services import open_page
from staydown_web.portal.views.session import COOKIE
from staydown_web.review import services, tasks
from staydown_web.review.models import Decision, Task, Telling
from staydown_web.review.selectors.tellings import asked_of
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(seconds=60), timedelta(hours=1)


def restore(task: Task, user, now: datetime, outcome: str = "restore") -> Decision:
    return services.decide(
        task=Task.objects.get(pk=task.pk),
        outcome=outcome,
        grounds=["not_intimate"] if outcome == "restore" else ["us-tida"],
        facts="",
        user=user,
        now=now,
    )


def answer(case: Case, now: datetime) -> None:
    send_message(case=case, sender=Message.Sender.PERSON, text="It is of me.", now=now)


def news(case: Case) -> int:
    return Letter.objects.filter(contact__case=case, template="news").count()


@pytest.fixture
def hidden(noticed, today):
    """A case whose copy is out of sight, its task, and a confirmed address."""
    case, task = noticed("same", "citrus.jpg")
    Copy.objects.filter(tasks=task).update(state=Copy.State.HELD)
    Contact.objects.filter(case=case).update(state=Contact.State.CONFIRMED)
    return case, task


@pytest.fixture
def told(hidden, reviewer, today):
    """Decided and told; the case, the task, the decision and the moment of telling."""
    case, task = hidden
    made = restore(task, reviewer, today)
    at = today + MINUTE
    assert services.make_decisions_firm(at) == 0
    return case, task, made, at


def test_she_is_told_before_anything_is_shown_again(told) -> None:
    case, task, _made, at = told
    asked = asked_of(case)
    assert [(one.until, one.why, one.is_hidden) for one in asked] == [
        (at + 48 * HOUR, ["Not an intimate image"], True)
    ]
    event = Event.objects.get(what="restore_told")
    assert (event.case_id, event.facts["grounds"]) == (case.pk, ["not_intimate"])
    assert news(case) == 1
    make_orders(at)
    assert not Order.objects.exists()
    assert task.copies.get().state == Copy.State.HELD


def test_nothing_is_restored_at_47_hours_and_it_is_at_48(told) -> None:
    case, _task, _made, at = told
    assert services.make_decisions_firm(at + 47 * HOUR) == 0
    make_orders(at + 47 * HOUR)
    assert not Order.objects.exists()
    assert services.make_decisions_firm(at + 48 * HOUR) == 1
    make_orders(at + 48 * HOUR)
    assert Order.objects.get().what == "restore"
    assert case.items.get().state == Item.State.KEPT
    assert asked_of(case) == []


def test_one_letter_whatever_the_worker_does_and_whatever_came_before(
    hidden, reviewer, today
) -> None:
    case, task = hidden
    contact = case.contacts.get()
    earlier = today - HOUR
    Letter.objects.create(
        contact=contact, template="news", state="sent", next_try_at=earlier, made_at=earlier
    )
    restore(task, reviewer, today)
    for minutes in range(1, 60):
        services.make_decisions_firm(today + minutes * MINUTE)
    assert news(case) == 2, "the one before, and one that tells of this"
    assert Event.objects.filter(what="restore_told").count() == 1


def test_an_answer_takes_it_back_and_the_next_decision_waits_a_minute(
    told, reviewer, reviewer_client
) -> None:
    case, task, made, at = told
    answer(case, at + HOUR)
    assert services.make_decisions_firm(at + HOUR) == 0
    made.refresh_from_db()
    task.refresh_from_db()
    assert made.undone_at == at + HOUR
    assert task.state == Task.State.OPEN
    assert task.copies.get().state == Copy.State.HELD
    assert Event.objects.get(what="decision_undone").facts["why"] == "answered"
    assert "The person answered" in reviewer_client.get(reverse("review:queue")).text
    page = reviewer_client.get(reverse("review:task", args=[task.number])).text
    assert "The person answered" in page
    assert SAID_BEFORE not in page
    restore(task, reviewer, at + 2 * HOUR)
    assert services.make_decisions_firm(at + 2 * HOUR + MINUTE) == 1
    assert Event.objects.filter(what="restore_told").count() == 1


def test_an_answer_of_the_last_moment_counts(told) -> None:
    case, _task, made, at = told
    answer(case, at + 48 * HOUR - MINUTE)
    assert services.make_decisions_firm(at + 48 * HOUR) == 0
    made.refresh_from_db()
    assert made.undone_at is not None


def test_what_staff_write_or_she_wrote_before_is_no_answer(hidden, reviewer, today) -> None:
    case, task = hidden
    answer(case, today)
    restore(task, reviewer, today)
    services.make_decisions_firm(today + MINUTE)
    send_message(
        case=case,
        sender=Message.Sender.STAFF,
        text="Please answer.",
        now=today + HOUR,
        actor=f"user:{reviewer.pk}",
    )
    assert services.make_decisions_firm(today + MINUTE + 48 * HOUR) == 1


def test_taking_the_case_back_ends_the_wait(told) -> None:
    case, _task, made, at = told
    ask_withdrawal(case=case, now=at + HOUR)
    assert services.make_decisions_firm(at + HOUR) == 1
    made.refresh_from_db()
    assert made.made_firm_at == at + HOUR
    assert not Telling.objects.filter(ended_at__isnull=True).exists()


def test_a_pause_before_a_withdrawal_holds_the_time(hidden, reviewer, today) -> None:
    case, task = hidden
    due = today + timedelta(days=7)
    Case.objects.filter(pk=case.pk).update(withdrawal_asked_at=today, withdrawal_due_at=due)
    restore(task, reviewer, today)
    services.make_decisions_firm(today + MINUTE)
    assert Telling.objects.get().until == due + 48 * HOUR
    assert news(case) == 0, "her page seems to have ended; a letter would say otherwise"


def test_an_undo_within_the_minute_tells_nobody(hidden, reviewer, today) -> None:
    case, task = hidden
    made = restore(task, reviewer, today)
    services.undo_decision(decision=made, user=reviewer, now=today + MINUTE * 0.9)
    services.make_decisions_firm(today + 2 * MINUTE)
    assert not Telling.objects.exists()
    assert news(case) == 0
    assert not Event.objects.filter(what="restore_told").exists()


def test_the_minute_is_not_longer_because_she_is_told(told, reviewer) -> None:
    _case, _task, made, at = told
    with pytest.raises(RecordConflictError):
        services.undo_decision(decision=made, user=reviewer, now=at + HOUR)


def test_without_a_case_nothing_waits(upload, reviewer, today) -> None:
    restore(upload, reviewer, today)
    assert services.make_decisions_firm(today + MINUTE) == 1
    assert not Telling.objects.exists()


def test_after_a_second_look_she_is_told_too_and_it_returns_there(
    hidden, reviewer, lead, today
) -> None:
    case, task = hidden
    restore(task, reviewer, today, outcome="hold")
    restore(task, lead, today + 2 * MINUTE)
    at = today + 4 * MINUTE
    services.make_decisions_firm(at)
    assert len(asked_of(case)) == 1
    answer(case, at + HOUR)
    services.make_decisions_firm(at + HOUR)
    task.refresh_from_db()
    assert task.state == Task.State.SECOND
    with pytest.raises(NotAllowedError):
        restore(task, reviewer, at + HOUR)


def test_a_colleague_can_take_it_back_from_the_screen(told, lead, client_of) -> None:
    case, task, made, _at = told
    client = client_of(lead)
    queue = client.get(reverse("review:queue")).text
    assert "answer until" in queue
    page = client.get(reverse("review:task", args=[task.number])).text
    assert "Take the decision back" in page
    client.post(reverse("review:undo", args=[made.pk]))
    task.refresh_from_db()
    assert task.state == Task.State.OPEN
    assert asked_of(case) == []
    assert Event.objects.get(what="restore_stopped").case_id == case.pk


def test_what_was_done_in_time_shows_no_time_left(told, reviewer_client) -> None:
    _case, task, _made, _at = told
    address = reverse("review:task", args=[task.number])
    page = reviewer_client.get(address).text
    assert "Done in time" in page
    assert "clock-left" not in page


def test_what_waits_shows_the_time_left(hidden, reviewer_client) -> None:
    _case, task = hidden
    page = reviewer_client.get(reverse("review:task", args=[task.number])).text
    assert "clock-left" in page


SAID_BEFORE = "The person is told first and can answer for two days."


def test_the_form_says_so_before(hidden, reviewer_client) -> None:
    _case, task = hidden
    assert SAID_BEFORE in reviewer_client.get(reverse("review:task", args=[task.number])).text


def test_the_form_does_not_say_so_where_no_case_stands_behind(upload, reviewer_client) -> None:
    assert SAID_BEFORE not in reviewer_client.get(reverse("review:task", args=[upload.number])).text


def test_copies_that_come_meanwhile_share_what_becomes_of_it(told, held) -> None:
    case, task, _made, at = told
    new = held(entry=case.items.get().claims.get().entry)
    Copy.objects.filter(pk=new.pk).update(group=task.group)
    tasks.take_in(at + HOUR)
    assert new.tasks.get() == task


def test_of_two_people_each_is_told_and_either_can_answer(
    platform, site, hidden, reviewer, today
) -> None:
    first, task = hidden
    url = site.put("second.jpg", edited("citrus.jpg", "same"))
    second = file_notice(platform, ["citrus.jpg"], today, urls=[url], name="Berta Beispiel")
    restore(task, reviewer, today)
    services.make_decisions_firm(today + MINUTE)
    assert Telling.objects.count() == 2
    answer(second, today + HOUR)
    services.make_decisions_firm(today + HOUR)
    assert asked_of(first) == asked_of(second) == []
    restore(task, reviewer, today + 2 * HOUR)
    services.make_decisions_firm(today + 2 * HOUR + MINUTE)
    assert len(asked_of(first)) == 1, "her time was cut short, so it begins anew"
    assert asked_of(second) == []


def test_a_case_that_turns_out_a_minors_is_not_restored(told, reviewer) -> None:
    from staydown_web.cases.services import close_for_minor

    case, task, made, at = told
    close_for_minor(case=case, actor=f"user:{reviewer.pk}", now=at + HOUR)
    assert services.make_decisions_firm(at + 49 * HOUR) == 0
    made.refresh_from_db()
    task.refresh_from_db()
    assert made.undone_at is not None
    assert task.state == Task.State.OPEN


def test_what_came_to_a_task_of_its_own_in_the_minute_is_one_with_it_again(
    platform, hidden, reviewer, today
) -> None:
    case, task = hidden
    restore(task, reviewer, today)
    entry = case.items.get().claims.get().entry
    copy = make_copy(platform, entry, today)
    Copy.objects.filter(pk=copy.pk).update(group=task.group)
    tasks.take_in(today)
    assert copy.tasks.get() != task
    services.make_decisions_firm(today + MINUTE)
    answer(case, today + HOUR)
    services.make_decisions_firm(today + HOUR)
    task.refresh_from_db()
    assert task.state == Task.State.OPEN
    assert Task.objects.filter(state=Task.State.OPEN).get() == task
    assert copy in task.copies.all()


def test_her_address_is_kept_while_something_is_asked_of_the_platform_and_then_forgotten(
    platform, hidden, today
) -> None:
    from staydown_web.cases.services.erasing import forget_left_addresses

    case, task = hidden
    copy = task.copies.get()
    place_copy(case, copy, today)
    Copy.objects.filter(pk=copy.pk).update(state_at=today)
    ask_withdrawal(case=case, now=today)
    copy.refresh_from_db()
    assert copy.url_box is not None, "held: an order is still to come"
    Copy.objects.filter(pk=copy.pk).update(state=Copy.State.RESTORED)
    assert forget_left_addresses(today + HOUR) == 1
    copy.refresh_from_db()
    assert copy.url_box is None


def _her_page(case: Case, now: datetime) -> str:
    client = Client()
    client.cookies[COOKIE] = open_page(case=case, now=now)
    return client.get(reverse("portal:page")).text


def test_her_page_says_what_may_happen_why_and_until_when(told) -> None:
    case, _task, _made, at = told
    page = _her_page(case, at)
    assert ": a reviewer thinks that it may be shown again</strong></p>" in page
    assert "Not an intimate image" in page
    assert f'<time datetime="{(at + 48 * HOUR).isoformat()}"' in page
    assert "You do not need to do anything now" not in page
    assert "<h1>Please answer, if you do not agree</h1>" in page
    answer(case, at + HOUR)
    services.make_decisions_firm(at + HOUR)
    page = _her_page(case, at)
    assert "thinks that it may be shown again</strong></p>" not in page
    assert "You answered in time" in page
    assert "Please answer" not in page


def test_her_page_does_not_say_hidden_of_what_is_in_sight(noticed, reviewer, today) -> None:
    case, task = noticed("same", "citrus.jpg")
    restore(task, reviewer, today)
    services.make_decisions_firm(today + MINUTE)
    page = _her_page(case, today + MINUTE)
    assert "Nothing changes until" in page
    assert "stays hidden" not in page


def test_in_a_pause_staff_read_that_nobody_can_answer(
    hidden, reviewer, today, reviewer_client
) -> None:
    case, task = hidden
    restore(task, reviewer, today)
    services.make_decisions_firm(today + MINUTE)
    queue, page = reverse("review:queue"), reverse("review:task", args=[task.number])
    assert "answer until" in reviewer_client.get(page).text
    assert "was told and can answer first" in reviewer_client.get(queue).text

    due = utc_now() + timedelta(days=7)
    Case.objects.filter(pk=case.pk).update(withdrawal_asked_at=today, withdrawal_due_at=due)

    for text in (reviewer_client.get(page).text, reviewer_client.get(queue).text):
        assert "Nobody can answer now" in text
        assert "can answer first" not in text
        assert "answer until" not in text
