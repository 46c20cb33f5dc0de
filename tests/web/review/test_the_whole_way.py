"""From a notice to stay-down by the rooms' own doors: filed, held, looked at, decided, blocked."""

from __future__ import annotations

from datetime import timedelta

import pytest

import staydown
from review_scene import edited, file_notice
from staydown_web.accounts.services import Caller
from staydown_web.banks.models import Entry
from staydown_web.banks.services import open_segments
from staydown_web.cases.models import Item, Location
from staydown_web.cases.tasks import look_at_locations
from staydown_web.review import services, tasks
from staydown_web.review.models import Task
from staydown_web.review.services.hearing import ANSWER_WITHIN
from staydown_web.screening.models import Copy, Verdict
from staydown_web.screening.services import check, flush_recorder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _segments(db) -> None:
    open_segments()


def test_an_edited_copy_is_held_then_decided_then_blocked(
    platform, site, api_key, reviewer, today
) -> None:
    key, _text = api_key
    caller = Caller(platform.pk, key.pk, frozenset(key.scopes))
    upload = staydown.fingerprint(edited("bridge.jpg", "same"))
    url = site.put("post.jpg", edited("bridge.jpg", "part"))
    assert check(caller=caller, fingerprint=upload, now=today).verdict == Verdict.CLEAR

    case = file_notice(platform, ["bridge.jpg"], today, urls=[url])
    upload_url = site.put("upload.jpg", edited("bridge.jpg", "same"))
    held = check(caller=caller, fingerprint=upload, url=upload_url, content_ref="u-1", now=today)
    assert held.verdict == Verdict.HOLD, "a seed holds and never blocks"
    flush_recorder()
    look_at_locations(today + timedelta(seconds=5))
    tasks.take_in(today)
    assert case.locations.get().state == Location.State.FOUND
    reported = Task.objects.get(source=Task.Source.NOTICE)
    waiting = Task.objects.get(source=Task.Source.UPLOAD)
    assert (reported.case, waiting.case) == (case, case)
    assert reported.due_at == waiting.due_at == case.due_at

    services.decide(
        task=waiting,
        outcome="remove",
        grounds=["us-tida"],
        facts="It is a copy of a reported picture.",
        user=reviewer,
        now=today,
    )
    again = check(caller=caller, fingerprint=upload, content_ref="u-2", now=today)
    assert again.verdict == Verdict.BLOCK, "from now on"
    flush_recorder()
    assert Copy.objects.filter(state=Copy.State.BLOCKED).count() == 1
    services.make_decisions_firm(today + timedelta(seconds=60))
    assert case.items.get().state == Item.State.REMOVED


def test_an_edited_copy_that_she_reports_is_an_entry_of_its_own_and_confirmed_with_it(
    platform, site, api_key, reviewer, today
) -> None:
    key, _text = api_key
    caller = Caller(platform.pk, key.pk, frozenset(key.scopes))
    url = site.put("post.jpg", edited("bridge.jpg", "part"))
    case = file_notice(platform, ["bridge.jpg"], today, urls=[url])
    look_at_locations(today + timedelta(seconds=5))
    tasks.take_in(today)
    entries = Entry.objects.filter(claims__item__case=case)
    assert sorted(entries.values_list("origin", "state")) == [("copy", "seed"), ("notice", "seed")]

    services.decide(
        task=Task.objects.get(source=Task.Source.NOTICE),
        outcome="remove",
        grounds=["us-tida"],
        facts="It is a copy of a reported picture.",
        user=reviewer,
        now=today,
    )
    assert set(entries.values_list("state", flat=True)) == {"confirmed"}
    upload = staydown.fingerprint(edited("bridge.jpg", "part"))
    found = check(caller=caller, fingerprint=upload, content_ref="u-1", now=today)
    assert found.verdict == Verdict.BLOCK
    assert {match["kind"] for match in found.matches} >= {"identical"}, "by the edited copy itself"


def test_a_refused_link_leaves_no_entry_that_holds_anything(
    platform, site, api_key, reviewer, today
) -> None:
    key, _text = api_key
    caller = Caller(platform.pk, key.pk, frozenset(key.scopes))
    url = site.put("post.jpg", edited("bridge.jpg", "part"))
    file_notice(platform, [], today, urls=[url])
    look_at_locations(today + timedelta(seconds=5))
    tasks.take_in(today)
    upload = staydown.fingerprint(edited("bridge.jpg", "part"))
    assert check(caller=caller, fingerprint=upload, now=today).verdict == Verdict.HOLD
    made = {
        "task": Task.objects.get(source=Task.Source.NOTICE),
        "grounds": ["not_the_person"],
        "facts": "It shows somebody else.",
        "user": reviewer,
    }
    services.decide(**made, outcome="restore", now=today)
    firm_at = today + timedelta(seconds=60)
    assert services.make_decisions_firm(firm_at) == 0, "the person is told first"
    services.make_decisions_firm(firm_at + ANSWER_WITHIN)
    assert Entry.objects.get().state == Entry.State.DISPUTED
    assert check(caller=caller, fingerprint=upload, content_ref="2", now=today).verdict == "clear"


def test_an_undo_gives_back_the_seed_that_a_link_made(platform, site, reviewer, today) -> None:
    url = site.put("post.jpg", edited("bridge.jpg", "part"))
    other = site.put("other.jpg", edited("citrus.jpg", "part"))
    file_notice(platform, [], today, urls=[url, other])
    look_at_locations(today + timedelta(seconds=5))
    tasks.take_in(today)
    task = Task.objects.filter(copies__isnull=False).first()
    terms = {"grounds": ["us-tida"], "facts": "It is shown there.", "user": reviewer, "now": today}
    made = services.decide(task=task, outcome="remove", **terms)
    assert len(made.entries_confirmed) == 1, "nobody looked at the other one"
    services.undo_decision(decision=made, user=reviewer, now=today)
    assert set(Entry.objects.values_list("state", flat=True)) == {"seed"}
