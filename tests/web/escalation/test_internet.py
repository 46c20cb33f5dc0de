"""The little internet's own servers, each asked by a client that knows nothing of it."""

from __future__ import annotations

import imaplib
import json
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from little_internet import Fails, Scenario, Turns, answer_to, automatic_reply, little_internet
from little_internet.certificates import client_context
from little_internet.letters import read

REPORT = {
    "xarf_version": "4.2.0",
    "report_id": "6f1c0a52-8f0e-4d1b-9c3a-2b7e5d90a114",
    "timestamp": "2026-11-26T09:00:00Z",
    "reporter": {
        "org": "Example Helpline",
        "contact": "reports@helpline.example",
        "domain": "helpline.example",
    },
    "sender": {
        "org": "Example Helpline",
        "contact": "reports@helpline.example",
        "domain": "helpline.example",
    },
    "source_identifier": "192.0.2.41",
    "category": "content",
    "type": "exposed_data",
    "url": "https://pics.example/v/1",
    "data_types": ["other"],
    "exposure_method": "intentional_leak",
}


@pytest.fixture
def net():
    with little_internet() as running:
        yield running


def letter(to: str = "abuse@northwind.example") -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = "reports@helpline.example", to
    made["Reply-To"] = "reply+r1@helpline.example"
    made["Subject"], made["Message-ID"] = "Report E-31", "<r1@helpline.example>"
    made.set_content("Please look at this.\n")
    return made.as_bytes(policy=SMTP)


def send(net, to: str = "abuse@northwind.example") -> None:
    with smtplib.SMTP(net.smtp.host, net.smtp.port, timeout=5) as server:
        server.sendmail("reply+r1@helpline.example", [to], letter(to))


def test_a_letter_is_taken_byte_for_byte(net) -> None:
    send(net)
    taken = net.smtp.letters[0]
    assert (taken.sender, taken.to) == ("reply+r1@helpline.example", "abuse@northwind.example")
    assert taken.raw == letter()
    assert not taken.was_tls


def test_letters_go_by_tls_where_the_sender_asks(net) -> None:
    with smtplib.SMTP(net.smtp.host, net.smtp.port, timeout=5) as server:
        server.starttls(context=client_context())
        server.sendmail("a@helpline.example", ["abuse@northwind.example"], letter())
    assert net.smtp.letters[0].was_tls


def test_greylisting_passes_and_a_refusal_stays(net) -> None:
    net.smtp.greylist("abuse@northwind.example", times=2)
    net.smtp.refuse("nobody@northwind.example")
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(net)
    send(net)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            send(net, "nobody@northwind.example")
        assert caught.value.recipients["nobody@northwind.example"][0] == 550
    assert len(net.smtp.letters) == 1
    assert len(net.smtp.refused) == 4


def test_a_letter_can_be_refused_after_its_text(net) -> None:
    net.smtp.fail_data_next()
    with pytest.raises(smtplib.SMTPDataError):
        send(net)
    send(net)
    assert len(net.smtp.letters) == 1


def reader(net) -> imaplib.IMAP4_SSL:
    box = imaplib.IMAP4_SSL(net.imap.host, net.imap.port, ssl_context=client_context(), timeout=5)
    box.login(net.imap.user, net.imap.password)
    return box


def test_a_letter_that_comes_back_lies_in_the_mailbox_as_a_delivery_report(net) -> None:
    net.smtp.come_back_later("abuse@northwind.example", "5.1.1")
    send(net)
    assert (net.smtp.send_back(), net.smtp.send_back()) == (1, 0)
    box = reader(net)
    box.select("INBOX")
    uid = box.uid("SEARCH", "UNSEEN")[1][0].split()[0]
    raw = box.uid("FETCH", uid.decode(), "(BODY.PEEK[])")[1][0][1]
    report = read(raw)
    assert report.get_content_type() == "multipart/report"
    assert report["To"] == "reply+r1@helpline.example"
    status = [part for part in report.walk() if part.get_content_type().endswith("delivery-status")]
    assert "5.1.1" in status[0].as_string()
    assert "<r1@helpline.example>" in report.as_string()
    box.logout()


def test_answers_hold_what_programs_add_to_them(net) -> None:
    sender = "abuse@northwind.example"
    answer = read(
        answer_to(
            letter(), "Done.", sender=sender, html="<b>Done</b>", attachments=[("image/png", b"x")]
        )
    )
    assert answer["To"] == "reply+r1@helpline.example"
    assert answer["In-Reply-To"] == "<r1@helpline.example>"
    kinds = {part.get_content_type() for part in answer.walk() if not part.is_multipart()}
    assert kinds == {"text/plain", "text/html", "image/png"}
    assert read(automatic_reply(letter(), sender=sender))["Auto-Submitted"] == "auto-replied"


def test_reading_does_not_mark_and_marks_stay(net) -> None:
    first, second = net.imap.add(letter()), net.imap.add(letter())
    box = reader(net)
    assert box.select("INBOX")[1] == [b"2"]
    assert box.response("UIDVALIDITY")[1] == [b"7000"]
    box.uid("FETCH", str(first), "(UID FLAGS RFC822.SIZE BODY.PEEK[]<0.10>)")
    assert net.imap.flags_of(first) == set()
    box.uid("STORE", str(first), "+FLAGS", r"(\Seen \Deleted)")
    assert net.imap.flags_of(first) == {"\\Seen", "\\Deleted"}
    assert box.uid("SEARCH", "UNSEEN")[1] == [str(second).encode()]
    assert box.uid("SEARCH", f"UID {second}:*")[1] == [str(second).encode()]
    box.expunge()
    assert [message.uid for message in net.imap.messages] == [second]
    box.logout()


def test_opened_for_reading_alone_nothing_can_be_changed(net) -> None:
    uid = net.imap.add(letter())
    box = reader(net)
    box.select("INBOX", readonly=True)
    assert box.uid("STORE", str(uid), "+FLAGS", r"(\Seen)")[0] == "NO"
    box.uid("FETCH", str(uid), "(BODY[])")
    assert net.imap.flags_of(uid) == set()
    box.logout()


def test_a_wrong_password_is_refused_and_never_kept(net) -> None:
    box = imaplib.IMAP4_SSL(net.imap.host, net.imap.port, ssl_context=client_context(), timeout=5)
    with pytest.raises(imaplib.IMAP4.error):
        box.login(net.imap.user, "wrong-password")
    box.shutdown()
    assert "wrong" not in " ".join(net.imap.commands)


def test_a_certificate_of_the_little_internet_is_trusted_by_nobody_else(net) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        imaplib.IMAP4_SSL(
            net.imap.host, net.imap.port, ssl_context=ssl.create_default_context(), timeout=5
        )


def test_numbers_change_connections_drop_and_commands_fail(net) -> None:
    net.imap.add(letter())
    net.imap.renumber()
    box = reader(net)
    box.select("INBOX")
    assert box.response("UIDVALIDITY")[1] == [b"7001"]
    net.imap.fail_next("SEARCH")
    assert box.uid("SEARCH", "ALL")[0] == "NO"
    net.imap.drop_mid_fetch()
    with pytest.raises((imaplib.IMAP4.abort, OSError)):
        box.uid("FETCH", "1", "(BODY.PEEK[])")
    box.shutdown()
    box = reader(net)
    box.select("INBOX")
    assert box.uid("FETCH", "1", "(BODY.PEEK[])")[1][0][1] == letter()
    box.logout()


@pytest.fixture
def amazon(net):
    """Amazon's own client program, pointed at the little internet."""
    net.web.sites["127.0.0.1"] = net.aws.site
    return boto3.client(
        "abuse-signal",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{net.web.plain_port}",
        aws_access_key_id=net.aws.key_id,
        aws_secret_access_key=net.aws.secret,
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def test_amazons_own_client_is_understood(net, amazon) -> None:
    first = amazon.create_abuse_report(
        report={"xarf": REPORT}, clientToken="token-1", correlationId="r-1"
    )
    again = amazon.create_abuse_report(report={"xarf": REPORT}, clientToken="token-1")
    assert first["reportId"] == again["reportId"]
    assert len(net.aws.taken) == 1
    status = amazon.get_abuse_report_status(reportId=first["reportId"])
    assert (status["status"], status["correlationId"]) == ("QUEUED", "r-1")
    net.aws.move(first["reportId"], "COMPLETED", "ACTIONED")
    status = amazon.get_abuse_report_status(reportId=first["reportId"])
    assert (status["status"], status["reasonCode"]) == ("COMPLETED", "ACTIONED")
    assert len(amazon.list_abuse_report_statuses(correlationId="r-1")["reports"]) == 1


def test_a_token_stands_for_one_report_and_for_a_day(net, amazon) -> None:
    amazon.create_abuse_report(report={"xarf": REPORT}, clientToken="token-1")
    other = {**REPORT, "url": "https://pics.example/v/2"}
    with pytest.raises(ClientError, match="ConflictException"):
        amazon.create_abuse_report(report={"xarf": other}, clientToken="token-1")
    net.aws.now += 24 * 3600
    amazon.create_abuse_report(report={"xarf": other}, clientToken="token-1")
    assert len(net.aws.taken) == 2


def test_amazons_refusals_have_its_names(net, amazon) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        amazon.create_abuse_report(report={"xarf": {"xarf_version": "4.2.0"}})
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        amazon.get_abuse_report_status(reportId="x" * 20)
    net.aws.throttle_next("7")
    with pytest.raises(ClientError) as caught:
        amazon.get_abuse_report_status(reportId="x" * 20)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    net.aws.secret = "another"
    with pytest.raises(ClientError, match="AccessDeniedException"):
        amazon.get_abuse_report_status(reportId="x" * 20)
    assert net.aws.taken == []


def report_to_cloudflare(net, **changed) -> tuple[int, dict]:
    body = {
        "act": "abuse_ncsei",
        "email": "reports@helpline.example",
        "email2": "reports@helpline.example",
        "name": "Example Helpline",
        "ncsei_subject_representation": True,
        "urls": "https://pics.example/v/1\nhttps://pics.example/v/2",
        "host_notification": "send-anon",
        "owner_notification": "none",
    }
    token = changed.pop("token", net.cloudflare.token)
    called = net.fetcher().call(
        url=net.cloudflare.url,
        method="POST",
        body=json.dumps({**body, **changed}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        max_bytes=10_000,
    )
    return called.status, json.loads(called.body or b"{}")


def test_cloudflare_takes_a_report_once_and_tells_how_it_stands(net) -> None:
    status, answer = report_to_cloudflare(net)
    assert (status, answer["result"]) == (200, "success")
    assert report_to_cloudflare(net)[1]["error_code"] == "dedupe"
    report_id = answer["abuse_rand"]
    net.cloudflare.statuses[report_id] = "accepted"
    called = net.fetcher().call(
        url=f"{net.cloudflare.origin}{net.cloudflare.path}/{report_id}",
        headers={"Authorization": f"Bearer {net.cloudflare.token}"},
        max_bytes=10_000,
    )
    assert json.loads(called.body)["result"]["status"] == "accepted"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"token": "wrong"}, 403),
        ({"email2": "other@helpline.example"}, 400),
        ({"urls": "https://a.example/\nhttps://b.example/"}, 400),
        ({"urls": "\n".join(f"https://a.example/{n}" for n in range(251))}, 400),
        ({"owner_notification": "maybe"}, 400),
        ({"act": "abuse_dmca"}, 400),
    ],
)
def test_cloudflare_refuses_what_it_does_not_take(net, changed: dict, status: int) -> None:
    assert report_to_cloudflare(net, **changed)[0] == status
    assert net.cloudflare.taken == []


def test_a_plain_interface_takes_xarf_alone_and_each_once(net) -> None:
    def post(body: dict) -> int:
        return (
            net.fetcher().post(url=net.xarf.url, body=json.dumps(body).encode(), headers={}).status
        )

    assert [post(REPORT), post(REPORT), post({"a": 1})] == [201, 201, 422]
    assert [report["report_id"] for report in net.xarf.taken] == [REPORT["report_id"]]
    net.xarf.throttle_next()
    assert post(REPORT) == 429


NAMES = {
    "pics.example": {
        "A": ["192.0.2.41"],
        "AAAA": ["2001:db8::41"],
        "NS": ["ns1.northwind.example."],
        "MX": ["10 mx.northwind.example."],
        "SOA": ["ns1.northwind.example. admin.pics.example. 1 2 3 4 5"],
        "TXT": ['"v=spf1 -all"'],
    },
    "www.pics.example": {"CNAME": ["pics.example."]},
    "again.example": {"A": Turns([["192.0.2.1"], ["127.0.0.1"]])},
    "broken.example": {"A": Fails("SERVFAIL")},
    "silent.example": {"*": Fails("TIMEOUT")},
    "long.example": {"NS": Fails("TRUNCATED", ("ns1.long.example.", "ns2.long.example."))},
    "loop.example": {"CNAME": ["pool.example."]},
    "pool.example": {"CNAME": ["loop.example."]},
}


def test_names_lead_where_the_scenario_says() -> None:
    with little_internet(Scenario(names=NAMES)) as net:
        names = net.names
        assert names.addresses("www.pics.example").addresses == ("192.0.2.41", "2001:db8::41")
        assert names.addresses("www.pics.example").chain == ("pics.example",)
        assert names.records("pics.example", "MX") == ["mx.northwind.example"]
        assert sorted(names.records("long.example", "NS")) == [
            "ns1.long.example",
            "ns2.long.example",
        ]
        assert ("long.example", "NS", "tcp") in net.dns.asked
        assert names.addresses("again.example").addresses == ("192.0.2.1",)
        assert names.addresses("again.example").addresses == ("127.0.0.1",)
        assert names.records("no-such.example", "NS") == []


def test_the_canary_sings_when_an_inner_address_is_dialled() -> None:
    with little_internet() as net:
        assert net.canary.is_silent
        net.cables.dial("127.0.0.1", 80, 1).close()
        assert not net.canary.is_silent
        assert net.canary.dialled == [("127.0.0.1", 80)]
