"""Complaints: either side, another reviewer, told before anything is shown, told once after."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from review_scene import edited, file_notice
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.base.errors import FieldsError, NotAllowedError, RecordConflictError
from staydown_web.base.sealing import unseal, unseal_for_case
from staydown_web.cases.models import Case, Contact, Item, Letter, Message
from staydown_web.cases.services import ask_withdrawal, close_for_minor, send_message
from staydown_web.review import services, tasks
from staydown_web.review.models import Complaint, Decision, Task, Telling
from staydown_web.review.selectors.complaining import complainable_of
from staydown_web.review.selectors.tellings import asked_of
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(seconds=60), timedelta(hours=1), timedelta(days=1)


def decide(task: Task, user, now: datetime, outcome: str, *grounds: str) -> Decision:
    return services.decide(
        task=Task.objects.get(pk=task.pk),
        outcome=outcome,
        grounds=list(grounds),
        facts="An intimate picture was shown." if outcome == "remove" else "",
        user=user,
        now=now,
    )


def answer(complaint: Complaint, user, now: datetime, outcome: str, *grounds: str) -> Complaint:
    return services.decide_complaint(
        complaint=complaint,
        outcome=outcome,
        grounds=list(grounds),
        facts="We looked again.",
        user=user,
        now=now,
    )


def by_uploader(decision: Decision, now: datetime, key: str = "a" * 64) -> Complaint:
    return services.file_complaint(
        decision=decision, side="uploader", text="It is art.", now=now, key=key
    )


def by_notifier(decision: Decision, case: Case, now: datetime) -> Complaint:
    return services.file_complaint(
        decision=decision, side="notifier", text="It is of me.", now=now, case=case
    )


def whats(*names: str) -> list[str]:
    return list(Event.objects.filter(what__in=names).order_by("seq").values_list("what", flat=True))


def news(case: Case) -> int:
    return Letter.objects.filter(contact__case=case, template="news").count()


def carried_out(now: datetime) -> None:
    """What the platform did with its orders."""
    make_orders(now)
    state = {"remove": "removed", "block": "blocked", "restore": "restored", "hold": "held"}
    for order in Order.objects.filter(state="waiting").order_by("seq"):
        Copy.objects.filter(pk=order.copy_id).update(state=state[order.what])
        Order.objects.filter(pk=order.pk).update(state="done", answered_at=now)


@pytest.fixture
def second(user_named):
    return user_named("sara")


@pytest.fixture
def removed(noticed, reviewer, today):
    """A case whose copy a first reviewer had removed; the decision is firm."""
    case, task = noticed("same", "citrus.jpg")
    Contact.objects.filter(case=case).update(state=Contact.State.CONFIRMED)
    made = decide(task, reviewer, today, "remove", "us-tida")
    services.make_decisions_firm(today + MINUTE)
    carried_out(today + MINUTE)
    Letter.objects.all().delete()
    made.refresh_from_db()
    case.refresh_from_db()
    return case, task, made


@pytest.fixture
def restored(noticed, reviewer, today):
    """A case whose copy a first reviewer let stay; the decision is firm."""
    case, task = noticed("same", "citrus.jpg")
    Contact.objects.filter(case=case).update(state=Contact.State.CONFIRMED)
    made = decide(task, reviewer, today, "restore", "not_intimate")
    services.make_decisions_firm(today + MINUTE)
    services.make_decisions_firm(today + MINUTE + 48 * HOUR)
    carried_out(today + 3 * DAY)
    Letter.objects.all().delete()
    made.refresh_from_db()
    case.refresh_from_db()
    assert made.made_firm_at is not None
    return case, task, made


def test_an_uploaders_complaint_waits_and_changes_nothing(removed, today) -> None:
    case, task, made = removed
    complaint = by_uploader(made, today + DAY)
    case.refresh_from_db()
    assert (complaint.state, case.state, case.appealed_at) == ("open", "appealed", today + DAY)
    assert unseal(complaint.box, context=f"complaint:{complaint.pk}") == b"It is art."
    assert task.copies.get().state == Copy.State.REMOVED
    assert news(case) == 0, "she is told of what came of it, not of every complaint"
    event = Event.objects.get(what="complaint_filed")
    assert event.facts == {
        "side": "uploader",
        "state": "open",
        "decision": str(made.pk),
        "basis": "other",
        "by": "person",
    }


def test_who_decided_first_cannot_answer_and_another_can(removed, reviewer, second, today) -> None:
    _case, _task, made = removed
    complaint = by_uploader(made, today + DAY)
    with pytest.raises(NotAllowedError):
        answer(complaint, reviewer, today + DAY, "stands")
    assert answer(complaint, second, today + DAY, "stands").decided_by == second


def test_the_database_refuses_the_same_person_too(removed, reviewer, today) -> None:
    complaint = by_uploader(removed[2], today + DAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.filter(pk=complaint.pk).update(
            state="decided", outcome="stands", decided_by=reviewer
        )


def test_when_it_stays_whoever_complained_alone_hears_of_it(removed, second, today) -> None:
    case, _task, made = removed
    complaint = by_uploader(made, today + DAY)
    answer(complaint, second, today + DAY, "stands")
    at = today + DAY + MINUTE
    assert services.settle_complaints(at - timedelta(seconds=1)) == 0
    assert [services.settle_complaints(at) for _ in range(3)] == [1, 0, 0]
    complaint.refresh_from_db()
    case.refresh_from_db()
    assert (complaint.state, complaint.settled_at) == ("settled", at)
    assert (case.state, case.appealed_at) == ("decided", None)
    assert news(case) == 0, "nothing changed for her"
    assert not Event.objects.filter(what="complaint_told").exists()
    assert Event.objects.filter(what="complaint_settled").count() == 1
    assert (
        unseal(complaint.answer_box, context=f"complaint-answer:{complaint.pk}")
        == b"We looked again."
    )
    assert case.items.get().claims.get().entry.state == Entry.State.CONFIRMED


def test_an_answer_is_undone_within_its_minute(removed, second, lead, today) -> None:
    complaint = by_uploader(removed[2], today + DAY)
    at = today + DAY
    answer(complaint, second, at, "stands")
    complaint.refresh_from_db()
    with pytest.raises(NotAllowedError):
        services.undo_complaint(complaint=complaint, user=lead, now=at + MINUTE / 2)
    services.undo_complaint(complaint=complaint, user=second, now=at + MINUTE / 2)
    complaint.refresh_from_db()
    assert (complaint.state, complaint.outcome, complaint.decided_by) == ("open", "", None)
    answer(complaint, lead, at + HOUR, "stands")
    complaint.refresh_from_db()
    with pytest.raises(RecordConflictError):
        services.undo_complaint(complaint=complaint, user=lead, now=at + HOUR + MINUTE)
    assert whats("complaint_decided", "complaint_reopened") == [
        "complaint_decided",
        "complaint_reopened",
        "complaint_decided",
    ]


def test_a_reversal_waits_until_she_could_answer_then_all_follows(removed, second, today) -> None:
    case, task, made = removed
    at = today + DAY
    complaint = by_uploader(made, at)
    answer(complaint, second, at, "reversed", "not_intimate")
    task.refresh_from_db()
    assert task.state == Task.State.DONE, "nobody else can take it from the queue"
    assert services.make_decisions_firm(at + MINUTE) == 0
    assert len(asked_of(case)) == 1
    assert (news(case), task.copies.get().state) == (1, Copy.State.REMOVED)
    assert not Order.objects.filter(what="restore").exists()
    assert services.make_decisions_firm(at + MINUTE + 47 * HOUR) == 0
    firm = at + MINUTE + 48 * HOUR
    assert services.make_decisions_firm(firm) == 1
    make_orders(firm)
    complaint.refresh_from_db()
    case.refresh_from_db()
    entry = case.items.get().claims.get().entry
    assert Order.objects.filter(what="restore").count() == 1
    assert (complaint.state, complaint.outcome) == ("settled", "reversed")
    assert (case.state, case.items.get().state) == ("decided", Item.State.KEPT)
    assert entry.state == Entry.State.DISPUTED
    settled = Event.objects.get(what="complaint_settled")
    assert settled.facts["entries"] == [str(entry.pk)], "partners read it from here"
    assert Event.objects.filter(what="complaint_told").count() == 1


def test_the_uploaders_words_are_for_no_event_and_no_case_page(removed, second, today) -> None:
    complaint = by_uploader(removed[2], today + DAY)
    answer(complaint, second, today + DAY, "stands")
    services.settle_complaints(today + 2 * DAY)
    assert not [e for e in Event.objects.all() if "art" in str(e.facts).split()]
    assert not Message.objects.filter(case=removed[0]).exists()


def test_a_wrong_match_leaves_the_reported_picture_a_seed(removed, second, today) -> None:
    case, _task, made = removed
    at = today + DAY
    answer(by_uploader(made, at), second, at, "reversed", "other_picture")
    services.make_decisions_firm(at + MINUTE)
    services.make_decisions_firm(at + MINUTE + 48 * HOUR)
    assert case.items.get().claims.get().entry.state == Entry.State.SEED


def test_her_answer_takes_the_reversal_back_and_the_complaint_waits_again(
    removed, second, user_named, today
) -> None:
    case, task, made = removed
    at = today + DAY
    complaint = by_uploader(made, at)
    answer(complaint, second, at, "reversed", "not_intimate")
    services.make_decisions_firm(at + MINUTE)
    send_message(case=case, sender="person", text="It is.", now=at + HOUR)
    services.make_decisions_firm(at + HOUR)
    complaint.refresh_from_db()
    task.refresh_from_db()
    case.refresh_from_db()
    assert (complaint.state, complaint.reversal, task.state) == ("open", None, "done")
    assert case.state == "appealed"
    assert task.copies.get().state == Copy.State.REMOVED
    answer(complaint, user_named("toni"), at + 2 * HOUR, "stands")
    assert services.settle_complaints(at + 3 * HOUR) == 1


def test_what_she_answered_before_the_removal_does_not_spare_the_second_telling(
    noticed, reviewer, second, today
) -> None:
    case, task = noticed("same", "citrus.jpg")
    Copy.objects.filter(tasks=task).update(state=Copy.State.HELD)
    decide(task, reviewer, today, "restore", "not_intimate")
    services.make_decisions_firm(today + MINUTE)
    send_message(case=case, sender="person", text="It is of me.", now=today + HOUR)
    services.make_decisions_firm(today + HOUR)
    made = decide(task, reviewer, today + 2 * HOUR, "remove", "us-tida")
    services.make_decisions_firm(today + 3 * HOUR)
    made.refresh_from_db()
    answer(by_uploader(made, today + DAY), second, today + DAY, "reversed", "not_intimate")
    assert services.make_decisions_firm(today + DAY + MINUTE) == 0
    assert Telling.objects.filter(case=case, ended_at__isnull=True).count() == 1


def test_undoing_a_reversal_gives_back_exactly_what_was(restored, second, today) -> None:
    case, task, made = restored
    at = today + 4 * DAY
    entry = case.items.get().claims.get().entry
    before = (task.copies.get().state, entry.state)
    complaint = by_notifier(made, case, at)
    answer(complaint, second, at, "reversed", "us-tida")
    entry.refresh_from_db()
    assert entry.state == Entry.State.CONFIRMED, "new copies are stopped at once"
    complaint.refresh_from_db()
    services.undo_complaint(complaint=complaint, user=second, now=at + MINUTE / 2)
    entry.refresh_from_db()
    complaint.refresh_from_db()
    assert (task.copies.get().state, entry.state) == before
    assert (complaint.state, complaint.reversal) == ("open", None)


def test_a_notifiers_complaint_leads_to_removal(restored, second, today) -> None:
    case, _task, made = restored
    at = today + 4 * DAY
    complaint = by_notifier(made, case, at)
    assert (
        unseal_for_case(case.pk, complaint.box, context=f"complaint:{complaint.pk}")
        == "It is of me."
    )
    answer(complaint, second, at, "reversed", "us-tida")
    services.make_decisions_firm(at + MINUTE)
    make_orders(at + MINUTE)
    complaint.refresh_from_db()
    case.refresh_from_db()
    assert Order.objects.filter(what="remove").count() == 1
    assert (complaint.state, case.state) == ("settled", "decided")
    assert case.items.get().state == Item.State.REMOVED
    assert case.items.get().claims.get().entry.state == Entry.State.CONFIRMED
    assert news(case) == 1


@pytest.mark.parametrize("days", [183.9, 184.1])
def test_six_months_and_not_longer(restored, today, days) -> None:
    case, _task, made = restored
    at = made.made_firm_at + timedelta(days=days)
    if days < 184:
        assert complainable_of(case, at)[0].is_open
        assert by_notifier(made, case, at).state == "open"
        return
    assert complainable_of(case, at) == []
    with pytest.raises(RecordConflictError):
        by_notifier(made, case, at)


@pytest.mark.parametrize("side", ["uploader", "notifier"])
def test_nobody_complains_about_what_went_their_way(removed, restored, side, today) -> None:
    case, _task, made = restored if side == "uploader" else removed
    own = {"key": "a" * 64} if side == "uploader" else {"case": case}
    with pytest.raises(RecordConflictError):
        services.file_complaint(decision=made, side=side, text="No.", now=today + 4 * DAY, **own)


def test_not_before_it_is_firm_not_twice_and_not_without_words(noticed, reviewer, today) -> None:
    _case, task = noticed("same", "citrus.jpg")
    made = decide(task, reviewer, today, "remove", "us-tida")
    with pytest.raises(RecordConflictError):
        by_uploader(made, today)
    services.make_decisions_firm(today + MINUTE)
    made.refresh_from_db()
    for text in ("", " \n", "x" * 4001):
        with pytest.raises(FieldsError):
            services.file_complaint(
                decision=made, side="uploader", text=text, now=today + DAY, key="b" * 64
            )
    by_uploader(made, today + DAY)
    with pytest.raises(RecordConflictError):
        by_uploader(made, today + DAY)
    assert by_uploader(made, today + DAY, key="c" * 64).state == "open", "another uploader"


def test_where_a_minor_may_be_shown_nobody_decides_here(noticed, reviewer, today) -> None:
    _case, task = noticed("same", "citrus.jpg")
    made = services.close_task_for_minor(task=task, user=reviewer, now=today)
    services.make_decisions_firm(today + MINUTE)
    made.refresh_from_db()
    with pytest.raises(RecordConflictError):
        by_uploader(made, today + DAY)


def test_of_two_who_reported_each_complains_and_one_reversal_answers_both(
    platform, site, restored, second, today
) -> None:
    first, _task, made = restored
    url = site.put("second.jpg", edited("citrus.jpg", "same"))
    other = file_notice(platform, ["citrus.jpg"], today, urls=[url], name="Berta Beispiel")
    at = today + 4 * DAY
    one, two = by_notifier(made, first, at), by_notifier(made, other, at)
    answer(one, second, at, "reversed", "us-tida")
    with pytest.raises(RecordConflictError):
        answer(two, second, at, "stands")
    services.make_decisions_firm(at + MINUTE)
    for complaint, case in ((one, first), (two, other)):
        complaint.refresh_from_db()
        case.refresh_from_db()
        assert (complaint.state, complaint.outcome) == ("settled", "reversed")
        assert case.appealed_at is None
    told = Event.objects.filter(what="complaint_told").values_list("case_id", flat=True)
    assert sorted(told) == sorted([first.pk, other.pk]), "each of her own, once"


def test_a_complaint_of_one_who_reported_is_told_to_no_other(
    platform, site, restored, second, today
) -> None:
    first, _task, made = restored
    url = site.put("second.jpg", edited("citrus.jpg", "same"))
    other = file_notice(platform, ["citrus.jpg"], today, urls=[url], name="Berta Beispiel")
    at = today + 4 * DAY
    answer(by_notifier(made, first, at), second, at, "stands")
    services.settle_complaints(at + MINUTE)
    other.refresh_from_db()
    assert other.appealed_at is None
    assert not Event.objects.filter(case_id=other.pk, what__startswith="complaint").exists()


def test_after_both_sides_were_heard_it_ends_here(removed, second, user_named, today) -> None:
    case, _task, made = removed
    at = today + DAY
    answer(by_uploader(made, at), second, at, "reversed", "not_intimate")
    services.make_decisions_firm(at + MINUTE)
    at += MINUTE + 48 * HOUR
    services.make_decisions_firm(at)
    back = Decision.objects.get(reverses=made)
    complaint = by_notifier(back, case, at + HOUR)
    with pytest.raises(NotAllowedError):
        answer(complaint, second, at + HOUR, "stands")
    answer(complaint, user_named("toni"), at + HOUR, "reversed", "us-tida")
    services.make_decisions_firm(at + HOUR + MINUTE)
    last = Decision.objects.get(reverses=back)
    assert last.made_firm_at is not None
    with pytest.raises(RecordConflictError):
        by_uploader(last, at + DAY, key="d" * 64)
    case.refresh_from_db()
    assert case.items.get().state == Item.State.REMOVED


def test_taking_the_case_back_drops_her_complaint(restored, today) -> None:
    case, _task, made = restored
    complaint = by_notifier(made, case, today + 4 * DAY)
    ask_withdrawal(case=case, now=today + 4 * DAY)
    assert services.drop_complaints(today + 5 * DAY) == 1
    complaint.refresh_from_db()
    assert complaint.state == "dropped"
    assert services.drop_complaints(today + 5 * DAY) == 0


def test_when_she_took_it_back_an_uploaders_complaint_waits_for_nobody(
    removed, second, today
) -> None:
    case, _task, made = removed
    complaint = by_uploader(made, today + DAY)
    ask_withdrawal(case=case, now=today + DAY)
    answer(complaint, second, today + DAY, "reversed", "not_intimate")
    assert services.make_decisions_firm(today + DAY + MINUTE) == 1
    complaint.refresh_from_db()
    assert complaint.state == "settled"


def test_words_are_forgotten_after_six_months_and_counts_stay(removed, second, today) -> None:
    complaint = by_uploader(removed[2], today + DAY)
    answer(complaint, second, today + DAY, "stands")
    services.settle_complaints(today + 2 * DAY)
    Complaint.objects.update(written_in="de", answer_language="fr")
    assert services.forget_complaints(today + 100 * DAY) == 0
    assert services.forget_complaints(today + 190 * DAY) == 1
    complaint.refresh_from_db()
    assert (complaint.box, complaint.answer_box, complaint.outcome) == (None, None, "stands")
    assert (complaint.written_in, complaint.answer_language) == ("", "")


def test_who_named_no_place_is_not_told_that_somebody_uploaded_it(
    held, platform, site, reviewer, second, today
) -> None:
    """Otherwise somebody could file another's pictures, and watch where she posts them."""
    case = file_notice(platform, ["citrus.jpg"], today)
    entry = case.items.get().claims.get().entry
    copy = held(entry=entry, group="watched", match=("same", 0.97, {}))
    tasks.take_in(today)
    made = decide(copy.tasks.get(), reviewer, today, "remove", "us-tida")
    services.make_decisions_firm(today + MINUTE)
    made.refresh_from_db()
    complaint = by_uploader(made, today + DAY)
    answer(complaint, second, today + DAY, "stands")
    services.settle_complaints(today + DAY + MINUTE)
    case.refresh_from_db()
    complaint.refresh_from_db()
    assert (complaint.state, case.appealed_at) == ("settled", None)
    assert not Event.objects.filter(what="complaint_told").exists()


def test_where_somebody_finds_a_minor_an_uploaders_complaint_ends(
    removed, second, reviewer, today
) -> None:
    case, _task, made = removed
    complaint = by_uploader(made, today + DAY)
    answer(complaint, second, today + DAY, "reversed", "not_intimate")
    services.make_decisions_firm(today + DAY + MINUTE)
    close_for_minor(case=case, actor=f"user:{reviewer.pk}", now=today + DAY + HOUR)
    services.make_decisions_firm(today + 9 * DAY)
    complaint.refresh_from_db()
    assert complaint.state == "dropped"
    assert not Order.objects.filter(what="restore").exists()
    other = by_uploader(made, today + 10 * DAY, key="z")
    assert services.drop_complaints(today + 10 * DAY) == 1
    other.refresh_from_db()
    assert other.state == "dropped"


def test_an_order_that_is_answered_after_the_reversal_settles_nothing_anew(
    noticed, platform, reviewer, second, today
) -> None:
    case, task = noticed("same", "citrus.jpg")
    made = decide(task, reviewer, today, "remove", "us-tida")
    services.make_decisions_firm(today + MINUTE)
    make_orders(today + MINUTE)
    made.refresh_from_db()
    answer(by_uploader(made, today + DAY), second, today + DAY, "reversed", "not_intimate")
    for at in (today + DAY + MINUTE, today + 4 * DAY):
        services.make_decisions_firm(at)
        make_orders(at)
    late = Order.objects.get(what="remove")
    values = {"platform_id": platform.pk, "note": "", "actor": "system", "now": today + 5 * DAY}
    answer_order(order_id=late.pk, state="done", **values)
    assert case.items.get().state == Item.State.KEPT
    back = Order.objects.get(what="restore")
    answer_order(order_id=back.pk, state="done", **values)
    assert task.copies.get().state == Copy.State.RESTORED
