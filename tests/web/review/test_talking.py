"""What people wrote is shown to staff, also where no task is open; who read it stands there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from review_scene import file_notice
from staydown_web.audit.models import Event
from staydown_web.cases.models import Case, Message
from staydown_web.cases.services import ask_withdrawal, send_message
from staydown_web.review import services
from staydown_web.review.models import Task
from staydown_web.review.selectors.talking import unread_count

pytestmark = pytest.mark.django_db
HERS = "It is up again, under another name."


@pytest.fixture
def decided(noticed, reviewer, today) -> Case:
    """Decided; then the person wrote."""
    case, task = noticed()
    services.decide(
        task=task,
        outcome="remove",
        grounds=["us-tida"],
        facts="It shows what was reported.",
        user=reviewer,
        now=today,
        confirms_altered=True,
    )
    assert not Task.objects.filter(state__in=("open", "second")).exists()
    send_message(case=case, sender=Message.Sender.PERSON, text=HERS, now=today)
    return case


@pytest.fixture
def incomplete(platform, site, today) -> Case:
    """A notice that no law takes as valid yet: no task was made."""
    case = file_notice(platform, ["citrus.jpg"], today, signature="", is_good_faith=False)
    assert case.valid_at is None
    send_message(case=case, sender=Message.Sender.PERSON, text=HERS, now=today)
    return case


def read(client, name: str, *args: str) -> str:
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("kind", ["decided", "incomplete"])
def test_a_message_without_a_task_is_listed_read_and_answered(
    kind, request, reviewer_client, reviewer, lead_client
) -> None:
    case = request.getfixturevalue(kind)
    assert 'Messages <span class="num">1</span>' in read(reviewer_client, "review:queue")
    listed = read(reviewer_client, "review:messages")
    assert case.number in listed
    assert HERS not in listed, "the list opens none"
    assert unread_count() == 1

    page = read(reviewer_client, "review:conversation", case.number)
    assert HERS in page
    assert "Anna" not in page
    seen = {event.what: event for event in Event.objects.filter(case_id=case.pk)}
    assert seen["case_viewed"].actor == f"user:{reviewer.pk}"
    assert seen["message_read"].facts == {"reader": "staff", "count": 1}
    assert unread_count() == 0
    assert "No message waits." in read(lead_client, "review:messages")
    told = read(lead_client, "review:conversation", case.number)
    assert re.search(f"read by {reviewer.pseudonym}, \\d+ \\w+, \\d\\d:\\d\\d UTC", told)
    assert re.search(r"\d\d:\d\d UTC</time>", told)

    address = reverse("review:answer_message", args=[case.number])
    empty = reviewer_client.post(address, {"text": " "})
    assert empty.status_code == 400
    assert reviewer_client.post(address, {"text": "We look at it."}).status_code == 302
    assert case.messages.filter(sender="staff").count() == 1
    assert "We look at it." in read(lead_client, "review:conversation", case.number)


def test_a_row_of_the_queue_is_marked_until_somebody_saw_the_message(
    reviewer_client, noticed, today
) -> None:
    case, task = noticed()
    assert "Message to read" not in read(reviewer_client, "review:queue")
    send_message(case=case, sender=Message.Sender.HELPLINE, text=HERS, now=today)
    assert "Message to read" in read(reviewer_client, "review:queue")
    assert task.number in read(reviewer_client, "review:messages")
    screen = read(reviewer_client, "review:task", task.number)
    assert HERS in screen
    assert '<details id="talk-1" open><summary>Messages' in screen, "what is noted as read is shown"
    assert "nobody here had read" in screen, "and said above"
    assert 'href="#talk-1"' in screen
    assert "nobody here had read" not in read(reviewer_client, "review:task", task.number)
    assert "Message to read" not in read(reviewer_client, "review:queue")


def test_what_came_while_a_page_was_made_stays_unread(reviewer_client, noticed, today) -> None:
    case, _task = noticed()
    send_message(case=case, sender="person", text=HERS, now=today)
    send_message(case=case, sender="person", text="More.", now=today + timedelta(hours=1))
    read(reviewer_client, "review:conversation", case.number)
    assert unread_count() == 1


def test_an_ended_case_is_read_and_not_answered(reviewer_client, decided) -> None:
    Case.objects.filter(pk=decided.pk).update(state=Case.State.CLOSED)
    page = read(reviewer_client, "review:conversation", decided.number)
    assert HERS in page
    assert "<textarea" not in page
    address = reverse("review:answer_message", args=[decided.number])
    assert reviewer_client.post(address, {"text": "Hello"}).status_code == 409


def test_a_message_erased_with_its_case_is_not_counted_and_said_to_be_erased(
    reviewer_client, decided, today
) -> None:
    decided.items.update(state="removed")
    ask_withdrawal(case=decided, now=today + timedelta(hours=1))
    assert Case.objects.get(pk=decided.pk).erased_at is None, "its signed notice is kept as proof"

    assert unread_count() == 0
    link = reverse("review:conversation", args=[decided.number])
    assert link not in read(reviewer_client, "review:messages")
    page = read(reviewer_client, "review:conversation", decided.number)
    assert "What was written here was erased with the case." in page
    assert "Its messages can be read" not in page


def test_find_by_case_leads_to_its_messages(reviewer_client, incomplete) -> None:
    found = reviewer_client.get(reverse("review:banks"), {"case": incomplete.number})
    assert reverse("review:conversation", args=[incomplete.number]) in found.content.decode()
    unknown = reviewer_client.get(reverse("review:conversation", args=["C-2222-2222"]))
    assert unknown.status_code == 404


def test_whoever_asks_for_the_head_of_a_page_has_read_nothing(
    reviewer_client, noticed, today
) -> None:
    case, task = noticed()
    send_message(case=case, sender="person", text=HERS, now=today)
    for name, arg in (("review:task", task.number), ("review:conversation", case.number)):
        assert reviewer_client.head(reverse(name, args=[arg])).status_code == 200
    assert unread_count() == 1


def test_what_came_while_a_reviewer_wrote_is_read_on_the_page_that_comes_next(
    reviewer_client, noticed, today
) -> None:
    case, task = noticed()
    read(reviewer_client, "review:task", task.number)
    send_message(case=case, sender="person", text=HERS, now=today)
    line = {"case": str(case.pk), "text": "We look at it."}
    sent = reviewer_client.post(reverse("review:write", args=[task.number]), line)
    assert sent.status_code == 302
    assert unread_count() == 1, "nobody was shown it"
    screen = read(reviewer_client, "review:task", task.number)
    assert '<details id="talk-1" open>' in screen
    assert HERS in screen
    assert unread_count() == 0
