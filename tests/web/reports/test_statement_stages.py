"""A statement says that something was removed once the site has said so, and never before."""

from __future__ import annotations

import html
import json
import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from review_scene import file_notice, place_copy
from statement_scene import decide_firmly, make_copy, make_task
from staydown_web.actions.models import Order, Parcel
from staydown_web.actions.services import answer_order, make_orders, order_again
from staydown_web.audit.models import Event
from staydown_web.base.sealing import unseal
from staydown_web.cases.models import Case, Message
from staydown_web.cases.services import read_messages, send_message
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statement_messages import message_of
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import make_statement, make_statements, make_waiting_statements
from staydown_web.review.models import Decision, StatementTelling, Task
from staydown_web.review.selectors.foretold import foretold_of, waiting_statements
from staydown_web.review.services import Terms, file_complaint
from staydown_web.review.services.foretelling import allow_statement
from staydown_web.review.services.hearing import take_back_decision

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
REMOVED = "Your picture was removed."
DECIDED = "It was decided that your picture is removed."
SILENT = "The site has not said yet that it did so."
FAILED = "The site could not carry it out."


def answer(now: datetime, state: str) -> None:
    make_orders(now)
    for order in Order.objects.filter(state="waiting").order_by("seq"):
        answer_order(
            order_id=order.pk, platform_id=order.platform_id, note="",
            state="done" if order.what == "hold" else state,
            actor="system", now=now,
        )  # fmt: skip


def said_of(statement: Statement) -> str:
    """What its page says, and its text for the platform's own message with it."""
    said = said_by(Statement.objects.get(pk=statement.pk))
    fresh = Statement.objects.get(pk=statement.pk)
    text = message_of(fresh, said)["texts"]["en"]
    page = Client().get(reverse("reports:statement", args=[said.token])).text
    for words in (REMOVED, DECIDED, SILENT, FAILED):
        assert (words in text) == (words in page), words
    return page


@pytest.fixture
def stated(platform, reviewer, now) -> Statement:
    decide_firmly(make_task(platform, now, make_copy(platform, now)), reviewer, now)
    make_statements(now)
    return Statement.objects.get()


def test_what_is_only_ordered_is_not_said_to_be_removed(stated, now) -> None:
    make_orders(now)
    page = said_of(stated)
    assert f"{DECIDED} {SILENT}" in page
    assert REMOVED not in page
    data = message_of(stated, said_by(stated))
    assert data["restriction"] == "removed", "what was decided, for programs"
    answer(now, "done")
    page = said_of(stated)
    assert REMOVED in page
    assert DECIDED not in page


@pytest.fixture
def held(platform, now) -> Task:
    """An upload that was held as it came, so that it was never public."""
    return make_task(platform, now, make_copy(platform, now, source="upload", state="held"))


@pytest.mark.parametrize("answered", ["", "done", "failed"])
def test_an_upload_that_was_never_public_is_not_said_to_be_removed(
    held, reviewer, now, answered: str
) -> None:
    decide_firmly(held, reviewer, now)
    make_statements(now)
    make_orders(now)
    assert Order.objects.get().what == "block"
    if answered:
        answer(now, answered)
    page = said_of(Statement.objects.get())
    assert "Your upload was stopped. Nobody can see it." in page
    assert REMOVED not in page
    assert DECIDED not in page


def test_its_preview_says_the_same(held, reviewer_client) -> None:
    fields = {"outcome": "remove", "grounds": ["us-tida"], "facts": "It shows a person."}
    page = reviewer_client.post(reverse("reports:preview", args=[held.number]), fields).text
    assert "Your upload was stopped. Nobody can see it." in page
    assert REMOVED not in page


def test_an_upload_that_was_public_before_it_was_hidden_was_removed(
    platform, reviewer, user_named, now
) -> None:
    task = make_task(platform, now, make_copy(platform, now, source="upload"))
    decide_firmly(task, reviewer, now, outcome="hold", grounds=(), facts="")
    answer(now, "done")
    decide_firmly(task, user_named("sara"), now + HOUR)
    make_statements(now + HOUR)
    answer(now + HOUR, "done")
    assert Order.objects.filter(what="remove").exists()
    assert REMOVED in said_of(Statement.objects.get(decision__outcome="remove"))


def test_what_the_site_could_not_do_is_not_said_to_be_removed(stated, now) -> None:
    answer(now, "failed")
    page = said_of(stated)
    assert f"{DECIDED} {FAILED}" in page
    assert REMOVED not in page
    order_again(order_id=Order.objects.get(state="failed").pk, actor="system", now=now)
    page = said_of(stated)
    assert f"{DECIDED} {SILENT}" in page
    assert "could not carry it out" not in page


def test_once_a_later_decision_was_carried_out_nothing_is_said_to_have_failed(
    stated, user_named, now
) -> None:
    answer(now, "failed")
    later = now + HOUR
    decide_firmly(Task.objects.get(state="open"), user_named("sara"), later)
    answer(later + HOUR, "done")
    stated.refresh_from_db()
    assert stated.state == "standing", "the second has not gone out"
    page = said_of(stated)
    assert REMOVED in page
    assert "could not carry it out" not in page


def test_what_is_closed_or_hidden_is_said_with_the_same_care(platform, reviewer, now) -> None:
    terms = Terms(restriction="disabled", scope="world", ends_on=None)
    decide_firmly(make_task(platform, now, make_copy(platform, now)), reviewer, now, terms=terms)
    held = make_task(platform, now, make_copy(platform, now, content_kind="video"))
    decide_firmly(held, reviewer, now, outcome="hold", grounds=(), facts="")
    make_statements(now)
    closed, hidden = (Statement.objects.get(decision__outcome=one) for one in ("remove", "hold"))
    assert f"It was decided that nobody can open your picture any more. {SILENT}" in said_of(closed)
    assert f"It was decided that your video is hidden. {SILENT}" in said_of(hidden)
    answer(now, "done")
    assert "<dd>Nobody can open your picture any more.</dd>" in said_of(closed)
    assert "<dd>Your video is hidden.</dd>" in said_of(hidden)


def test_staff_read_how_far_it_got_beside_the_link(stated, reviewer_client, now) -> None:
    address = reverse("reports:decision_statements", args=[stated.decision_id])
    make_orders(now)
    assert (
        "In force; the site has not said yet that it did so" in reviewer_client.post(address).text
    )
    answer(now, "failed")
    assert "In force; the site could not carry it out yet" in reviewer_client.post(address).text
    order_again(order_id=Order.objects.get(state="failed").pk, actor="system", now=now)
    answer(now, "done")
    assert "<dd>In force</dd>" in reviewer_client.post(address).text


OPEN, CAN_ASK = "You can complain here", "Ask for another look"


def ways_of(statement: Statement) -> str:
    """What an uploader can do, on the page; the platform's own message says the same."""
    fresh = Statement.objects.get(pk=statement.pk)
    page = html.unescape(said_of(fresh))
    (way,) = re.findall(r"<ul><li>(.*?)</li>", page)
    assert str(way) in message_of(fresh, said_by(fresh))["texts"]["en"]
    assert (OPEN in page) == (CAN_ASK in page) == ("You can complain until" in page)
    return str(way)


def test_an_ended_statement_does_not_say_that_one_can_complain(stated, user_named, now) -> None:
    assert ways_of(stated).startswith(f"{OPEN} until ")
    answer(now, "failed")
    later = now + HOUR
    decide_firmly(Task.objects.get(state="open"), user_named("sara"), later, outcome="restore",
                  grounds=("satire",))  # fmt: skip
    make_statements(later + HOUR)
    stated.refresh_from_db()
    assert stated.state == "ended"
    assert ways_of(stated).startswith("This is no longer in force.")
    parcel = Parcel.objects.get(what="statement.ended")
    data = json.loads(unseal(parcel.box, context=f"parcel:{parcel.pk}"))
    assert OPEN not in data["texts"]["en"]


def test_of_a_hold_that_was_decided_nobody_reads_that_somebody_will_decide(
    platform, reviewer, lead, now
) -> None:
    task = make_task(platform, now, make_copy(platform, now))
    decide_firmly(task, reviewer, now, outcome="hold", grounds=(), facts="")
    make_statements(now)
    hidden = Statement.objects.get()
    assert ways_of(hidden).startswith("This is not the last word")
    decide_firmly(task, lead, now + HOUR)
    make_statements(now + HOUR)
    assert ways_of(hidden).startswith("This is no longer in force.")
    assert ways_of(Statement.objects.get(state="standing")).startswith(OPEN)


def test_who_complained_or_is_too_late_does_not_read_that_they_can(stated, now) -> None:
    Statement.objects.update(made_at=now - timedelta(days=400))
    over = ways_of(stated)
    assert over.startswith("You could complain here until ")
    assert over.endswith(" That time is over.")
    Statement.objects.update(made_at=now)
    file_complaint(
        decision=stated.decision, side="uploader", text="It is art.", now=now,
        key=stated.token_digest, basis="intimate",
    )  # fmt: skip
    assert ways_of(stated).startswith("You have complained here.")


@pytest.fixture
def failed(platform, reviewer, now) -> tuple[Case, Decision]:
    """She was told that the uploader will be; meanwhile the site could not remove it."""
    case = file_notice(platform, ["citrus.jpg"], now, urls=["http://127.0.0.1:8161/media/1.jpg"])
    copy = make_copy(platform, now)
    place_copy(case, copy, now)
    task = make_task(platform, now, copy, case=case, item=case.items.get())
    made = decide_firmly(task, reviewer, now)
    make_statements(now + HOUR)
    answer(now + HOUR, "failed")
    assert [one.decision_id for one in foretold_of(case, now + HOUR)] == [made.pk]
    return case, made


def test_what_is_decided_anew_is_not_told_before_the_new_decision_is_firm(
    failed, user_named, reviewer_client, now
) -> None:
    case, made = failed
    links = reverse("reports:decision_statements", args=[made.pk])
    first, anew_firm = "whoever reported it is told first", "and it was decided anew"
    assert first in reviewer_client.post(links).text
    sara, at = user_named("sara"), now + 2 * HOUR
    anew = decide_firmly(
        Task.objects.get(state="open"), sara, at, outcome="restore", grounds=("satire",)
    )
    assert anew.made_firm_at is None, "she can answer first"
    page = reviewer_client.post(links).text
    assert anew_firm in page
    assert first not in page
    assert foretold_of(case, at + HOUR) == []
    assert waiting_statements() == []
    allow_statement(case=case, decision_id=made.pk, now=at + HOUR)
    assert make_waiting_statements(now + 70 * HOUR) == 0
    assert not Statement.objects.exists()
    assert not Event.objects.filter(what__in=("uploader_told", "statement_allowed")).exists()

    take_back_decision(decision=anew, user=sara, now=at + HOUR)
    page = reviewer_client.post(links).text
    assert first in page
    assert anew_firm not in page
    assert [one.decision_id for one in foretold_of(case, at + HOUR)] == [made.pk]
    assert [one.decision.pk for one in waiting_statements()] == [made.pk]
    assert make_waiting_statements(now + 70 * HOUR) == 1
    assert f"{DECIDED} {FAILED}" in said_of(Statement.objects.get())


def test_once_the_new_decision_is_firm_it_overtakes_the_first_with_what_she_wrote(
    failed, user_named, now
) -> None:
    case, made = failed
    at = now + 2 * HOUR
    send_message(case=case, sender=Message.Sender.PERSON, text="He will hurt me.", now=at)
    make_waiting_statements(at)
    read_messages(case=case, reader=Message.Sender.STAFF, now=at)
    later = at + HOUR
    anew = decide_firmly(Task.objects.get(state="open"), user_named("sara"), later)
    make_statements(later + HOUR)
    assert StatementTelling.objects.get(decision=made).ended_for == "overtaken"
    assert StatementTelling.objects.get(decision=anew).answered_at is not None
    assert not Event.objects.filter(what="uploader_told").exists()


def test_of_two_copies_the_one_that_was_removed_is_told_while_the_other_is_decided_anew(
    platform, reviewer, user_named, now
) -> None:
    case = file_notice(platform, ["citrus.jpg"], now, urls=["http://127.0.0.1:8161/media/1.jpg"])
    gone, left = make_copy(platform, now), make_copy(platform, now)
    place_copy(case, left, now)
    task = make_task(platform, now, gone, left, case=case, item=case.items.get())
    made = decide_firmly(task, reviewer, now)
    make_statements(now + HOUR)
    make_orders(now + HOUR)
    for order in Order.objects.filter(state="waiting").order_by("seq"):
        has_failed = order.what == "remove" and order.copy_id == left.pk
        answer_order(
            order_id=order.pk, platform_id=order.platform_id, note="", actor="system",
            state="failed" if has_failed else "done", now=now + HOUR,
        )  # fmt: skip
    decide_firmly(
        Task.objects.get(state="open"), user_named("sara"), now + 2 * HOUR, outcome="restore",
        grounds=("satire",),
    )  # fmt: skip
    assert [one.decision_id for one in foretold_of(case, now + 3 * HOUR)] == [made.pk]
    assert make_waiting_statements(now + 49 * HOUR) == 1
    assert [one.copy_id for one in Statement.objects.all()] == [gone.pk]


@pytest.mark.parametrize(
    ("restriction", "done"),
    [
        ("removed", "What you uploaded was removed by hand."),
        ("disabled", "Nobody can open what you uploaded any more."),
    ],
)
def test_of_what_was_removed_by_hand_is_stated_what_is_known_and_no_more(
    platform, reviewer, reviewer_client, now, restriction, done
) -> None:
    case = file_notice(platform, ["citrus.jpg"], now, urls=["http://127.0.0.1:8161/media/1.jpg"])
    task = make_task(platform, now, case=case, item=case.items.get())
    shown = reviewer_client.get(reverse("review:task", args=[task.number])).text
    draft = html.unescape(shown.split('id="facts"')[1].split(">", 1)[1].split("</textarea>")[0])
    assert draft.startswith("A notice says that it shows a person in an intimate way")
    sent = {
        "outcome": "remove",
        "grounds": ["us-tida"],
        "facts": draft,
        "restriction": restriction,
        "scope": "world",
    }
    preview = reviewer_client.post(reverse("reports:preview", args=[task.number]), sent).text
    terms = Terms(restriction=restriction, scope="world", ends_on=None)
    made = decide_firmly(task, reviewer, now, facts="", terms=terms)
    page = said_of(make_statement(decision=made, now=now))
    for text in (preview, page):
        assert f"<dd>{done}</dd>" in text
        assert "A notice named it; software did not find it. A person decided." in text
        assert draft in html.unescape(text)
        for unknown in (REMOVED, "looked at it", "Your picture", "The picture shows"):
            assert unknown not in text
