"""Many at one moment: one wins, the others are told, and nothing is counted twice or not at all."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import RequestFactory

from review_scene import make_copy
from staydown.errors import StaydownError
from staydown_web.accounts.models import SignInCount, User
from staydown_web.accounts.services import accept_invitation, check_password, invite
from staydown_web.banks.models import EntryChange
from staydown_web.review import services, tasks
from staydown_web.review.models import Decision, Task
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(acts: list[Callable[[], object]]) -> list[str]:
    """Run all at one moment; for each the code of its error, or what it gave in words."""
    start, told = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait()
            told.append(type(act()).__name__)
        except StaydownError as error:
            told.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_one_of_many_reviewers_decides(noticed, user_named, today) -> None:
    _case, task = noticed("part", "bridge.jpg")
    users = [user_named(f"r{n}") for n in range(6)]

    def decide(user: User) -> Callable[[], object]:
        return lambda: services.decide(
            task=task, outcome="remove", grounds=["us-tida"], facts="Found.", user=user, now=today
        )

    told = Counter(at_once([decide(user) for user in users]))
    assert told == {"Decision": 1, "record_conflict": 5}
    assert Decision.objects.count() == 1
    assert EntryChange.objects.filter(what="confirmed").count() == 1


def test_undoing_and_becoming_firm_exclude_each_other(upload, reviewer, today) -> None:
    made = services.decide(
        task=upload, outcome="remove", grounds=[], facts="Found.", user=reviewer, now=today
    )
    late = today + timedelta(seconds=60)
    told = at_once(
        [
            lambda: services.undo_decision(decision=made, user=reviewer, now=today),
            lambda: services.make_decisions_firm(late),
        ]
    )
    made.refresh_from_db()
    is_undone, is_firm = made.undone_at is not None, made.made_firm_at is not None
    assert is_undone != is_firm
    assert ("record_conflict" in told) == is_firm
    task = Task.objects.get(pk=upload.pk)
    assert task.state == (Task.State.OPEN if is_undone else Task.State.DONE)


def test_one_of_many_takes_a_task(upload, user_named, today) -> None:
    users = [user_named(f"r{n}") for n in range(4)]
    acts = [lambda u=user: services.take_task(task=upload, user=u, now=today) for user in users]
    assert Counter(at_once(acts)) == {"NoneType": 1, "record_conflict": 3}


def test_copies_taken_in_by_two_workers_make_one_task(held, today) -> None:
    copies = [held(group="bytes") for _ in range(6)]
    at_once([lambda: services.take_in_copies(today)] * 3)
    services.take_in_copies(today)
    assert Task.objects.count() == 1
    assert Task.objects.get().copies.count() == len(copies)


def test_a_link_makes_one_colleague(db, today) -> None:
    token = invite(role="reviewer", now=today)

    def join(name: str) -> Callable[[], object]:
        return lambda: accept_invitation(
            token=token, name=name, password="paper boats", pseudonym="", now=today
        )

    told = Counter(at_once([join(f"n{n}") for n in range(4)]))
    assert told == {"User": 1, "record_not_found": 3}
    assert User.objects.count() == 1


def test_guesses_at_one_moment_are_all_counted(reviewer, today) -> None:
    def guess() -> object:
        request = RequestFactory().post("/")
        return check_password(
            request=request, name="rita", password="no", address="192.0.2.1", now=today
        )

    told = Counter(at_once([guess] * 8))
    counted = max(SignInCount.objects.values_list("failures", flat=True))
    assert told["NoneType"] == counted <= 5
    assert told["rate_limited"] == 8 - counted


@pytest.mark.parametrize("meanwhile", ["removed", "undone"])
def test_of_two_who_close_a_picture_at_two_of_its_copies_one_does(
    noticed, platform, user_named, today, meanwhile
) -> None:
    """And whatever a third decides or takes back at that moment shows nothing of it."""
    case, post = noticed("same", "pagoda.jpg")
    entry = case.items.get().claims.get().entry
    copies = [make_copy(platform, entry, today, group=name) for name in ("one", "two")]
    tasks.take_in(today)
    uploads = [copy.tasks.get() for copy in copies]
    first, second, third = (user_named(name) for name in ("mia", "sara", "noa"))
    remove = {"task": post, "outcome": "remove", "grounds": ["us-tida"], "facts": "Found."}
    made = services.decide(**remove, user=third, now=today) if meanwhile == "undone" else None
    at_once(
        [
            lambda: services.close_task_for_minor(task=uploads[0], user=first, now=today),
            lambda: services.close_task_for_minor(task=uploads[1], user=second, now=today),
            lambda: (
                services.undo_decision(decision=made, user=third, now=today)
                if made
                else services.decide(**remove, user=third, now=today)
            ),
        ]
    )
    closed = Decision.objects.filter(grounds=["minor"])
    assert set(closed.values_list("task", flat=True)) == {post.pk, *(one.pk for one in uploads)}
    assert closed.values("decided_by").distinct().count() == 1
    assert closed.count() == 3
    assert set(Task.objects.values_list("state", flat=True)) == {Task.State.DONE}
    assert set(Copy.objects.values_list("state", flat=True)) == {Copy.State.HELD}
