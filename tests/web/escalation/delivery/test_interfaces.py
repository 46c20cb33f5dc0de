"""Reports by HTTP: Amazon, Cloudflare and XARF, and what they say later."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from little_internet.web import Answer
from little_internet.world import Net
from staydown_web.audit.models import Event
from staydown_web.base.sealing import seal
from staydown_web.escalation.models import Reply, Report, Sender
from staydown_web.escalation.selectors.replies import replies_of, said_of, why_of
from staydown_web.escalation.services.sending import poll_interfaces, send_due_reports
from staydown_web.escalation.services.sending.checks import open_box
from staydown_web.escalation.services.sending.trails import trail_of

pytestmark = pytest.mark.django_db
AWS = "https://abuse.us-east-1.amazonaws.com"


@pytest.fixture(autouse=True)
def _same_clock(net: Net, now) -> None:
    net.clock.now = now


def send(net: Net, **by: float) -> int:
    now = net.clock.move(**by)
    net.aws.now += int(timedelta(**by).total_seconds())
    return send_due_reports(now=now, clock=net.clock, fetcher=net.fetcher())


def ask(net: Net, **by: float) -> int:
    return poll_interfaces(net.clock.move(**by), clock=net.clock, fetcher=net.fetcher())


def state_of(report: Report) -> str:
    report.refresh_from_db()
    return report.state


def xarf_of(report_id: object) -> dict[str, Any]:
    party = {"org": "Helpline", "contact": "reports@helpline.example", "domain": "helpline.example"}
    return {
        "xarf_version": "4.2.0",
        "report_id": str(report_id),
        "timestamp": "2026-11-26T09:00:00Z",
        "reporter": party,
        "sender": party,
        "source_identifier": "192.0.2.41",
        "category": "content",
        "type": "exposed_data",
        "url": "https://pics.example/v/1",
        "data_types": ["other"],
        "exposure_method": "intentional_leak",
        "affected_organization": "none",
        "evidence_source": "user_report",
    }


XARF_ID = "5f0e0f52-21f6-4c6b-9c2e-0a8f6bb2f1aa"


@pytest.fixture
def to_aws(signed):
    """A report to Amazon."""
    body = json.dumps(
        {"clientToken": XARF_ID, "correlationId": XARF_ID, "report": {"xarf": xarf_of(XARF_ID)}}
    )
    return signed(format="aws", body=body, address=AWS)


@pytest.fixture
def to_cloudflare(signed, net: Net):
    """A report to Cloudflare."""
    body = json.dumps(
        {
            "act": "abuse_ncsei",
            "email": "reports@helpline.example",
            "email2": "reports@helpline.example",
            "name": "Helpline",
            "ncsei_subject_representation": False,
            "urls": "https://pics.example/v/1",
            "host_notification": "send-anon",
            "owner_notification": "none",
        }
    )
    return signed(format="cloudflare", body=body, address=net.cloudflare.url)


@pytest.fixture
def to_xarf(signed, net: Net):
    """A report to a provider's own interface."""
    body = json.dumps(xarf_of(XARF_ID))
    return signed(format="xarf_http", body=body, address=net.xarf.url)


def test_each_is_delivered_with_the_number_that_its_interface_gave(
    net: Net, to_aws, to_cloudflare, to_xarf
) -> None:
    assert send(net) == 3
    for report in (to_aws, to_cloudflare, to_xarf):
        assert state_of(report) == "delivered", (report.format, why_of(report), said_of(report))
        assert report.sent_at == report.delivered_at == net.clock()
    assert to_aws.remote_id == net.aws.report_ids[0]
    assert (to_cloudflare.remote_id, to_xarf.remote_id) == ("cf00000000000001", "T-1")
    whats = Event.objects.filter(subject=f"report:{to_aws.pk}").values_list("what", flat=True)
    assert list(whats.order_by("seq")) == ["report_sent", "report_delivered"]


def test_what_leaves_is_what_was_signed(net: Net, to_aws, to_cloudflare, to_xarf) -> None:
    send(net)
    for report, interface in (
        (to_aws, net.aws),
        (to_cloudflare, net.cloudflare),
        (to_xarf, net.xarf),
    ):
        assert interface.calls[0].body.decode() == open_box(report).body


@pytest.mark.parametrize("name", ["aws", "cloudflare", "xarf"])
def test_who_asks_to_wait_is_asked_again_when_it_said(net: Net, request, name: str) -> None:
    report = request.getfixturevalue(f"to_{name}")
    getattr(net, name).throttle_next("600")
    send(net)
    assert (state_of(report), report.tries) == ("signed", 1)
    assert send(net, seconds=599) == 0
    assert send(net, seconds=1) == 1
    assert state_of(report) == "delivered"
    assert len(getattr(net, name).taken) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refusal_is_given_up_with_what_it_says(net: Net, to_aws, status: int) -> None:
    net.aws.answer_next(Answer('{"message": "no\x07"}', status))
    send(net)
    assert (state_of(to_aws), why_of(to_aws)) == ("dead", "refused")
    assert said_of(to_aws).startswith(f"{status} ")
    assert said_of(to_aws).isprintable()
    assert Event.objects.get(what="report_given_up").facts["status"] == status


@pytest.mark.parametrize("name", ["aws", "xarf"])
def test_a_try_whose_end_is_unknown_is_repeated_as_the_same(net: Net, request, name: str) -> None:
    report = request.getfixturevalue(f"to_{name}")
    getattr(net, name).answer_next(Answer("", 500))
    send(net)
    assert state_of(report) == "signed"
    assert trail_of(report).is_doubtful
    send(net, minutes=1)
    assert state_of(report) == "delivered"
    first, second = getattr(net, name).calls
    assert first.body == second.body


@pytest.mark.parametrize("status", [500, 502, 504])
def test_cloudflare_is_never_asked_twice_where_the_end_is_unknown(
    net: Net, to_cloudflare, status: int
) -> None:
    net.cloudflare.answer_next(Answer("", status))
    send(net)
    assert (state_of(to_cloudflare), why_of(to_cloudflare)) == ("to_paste", "may_have_arrived")
    assert Event.objects.get(what="report_handed_over").facts["reason"] == "may_have_arrived"
    send(net, days=1)
    assert len(net.cloudflare.calls) == 1


def test_a_worker_that_died_over_cloudflare_leaves_it_to_a_person(
    net: Net, to_cloudflare, now
) -> None:
    opened = trail_of(to_cloudflare).opened(number=1, at=now)
    Report.objects.update(tries=1, proof_box=opened.sealed(to_cloudflare))
    send(net)
    assert (state_of(to_cloudflare), net.cloudflare.calls) == ("to_paste", [])


def test_cloudflare_that_cannot_be_reached_is_tried_again(net: Net, to_cloudflare) -> None:
    net.cables.down.update({"203.0.113.10", *_addresses(net)})
    send(net)
    assert (state_of(to_cloudflare), why_of(to_cloudflare)) == ("signed", "")
    net.cables.down.clear()
    send(net, minutes=1)
    assert state_of(to_cloudflare) == "delivered"


def _addresses(net: Net) -> list[str]:
    return net.names.resolve("api.cloudflare.com", 5)


def test_amazon_is_not_asked_again_once_its_token_is_forgotten(net: Net, to_aws, now) -> None:
    opened = trail_of(to_aws).opened(number=1, at=now)
    Report.objects.update(tries=1, proof_box=opened.sealed(to_aws))
    send(net, hours=23)
    assert (state_of(to_aws), why_of(to_aws)) == ("to_paste", "may_have_arrived")
    assert net.aws.calls == []


@pytest.mark.parametrize("name", ["aws", "cloudflare"])
def test_without_credentials_a_person_takes_over(net: Net, request, name: str) -> None:
    report = request.getfixturevalue(f"to_{name}")
    Sender.objects.update(secrets_box=seal(b"{}", context="sender"))
    send(net)
    assert (state_of(report), why_of(report)) == ("to_paste", "no_credentials")
    assert getattr(net, name).calls == []


def test_an_interface_in_a_private_network_is_never_called(net: Net, signed) -> None:
    report = signed(format="xarf_http", body="{}", address="https://127.0.0.1/reports")
    send(net)
    assert (state_of(report), why_of(report)) == ("dead", "address_refused")
    assert net.canary.is_silent


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        ("ACTIONED", "actioned"),
        ("CONTENT_DOWN_OR_INACCESSIBLE", "actioned"),
        ("NOT_RESOLVABLE_TO_AWS", "wrong_contact"),
        ("REVIEWED_NO_AWS_ACTION", "refused"),
        ("NEED_MORE_INFORMATION", "need_more"),
        ("SOMETHING_NEW", ""),
    ],
)
def test_what_amazon_says_at_the_end_is_the_outcome(
    net: Net, to_aws, reason: str, outcome: str
) -> None:
    send(net)
    number = net.aws.report_ids[0]
    assert ask(net, minutes=9) == 0
    ask(net, minutes=1)
    net.aws.move(number, "PROCESSING")
    ask(net, minutes=10)
    ask(net, minutes=10)
    net.aws.move(number, "COMPLETED", reason)
    ask(net, minutes=10)
    to_aws.refresh_from_db()
    assert (to_aws.outcome, to_aws.next_try_at) == (outcome, None)
    assert [row.text.split("\n")[0] for row in replies_of(to_aws)] == [
        "QUEUED",
        "PROCESSING",
        f"COMPLETED {reason}",
    ]
    assert {row.kind for row in replies_of(to_aws)} == {Reply.Kind.STATUS}
    assert ask(net, days=1) == 0


def test_a_person_s_word_is_not_replaced_by_a_machine(net: Net, to_aws, signers, now) -> None:
    send(net)
    Report.objects.update(outcome="refused", outcome_at=now, outcome_by=signers[0])
    net.aws.move(net.aws.report_ids[0], "COMPLETED", "ACTIONED")
    ask(net, minutes=10)
    to_aws.refresh_from_db()
    assert to_aws.outcome == "refused"
    assert len(replies_of(to_aws)) == 1


def test_cloudflare_has_acted_where_it_counts_something_done(net: Net, to_cloudflare) -> None:
    send(net)
    ask(net, minutes=10)
    to_cloudflare.refresh_from_db()
    assert to_cloudflare.outcome == ""
    net.cloudflare.statuses[to_cloudflare.remote_id] = "accepted"
    ask(net, minutes=10)
    to_cloudflare.refresh_from_db()
    assert to_cloudflare.outcome == ""  # accepted, and nothing done yet
    net.cloudflare.active_counts[to_cloudflare.remote_id] = 2
    ask(net, minutes=10)
    to_cloudflare.refresh_from_db()
    assert (to_cloudflare.outcome, len(replies_of(to_cloudflare))) == ("actioned", 3)
    assert "external_host_notified: yes" in replies_of(to_cloudflare)[0].text


@pytest.mark.parametrize(
    "answer",
    [
        Answer("", 500),
        Answer("[" * 100_000),
        Answer('{"status": ["COMPLETED"]}'),
        Answer('{"status": "COMPLETED", "reasonCode": {"a": 1}, "description": 7}'),
        Answer("null"),
        Answer("\xff"),
    ],
)
def test_an_odd_answer_is_no_news(net: Net, to_aws, answer: Answer) -> None:
    send(net)
    net.aws.answer_next(answer)
    assert ask(net, minutes=10) == 1
    to_aws.refresh_from_db()
    assert (to_aws.state, to_aws.outcome) == ("delivered", "")


def test_an_interface_is_asked_ever_more_rarely_and_then_no_more(net: Net, to_aws) -> None:
    send(net)
    gaps = []
    for _ in range(200):
        to_aws.refresh_from_db()
        if to_aws.next_try_at is None:
            break
        gaps.append(to_aws.next_try_at - net.clock())
        net.clock.now = to_aws.next_try_at
        net.aws.answer_next(Answer("", 503))
        ask(net)
    assert gaps[0] == timedelta(minutes=10)
    assert gaps == sorted(gaps)
    assert (gaps[-1], len(gaps) < 160) == (timedelta(hours=6), True)


def test_a_call_to_amazon_with_another_secret_is_refused_there(net: Net, to_aws) -> None:
    # The other side works the signature out anew, by code of its own.
    secrets = {"aws_key": net.aws.key_id, "aws_secret": "another"}
    Sender.objects.update(secrets_box=seal(json.dumps(secrets).encode(), context="sender"))
    send(net)
    assert (state_of(to_aws), said_of(to_aws)[:3]) == ("dead", "403")
