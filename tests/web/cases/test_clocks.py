"""Time limits: begun by the last element, true in every zone, warned of and breached once each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.core import mail
from django.db import transaction
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from audit_replay import wrong_histories
from case_world import WAITS, drawn, laws_that_pause
from staydown_web.accounts.models import User
from staydown_web.audit.models import Event
from staydown_web.base.clock import StepWatch
from staydown_web.base.errors import RecordConflictError
from staydown_web.cases import tasks as case_tasks
from staydown_web.cases.forms import Answers, Filing
from staydown_web.cases.models import (
    Case,
    Clock,
    ClockPause,
    ClockWarning,
    Contact,
    Item,
    Letter,
    Location,
    StaffLetter,
)
from staydown_web.cases.selectors import ClockState, clock_of, clocks_of
from staydown_web.cases.selectors.clocks import view_of
from staydown_web.cases.services import (
    Filed,
    add_to_case,
    ask_withdrawal,
    pause_clock,
    resume_clock,
    send_message,
    settle_item,
    settle_location,
)
from staydown_web.cases.services.clock_warnings import BATCH, advance_clocks, write_to_staff
from staydown_web.cases.services.filing import file_case
from staydown_web.cases.tasks import send_letters, send_staff_letters

pytestmark = pytest.mark.django_db
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
ZONES = st.sampled_from(sorted(available_timezones()))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1))  # noqa: DTZ001 - zoned below
FEW = hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def clock(case: Case) -> Clock:
    return Clock.objects.get(notice__case=case)


def settle(case: Case, now: datetime, item: str = "removed", place: str = "removed") -> None:
    for one in case.items.all():
        settle_item(item=one, state=item, actor="system", now=now)
    for where in case.locations.all():
        settle_location(location=where, state=place, now=now)


def told(case: Case, what: str) -> int:
    return Event.objects.filter(case_id=case.pk, what=what).count()


def test_it_begins_with_the_last_element_in_that_transaction(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed(signature="").case
    assert clock_of(case, now=now).state is ClockState.WAITING
    assert not Clock.objects.exists()
    later = now + 3 * HOUR
    add_to_case(case=case, answers=Answers(signature="Ada Example"), now=later)
    view = clock_of(case, now=later)
    assert (view.state, view.valid_at, view.due_at) == (
        ClockState.RUNNING,
        later,
        later + 48 * HOUR,
    )
    assert told(case, "clock_started") == 1


def test_a_threat_and_a_law_without_hours_have_none(
    threat: Callable[..., Filing], filed: Callable[..., Filed], platform: Any, now: datetime
) -> None:
    assert clock_of(file_case(filing=threat(), now=now).case, now=now).state is ClockState.NONE
    platform.regimes = ["eu-dsa"]
    platform.save()
    case = filed(regimes=["eu-dsa"]).case
    assert clock_of(case, now=now).state is ClockState.NONE
    assert Case.objects.get(pk=case.pk).due_at is None


def test_what_is_added_later_has_its_own_time_and_the_first_stays(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    later = now + 40 * HOUR
    add_to_case(case=case, urls=["http://127.0.0.1:8161/media/2.jpg"], now=later)
    add_to_case(case=case, answers=Answers(place="At the top of the page."), now=later + HOUR)
    dues = [view.due_at for view in clocks_of(case, now=later)]
    assert dues == [now + 48 * HOUR, later + 48 * HOUR], "words alone begin none"
    case.refresh_from_db()
    assert case.due_at == now + 48 * HOUR
    first = case.locations.order_by("position")[0]
    settle(case, later, place="removed")
    assert first.pk
    assert {view.state for view in clocks_of(case, now=later)} == {ClockState.KEPT}


def test_removing_is_not_done_while_the_site_still_shows_it(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case, place = filed().case, Location.objects.get()
    settle_location(location=place, state="found", now=now + HOUR)
    settle_item(item=case.items.get(), state="removed", actor="system", now=now + 2 * HOUR)
    assert clock_of(case, now=now + 3 * HOUR).state is ClockState.RUNNING
    settle_location(location=place, state="removed", now=now + 5 * HOUR)
    view = clock_of(case, now=now + 50 * HOUR)
    assert (view.state, view.ended_at) == (ClockState.KEPT, now + 5 * HOUR)
    case.refresh_from_db()
    assert case.due_at is None, "nothing is due any more"


def test_a_decision_to_keep_ends_it_and_so_does_taking_back(
    filed: Callable[..., Filed], now: datetime
) -> None:
    kept, taken_back = filed().case, filed(email="b@mail.example").case
    settle_location(location=kept.locations.get(), state="found", now=now)
    settle_item(item=kept.items.get(), state="kept", actor="system", now=now + HOUR)
    assert clock_of(kept, now=now).state is ClockState.KEPT
    ask_withdrawal(case=taken_back, now=now + HOUR)
    assert clock(taken_back).outcome == Clock.Outcome.VOID
    assert advance_clocks(now + 100 * HOUR) == 0, "nothing is breached"


def test_a_site_that_takes_its_word_back_has_the_rest_of_its_time(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    settle(case, now + HOUR)
    item = Item.objects.get()
    settle_item(item=item, state="in_review", actor="system", now=now + 2 * HOUR)
    assert clock_of(case, now=now + 2 * HOUR).left_s == 46 * 3600
    settle_item(item=item, state="removed", actor="system", now=now + 3 * HOUR)
    settle_item(item=item, state="in_review", actor="system", now=now + 60 * HOUR)
    assert clock(case).outcome == Clock.Outcome.KEPT, "what comes after the end is a new question"
    assert wrong_histories() == []


def test_each_warning_and_the_breach_come_once_at_their_moment(
    filed: Callable[..., Filed], now: datetime, lead: User
) -> None:
    case = filed().case
    moments = {
        24 * HOUR: "half",
        36 * HOUR: "12h",
        46 * HOUR: "2h",
        48 * HOUR: "over",
    }
    for after, mark in moments.items():
        assert advance_clocks(now + after - timedelta(microseconds=1)) == 0
        assert [advance_clocks(now + after) for _time in range(3)] == [1, 0, 0]
        assert ClockWarning.objects.latest("made_at").mark == mark
    assert told(case, "clock_warned") == 3
    assert told(case, "clock_breached") == 1
    view = clock_of(case, now=now + 49 * HOUR)
    assert (view.state, view.left_s, view.breached_at) == (ClockState.OVER, 0, now + 48 * HOUR)
    settle(case, now + 50 * HOUR)
    assert clock(case).outcome == Clock.Outcome.LATE
    assert clock(case).breached_at == now + 48 * HOUR, "it stays, whatever comes later"
    assert wrong_histories() == []


def test_after_a_worker_was_away_all_is_made_up_for_once(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    assert advance_clocks(now + 47 * HOUR) == 1
    assert ClockWarning.objects.count() == 3
    settle(case, now + 49 * HOUR)
    assert (clock(case).outcome, told(case, "clock_breached")) == (Clock.Outcome.LATE, 1)


def test_she_hears_of_a_breach_once_and_by_a_neutral_letter(
    filed: Callable[..., Filed], now: datetime, settings: Any
) -> None:
    settings.STAYDOWN_MAIL_READY = True
    case = filed().case
    case.contacts.update(state=Contact.State.CONFIRMED)
    Letter.objects.all().delete()
    for _time in range(3):
        advance_clocks(now + 48 * HOUR)
        send_letters(now + 48 * HOUR)
    (message,) = mail.outbox
    assert message.subject == "There is something new"
    assert case.number not in message.body


def test_leads_and_administrators_get_one_letter_for_a_quarter_of_an_hour(
    filed: Callable[..., Filed],
    now: datetime,
    lead: User,
    admin: User,
    reviewer: User,
    settings: Any,
) -> None:
    settings.STAYDOWN_MAIL_READY = True
    User.objects.filter(pk=admin.pk).update(email="")
    filed()
    filed(email="b@mail.example")
    at = now + 24 * HOUR
    advance_clocks(at)
    assert [write_to_staff(at), write_to_staff(at)] == [1, 0]
    assert [send_staff_letters(at), send_staff_letters(at)] == [1, 0]
    (message,) = mail.outbox
    assert message.to == [lead.email]
    assert message.extra_headers["Message-ID"].startswith(f"<{StaffLetter.objects.get().pk}@")
    assert "queue" in message.body
    filed_late = file_case_at(filed, now + 5 * timedelta(minutes=1))
    advance_clocks(at + timedelta(minutes=5))
    assert write_to_staff(at + timedelta(minutes=5)) == 0, "it waits for its quarter of an hour"
    assert write_to_staff(at + BATCH) == 1
    assert filed_late.pk


def file_case_at(filed: Callable[..., Filed], now: datetime) -> Case:
    case = filed(email="c@mail.example").case
    shift = {"began_at": now, "due_at": now + 48 * HOUR, "next_at": now + 24 * HOUR}
    Clock.objects.filter(notice__case=case).update(**shift)
    return case


def test_without_a_mail_server_the_queue_alone_says_it(
    filed: Callable[..., Filed], now: datetime, lead: User
) -> None:
    filed()
    advance_clocks(now + 24 * HOUR)
    assert write_to_staff(now + 24 * HOUR) == 0
    assert not StaffLetter.objects.exists()
    assert ClockWarning.objects.get().told_at is not None


def test_no_law_that_is_shipped_with_hours_lets_it_stand_still(
    filed: Callable[..., Filed], now: datetime
) -> None:
    notice = filed().case.notices.get()
    with pytest.raises(RecordConflictError):
        pause_clock(notice=notice, reason=WAITS, actor="system", now=now)


def test_it_stands_still_and_goes_on_with_what_was_left(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    notice = case.notices.get()
    with laws_that_pause():
        pause_clock(notice=notice, reason=WAITS, actor="system", now=now + 20 * HOUR)
        view = clock_of(case, now=now + 100 * HOUR)
        assert (view.state, view.left_s, view.paused_s) == (
            ClockState.PAUSED,
            28 * 3600,
            80 * 3600,
        )
        assert advance_clocks(now + 100 * HOUR) == 0
        with pytest.raises(RecordConflictError):
            pause_clock(notice=notice, reason=WAITS, actor="system", now=now + 21 * HOUR)
        with pytest.raises(RecordConflictError):
            resume_clock(notice=notice, reason="other", actor="system", now=now + 21 * HOUR)
        send_message(case=case, sender="staff", text="Please tell us.", now=now + 30 * HOUR)
        assert clock(case).paused_at is not None, "only her own answer counts"
        send_message(case=case, sender="person", text="Here it is.", now=now + 100 * HOUR)
    assert clock(case).due_at == now + 128 * HOUR
    case.refresh_from_db()
    assert case.due_at == now + 128 * HOUR
    assert wrong_histories() == []


def test_nothing_pauses_what_is_over(filed: Callable[..., Filed], now: datetime) -> None:
    notice = filed().case.notices.get()
    with laws_that_pause(), pytest.raises(RecordConflictError):
        pause_clock(notice=notice, reason=WAITS, actor="system", now=now + 48 * HOUR)


def test_a_clock_of_the_machine_that_is_set_back_gives_and_takes_nothing(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    notice = case.notices.get()
    with laws_that_pause():
        pause_clock(notice=notice, reason=WAITS, actor="system", now=now + 20 * HOUR)
        resume_clock(notice=notice, reason=WAITS, actor="system", now=now + 2 * HOUR)
    assert clock(case).due_at == now + 48 * HOUR
    pause = ClockPause.objects.get()
    assert pause.ended_at == pause.began_at
    advance_clocks(now + 24 * HOUR)
    assert advance_clocks(now + HOUR) == advance_clocks(now + 24 * HOUR) == 0, "warned once"
    before = clock_of(case, now=now - 500 * HOUR)
    assert before.left_s == before.length_s


def test_a_date_that_jumped_warns_of_nothing_and_breaches_nothing(
    filed: Callable[..., Filed], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, since_start = filed().case, [1000.0]
    monkeypatch.setattr(case_tasks, "_WATCH", StepWatch())
    monkeypatch.setattr(case_tasks, "running_s", lambda: since_start[0])

    def look(at: datetime, after_s: float) -> int:
        since_start[0] += after_s
        return case_tasks.watch_clocks(at)

    look(now, 20)
    year = timedelta(days=365)
    assert [look(now + year, 20), look(now + year + 20 * SECOND, 20)] == [0, 0]
    assert look(now + 80 * SECOND, 20) == 0, "it was put right"
    assert not ClockWarning.objects.exists()
    assert clock(case).breached_at is None
    assert look(now + 24 * HOUR, 24 * 3600 - 80) == 1, "and a day later it warns as ever"
    assert [one.mark for one in ClockWarning.objects.all()] == ["half"]


@FEW
@given(
    pauses=st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 90_000)), max_size=4),
    looks=st.lists(st.integers(-90_000, 700_000), min_size=2, max_size=12),
    lasts=st.booleans(),
)
def test_what_is_left_never_grows_and_is_never_less_than_nothing(
    filed: Callable[..., Filed],
    now: datetime,
    pauses: list[tuple[int, int]],
    looks: list[int],
    lasts: bool,
) -> None:
    with transaction.atomic(), laws_that_pause():
        case = filed().case
        notice, at = case.notices.get(), now
        for runs_s, stands_s in pauses:
            at += timedelta(seconds=runs_s)
            pause_clock(notice=notice, reason=WAITS, actor="system", now=at)
            at += timedelta(seconds=stands_s)
            resume_clock(notice=notice, reason=WAITS, actor="system", now=at)
        if lasts:
            pause_clock(notice=notice, reason=WAITS, actor="system", now=at)
        stored = clock(case)
        views = [
            view_of(stored, regime="us-tida", now=at + timedelta(seconds=look))
            for look in sorted(looks)
        ]
        left = [view.left_s for view in views]
        assert left == sorted(left, reverse=True)
        assert all(0 <= one <= 48 * 3600 for one in left)
        assert not lasts or len(set(left)) == 1, "it stands still"
        stood = timedelta(seconds=sum(stands for _runs, stands in pauses))
        assert stored.due_at == now + 48 * HOUR + stood
        transaction.set_rollback(True)


@FEW
@given(moment=MOMENTS, zone=ZONES, look=st.integers(0, 60 * 48), other=ZONES)
@example(datetime(2027, 3, 27, 12), "Europe/Berlin", 2000, "UTC")  # noqa: DTZ001 - 47 on the wall
@example(datetime(2027, 10, 30, 12), "Europe/Berlin", 2000, "UTC")  # noqa: DTZ001 - 49 on the wall
@example(datetime(2027, 3, 13, 12), "America/New_York", 2000, "Asia/Kolkata")  # noqa: DTZ001
@example(datetime(2027, 4, 3, 12), "Australia/Lord_Howe", 2000, "UTC")  # noqa: DTZ001 - half an hour
def test_no_zone_and_no_summer_time_gives_or_takes_an_hour(
    filing: Callable[..., Filing],
    moment: datetime,
    zone: str,
    look: int,
    other: str,
) -> None:
    with transaction.atomic():
        local = moment.replace(tzinfo=ZoneInfo(zone))
        case = file_case(filing=filing(files=[drawn(1)]), now=local).case
        stored = clock(case)
        assert stored.due_at.astimezone(UTC) - stored.began_at.astimezone(UTC) == 48 * HOUR
        at = stored.began_at.astimezone(UTC) + timedelta(minutes=look)
        here = view_of(stored, regime="us-tida", now=at)
        there = view_of(stored, regime="us-tida", now=at.astimezone(ZoneInfo(other)))
        assert (here.left_s, here.state) == (there.left_s, there.state)
        assert here.left_s == 48 * 3600 - 60 * look
        transaction.set_rollback(True)
