"""Before an uploader is told, whoever reported it is, and can answer."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from helpline_scene import give_case, make_caseworker, make_client, make_team
from review_scene import edited, file_notice, fingerprint_of_file, make_copy
from staydown_web.accounts.models import Platform
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders
from staydown_web.audit.models import Event
from staydown_web.cases.forms import FiledFile
from staydown_web.cases.models import Case, Contact, Letter, Message
from staydown_web.cases.services import ask_withdrawal, read_messages, send_message
from staydown_web.cases.services.entries import enter_waiting
from staydown_web.cases.services.filing import add_items
from staydown_web.cases.services.places import url_of
from staydown_web.cases.tasks import erase_old
from staydown_web.portal.services import open_page
from staydown_web.portal.views.session import COOKIE
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import make_statements, make_waiting_statements, state_blocked
from staydown_web.review import services, tasks
from staydown_web.review.models import Decision, StatementTelling, Task
from staydown_web.review.selectors.foretold import foretold_of, until_of
from staydown_web.review.services.foretelling import allow_statement
from staydown_web.screening.models import Copy, Verdict

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(seconds=60), timedelta(hours=1)
FACTS = "It shows a person. A person looked at it and decided."


def decided(task: Task, user: Any, now: datetime, outcome: str = "remove") -> Decision:
    """A firm decision, and whoever has to be told was."""
    made = services.decide(
        task=Task.objects.get(pk=task.pk),
        outcome=outcome,
        grounds=["us-tida"] if outcome == "remove" else [],
        facts=FACTS if outcome == "remove" else "",
        user=user,
        now=now - MINUTE,
    )
    services.make_decisions_firm(now)
    make_statements(now)
    make_waiting_statements(now)
    made.refresh_from_db()
    return made


def another_upload(case: Case, platform: Platform, user: Any, now: datetime) -> Decision:
    """The same picture, uploaded elsewhere; it was decided an hour later to remove it too."""
    entry = case.items.get().claims.get().entry
    other = make_copy(platform, entry, now, match=("same", 0.97, {}), group="another upload")
    tasks.take_in(now)
    return decided(other.tasks.get(), user, now + HOUR)


def answer(case: Case, now: datetime) -> None:
    send_message(case=case, sender=Message.Sender.PERSON, text="He will hurt me.", now=now)


def her_client(case: Case, now: datetime) -> Client:
    client = Client()
    client.cookies[COOKIE] = open_page(case=case, now=now)
    return client


def told_times() -> int:
    return Event.objects.filter(what="uploader_told").count()


@pytest.fixture
def waiting(noticed, reviewer, today):
    """A case whose copy was removed; its task and the decision of which the statement waits."""
    case, task = noticed("same", "citrus.jpg")
    Contact.objects.filter(case=case).update(state=Contact.State.CONFIRMED)
    return case, task, decided(task, reviewer, today)


def test_it_is_removed_at_once_and_she_is_told_before_the_uploader_is(waiting, today) -> None:
    case, _task, made = waiting
    make_orders(today)
    assert Order.objects.filter(what="remove").exists()
    assert not Statement.objects.exists()
    (asked,) = foretold_of(case, today)
    assert (asked.decision_id, asked.until, asked.is_answered) == (
        made.pk,
        today + 48 * HOUR,
        False,
    )
    assert Event.objects.get(what="statement_told").case_id == case.pk
    assert Letter.objects.filter(contact__case=case, template="news").count() == 1


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_her_words_stay_until_the_uploader_can_complain_no_more(
    waiting, today, is_taken_back
) -> None:
    """A reviewer let it wait for three weeks; who answers a complaint needs what she reported."""
    case, _task, made = waiting
    if is_taken_back:
        ask_withdrawal(case=Case.objects.get(pk=case.pk), now=today + 2 * HOUR)
        told = today + 50 * HOUR
    else:
        told = today + timedelta(days=21)
        answer(case, today + HOUR)
        make_waiting_statements(today + 49 * HOUR)
        services.clear_statement(
            decision=made, facts="", user=made.decided_by, shown_at=told, now=told
        )
    make_waiting_statements(told)
    assert Statement.objects.get().made_at == told
    erase_old(told + timedelta(days=184) - MINUTE)
    assert case.notices.filter(box__isnull=False).exists()
    erase_old(told + timedelta(days=184))
    assert not case.notices.filter(box__isnull=False).exists()


def test_two_statements_about_the_same_stand_in_one_box_each_with_its_own_answer(
    waiting, platform, reviewer, today
) -> None:
    case, _task, first = waiting
    second = another_upload(case, platform, reviewer, today)
    her = her_client(case, today)

    page = " ".join(her.get(reverse("portal:page")).text.split())
    assert len(foretold_of(case, today + HOUR)) == 2
    assert page.count("citrus.jpg: you are told before the person who uploaded it</strong>") == 1
    assert "2 decisions about it wait for you" in page
    box = page.split("citrus.jpg: you are told before")[1].split("<section")[0]
    for number, made in ((1, first), (2, second)):
        part = page.split(f"<strong>Decision {number}</strong>")[1]
        assert f'name="decision" value="{made.pk}"' in part.split("</form>")[0]
        assert "They are not told before" in part.split("</form>")[0]
    assert page.count("The person who uploaded it can still be told, and not before") == 1
    assert box.count('href="#write"') == 1, "she writes to the reviewer once for both"
    her.post(reverse("portal:allow"), {"decision": str(second.pk)})
    page = " ".join(her.get(reverse("portal:page")).text.split())
    assert "Decision 1</strong>" not in page
    assert f'name="decision" value="{first.pk}"' in page


def test_of_two_statements_about_the_same_each_says_of_which_upload_it_is(
    waiting, platform, reviewer, today
) -> None:
    case, _task, first = waiting
    second = another_upload(case, platform, reviewer, today)
    her = her_client(case, today)
    url = url_of(case.locations.get())

    parts = _parts(her)
    assert url in parts[str(first.pk)]
    assert "Another upload, at none of the addresses that you gave." in parts[str(second.pk)]
    assert url not in parts[str(second.pk)]

    her.post(reverse("portal:allow"), {"decision": str(second.pk)})
    make_waiting_statements(today + 2 * HOUR)
    (part,) = _parts(her).values()
    assert url in part, "also where one is left"
    told = _story_of(her)
    assert told.count("citrus.jpg: you said that they may be told (another upload)") == 1
    for words in (
        "you were told before the person who uploaded it",
        "the person who uploaded it may be told now",
    ):
        assert f"citrus.jpg: {words} (another upload)" in told
    assert f"citrus.jpg: you were told before the person who uploaded it ({url})" in told
    assert f"citrus.jpg: the person who uploaded it may be told now ({url})" not in told
    event = Event.objects.filter(what="uploader_told").get()
    assert event.facts["upload"] == str(second.task_id)
    assert not [name for name in event.facts if name.endswith("_at")], "nor when it was uploaded"


def test_a_helpline_reads_of_which_upload_each_is(
    waiting, platform, reviewer, today, client_of
) -> None:
    case, _task, _first = waiting
    another_upload(case, platform, reviewer, today)
    worker = make_caseworker("mia", make_team("Helpline One", today), leads=True)
    give_case(case, make_client(worker, "File 7", today), worker, today)

    page = client_of(worker).get(reverse("portal:helpline_case", args=[case.number])).text

    boxes = page.split("you are told before the person who uploaded it")
    assert url_of(case.locations.get()) in boxes[1]
    assert "Another upload, at none of the addresses that were given." in boxes[2]


def test_where_only_one_address_is_behind_it_the_story_does_not_repeat_it(waiting, today) -> None:
    case, _task, _made = waiting
    told = _story_of(her_client(case, today))
    assert "citrus.jpg: you were told before the person who uploaded it" in told


def _parts(her: Client) -> dict[str, str]:
    """Decision -> what the box says of it."""
    page = " ".join(html.unescape(her.get(reverse("portal:page")).text).split())
    box = page.split("you are told before the person who uploaded it</strong>")[1]
    parts = box.split("</form>")[:-1]
    found = (re.search(r'name="decision" value="([^"]+)"', part) for part in parts)
    return {
        one[1]: re.sub(r"<[^>]+>", "", part) for one, part in zip(found, parts, strict=True) if one
    }


def _story_of(her: Client) -> list[str]:
    told = her.get(reverse("portal:page")).text.split('class="timeline"')[1].split("</ol>")[0]
    return [html.unescape(one) for one in re.findall(r"<strong>(.*?)</strong>", told)]


def test_a_picture_that_was_added_twice_is_named_once(noticed, reviewer, today) -> None:
    case, task = noticed("same", "citrus.jpg")
    again = FiledFile(fingerprint_of_file("citrus.jpg"), name="citrus.jpg")
    add_items(case=case, files=[again], now=today)  # as cases of before have it
    enter_waiting(case=case, actor="person", now=today)
    decided(task, reviewer, today)
    (asked,) = foretold_of(case, today)
    assert len(asked.item_ids) == 2
    page = her_client(case, today).get(reverse("portal:page")).text
    assert "<strong>citrus.jpg: you are told before" in page


def test_it_goes_out_when_her_time_is_over_and_not_before(waiting, today) -> None:
    case, _task, made = waiting
    assert make_waiting_statements(today + 48 * HOUR - MINUTE) == 0
    assert not Statement.objects.exists()
    assert make_waiting_statements(today + 48 * HOUR) == 1
    assert Statement.objects.get().decision == made
    assert told_times() == 1
    assert make_waiting_statements(today + 49 * HOUR) == 0
    assert foretold_of(case, today + 49 * HOUR) == []


def test_she_can_say_that_they_may_be_told_now(waiting, today) -> None:
    case, _task, made = waiting
    her = her_client(case, today)
    page = her.get(reverse("portal:page")).text
    assert "you are told before the person who uploaded it</strong>" in page
    assert her.post(reverse("portal:allow"), {"decision": str(made.pk)}).status_code == 302
    assert make_waiting_statements(today + MINUTE) == 1
    assert Statement.objects.exists()
    page = her.get(reverse("portal:page")).text
    assert "you are told before the person who uploaded it</strong>" not in page
    assert "you said that they may be told" in page
    assert "the person who uploaded it may be told now" in page


def _failed_after_they_were_told(case: Case, made: Decision, now: datetime) -> None:
    allow_statement(case=case, decision_id=made.pk, now=now)
    assert make_waiting_statements(now) == 1
    make_orders(now)
    for order in Order.objects.filter(state="waiting"):
        answer_order(
            order_id=order.pk, platform_id=order.platform_id, state="failed", note="",
            actor="system", now=now,
        )  # fmt: skip


def test_once_they_were_told_nothing_says_that_she_is_told_first(waiting, today) -> None:
    case, _task, made = waiting
    _failed_after_they_were_told(case, made, today)
    page = her_client(case, today).get(reverse("portal:page")).text
    assert "A reviewer looks again at what the website did not remove" in page
    assert "the person who uploaded can be told of it" not in page


def test_of_a_new_decision_she_and_her_helpline_read_that_they_were_told_of_the_first(
    waiting, user_named, client_of, today
) -> None:
    case, _task, made = waiting
    _failed_after_they_were_told(case, made, today)
    anew = decided(Task.objects.get(state="open"), user_named("sara"), today + HOUR)
    (asked,) = foretold_of(case, today + HOUR)
    assert (asked.decision_id, asked.is_again) == (anew.pk, True)
    page = her_client(case, today).get(reverse("portal:page")).text
    assert "you are told of the new decision before the person who uploaded it</strong>" in page
    assert "They were told of the decision before." in page
    assert "They are not told of it before" in page
    assert "They are not told before" not in page
    assert "was told of the decision before. They can still be told of the new one" in page
    assert "The person who uploaded it can still be told" not in page
    worker = make_caseworker("mia", make_team("Example Helpline", today))
    give_case(case, make_client(worker, "Client 1", today), worker, today)
    theirs = client_of(worker).get(reverse("portal:helpline_case", args=[case.number])).text
    assert (
        "They were told of the decision before. They are not told of the new one before" in theirs
    )
    assert "They are not told before" not in theirs
    answer(case, today + HOUR)
    make_waiting_statements(today + HOUR)
    page = her_client(case, today).get(reverse("portal:page")).text
    assert "They may still be told of the new one. What you wrote is erased" in page
    theirs = client_of(worker).get(reverse("portal:helpline_case", args=[case.number])).text
    assert "A reviewer reads what was written before anything goes out.</p>" in theirs
    assert "at the latest" not in theirs, "it waits for the reviewer without end"


def test_before_the_website_answers_nothing_is_said_to_be_removed(waiting, today) -> None:
    case, _task, _made = waiting
    page = her_client(case, today).get(reverse("portal:page")).text
    assert "They are to be told that it was decided to remove it and why" in page
    assert "told that it was removed and why" not in page


@pytest.mark.parametrize("sent", ["", "no-uuid", "0b0a3d38-9a2c-4c1f-8c5e-1f6a2b7c9d10"])
def test_what_she_has_no_say_in_changes_nothing(waiting, today, sent: str) -> None:
    case, _task, _made = waiting
    assert (
        her_client(case, today).post(reverse("portal:allow"), {"decision": sent}).status_code == 302
    )
    assert make_waiting_statements(today + MINUTE) == 0
    assert not Event.objects.filter(what="statement_allowed").exists()


def test_what_she_writes_is_read_before_anything_goes_out(waiting, reviewer_client, today) -> None:
    case, task, made = waiting
    her_client(case, today).post(reverse("portal:message"), {"text": "He will hurt me."})
    assert "You wrote to us." in her_client(case, today).get(reverse("portal:page")).text
    late = today + 23 * HOUR
    make_waiting_statements(late)
    assert not Statement.objects.exists()
    queue = reviewer_client.get(reverse("review:queue")).text
    assert 'Statements <span class="num">1</span>' in queue
    assert "Read what they wrote" in reviewer_client.get(reverse("review:statements")).text
    address = reverse("review:statement", args=[made.pk])
    page = reviewer_client.get(address).text
    assert "He will hurt me." in page
    assert task.number in page
    assert Event.objects.filter(what="case_viewed", case_id=case.pk).exists()
    new = "The picture shows a person in an intimate way."
    sent = {"facts": new, "shown_at": (today + HOUR).isoformat()}
    assert reviewer_client.post(address, sent).status_code == 302
    assert make_waiting_statements(today + MINUTE) == 1
    assert said_by(Statement.objects.get()).facts == new
    assert Event.objects.get(what="statement_cleared").facts["is_changed"] is True


def test_words_that_lead_to_her_are_refused_and_nothing_goes_out(
    waiting, reviewer_client, today
) -> None:
    case, _task, made = waiting
    answer(case, today + MINUTE)
    make_waiting_statements(today + MINUTE)
    address = reverse("review:statement", args=[made.pk])
    page = reviewer_client.post(address, {"facts": "Anna Beispiel asked for it."})
    assert page.status_code == 400
    assert "Anna Beispiel asked for it." in page.text
    assert not Event.objects.filter(what="statement_cleared").exists()


def test_where_no_law_asks_for_it_an_answer_holds_it_until_it_is_read(waiting, today) -> None:
    case, _task, _made = waiting
    answer(case, today + 48 * HOUR - MINUTE)
    assert make_waiting_statements(today + 48 * HOUR) == 0
    assert make_waiting_statements(today + 2000 * HOUR) == 0
    assert not Statement.objects.exists()
    page = her_client(case, today).get(reverse("portal:page")).text
    assert "Nothing goes out to them until a reviewer has read it." in page


def test_under_a_law_an_answer_that_nobody_reads_holds_it_for_a_day(waiting, today) -> None:
    case, _task, _made = waiting
    Platform.objects.update(regimes=["eu-dsa"])
    at = today + 48 * HOUR - MINUTE
    asked = her_client(case, today).get(reverse("portal:page")).text
    assert "For that we wait up to one day longer, and no more." in asked
    assert "law lets" not in asked
    answer(case, at)
    assert make_waiting_statements(today + 48 * HOUR) == 0
    page = her_client(case, today).get(reverse("portal:page")).text
    assert "We wait no longer than" in page
    assert "law lets" not in page
    assert make_waiting_statements(today + 48 * HOUR + 23 * HOUR) == 0
    assert make_waiting_statements(today + 72 * HOUR) == 1


def test_what_she_wrote_in_the_minute_or_nobody_had_read_counts(noticed, reviewer, today) -> None:
    case, task = noticed("same", "citrus.jpg")
    answer(case, today - 3 * HOUR)
    decided(task, reviewer, today)
    assert StatementTelling.objects.get().answered_at is not None


def test_what_was_read_before_the_decision_is_no_answer(noticed, reviewer, today) -> None:
    case, task = noticed("same", "citrus.jpg")
    answer(case, today - 3 * HOUR)
    read_messages(case=case, reader=Message.Sender.STAFF, now=today - 2 * HOUR)
    decided(task, reviewer, today)
    assert StatementTelling.objects.get().answered_at is None


def test_what_she_wrote_to_a_hold_counts_for_the_removal_too(
    noticed, reviewer, lead, today
) -> None:
    case, task = noticed("same", "citrus.jpg")
    Copy.objects.filter(tasks=task).update(state=Copy.State.SEEN)
    decided(task, reviewer, today, outcome="hold")
    answer(case, today + MINUTE)
    make_waiting_statements(today + 2 * MINUTE)
    read_messages(case=case, reader=Message.Sender.STAFF, now=today + 3 * MINUTE)
    second = decided(task, lead, today + HOUR)
    assert StatementTelling.objects.get(decision=second).answered_at is not None


def test_a_hold_of_what_nobody_could_see_tells_nobody(noticed, reviewer, today) -> None:
    case, task = noticed("same", "citrus.jpg")
    Copy.objects.filter(tasks=task).update(state=Copy.State.HELD)
    decided(task, reviewer, today, outcome="hold")
    assert not StatementTelling.objects.exists()
    assert foretold_of(case, today) == []
    assert told_times() == 0


def test_what_she_wrote_after_the_reviewer_looked_is_read_first(
    waiting, reviewer_client, today
) -> None:
    case, _task, made = waiting
    answer(case, today + MINUTE)
    make_waiting_statements(today + MINUTE)
    address = reverse("review:statement", args=[made.pk])
    shown_at = (today + 2 * MINUTE).isoformat()
    answer(case, today + 3 * MINUTE)
    for sent in ({"facts": FACTS}, {"do": "drop"}):
        page = reviewer_client.post(address, {**sent, "shown_at": shown_at}, follow=True).text
        assert "they wrote again" in page
    assert make_waiting_statements(today + HOUR) == 0
    assert StatementTelling.objects.get().ended_at is None
    seen = (today + 4 * MINUTE).isoformat()
    reviewer_client.post(address, {"facts": FACTS, "shown_at": seen})
    assert make_waiting_statements(today + HOUR) == 1


def test_a_line_to_her_leads_back_to_the_statement(waiting, reviewer_client, today) -> None:
    case, _task, made = waiting
    answer(case, today + MINUTE)
    make_waiting_statements(today + MINUTE)
    address = reverse("review:answer_message", args=[case.number]) + f"?statement={made.pk}"
    answered = reviewer_client.post(address, {"text": "Until Friday?"})
    assert answered.headers["Location"] == reverse("review:statement", args=[made.pk])


def test_what_staff_write_is_no_answer(waiting, reviewer, today) -> None:
    case, _task, _made = waiting
    send_message(
        case=case,
        sender=Message.Sender.STAFF,
        text="Please answer.",
        now=today + HOUR,
        actor=f"user:{reviewer.pk}",
    )
    make_waiting_statements(today + 2 * HOUR)
    assert StatementTelling.objects.get().answered_at is None


def test_where_no_law_asks_for_it_a_reviewer_can_tell_nobody(
    waiting, reviewer_client, today
) -> None:
    case, task, made = waiting
    answer(case, today + MINUTE)
    make_waiting_statements(today + MINUTE)
    address = reverse("review:statement", args=[made.pk])
    assert "Tell nobody" in reviewer_client.get(address).text
    sent = {"do": "drop", "shown_at": (today + HOUR).isoformat()}
    assert reviewer_client.post(address, sent).status_code == 302
    assert make_waiting_statements(today + 100 * HOUR) == 0
    assert not Statement.objects.exists()
    assert "the person who uploaded it is not told" in (
        her_client(case, today).get(reverse("portal:page")).text
    )
    entry = case.items.get().claims.get().entry
    _blocked(task, entry, today)
    assert state_blocked(today + HOUR) == 0, "nor is whoever uploads it again"


def test_under_a_law_that_asks_for_it_nobody_can_leave_it_out(
    waiting, reviewer_client, today
) -> None:
    case, _task, made = waiting
    Platform.objects.update(regimes=["eu-dsa"])
    answer(case, today + MINUTE)
    make_waiting_statements(today + MINUTE)
    address = reverse("review:statement", args=[made.pk])
    page = reviewer_client.get(address).text
    assert "Tell nobody" not in page
    assert "on the day if it can be" in page
    reviewer_client.post(address, {"do": "drop"})
    assert StatementTelling.objects.get().ended_at is None


@pytest.mark.parametrize(
    ("laws", "at", "until"),
    [
        (["us-tida"], "2026-11-29T10:00", "2026-12-01T10:00"),
        ([], "2026-11-29T10:00", "2026-12-01T10:00"),
        (["us-tida", "eu-dsa"], "2026-11-29T10:00", "2026-11-29T22:00"),
        (["eu-dsa"], "2026-11-29T21:30", "2026-11-29T22:30"),
        (["eu-dsa"], "2026-11-29T22:00", "2026-11-30T22:00"),
        (["eu-dsa"], "2026-11-29T23:30", "2026-11-30T22:00"),
    ],
)
def test_two_days_or_the_day_where_a_law_asks_for_it(
    platform, laws: list[str], at: str, until: str
) -> None:
    platform.regimes = laws
    now = datetime.fromisoformat(f"{at}+00:00")
    assert until_of(platform, Case(), now) == datetime.fromisoformat(f"{until}+00:00")


def test_during_a_pause_her_time_counts_from_its_end(platform, today) -> None:
    case = Case(withdrawal_due_at=today + 100 * HOUR)
    assert until_of(platform, case, today) == today + 148 * HOUR


def test_taking_the_case_back_costs_her_no_time(waiting, today) -> None:
    case, _task, _made = waiting
    page = her_client(case, today).get(reverse("portal:page")).text
    assert "If that must not be, write to us first: afterwards you cannot." in page
    ask_withdrawal(case=case, now=today + HOUR)
    assert make_waiting_statements(today + HOUR) == 0
    assert make_waiting_statements(today + 48 * HOUR) == 1
    assert told_times() == 1


def test_what_she_wrote_before_taking_it_back_still_waits_for_a_reviewer(
    waiting, reviewer_client, today
) -> None:
    case, _task, made = waiting
    answer(case, today + MINUTE)
    make_waiting_statements(today + MINUTE)
    ask_withdrawal(case=case, now=today + HOUR)
    assert make_waiting_statements(today + 100 * HOUR) == 0
    page = reviewer_client.get(reverse("review:statement", args=[made.pk])).text
    assert "The person took the request back after that." in page


def test_without_a_case_the_uploader_is_told_at_once(upload, reviewer, today) -> None:
    decided(upload, reviewer, today)
    assert Statement.objects.exists()
    assert not StatementTelling.objects.exists()


def test_a_restore_overtakes_it_and_nobody_is_told(waiting, reviewer, lead, today) -> None:
    case, task, made = waiting
    Task.objects.filter(pk=task.pk).update(state=Task.State.OPEN)
    restored = services.decide(
        task=Task.objects.get(pk=task.pk),
        outcome="restore",
        grounds=["not_intimate"],
        facts="",
        user=lead,
        now=today + HOUR,
    )
    Decision.objects.filter(pk=restored.pk).update(made_firm_at=today + 2 * HOUR)
    _firm_event(restored, today + 2 * HOUR)
    make_statements(today + 2 * HOUR)
    assert StatementTelling.objects.get(decision=made).ended_for == "overtaken"
    assert make_waiting_statements(today + 100 * HOUR) == 0
    assert not Statement.objects.exists()
    assert foretold_of(case, today + 3 * HOUR) == []


def test_of_a_hold_she_is_told_too_and_the_removal_takes_its_place(
    noticed, reviewer, lead, today
) -> None:
    case, task = noticed("same", "citrus.jpg")
    Copy.objects.filter(tasks=task).update(state=Copy.State.SEEN)
    first = decided(task, reviewer, today, outcome="hold")
    (asked,) = foretold_of(case, today)
    assert asked.is_hold
    assert "told that it is hidden" in her_client(case, today).get(reverse("portal:page")).text
    second = decided(task, lead, today + HOUR)
    assert [one.decision_id for one in foretold_of(case, today + HOUR)] == [second.pk]
    assert StatementTelling.objects.get(decision=first).ended_for == "overtaken"
    make_waiting_statements(today + 50 * HOUR)
    assert Statement.objects.get().decision == second


def test_uploads_stopped_meanwhile_wait_with_it(waiting, today) -> None:
    case, task, _made = waiting
    entry = case.items.get().claims.get().entry
    copy = _blocked(task, entry, today)
    assert state_blocked(today + HOUR) == 0
    make_waiting_statements(today + 48 * HOUR)
    assert state_blocked(today + 48 * HOUR) == 1
    assert copy.statements.exists()


def test_uploads_stopped_before_anybody_could_be_told_wait_too(noticed, reviewer, today) -> None:
    case, task = noticed("same", "citrus.jpg")
    services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts=FACTS, user=reviewer,
        now=today - MINUTE,
    )  # fmt: skip
    services.make_decisions_firm(today)
    _blocked(task, case.items.get().claims.get().entry, today)
    assert state_blocked(today) == 0, "firm, and she was not told yet"
    make_statements(today)
    assert foretold_of(case, today)
    assert state_blocked(today) == 0
    make_waiting_statements(today + 48 * HOUR)
    assert state_blocked(today + 48 * HOUR) == 1


def test_of_two_people_it_waits_for_both(platform, site, noticed, reviewer, today) -> None:
    first, task = noticed("same", "citrus.jpg")
    url = site.put("second.jpg", edited("citrus.jpg", "same"))
    second = file_notice(platform, ["citrus.jpg"], today, urls=[url], name="Berta Beispiel")
    made = decided(task, reviewer, today)
    assert StatementTelling.objects.count() == 2
    her = her_client(first, today)
    assert "unless others are to be heard first" in her.get(reverse("portal:page")).text
    said = her.post(reverse("portal:allow"), {"decision": str(made.pk)}, follow=True).text
    assert "If others are to be heard first, it waits for them." in said
    assert "The website may tell them now" not in said
    assert make_waiting_statements(today + HOUR) == 0
    answer(second, today + HOUR)
    make_waiting_statements(today + 2 * HOUR)
    waits = {"facts": "", "user": reviewer, "shown_at": today + 2 * HOUR}
    assert services.clear_statement(decision=made, **waits, now=today + 3 * HOUR)
    assert make_waiting_statements(today + 3 * HOUR) == 1
    assert Statement.objects.count() == 1


def test_the_page_says_what_the_number_on_its_tab_counts(waiting, reviewer_client, today) -> None:
    case, _task, _made = waiting
    page = reviewer_client.get(reverse("review:statements")).text
    assert "None of these waits for you, as the tab counts." in page

    answer(case, today + MINUTE)
    make_waiting_statements(today + MINUTE)
    page = reviewer_client.get(reverse("review:statements")).text
    assert "1 of 1 waits for you, as the tab counts." in page


def test_a_reviewer_cannot_hasten_what_nobody_answered(waiting, reviewer_client, today) -> None:
    _case, _task, made = waiting
    address = reverse("review:statement", args=[made.pk])
    assert "Nobody has answered yet." in reviewer_client.get(address).text
    reviewer_client.post(address, {"facts": FACTS})
    assert make_waiting_statements(today + HOUR) == 0
    assert not Event.objects.filter(what="statement_cleared").exists()


def test_one_that_waits_no_more_leads_to_the_list(waiting, reviewer_client, today) -> None:
    _case, _task, made = waiting
    make_waiting_statements(today + 48 * HOUR)
    answered = reviewer_client.get(reverse("review:statement", args=[made.pk]), follow=True)
    assert "This statement does not wait any more." in answered.text
    assert "No statement waits." in answered.text


def test_who_looks_for_the_link_reads_why_there_is_none(waiting, reviewer_client) -> None:
    _case, _task, made = waiting
    page = reviewer_client.post(reverse("reports:decision_statements", args=[made.pk])).text
    assert "whoever reported it is told first" in page


def test_who_looks_for_the_link_reads_that_nobody_is_told(waiting, reviewer_client, today) -> None:
    case, _task, made = waiting
    answer(case, today + MINUTE)
    make_waiting_statements(today + MINUTE)
    sent = {"do": "drop", "shown_at": (today + HOUR).isoformat()}
    reviewer_client.post(reverse("review:statement", args=[made.pk]), sent)
    page = reviewer_client.post(reverse("reports:decision_statements", args=[made.pk])).text
    assert "A reviewer decided that nobody is told." in page
    assert "it is being written" not in page


def _blocked(task: Task, entry: Any, now: datetime) -> Copy:
    """An upload that software stopped, because of what was decided."""
    from review_scene import make_copy

    copy = make_copy(task.platform, entry, now, match=("same", 0.99, {}))
    Copy.objects.filter(pk=copy.pk).update(state=Copy.State.BLOCKED, verdict=Verdict.BLOCK)
    return copy


def _firm_event(decision: Decision, now: datetime) -> None:
    from staydown_web.audit.services import record_event

    record_event(
        what="decision_firm",
        actor="system",
        at=now,
        case_id=decision.task.case_id,
        subject=f"decision:{decision.pk}",
        facts={"task": decision.task_id, "outcome": decision.outcome, "items": 0},
    )
