"""Someone shown may be under 18: exposure stops, hashes go, the platform is told once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.urls import reverse

from review_scene import make_copy
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.portal.services import open_page
from staydown_web.reports.models import LegalAlert
from staydown_web.reports.tasks import JOBS, alert_contacts
from staydown_web.review import services, tasks
from staydown_web.review.models import Decision, Exposure, Task
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db


class Postbox:
    """A mail server that takes letters, or answers what it is told to."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.to: list[str] = []
        self.answer = "250 taken"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.answer.startswith("250"):
            letter = message_from_bytes(envelope.content or b"", policy=policy.default)
            self.letters.append(letter)  # type: ignore[arg-type]
            self.to += envelope.rcpt_tos
        return self.answer


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "staydown_web.base.smtp.SmtpBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 3
    settings.EMAIL_USE_SSL, settings.STAYDOWN_MAIL_READY = False, True
    settings.DEFAULT_FROM_EMAIL = "mail@staydown.example"
    yield box
    controller.stop()


def look(client, task, level: str):
    answer = client.get(reverse("review:preview", args=[task.number, level]))
    if answer.streaming:  # as a browser that waits for it
        answer.getvalue()
    return answer


def test_no_step_of_the_veil_opens_any_more(reviewer_client, noticed, reviewer, today) -> None:
    _case, task = noticed()
    assert look(reviewer_client, task, "shapes").status_code == 200
    services.close_task_for_minor(task=task, user=reviewer, now=today)

    for level in Exposure.Level.values:
        assert look(reviewer_client, task, level).status_code == 403
    assert Exposure.objects.count() == 1, "what is refused is no look"


def test_the_very_same_bytes_stay_closed_in_every_other_task(
    reviewer_client, platform, entry, held, upload, reviewer, today
) -> None:
    services.close_task_for_minor(task=upload, user=reviewer, now=today)
    url = "http://127.0.0.1:1/again.jpg"
    again = make_copy(platform, entry, today, group="upload", match=("same", 0.97, {}), url=url)
    again.tasks.clear()
    task = Task.objects.create(
        number="R-3333-4444", source="upload", platform=platform, group=again.group, made_at=today
    )
    task.copies.add(again)

    assert look(reviewer_client, task, "shapes").status_code == 403


def test_an_entry_that_nobody_here_claims_goes_too(upload, entry, reviewer, today) -> None:
    services.close_task_for_minor(task=upload, user=reviewer, now=today)

    entry.refresh_from_db()
    assert (entry.state, entry.box) == (Entry.State.WITHDRAWN, None)
    partners = Event.objects.filter(what="entry_withdrawn", subject=f"entry:{entry.pk}")
    assert partners.count() == 1, "by which partners learn to forget it as well"


def test_an_entry_that_is_only_a_part_of_it_stays(held, entry, reviewer, today) -> None:
    copy = held(group="part", match=("part", 0.9, {}))
    tasks.take_in(today)
    services.close_task_for_minor(task=copy.tasks.get(), user=reviewer, now=today)

    entry.refresh_from_db()
    assert entry.state != Entry.State.WITHDRAWN


def test_her_words_open_a_page_of_links_and_nothing_else(
    client, noticed, reviewer, platform, today
) -> None:
    case, task = noticed()
    platform.minors_contact = "minors@forum.example"
    platform.save()
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    case.refresh_from_db()
    client.cookies["page"] = open_page(case=case, now=today)
    html = client.get(reverse("portal:page")).content.decode()

    assert reverse("portal:under_18") in html
    assert "minors@forum.example" in html
    assert "You have done nothing wrong." in html
    assert not case.items.filter(label_box__isnull=False).exists()
    assert "Write to the reviewer" not in html


def test_the_legal_contact_is_told_once_by_a_neutral_letter(
    noticed, reviewer, platform, postbox, today
) -> None:
    case, task = noticed()
    services.close_task_for_minor(task=task, user=reviewer, now=today)

    for _ in range(3):
        alert_contacts(today + timedelta(minutes=1))

    assert postbox.to == [platform.legal_email]
    (letter,) = postbox.letters
    text = f"{letter['subject']}\n{letter.get_content()}"
    assert task.number in text
    assert case.number not in text
    for word in ("minor", "under 18", "picture", "image", "child", "Ada"):
        assert word not in text
    assert not letter.is_multipart(), "no file goes along"
    alert = LegalAlert.objects.get()
    assert (alert.task, alert.state) == (task, LegalAlert.State.SENT)
    told = Event.objects.filter(subject=f"legal_alert:{alert.pk}")
    assert [event.what for event in told.order_by("seq")] == [
        "legal_alert_made",
        "legal_alert_sent",
    ]


def test_a_letter_that_is_put_off_goes_later_and_still_once(
    noticed, reviewer, postbox, today
) -> None:
    _case, task = noticed()
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    postbox.answer = "451 later"
    alert_contacts(today)
    assert LegalAlert.objects.get().state == LegalAlert.State.DUE
    postbox.answer = "250 taken"
    alert_contacts(today + timedelta(seconds=30))
    assert postbox.letters == []
    alert_contacts(today + timedelta(seconds=90))
    alert_contacts(today + timedelta(days=1))
    assert len(postbox.letters) == 1


def test_a_letter_that_is_refused_for_good_is_given_up_and_recorded(
    noticed, reviewer, postbox, today
) -> None:
    _case, task = noticed()
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    postbox.answer = "550 nobody here"
    alert_contacts(today)
    assert LegalAlert.objects.get().state == LegalAlert.State.DEAD
    assert Event.objects.filter(what="legal_alert_dead").count() == 1


def test_without_a_contact_it_is_recorded_that_nobody_was_told(
    noticed, reviewer, platform, postbox, today
) -> None:
    platform.legal_email = ""
    platform.save()
    _case, task = noticed()
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    alert_contacts(today)
    assert LegalAlert.objects.get().state == LegalAlert.State.NOBODY
    assert postbox.letters == []


def test_other_decisions_tell_nobody(upload, reviewer, postbox, today) -> None:
    services.decide(
        task=upload,
        outcome=Decision.Outcome.REMOVE,
        grounds=["us-tida"],
        facts="It is the reported picture.",
        user=reviewer,
        now=today,
    )
    alert_contacts(today)
    assert not LegalAlert.objects.exists()


def test_the_worker_does_it(today) -> None:
    job = next(job for job in JOBS if job.name == "legal_alerts")
    assert job.every_s <= 10
    assert job.run(today) == 0


def test_the_copies_go_out_of_sight_at_once(noticed, reviewer, today) -> None:
    _case, task = noticed()
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    assert task.copies.get().state == Copy.State.HELD
