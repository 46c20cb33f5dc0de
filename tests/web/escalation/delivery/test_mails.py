"""Reports by mail: the signed bytes and a date, once each, and never what may not leave."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from chain_scene import Scene
from little_internet.world import Net
from staydown_web.audit.models import Event
from staydown_web.base.keys import erase_case_key
from staydown_web.base.sealing import installation_keys, seal_for_case
from staydown_web.cases.models import Case
from staydown_web.escalation.models import Report, Sender, SignOff
from staydown_web.escalation.selectors.replies import said_of, why_of
from staydown_web.escalation.services.receiving import reply_address_for
from staydown_web.escalation.services.sending import (
    send_again,
    send_due_reports,
    settle_delivered,
)
from staydown_web.escalation.services.sending.checks import open_box

pytestmark = pytest.mark.django_db


def send(net: Net, **by: float) -> int:
    now = net.clock.move(**by)
    return send_due_reports(now=now, clock=net.clock, fetcher=net.fetcher())


@pytest.fixture(autouse=True)
def _same_clock(request, now) -> None:
    if "net" in request.fixturenames:
        request.getfixturevalue("net").clock.now = now


def state_of(report: Report) -> str:
    report.refresh_from_db()
    return report.state


def whats(report: Report) -> list[str]:
    found = Event.objects.filter(subject=f"report:{report.pk}").order_by("seq")
    return list(found.values_list("what", flat=True))


def test_what_was_signed_leaves_with_a_date_and_nothing_else(net: Net, signed) -> None:
    report = signed()
    assert send(net) == 1
    letter = net.smtp.letters[0]
    date, _, rest = letter.raw.partition(b"\r\n")
    assert date == b"Date: Thu, 26 Nov 2026 09:00:00 +0000"
    assert rest.replace(b"\r\n", b"\n").decode() == open_box(report).body
    assert (letter.to, letter.sender) == ("abuse@northwind.example", reply_address_for(report.pk))
    assert letter.was_tls is False  # on this machine no TLS is asked for


def test_it_is_sent_then_delivered_after_a_quiet_hour(net: Net, signed, now) -> None:
    report = signed()
    send(net)
    assert state_of(report) == "sent"
    assert said_of(report).startswith("250 ")
    assert (report.sent_at, report.tries) == (now, 1)
    assert report.due_at == now + timedelta(hours=72)  # as the ladder says
    assert settle_delivered(net.clock.move(minutes=59)) == 0
    assert settle_delivered(net.clock.move(minutes=1)) == 1
    assert state_of(report) == "delivered"
    assert report.delivered_at == now + timedelta(hours=1)
    assert whats(report) == ["report_sent", "report_delivered"]


def test_a_sent_report_is_not_sent_again(net: Net, signed) -> None:
    signed()
    send(net)
    assert send(net, days=2) == 0
    assert len(net.smtp.letters) == 1


def test_greylisting_passes_and_the_letter_stays_the_same(net: Net, signed) -> None:
    report = signed()
    net.smtp.greylist("abuse@northwind.example", 1)
    send(net)
    assert (state_of(report), net.smtp.letters) == ("signed", [])
    assert send(net, seconds=59) == 0
    assert send(net, seconds=1) == 1
    assert state_of(report) == "sent"
    # The date is that of the first try: whoever got it before gets the same bytes.
    assert net.smtp.letters[0].raw.startswith(b"Date: Thu, 26 Nov 2026 09:00:00 +0000\r\n")


def test_a_refusal_is_given_up_at_once_and_says_so(net: Net, signed) -> None:
    report = signed()
    net.smtp.refuse("abuse@northwind.example")
    send(net)
    assert (state_of(report), report.next_try_at) == ("dead", None)
    assert why_of(report) == "address_unreachable"
    event = Event.objects.get(what="report_given_up")
    assert (event.facts["tries"], event.facts["is_retryable"]) == (1, False)


def test_a_server_that_never_takes_it_is_given_up_after_three_days(net: Net, signed) -> None:
    report = signed()
    net.smtp.refuse("abuse@northwind.example", "450 4.2.1 later")
    for _ in range(9):
        assert send(net) == 1
        report.refresh_from_db()
        if report.next_try_at:
            net.clock.now = report.next_try_at
    assert (state_of(report), report.tries) == ("dead", 9)


def test_a_server_that_is_not_set_costs_no_try(net: Net, signed, settings) -> None:
    report = signed()
    settings.STAYDOWN_MAIL_READY = False
    assert send(net) == 0
    assert (state_of(report), report.tries) == ("signed", 0)


def test_one_who_is_down_is_tried_again(net: Net, signed, settings) -> None:
    report = signed()
    settings.EMAIL_PORT = 1
    send(net)
    assert (state_of(report), report.tries) == ("signed", 1)


def stopped_sender(scene: Scene, report: Report) -> None:
    Sender.objects.update(is_on=False)


def never_asked(scene: Scene, report: Report) -> None:
    Case.objects.update(providers_agreed_at=None)


def taken_back(scene: Scene, report: Report) -> None:
    Case.objects.update(state="withdrawn", closed_at=scene.case.filed_at)


def minor(scene: Scene, report: Report) -> None:
    Case.objects.update(closed_for="minor")


def stopped(scene: Scene, report: Report) -> None:
    scene.escalation.state = "stopped"
    scene.escalation.save()


def ended(scene: Scene, report: Report) -> None:
    scene.escalation.state = "ended"
    scene.escalation.save()


def one_signature(scene: Scene, report: Report) -> None:
    SignOff.objects.filter(report=report)[0].delete()


def other_text_signed(scene: Scene, report: Report) -> None:
    sign = SignOff.objects.filter(report=report)[0]
    sign.digest = "0" * 64
    sign.save()


def other_bytes(scene: Scene, report: Report) -> None:
    box = {"body": "From: x\n\nother", "headers": {}, "address": "a@b.example", "media_type": ""}
    report.box = seal_for_case(scene.case.pk, box, context=f"report:{report.pk}")
    report.save()


def other_bytes_and_digest(scene: Scene, report: Report) -> None:
    other_bytes(scene, report)
    report.digest = hashlib.sha256(b"From: x\n\nother").hexdigest()
    report.save()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (stopped_sender, "sender_off"),
        (never_asked, "not_agreed"),
        (taken_back, "case_over"),
        (minor, "case_over"),
        (stopped, "escalation_over"),
        (ended, "escalation_over"),
        (one_signature, "not_signed"),
        (other_text_signed, "not_signed"),
        (other_bytes, "changed"),
        (other_bytes_and_digest, "not_signed"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_what_may_not_leave_any_more_never_does(
    net: Net, scene: Scene, signed, spoil, reason: str
) -> None:
    report = signed()
    spoil(scene, report)
    assert send(net) == 1
    assert (state_of(report), why_of(report)) == ("cancelled", reason)
    assert Event.objects.get(what="report_cancelled").facts["reason"] == reason
    send(net, days=1)
    assert net.smtp.letters == []


@pytest.mark.parametrize("over", [stopped, ended])
def test_a_correction_leaves_because_something_is_over(
    net: Net, scene: Scene, signed, over
) -> None:
    report = signed(channel="correction")
    over(scene, report)
    Case.objects.update(state="closed", closed_at=scene.case.filed_at)
    send(net)
    assert state_of(report) == "sent"


def test_a_correction_does_not_leave_where_she_took_all_back(
    net: Net, scene: Scene, signed
) -> None:
    report = signed(channel="correction")
    taken_back(scene, report)
    send(net)
    assert (state_of(report), net.smtp.letters) == ("cancelled", [])


def test_two_signatures_of_one_person_are_one(net: Net, signed, signers) -> None:
    report = signed(people=1)
    assert SignOff.objects.filter(report=report).count() == 1
    send(net)
    assert (state_of(report), net.smtp.letters) == ("cancelled", [])


@pytest.mark.parametrize("purpose", ["first_notice", "delisting"])
def test_a_first_notice_needs_one_signature(net: Net, signed, purpose: str) -> None:
    report = signed(purpose=purpose, people=1, escalation=None, provider=None, channel="x")
    send(net)
    assert state_of(report) == "sent"
    assert report.due_at is None  # the law's time, set where first notices are


def test_while_a_withdrawal_waits_nothing_leaves_and_nothing_is_lost(net: Net, signed) -> None:
    report = signed()
    Case.objects.update(withdrawal_due_at=net.clock())
    send(net)
    assert (state_of(report), report.tries, net.smtp.letters) == ("signed", 0, [])
    Case.objects.update(withdrawal_due_at=None)
    assert send(net, hours=1) == 1
    assert state_of(report) == "sent"


def test_a_case_that_was_erased_sends_nothing(net: Net, scene: Scene, signed, settings) -> None:
    report = signed()
    erase_case_key(installation_keys().folder, scene.case.pk)
    assert send(net) == 1
    assert (state_of(report), net.smtp.letters) == ("cancelled", [])


@pytest.mark.parametrize(
    "body",
    [
        "no headers at all",
        "From: a@b.example\nTo: c@d.example\nSubject: x\n\nno id",
        "Message-ID: <a@b>\nFrom: a@b.example\nTo: c@d.example\nSubject: x\nDate: now\n\ntext",
        "Message-ID: <a@b>\nMessage-ID: <c@d>\nFrom: a@b.c\nTo: c@d.e\nSubject: x\n\ntext",
        "Message-ID: <a@b>\nFrom: a@b.c\nTo: c@d.e\nSubject: x\n\ntext\r.\rMAIL FROM",
    ],
)
def test_what_is_no_whole_mail_is_given_up(net: Net, signed, body: str) -> None:
    report = signed(body=body)
    send(net)
    assert (state_of(report), why_of(report)) == ("dead", "record_error")
    assert net.smtp.letters == []


def test_an_address_that_is_none_is_given_up(net: Net, signed) -> None:
    report = signed(address="abuse@x.example\r\nRCPT TO:<other@x.example>")
    send(net)
    assert (state_of(report), net.smtp.letters) == ("dead", [])


def test_a_report_in_hand_is_nobody_elses_until_its_time_runs_out(net: Net, signed, now) -> None:
    report = signed()
    Report.objects.update(tries=1, next_try_at=now + timedelta(minutes=10))
    assert send(net, minutes=9) == 0
    assert send(net, minutes=1) == 1
    assert state_of(report) == "sent"


def test_a_letter_for_a_form_waits_for_a_person(net: Net, signed) -> None:
    report = signed(format="form_letter")
    send(net)
    assert (state_of(report), why_of(report)) == ("to_paste", "by_hand")


def test_what_was_given_up_is_sent_again_where_a_person_says_so(net: Net, signed, signers) -> None:
    report = signed()
    net.smtp.refuse("abuse@northwind.example")
    send(net)
    net.smtp.accept("abuse@northwind.example")
    send_again(report_id=report.pk, user=signers[0], now=net.clock())
    send(net)
    assert state_of(report) == "sent"


def test_the_oldest_leave_first_and_a_run_has_an_end(net: Net, signed, now) -> None:
    made = [signed(next_try_at=now - timedelta(minutes=n)) for n in range(22)]
    assert send(net) == 20
    assert [state_of(report) for report in made[:2]] == ["signed", "signed"]
    assert send(net) == 2
