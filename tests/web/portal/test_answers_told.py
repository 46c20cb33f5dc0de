"""What she can answer to, in words that are true for her, and what came of her answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from case_page_states import HOUR, MINUTE, Stage, file, task_of, threatened
from helpline_scene import give_case, make_caseworker, make_client, make_team
from her_page import Her, ago, plain
from review_scene import fingerprint_of_file, make_copy
from staydown_web.accounts.models import User
from staydown_web.base.clock import utc_now
from staydown_web.cases.forms import FiledFile
from staydown_web.cases.models import Case, Location, Message
from staydown_web.cases.selectors import person_view
from staydown_web.cases.services import add_to_case, send_message
from staydown_web.reports.selectors.record_proofs import audit_parts
from staydown_web.reports.selectors.records import record_facts
from staydown_web.reports.services.trees import make_tree
from staydown_web.review import services, tasks
from staydown_web.review.models import Task
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
TWICE = (
    "2 decisions wait for an answer. One message on this page counts for all of them: each is "
    "taken back, and a reviewer decides it again."
)


def keep(stage: Stage, task: Task, minutes: int) -> None:
    """A reviewer decides that it stays, and the minute is over."""
    services.decide(
        task=task, outcome="restore", grounds=["not_intimate"], facts="", user=stage.first,
        now=ago(minutes),
    )  # fmt: skip
    services.make_decisions_firm(ago(minutes - 2))


def two_asked(stage: Stage) -> tuple[Case, list[Task]]:
    """She can answer to a decision about each of two pictures."""
    other = stage.url + "?2"
    case = file(stage, 4 * HOUR, more=[other])
    add_to_case(
        case=case, files=[FiledFile(fingerprint_of_file("pagoda.jpg"), name="pagoda.jpg")],
        now=ago(200),
    )  # fmt: skip
    both = []
    for item, place in zip(case.items.order_by("position"), case.locations.order_by("position"),
                           strict=True):  # fmt: skip
        copy = make_copy(
            stage.platform, item.claims.get().entry, ago(180), url=stage.url,
            group=f"g{item.position}", source=Copy.Source.NOTICE, state=Copy.State.SEEN,
        )  # fmt: skip
        place.copy, place.state, place.item = copy, Location.State.FOUND, item
        place.save()
        tasks.take_in(ago(179))
        both.append(copy.tasks.get())
    for task in both:
        keep(stage, task, 120)
    return case, both


def recorded(case: Case) -> str:
    """The events as the record tells them."""
    now = utc_now()
    make_tree(now=now, is_due=True)
    case = Case.objects.get(pk=case.pk)
    view = person_view(case=case, is_unveiled=True, now=now)
    facts = record_facts(case=case, view=view, with_details=False, for_staff=False, now=now)
    return str(audit_parts(facts))


def test_that_one_message_answers_all_is_said_before(
    stage: Stage, client_of: Callable[[User], Client]
) -> None:
    case, _tasks = two_asked(stage)
    assert plain(Her(case).page).count(TWICE) == 1
    now = utc_now()
    worker = make_caseworker("carla", make_team("Helpline", now))
    give_case(case, make_client(worker, "A 1", now), worker, now)
    address = reverse("portal:helpline_case", args=[case.number])
    assert plain(client_of(worker).get(address).text).count(TWICE) == 1


def test_of_one_decision_nothing_is_said_of_others(stage: Stage) -> None:
    case = file(stage, 3 * HOUR)
    keep(stage, task_of(case, stage, 2 * HOUR), 60)
    assert "decisions wait" not in plain(Her(case).page)
    assert "1 decision waits" not in plain(Her(case).page)


def test_what_was_taken_back_is_named_each_once(stage: Stage) -> None:
    case, both = two_asked(stage)
    send_message(case=case, sender=Message.Sender.PERSON, text="They are me.", now=ago(50))
    services.make_decisions_firm(ago(49))
    for task in both:
        task.refresh_from_db()
    services.decide(
        task=both[0], outcome="remove", grounds=["us-tida"], facts="", user=stage.first, now=ago(40)
    )
    services.make_decisions_firm(ago(38))
    page = plain(Her(case).page)
    assert "citrus.jpg: the decision was taken back. A reviewer has decided again." in page
    waits = "the decision was taken back. A reviewer reads what you wrote and decides again."
    assert f"pagoda.jpg: {waits}" in page
    assert page.count("the decision was taken back") == 2
    told = recorded(case)
    assert told.count("this decision was taken back") == 2
    assert "Item 1: this decision was taken back" in told
    assert "Item 2: this decision was taken back" in told


def test_an_earlier_release_did_not_name_what_was_taken_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from staydown_web.review.services import hearing

    record = hearing.record_event

    def recording(*, facts: dict[str, object], **more: object) -> object:
        kept = {name: value for name, value in facts.items() if name != "about"}
        return record(facts=kept, **more)  # type: ignore[arg-type]

    case = file(stage, 3 * HOUR)
    keep(stage, task_of(case, stage, 2 * HOUR), 60)
    monkeypatch.setattr(hearing, "record_event", recording)
    send_message(case=case, sender=Message.Sender.PERSON, text="It is me.", now=ago(50))
    services.make_decisions_firm(ago(49))
    assert "citrus.jpg: the decision was taken back." in plain(Her(case).page)
    assert "this decision was taken back" in recorded(case)


def test_who_reported_a_threat_reads_nothing_of_another_s_notice(stage: Stage) -> None:
    case, other = threatened(stage), file(stage, 3 * HOUR)
    task = task_of(other, stage, 2 * HOUR)
    Copy.objects.update(state=Copy.State.REMOVED)
    keep(stage, task, 60)
    hers, theirs = Her(case), Her(other)
    assert "citrus.jpg: a reviewer thinks that it may be shown again" in plain(theirs.page)
    said = "citrus.jpg: a reviewer thinks that copies of it need not be stopped"
    assert said in plain(hers.page)
    assert said in hers.story
    assert "Nothing changes until" in plain(hers.page)
    box = plain(hers.page.split(said)[1].split("Write to the reviewer")[0])
    for word in ("shown again", "hidden", "removed", "Another decision", "upload"):
        assert word not in box
    told = recorded(case)
    assert "Item 1: a reviewer thinks that copies of it need not be stopped" in told
    assert "shown again" not in told
    facts = case_events_of(case)
    assert facts["is_hidden"] is False
    assert facts["is_apart"] is True


def case_events_of(case: Case) -> dict[str, object]:
    from staydown_web.audit.selectors import case_events

    return dict(case_events(case_id=case.pk).get(what="restore_told").facts)


def test_who_answered_about_a_threat_reads_what_was_decided_again(stage: Stage) -> None:
    case, other = threatened(stage), file(stage, 3 * HOUR)
    task = task_of(other, stage, 2 * HOUR)
    Copy.objects.update(state=Copy.State.REMOVED)
    keep(stage, task, 90)
    send_message(case=case, sender=Message.Sender.PERSON, text="It is me.", now=ago(80))
    services.make_decisions_firm(ago(79))
    task.refresh_from_db()
    keep(stage, task, 60)
    services.make_decisions_firm(ago(60) + 60 * HOUR + MINUTE)
    story = Her(case).story
    assert (
        "citrus.jpg: a reviewer decided again, and still thinks that copies of it need not be "
        "stopped" in story
    )
    assert not [one for one in story if "shown" in one or "should not be removed" in one]
