"""What matched a picture that may show a minor: it is said, and nobody restores it alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from review_scene import complained, file_notice, make_copy, make_entry
from staydown_web.banks.models import Entry
from staydown_web.base.errors import FieldsError
from staydown_web.cases.services import Shown, close_for_minor
from staydown_web.review import services, tasks
from staydown_web.review.models import Decision, Task
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
MAY = "Somebody in this may be under 18."
DELETED = "What it matched was deleted, because somebody in it may be under 18."
RESTORE = {"outcome": "restore", "grounds": "other_picture", "why": "Another bridge.",
           "needs": "other_picture:compared", "unopened": "gone"}  # fmt: skip


@pytest.fixture
def part(noticed: Any, platform: Any, reviewer: Any, today: datetime) -> Task:
    """An upload of a part, held by an entry that was deleted because of a minor."""
    case, task = noticed(how="same")
    entry = case.items.get().claims.get().entry
    copy = make_copy(platform, entry, today, group="part", match=("part", 0.9, {}))
    tasks.take_in(today)
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    tasks.take_in(today)
    return copy.tasks.get()


def restore(task: Task, user: Any, today: datetime) -> Decision:
    return services.decide(
        task=task, outcome="restore", grounds=["satire"], facts="", user=user, now=today
    )


def test_its_screen_says_so_and_says_nothing_false(reviewer_client: Client, part: Task) -> None:
    html = reviewer_client.get(reverse("review:task", args=[part.number])).content.decode()
    assert MAY in html
    assert DELETED in html
    assert "What it matched was taken back" not in html
    assert "To restore it takes two people." in html


def test_its_line_in_the_queue_says_so(reviewer_client: Client, part: Task) -> None:
    html = reviewer_client.get(reverse("review:queue")).content.decode()
    assert part.number in html
    assert html.count("Perhaps under 18") == 1


def test_nobody_restores_it_alone(
    reviewer_client: Client, reviewer: Any, part: Task, today: datetime
) -> None:
    answer = reviewer_client.post(reverse("review:decide", args=[part.number]), RESTORE)
    assert answer.status_code == 400
    assert "please hold it for a second reviewer first" in answer.content.decode()
    with pytest.raises(FieldsError):
        restore(part, reviewer, today)
    assert not part.decisions.exists()
    assert part.copies.get().state == Copy.State.HELD


def test_a_second_person_can(part: Task, reviewer: Any, user_named: Any, today: datetime) -> None:
    services.decide(task=part, outcome="hold", grounds=[], facts="", user=reviewer, now=today)
    part.refresh_from_db()
    other = user_named("sara")
    made = restore(part, other, today + timedelta(minutes=2))
    assert made.decided_by == other


def test_removing_it_takes_one(part: Task, reviewer: Any, today: datetime) -> None:
    made = services.decide(
        task=part, outcome="remove", grounds=["us-tida"], facts="x", user=reviewer, now=today
    )
    assert made.outcome == Decision.Outcome.REMOVE


def test_another_picture_of_the_closed_case_says_nothing_of_a_minor(
    reviewer_client: Client, platform: Any, reviewer: Any, today: datetime
) -> None:
    case = file_notice(platform, ["coffee.jpg", "pagoda.jpg"], today)
    coffee, pagoda = (item.claims.get().entry for item in case.items.order_by("position"))
    copy = make_copy(platform, pagoda, today, group="pagoda", match=("part", 0.9, {}))
    tasks.take_in(today)
    close_for_minor(case=case, actor="system", now=today, shown=Shown(frozenset({coffee.pk})))
    pagoda.refresh_from_db()
    assert pagoda.state == Entry.State.WITHDRAWN

    task = copy.tasks.get()
    html = reviewer_client.get(reverse("review:task", args=[task.number])).content.decode()
    assert MAY not in html
    assert "What it matched was taken back, or its case has ended." in html
    assert restore(task, reviewer, today).outcome == Decision.Outcome.RESTORE


@pytest.fixture
def again(noticed: Any, platform: Any, bank: Any, reviewer: Any, today: datetime) -> Task:
    """The very bytes that were closed come again, and match what another case claims."""
    _case, task = noticed(how="same")
    group = task.copies.get().group
    services.close_task_for_minor(task=task, user=reviewer, now=today)
    other = make_entry(bank, "maple.jpg", today)
    copy = make_copy(platform, other, today, group="again", url="http://127.0.0.1:1/again.jpg")
    Copy.objects.filter(pk=copy.pk).update(group=group)
    tasks.take_in(today)
    return copy.tasks.get()


def test_the_very_file_says_in_the_queue_and_on_its_screen_that_it_was_closed(
    reviewer_client: Client, again: Task
) -> None:
    queue = reviewer_client.get(reverse("review:queue")).content.decode()
    assert queue.count("Perhaps under 18") == 1
    html = reviewer_client.get(reverse("review:task", args=[again.number])).content.decode()
    assert MAY in html
    assert "A reviewer closed this very file" in html
    assert "This matched that picture" not in html
    assert "If you think so too, press" in html
    assert "a case behind it was closed" not in html, "what it matches now was imported"
    assert "Grey, silent, stored nowhere" not in html
    assert "To restore it takes two people." in html


def test_the_veil_of_the_very_file_says_why_it_stays_shut(
    reviewer_client: Client, again: Task
) -> None:
    html = reviewer_client.get(reverse("review:task", args=[again.number])).content.decode()
    assert "Nobody opens this any more" in html
    assert "look on the platform itself" not in html
    assert 'name="show"' not in html
    assert "<img" not in html.split("data-veil", 1)[1].split("</section>", 1)[0]
    opened = reviewer_client.get(reverse("review:task", args=[again.number]), {"show": "shapes"})
    assert "/shapes" not in opened.content.decode()


def test_the_form_of_the_very_file_offers_no_look_at_it(
    reviewer_client: Client, again: Task
) -> None:
    html = reviewer_client.get(reverse("review:task", args=[again.number])).content.decode()
    assert 'value="not_intimate"' not in html
    assert 'value="other_picture"' not in html
    assert 'value="satire"' in html
    assert 'name="unopened"' not in html
    assert "“Clear”" not in html
    assert "Grounds that ask you to have looked at it are left out" in html


@pytest.mark.parametrize("why", ["not_shown", "gone", "on_site", ""])
def test_nobody_says_of_the_very_file_that_they_looked_at_it(
    reviewer_client: Client, user_named: Any, reviewer: Any, again: Task, today: datetime, why: str
) -> None:
    sara = user_named("sara")
    services.decide(task=again, outcome="hold", grounds=[], facts="", user=sara, now=today)
    looked = {**RESTORE, "unopened": why}
    answer = reviewer_client.post(reverse("review:decide", args=[again.number]), looked)
    assert answer.status_code == 400
    assert "Please choose among the grounds that stand here." in answer.content.decode()
    again.refresh_from_db()
    with pytest.raises(FieldsError) as refused:
        services.decide(
            task=again,
            outcome="restore",
            grounds=["other_picture"],
            facts="",
            user=reviewer,
            now=today,
            terms=services.Terms(needs=("other_picture:compared",), why="x", unopened=why),
        )
    assert list(refused.value.fields) == ["needs"]
    assert again.decisions.count() == 1, "the one that holds it"


def test_who_opened_it_before_it_was_closed_can_say_so(
    reviewer_client: Client, reviewer: Any, user_named: Any, again: Task, today: datetime
) -> None:
    sara = user_named("sara")
    services.note_exposure(
        task=again, copy=again.copies.get(), level="clear", user=reviewer, now=today
    )
    services.decide(task=again, outcome="hold", grounds=[], facts="", user=sara, now=today)
    html = reviewer_client.get(reverse("review:task", args=[again.number])).content.decode()
    assert 'value="other_picture"' in html
    answer = reviewer_client.post(reverse("review:decide", args=[again.number]), RESTORE)
    assert answer.status_code == 302


def test_a_complaint_about_the_very_file_offers_no_look_at_it_either(
    reviewer_client: Client, lead: Any, upload: Task, platform: Any, bank: Any, today: datetime
) -> None:
    complaint = complained(upload, lead, today)
    copy = make_copy(platform, make_entry(bank, "maple.jpg", today), today, group="upload")
    tasks.take_in(today)
    services.close_task_for_minor(task=copy.tasks.get(), user=lead, now=today)
    html = reviewer_client.get(reverse("review:complaint", args=[complaint.pk])).content.decode()
    assert 'value="not_intimate"' not in html
    assert 'value="satire"' in html
    assert 'name="unopened"' not in html
    assert "Grounds that ask you to have looked at it are left out" in html


def test_nobody_restores_the_very_file_alone(
    reviewer_client: Client, reviewer: Any, user_named: Any, again: Task, today: datetime
) -> None:
    answer = reviewer_client.post(reverse("review:decide", args=[again.number]), RESTORE)
    assert answer.status_code == 400
    with pytest.raises(FieldsError):
        restore(again, reviewer, today)
    services.decide(task=again, outcome="hold", grounds=[], facts="", user=reviewer, now=today)
    again.refresh_from_db()
    assert restore(again, user_named("sara"), today + timedelta(minutes=2)).pk


def test_other_bytes_that_match_the_same_entry_are_not_shut(
    reviewer_client: Client, again: Task, platform: Any, today: datetime
) -> None:
    entry = again.copies.get().hits.get().entry
    copy = make_copy(platform, entry, today, group="other", url="http://127.0.0.1:1/other.jpg")
    tasks.take_in(today)
    html = reviewer_client.get(
        reverse("review:task", args=[copy.tasks.get().number])
    ).content.decode()
    assert MAY not in html
    assert "Nobody opens this any more" not in html
