"""What another decision keeps off is not shown again by a complaint about the first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from review_scene import edited, file_notice
from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders
from staydown_web.cases.models import Case
from staydown_web.cases.tasks import look_at_locations
from staydown_web.portal.services import open_page
from staydown_web.portal.views.session import COOKIE
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.complaint_messages import outcome_of
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import make_statements, make_waiting_statements
from staydown_web.review import services, tasks
from staydown_web.review.models import Complaint, Decision, Task
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WARNED = "It stays off, whatever you decide here."


def decide(task: Task, user: User, now: datetime, outcome: str = "remove") -> Decision:
    grounds = ["us-tida"] if outcome == "remove" else ["satire"]
    made = services.decide(
        task=task, outcome=outcome, grounds=grounds, facts="A picture.", user=user, now=now
    )
    carry_on(now + 2 * MINUTE)
    made.refresh_from_db()
    return made


def carry_on(now: datetime, state: str = "done") -> None:
    """What the worker does, and what the platform answers."""
    services.make_decisions_firm(now)
    make_orders(now)
    make_statements(now)
    make_waiting_statements(now)
    for order in Order.objects.filter(state="waiting").order_by("seq"):
        answered = "done" if order.what == "hold" else state
        answer_order(
            order_id=order.pk, platform_id=order.platform_id, state=answered, note="",
            actor="system", now=now,
        )  # fmt: skip


def complain(decision: Decision, now: datetime) -> Complaint:
    statement = Statement.objects.filter(decision=decision).first()
    key = statement.token_digest if statement else "a" * 64
    return services.file_complaint(
        decision=decision, side="uploader", text="It is art.", now=now, key=key, basis="intimate"
    )


def reverse_it(complaint: Complaint, user: User, now: datetime) -> None:
    services.decide_complaint(
        complaint=complaint, outcome="reversed", grounds=["satire"], facts="We looked again.",
        user=user, now=now,
    )  # fmt: skip
    for hours in (1, 60, 120):
        carry_on(now + hours * HOUR)
        services.settle_complaints(now + hours * HOUR)


def restored() -> list[str]:
    rows = Order.objects.filter(what="restore").order_by("seq")
    return [str(pk) for pk in rows.values_list("copy_id", flat=True)]


@pytest.fixture
def twice(
    site, bank, platform: Platform, reviewer: User, user_named, today: datetime
) -> tuple[Decision, Decision]:
    """Two people name one address, one after the other; each has a decision that removes it."""
    url, made = site.put("post.jpg", edited("citrus.jpg", "part")), []
    begin = today - 9 * DAY
    for at, user, name in ((begin, reviewer, "Anna"), (begin + HOUR, user_named("sara"), "Berta")):
        file_notice(platform, ["citrus.jpg"], at, urls=[url], name=name)
        while look_at_locations(at + 5 * MINUTE):
            pass
        tasks.take_in(at + 5 * MINUTE)
        made.append(decide(Task.objects.get(state="open"), user, at + 10 * MINUTE))
    for hours in (30, 60):
        carry_on(begin + hours * HOUR)
    assert Copy.objects.count() == 2
    assert set(Copy.objects.values_list("state", flat=True)) == {"removed"}
    return made[0], made[1]


def test_a_reviewer_reads_of_the_other_decision_before_a_complaint_is_answered(
    twice, lead, client_of, today
) -> None:
    first, second = twice
    complaint = complain(first, today - 4 * DAY)
    page = client_of(lead).get(reverse("review:complaint", args=[complaint.pk])).text
    form = page.split("data-decision")[1]

    assert WARNED in form.split("Does the decision stay?")[0]
    assert f'href="{reverse("review:task", args=[second.task.number])}"' in form
    assert "Reverse it: it stays off by another decision" in form
    assert "Reverse it: restore" not in form


def test_what_the_other_decision_keeps_is_not_ordered_back_nor_said_to_be(
    twice, lead, today
) -> None:
    first, second = twice
    complaint = complain(first, today - 4 * DAY)
    reverse_it(complaint, lead, today - 4 * DAY)

    assert restored() == []
    assert set(Copy.objects.values_list("state", flat=True)) == {"removed"}
    statement = Statement.objects.get(decision=first)
    page = Client().get(reverse("portal:complain", args=[said_by(statement).token])).text
    assert "It is still not shown, because another decision about it holds." in page
    assert "It is shown again" not in page
    assert Statement.objects.get(decision=second).state == "standing"
    complaint.refresh_from_db()
    told = outcome_of(complaint)
    assert (told["outcome"], told["holds"]) == ("reversed", "remove")


def test_whoever_asked_reads_too_that_it_stays_off_whatever_is_decided(twice, lead, today) -> None:
    first, _second = twice
    now = today - 30 * MINUTE
    complaint = complain(first, now)
    services.decide_complaint(
        complaint=complaint, outcome="reversed", grounds=["satire"], facts="We looked again.",
        user=lead, now=now,
    )  # fmt: skip
    services.make_decisions_firm(now + 2 * MINUTE)
    case = first.task.case
    client = Client()
    client.cookies[COOKIE] = open_page(case=case, now=today)
    page = client.get(reverse("portal:page")).text
    assert ": a reviewer thinks that it should not be removed</strong></p>" in page
    assert page.count("It stays off, whatever is decided here.") == 2, "in the note, and the story"
    assert "may be shown again" not in page
    assert "It stays hidden until" not in page


def test_both_are_shown_once_no_decision_keeps_them(
    twice, lead, user_named, client_of, today
) -> None:
    first, second = twice
    reverse_it(complain(first, today - 8 * DAY + 12 * HOUR), lead, today - 4 * DAY)
    complaint = complain(second, today - 3 * DAY)
    page = client_of(lead).get(reverse("review:complaint", args=[complaint.pk])).text
    assert WARNED not in page
    reverse_it(complaint, user_named("tara"), today - 3 * DAY)

    assert set(restored()) == {str(pk) for pk in Copy.objects.values_list("pk", flat=True)}
    assert set(Copy.objects.values_list("state", flat=True)) == {"restored"}


def test_one_address_in_two_notices_counts_as_one_post(
    site, bank, platform, reviewer_client, today
) -> None:
    begin = today - HOUR
    urls = [site.put(f"{name}.jpg", edited("citrus.jpg", "part")) for name in ("post", "other")]
    for n, named in enumerate((urls[:1], urls[:1], urls[1:])):
        file_notice(platform, ["citrus.jpg"], begin, urls=named, name=f"Anna {'ABC'[n]}")
        while look_at_locations(begin + 5 * MINUTE):
            pass
    tasks.take_in(begin + 5 * MINUTE)
    task = Task.objects.get(state="open")
    assert Copy.objects.count() == task.copies.count() == 3

    queue = reviewer_client.get(reverse("review:queue")).text
    assert f'data-label="Copies" class="num">{2}</td>' in queue
    page = reviewer_client.get(reverse("review:task", args=[task.number])).text
    assert ", 2 reported posts</dd>" in page
    assert "All 2 copies, and new ones" in page
    reviewer_client.post(
        reverse("review:decide", args=[task.number]),
        {"outcome": "remove", "grounds": ["us-tida"], "facts": "A picture.", "opened": "1"},
    )
    assert "is to be removed. 2 copies." in reviewer_client.get(reverse("review:queue")).text


@pytest.fixture
def anew(site, bank, platform, reviewer, user_named, today) -> tuple[Decision, Decision]:
    """The platform could not remove it; another reviewer decided anew, and it did."""
    url = site.put("post.jpg", edited("citrus.jpg", "part"))
    file_notice(platform, ["citrus.jpg"], today - 9 * DAY, urls=[url])
    while look_at_locations(today - 9 * DAY + 5 * MINUTE):
        pass
    tasks.take_in(today - 9 * DAY + 5 * MINUTE)
    made = services.decide(
        task=Task.objects.get(), outcome="remove", grounds=["us-tida"], facts="A picture.",
        user=reviewer, now=today - 9 * DAY + HOUR,
    )  # fmt: skip
    carry_on(today - 9 * DAY + HOUR + 2 * MINUTE, "failed")
    made.refresh_from_db()
    return made, decide(Task.objects.get(state="open"), user_named("sara"), today - 8 * DAY)


def test_of_what_was_decided_anew_the_last_decision_keeps_it_off(anew, lead, today) -> None:
    first, second = anew
    reverse_it(complain(first, today - 7 * DAY), lead, today - 7 * DAY)
    assert restored() == []
    assert Copy.objects.get().state == "removed"
    assert not second.undone_at


def test_of_what_was_decided_anew_the_first_decision_keeps_nothing(
    anew, lead, client_of, today
) -> None:
    _first, second = anew
    complaint = complain(second, today - 7 * DAY)
    page = client_of(lead).get(reverse("review:complaint", args=[complaint.pk])).text
    assert WARNED not in page
    reverse_it(complaint, lead, today - 7 * DAY)
    assert Copy.objects.get().state == "restored"


def test_a_second_notice_of_what_was_removed_says_so_before_it_is_decided(
    twice, platform, site, reviewer_client, today
) -> None:
    at = today - 2 * HOUR
    file_notice(platform, ["citrus.jpg"], at, urls=[site.origin + "/post.jpg"], name="Clara")
    while look_at_locations(at + 5 * MINUTE):
        pass
    tasks.take_in(at + 5 * MINUTE)
    task = Task.objects.get(state="open")
    page = reviewer_client.get(reverse("review:task", args=[task.number])).text
    assert WARNED in page
    assert Case.objects.count() == 3
