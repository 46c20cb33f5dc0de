"""Art. 23: warned for plainly false notices, suspended by two people, never banned, let go."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from review_scene import file_notice
from staydown_web.accounts.models import Approval
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.base.errors import NotAllowedError, RecordConflictError
from staydown_web.cases.models import Case, Contact, Item, Message, Suspension
from staydown_web.cases.services.suspensions import is_suspended
from staydown_web.review import services, tasks
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.notifiers import history_of, notifier_of, patterns_of
from staydown_web.review.services.approving import grant
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(seconds=60)
MAIL = "ana@mail.example"
NAMES = ("citrus.jpg", "bridge.jpg", "pagoda.jpg", "coffee.jpg")


def file_as(platform, name: str, at: datetime, *, is_confirmed: bool = True) -> Case:
    """A case of the one notifier."""
    case = file_notice(platform, [name], at, email=MAIL)
    if is_confirmed:
        case.contacts.update(state=Contact.State.CONFIRMED)
    return case


def refuse(case: Case, user, at: datetime, ground: str = "not_the_person") -> Decision:
    """A firm decision that the notice was not true."""
    task = Task.objects.create(
        number=f"T-{case.number[2:]}", platform=case.platform, case=case, made_at=at,
        source="notice", state="done",
    )  # fmt: skip
    return Decision.objects.create(
        task=task, outcome="restore", grounds=[ground], decided_by=user, decided_at=at,
        firm_at=at, made_firm_at=at,
    )  # fmt: skip


@pytest.fixture
def refused(platform, reviewer, today) -> list[Case]:
    """Two refused cases of one confirmed address."""
    at = today - 10 * DAY
    cases = [file_as(platform, name, at) for name in NAMES[:2]]
    for case in cases:
        refuse(case, reviewer, at)
    return cases


@pytest.fixture
def warned(refused, lead, today) -> Suspension:
    """Warned five days ago."""
    return services.warn_notifier(
        case=refused[0], text="Both were of other people.", user=lead, now=today - 5 * DAY
    )


@pytest.fixture
def suspended(warned, platform, reviewer, lead, user_named, today) -> Suspension:
    """Refused once more after the warning, and suspended by two people."""
    refuse(file_as(platform, NAMES[2], today - 3 * DAY), reviewer, today - 2 * DAY)
    asked = services.ask_suspension(
        suspension=warned, days=30, reason="It goes on.", user=lead, now=today - DAY
    )
    grant(approval_id=asked.pk, user=user_named("leo"), now=today - DAY)
    warned.refresh_from_db()
    return warned


def test_only_what_was_not_true_counts(refused, platform, reviewer, today) -> None:
    for ground in ("satire", "public_interest", "consented_commercial", "other_picture"):
        refuse(file_as(platform, NAMES[2], today), reviewer, today, ground)
    history = history_of(notifier_of(refused[0]))
    assert (history.filed, len(history.refused)) == (6, 2)


def test_an_address_that_nobody_confirmed_is_nobody(platform, today) -> None:
    assert notifier_of(file_as(platform, NAMES[0], today, is_confirmed=False)) is None


def test_a_refusal_that_a_complaint_reverses_counts_no_more(refused, user_named, today) -> None:
    first = Decision.objects.filter(task__case=refused[0]).get()
    Decision.objects.create(
        task=first.task, outcome="remove", grounds=["us-tida"], decided_by=user_named("sara"),
        decided_at=today, firm_at=today, made_firm_at=today, reverses=first,
    )  # fmt: skip
    assert len(history_of(notifier_of(refused[0])).refused) == 1


def test_one_refused_notice_is_no_reason_to_warn(platform, reviewer, lead, today) -> None:
    case = file_as(platform, NAMES[0], today)
    refuse(case, reviewer, today)
    with pytest.raises(RecordConflictError):
        services.warn_notifier(case=case, text="No.", user=lead, now=today)


def test_a_warning_is_told_on_the_page_and_has_no_effect(warned, refused, platform, today) -> None:
    assert warned.state == "warned"
    lines = Message.objects.filter(case=refused[0], sender="staff")
    assert lines.count() == 1
    case = file_as(platform, NAMES[2], today)
    assert not is_suspended(case, now=today)
    event = Event.objects.get(what="notifier_warned")
    assert event.facts == {"refused": 2, "filed": 2}


def test_nobody_is_warned_twice_at_once(warned, refused, lead, today) -> None:
    with pytest.raises(RecordConflictError):
        services.warn_notifier(case=refused[1], text="Again.", user=lead, now=today)


def test_no_suspension_without_a_refusal_after_the_warning(warned, lead, today) -> None:
    with pytest.raises(RecordConflictError):
        services.ask_suspension(suspension=warned, days=30, reason="x", user=lead, now=today)
    assert not Approval.objects.exists()


def test_who_asked_cannot_grant_and_a_second_lead_can(
    warned, platform, reviewer, lead, user_named, today
) -> None:
    refuse(file_as(platform, NAMES[2], today - 3 * DAY), reviewer, today - 2 * DAY)
    asked = services.ask_suspension(
        suspension=warned, days=30, reason="It goes on.", user=lead, now=today
    )
    with pytest.raises(RecordConflictError):
        services.ask_suspension(suspension=warned, days=30, reason="x", user=lead, now=today)
    with pytest.raises(NotAllowedError):
        grant(approval_id=asked.pk, user=lead, now=today)
    grant(approval_id=asked.pk, user=user_named("leo"), now=today)
    warned.refresh_from_db()
    assert (warned.state, warned.until) == ("suspended", today + 30 * DAY)
    assert (warned.asked_by, warned.granted_by.username) == (lead, "leo")


def test_the_database_wants_two_people_and_a_warning_before(warned, lead, today) -> None:
    for wrong in (
        {"asked_by": lead, "granted_by": lead, "suspended_at": today},
        {"asked_by": lead, "granted_by": None, "suspended_at": today},
        {"asked_by": lead, "granted_by": None, "suspended_at": warned.warned_at},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Suspension.objects.filter(pk=warned.pk).update(state="suspended", **wrong)


def test_a_suspended_notifiers_notice_is_received_and_holds_nothing(
    suspended, platform, today
) -> None:
    case = file_as(platform, NAMES[3], today, is_confirmed=False)
    entry = case.items.get().claims.get().entry
    assert case.valid_at is not None, "received and judged as all others"
    assert (entry.state, entry.quarantined_at) == (Entry.State.SEED, today)
    other = file_notice(platform, ["cat.jpg"], today, email="berta@mail.example")
    assert other.items.get().claims.get().entry.quarantined_at is None


def test_an_entry_of_somebody_else_is_left_as_it_is(suspended, platform, today) -> None:
    other = file_notice(platform, [NAMES[3]], today, email="berta@mail.example")
    file_as(platform, NAMES[3], today)
    assert other.items.get().claims.get().entry.quarantined_at is None


def test_what_it_matches_comes_to_a_person(suspended, platform, held, today) -> None:
    case = file_as(platform, NAMES[3], today)
    entry = case.items.get().claims.get().entry
    assert entry.quarantined_at is not None
    copy = held(entry=entry, state=Copy.State.SEEN, group="aside", match=("same", 0.97, {}))
    assert not copy.tasks.exists()
    tasks.services.take_in_set_aside(today)
    assert copy.tasks.get().state == Task.State.OPEN


def test_lifting_gives_back_what_was_set_aside(suspended, platform, lead, today) -> None:
    case = file_as(platform, NAMES[3], today)
    entry = case.items.get().claims.get().entry
    assert entry.quarantined_at is not None
    assert services.lift_suspension(suspension=suspended, user=lead, now=today) == 1
    entry.refresh_from_db()
    suspended.refresh_from_db()
    assert (entry.quarantined_at, suspended.state) == (None, "lifted")
    with pytest.raises(RecordConflictError):
        services.lift_suspension(suspension=suspended, user=lead, now=today)


def test_it_ends_by_itself(suspended, today) -> None:
    assert services.end_suspensions(suspended.until - MINUTE) == 0
    assert services.end_suspensions(suspended.until) == 1
    suspended.refresh_from_db()
    assert suspended.state == "ended"


def test_a_complaint_is_answered_by_neither_of_the_two(
    suspended, refused, lead, admin, user_named, today
) -> None:
    services.appeal_suspension(
        suspension=suspended, case=refused[0], text="They were of me.", now=today
    )
    with pytest.raises(RecordConflictError):
        services.appeal_suspension(suspension=suspended, case=refused[0], text="x", now=today)
    suspended.refresh_from_db()
    for one in (lead, suspended.granted_by):
        with pytest.raises(NotAllowedError):
            services.answer_suspension_appeal(
                suspension=suspended, is_lifted=True, text="Yes.", user=one, now=today
            )
    services.answer_suspension_appeal(
        suspension=suspended, is_lifted=True, text="You are right.", user=admin, now=today
    )
    suspended.refresh_from_db()
    assert (suspended.state, suspended.appeal) == ("lifted", "lifted")
    with pytest.raises(RecordConflictError):
        services.answer_suspension_appeal(
            suspension=suspended, is_lifted=False, text="No.", user=admin, now=today
        )


def test_six_months_after_it_ended_the_words_of_both_sides_go_and_the_counts_stay(
    suspended, refused, admin, today
) -> None:
    services.appeal_suspension(suspension=suspended, case=refused[0], text="Mine.", now=today)
    services.answer_suspension_appeal(
        suspension=suspended, is_lifted=True, text="You are right.", user=admin, now=today
    )
    assert services.forget_suspensions(today + 183 * DAY) == 0
    assert services.forget_suspensions(today + 184 * DAY) == 1
    suspended.refresh_from_db()
    assert (suspended.text_box, suspended.appeal_box, suspended.answer_box) == (None, None, None)
    assert (suspended.state, suspended.refused) == ("lifted", 2)
    assert services.forget_suspensions(today + 184 * DAY) == 0


def test_the_words_of_one_that_lasts_or_of_an_open_complaint_stay(
    suspended, refused, admin, today
) -> None:
    assert services.forget_suspensions(today + 1000 * DAY) == 0
    services.appeal_suspension(suspension=suspended, case=refused[0], text="Mine.", now=today)
    services.end_suspensions(suspended.until)
    late = suspended.until + 300 * DAY
    assert services.forget_suspensions(late) == 0
    services.answer_suspension_appeal(
        suspension=suspended, is_lifted=False, text="It stood.", user=admin, now=late
    )
    assert services.forget_suspensions(late + 183 * DAY) == 0
    assert services.forget_suspensions(late + 184 * DAY) == 1


def test_every_step_is_in_the_audit_without_their_words(suspended, refused, admin, today) -> None:
    services.appeal_suspension(suspension=suspended, case=refused[0], text="Mine.", now=today)
    suspended.refresh_from_db()
    services.answer_suspension_appeal(
        suspension=suspended, is_lifted=False, text="It stays.", user=admin, now=today
    )
    services.lift_suspension(suspension=suspended, user=admin, now=today)
    subject = f"suspension:{suspended.pk}"
    whats = Event.objects.filter(subject=subject).order_by("seq").values_list("what", flat=True)
    assert list(whats) == [
        "notifier_warned", "notifier_suspended", "suspension_appealed", "suspension_answered",
        "suspension_lifted",
    ]  # fmt: skip


def test_the_hint_names_counts_and_has_no_effect(refused, noticed) -> None:
    case, task = noticed("same", "pagoda.jpg")
    blind = refused[0].contacts.get().blind
    Contact.objects.filter(case=case).update(blind=blind, state=Contact.State.CONFIRMED)
    (pattern,) = patterns_of(task)
    assert (pattern.filed, pattern.refused, pattern.state) == (2, 2, "")
    assert case.items.get().state != Item.State.KEPT


def test_the_pages(suspended, refused, client_of, lead, reviewer_client, noticed) -> None:
    client, number = client_of(lead), refused[0].number
    assert "Suspended" in client.get(reverse("review:notifiers")).text
    page = client.get(reverse("review:notifier", args=[number])).text
    for words in ("Both were of other people.", "End it now", "2026"):
        assert words in page
    assert reviewer_client.get(reverse("review:notifier", args=[number])).status_code == 403
    client.post(reverse("review:change_suspension", args=[number, suspended.pk]), {"do": "lift"})
    suspended.refresh_from_db()
    assert suspended.state == "lifted"


def test_warning_and_asking_through_the_pages(
    refused, platform, reviewer, client_of, lead, today
) -> None:
    client, number = client_of(lead), refused[0].number
    assert client.post(reverse("review:warn", args=[number]), {"text": ""}).status_code == 400
    client.post(reverse("review:warn", args=[number]), {"text": "Not true."})
    one = Suspension.objects.get()
    Suspension.objects.update(warned_at=today - 5 * DAY)
    refuse(file_as(platform, NAMES[2], today - DAY), reviewer, today)
    address = reverse("review:change_suspension", args=[number, one.pk])
    assert client.post(address, {"do": "suspend", "days": "900", "reason": "x"}).status_code == 400
    client.post(address, {"do": "suspend", "days": "30", "reason": "It goes on."})
    assert Approval.objects.get().what == "notifier_suspension"
    assert "Suspend a notifier who was warned" in client.get(reverse("review:approvals")).text
