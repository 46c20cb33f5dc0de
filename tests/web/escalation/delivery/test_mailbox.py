"""The mailbox by IMAP, and the address for mail servers: each message once, none stops the rest."""

from __future__ import annotations

import ssl
from contextlib import suppress
from datetime import timedelta

import pytest
from django.test import Client

from little_internet.certificates import client_context
from little_internet.letters import bounce_of
from little_internet.world import Net
from staydown_web.audit.models import Event
from staydown_web.base.errors import FetchError
from staydown_web.base.sealing import seal
from staydown_web.escalation.models import Reply, Report, Sender
from staydown_web.escalation.services.receiving import reply_address_for, take_in_mail
from staydown_web.escalation.services.receiving.structure import MOST_BYTES
from staydown_web.escalation.services.sending import send_due_reports
from staydown_web.escalation.views import inbound

pytestmark = pytest.mark.django_db
INBOUND = "/escalation/inbound/"
SECRET = {"Authorization": "Bearer in-8fe1c0"}


@pytest.fixture
def sent(signed, now) -> Report:
    """A report that left a moment ago."""
    return signed(state="sent", tries=1, sent_at=now, next_try_at=now + timedelta(hours=1))


@pytest.fixture
def box(net: Net, sent: Report) -> Net:
    """A mailbox that the sender has set."""
    Sender.objects.update(imap_host=net.imap.host, imap_port=net.imap.port, imap_user=net.imap.user)
    return net


def read(box: Net, now) -> int:
    return take_in_mail(now=now, tls=client_context())


def message(report: Report, number: int, text: str = "text") -> bytes:
    to = reply_address_for(report.pk)
    return f"To: {to}\r\nMessage-ID: <{number}@x.example>\r\n\r\n{text} {number}".encode()


def seen() -> str:
    return Sender.objects.get().imap_seen


def test_each_message_is_taken_in_once_and_left_as_it_was(box: Net, sent: Report, now) -> None:
    uids = [box.imap.add(message(sent, n)) for n in range(3)]
    assert (read(box, now), read(box, now)) == (3, 0)
    assert Reply.objects.count() == 3
    assert seen() == f"7000:{uids[-1]}"
    assert all(box.imap.flags_of(uid) == set() for uid in uids)
    assert not any("STORE" in command for command in box.imap.commands)
    box.imap.add(message(sent, 4))
    assert read(box, now) == 1


def test_a_run_has_an_end_and_the_next_goes_on(box: Net, sent: Report, now) -> None:
    for n in range(53):
        box.imap.add(message(sent, n))
    assert (read(box, now), read(box, now), read(box, now)) == (50, 3, 0)
    assert Reply.objects.count() == 53


def test_what_is_not_ours_is_counted_and_passed_over(box: Net, sent: Report, now) -> None:
    box.imap.add(b"To: replies@helpline.example\r\n\r\nspam")
    box.imap.add(f"To: replies+{'a' * 32}@helpline.example\r\n\r\nforged".encode())
    box.imap.add(b"\xff" * 100)
    box.imap.add(message(sent, 1))
    assert read(box, now) == 4
    event = Event.objects.get(what="mail_discarded")
    assert event.facts == {"kept": 1, "foreign": 2, "forged": 1}


def test_a_mailbox_that_is_numbered_anew_is_read_anew_and_keeps_each_once(
    box: Net, sent: Report, now
) -> None:
    box.imap.add(message(sent, 1))
    read(box, now)
    box.imap.renumber()
    box.imap.add(message(sent, 2))
    assert read(box, now) == 2
    assert (Reply.objects.count(), seen()) == (2, "7001:2")


def test_a_connection_that_breaks_off_loses_nothing(box: Net, sent: Report, now) -> None:
    for n in range(2):
        box.imap.add(message(sent, n))
    box.imap.drop_mid_fetch()
    with pytest.raises(FetchError):
        read(box, now)
    assert Reply.objects.count() == 0
    assert read(box, now) == 2


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "EXAMINE", "SEARCH", "FETCH"])
def test_a_server_that_says_no_is_an_error_of_ours(
    box: Net, sent: Report, now, command: str
) -> None:
    box.imap.add(message(sent, 1))
    box.imap.fail_next(command)
    with suppress(FetchError):
        read(box, now)
    read(box, now)
    assert Reply.objects.count() == 1


def test_a_wrong_password_is_an_error_that_does_not_show_it(box: Net, now) -> None:
    Sender.objects.update(secrets_box=seal(b'{"imap_password": "hunter2"}', context="sender"))
    with pytest.raises(FetchError) as error:
        read(box, now)
    assert "hunter2" not in str(error.value)


def test_a_server_that_nobody_vouches_for_gets_no_password(box: Net, now) -> None:
    with pytest.raises(FetchError, match="certificate"):
        take_in_mail(now=now, tls=ssl.create_default_context())
    assert box.imap.commands == []


def test_without_a_mailbox_nothing_is_done(sent: Report, now) -> None:
    Sender.objects.update(imap_host="")
    assert take_in_mail(now=now) == 0


def test_a_message_over_which_processes_die_is_passed_over(box: Net, sent: Report, now) -> None:
    uid = box.imap.add(message(sent, 1))
    box.imap.add(message(sent, 2))
    Sender.objects.update(imap_seen=f"7000:{uid - 1}!5")
    assert read(box, now) == 2
    assert [row.report_id for row in Reply.objects.all()] == [sent.pk]
    assert Event.objects.get(what="mail_discarded").facts == {"kept": 1, "broken": 1}


def test_of_a_large_message_only_the_first_part_is_fetched(box: Net, sent: Report, now) -> None:
    box.imap.add(message(sent, 1) + b" " + b"a" * 2 * MOST_BYTES)
    assert read(box, now) == 1
    assert any(f"<0.{MOST_BYTES}>" in command for command in box.imap.commands)
    assert Reply.objects.count() == 1


def test_a_letter_that_comes_back_goes_its_whole_way(box: Net, signed, now) -> None:
    report = signed()
    box.clock.now = now
    box.smtp.come_back_later("abuse@northwind.example")
    send_due_reports(now=now, clock=box.clock, fetcher=box.fetcher())
    box.smtp.send_back()
    assert read(box, now) == 1
    report.refresh_from_db()
    assert (report.state, report.outcome) == ("bounced", "wrong_contact")


# Mail servers that hand over


def post(client: Client, raw: bytes, **headers: str):
    return client.post(INBOUND, raw, content_type="message/rfc822", headers=headers or SECRET)


def test_a_message_that_is_handed_over_is_kept(client: Client, sent: Report) -> None:
    answer = post(client, message(sent, 1))
    assert (answer.status_code, answer.json()) == (200, {"kept": True})
    assert (post(client, message(sent, 1)).json(), Reply.objects.count()) == ({"kept": False}, 1)


def test_a_bounce_that_is_handed_over_counts(client: Client, sent: Report) -> None:
    letter = f"Message-ID: <{sent.pk}@helpline.example>\n\ntext".encode()
    raw = bounce_of(b"From: a@b.example\nSubject: x\n" + letter, "x@y.example", to="z@z.example")
    assert post(client, raw).status_code == 200
    sent.refresh_from_db()
    assert sent.state == "bounced"


@pytest.mark.parametrize("value", ["Bearer wrong", "Bearer ", "bearer in-8fe1c0x", "Bearer é"])
def test_another_secret_opens_nothing(client: Client, sent: Report, value: str) -> None:
    answer = post(client, message(sent, 1), Authorization=value)
    assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")
    assert Reply.objects.count() == 0


@pytest.mark.parametrize("value", ["", "Basic in-8fe1c0", "in-8fe1c0"])
def test_without_a_secret_nothing_is_taken(client: Client, sent: Report, value: str) -> None:
    answer = post(client, message(sent, 1), Authorization=value)
    assert (answer.status_code, answer.json()["code"]) == (401, "key_missing")


def test_where_no_secret_is_set_none_is_right(client: Client, sent: Report) -> None:
    Sender.objects.update(secrets_box=None)
    assert post(client, message(sent, 1), Authorization="Bearer ").status_code == 401
    assert post(client, message(sent, 1)).status_code == 401


def test_a_message_with_large_attachments_is_kept_and_larger_ones_are_not(
    client: Client, sent: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert post(client, message(sent, 1) + b"a" * 5 * MOST_BYTES).json() == {"kept": True}
    monkeypatch.setattr(inbound, "MOST_SENT_BYTES", 1_000)
    answer = post(client, message(sent, 2) + b"a" * 1_000)
    assert (answer.status_code, Reply.objects.count()) == (413, 1)


def test_an_empty_call_is_refused(client: Client, sent: Report) -> None:
    assert post(client, b"").status_code == 400
    assert client.get(INBOUND, headers=SECRET).status_code == 405


def test_what_is_not_ours_is_taken_from_the_server_and_thrown_away(
    client: Client, sent: Report
) -> None:
    answer = post(client, b"To: replies@helpline.example\r\n\r\nspam")
    assert (answer.status_code, answer.json()) == (200, {"kept": False})
    assert Event.objects.get(what="mail_discarded").facts == {"kept": 0, "foreign": 1}
