"""What comes back: to which report it belongs, what it is, and what is thrown away."""

from __future__ import annotations

import logging
from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from chain_scene import Scene
from little_internet.letters import answer_to, automatic_reply, bounce_of
from staydown_web.audit.models import Event
from staydown_web.base.errors import ConfigError, RecordNotFoundError
from staydown_web.base.ids import new_id
from staydown_web.base.keys import erase_case_key
from staydown_web.base.sealing import installation_keys
from staydown_web.escalation.models import Reply, Report, Sender
from staydown_web.escalation.selectors.replies import (
    replies_of,
    unread_count,
    unread_replies,
)
from staydown_web.escalation.services.receiving import (
    mark_read,
    reply_address_for,
    take_in,
    take_in_message,
)
from staydown_web.escalation.services.reply_addresses import (
    report_of_token,
    token_of,
    tokens_in,
)
from staydown_web.escalation.services.sending import settle_delivered
from staydown_web.escalation.services.sending.checks import open_box

pytestmark = pytest.mark.django_db
WHO = "desk@northwind.example"


@pytest.fixture
def sent(signed, now) -> Report:
    """A report that left a moment ago."""
    return signed(state="sent", tries=1, sent_at=now, next_try_at=now + timedelta(hours=1))


def letter_of(report: Report) -> bytes:
    text = f"Reply-To: {reply_address_for(report.pk)}\n{open_box(report).body}"
    return text.replace("\n", "\r\n").encode()


def written(to: str, text: str = "Done.", **headers: str) -> bytes:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = WHO, to, "Re: Report E-31 [#4711]"
    made["Message-ID"] = f"<{new_id()}@northwind.example>"
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def state_of(report: Report) -> str:
    report.refresh_from_db()
    return report.state


# Addresses


def test_an_address_finds_its_report_and_only_its_own(sent: Report, signed) -> None:
    other = signed()
    address = reply_address_for(sent.pk)
    local, _, domain = address.partition("@")
    assert (domain, local.startswith("replies+"), len(local) <= 64) == (
        "helpline.example",
        True,
        True,
    )
    (token,) = tokens_in(address)
    assert report_of_token(token) == sent
    assert report_of_token(token.upper()) == sent
    assert report_of_token(token_of(other.pk)) == other


def test_a_token_that_was_never_signed_is_nobody_s(sent: Report) -> None:
    token = token_of(sent.pk)
    for at in range(len(token)):
        changed = token[:at] + ("a" if token[at] != "a" else "b") + token[at + 1 :]
        assert report_of_token(changed) is None
    for odd in ("", "a" * 31, "0189" * 8, "é" * 32, token + "a", token[:16], "=" * 32):
        assert report_of_token(odd) is None


def test_a_name_that_leaves_no_room_is_an_error(sent: Report) -> None:
    Sender.objects.update(reply_address=f"{'r' * 31}@helpline.example")
    assert len(reply_address_for(sent.pk).partition("@")[0]) == 64
    Sender.objects.update(reply_address=f"{'r' * 32}@helpline.example")
    with pytest.raises(ConfigError, match="31 characters"):
        reply_address_for(sent.pk)
    Sender.objects.update(reply_address="")
    with pytest.raises(ConfigError, match="no reply address"):
        reply_address_for(sent.pk)


@pytest.mark.parametrize("name", ["To", "Delivered-To", "X-Original-To", "Cc", "Envelope-To"])
def test_the_address_is_found_in_any_header_of_recipients(sent: Report, now, name: str) -> None:
    address = f"The desk <{reply_address_for(sent.pk).upper()}>, other@x.example"
    raw = written("other@x.example").replace(b"From:", f"{name}: {address}\r\nFrom:".encode(), 1)
    reply = take_in_message(raw=raw, now=now)
    assert reply is not None
    assert reply.report == sent


def test_the_id_of_the_mail_that_is_answered_is_enough(sent: Report, now) -> None:
    raw = written("desk@helpline.example", In_Reply_To=f"<{sent.pk}@helpline.example>")
    assert take_in_message(raw=raw, now=now) is not None


def test_another_id_with_the_report_s_number_in_it_is_not(sent: Report, now) -> None:
    raw = written("desk@helpline.example", In_Reply_To=f"<{sent.pk}@elsewhere.example>")
    assert take_in(raw=raw, now=now).why == "foreign"


def test_foreign_and_forged_messages_are_thrown_away(sent: Report, now) -> None:
    address = reply_address_for(sent.pk)
    forged = address.replace("+", "+a" if address[8] != "a" else "+b")
    assert take_in(raw=written("desk@helpline.example"), now=now).why == "foreign"
    assert take_in(raw=written(f"replies+{'a' * 32}@helpline.example"), now=now).why == "forged"
    assert take_in(raw=written(forged), now=now).why == "foreign"  # a letter too many: no token
    assert Reply.objects.count() == 0


def test_an_erased_case_takes_nothing_in(sent: Report, scene: Scene, now) -> None:
    raw = written(reply_address_for(sent.pk))
    erase_case_key(installation_keys().folder, scene.case.pk)
    assert take_in(raw=raw, now=now).why == "erased"
    assert Reply.objects.count() == 0


# Kinds


def test_an_answer_is_kept_as_text_alone(sent: Report, now) -> None:
    raw = answer_to(
        letter_of(sent),
        "We have closed the account.",
        sender=WHO,
        html="<img src=https://tracker.example/x>",
        attachments=[("image/jpeg", b"\xff\xd8 not to be seen"), ("text/plain", b"a log")],
    )
    reply = take_in_message(raw=raw, now=now)
    assert reply is not None
    assert (reply.kind, reply.left_out, reply.read_at) == ("answer", 3, None)
    (row,) = replies_of(sent)
    assert row.text.startswith("Re: Report E-31\n\nWe have closed the account.")
    assert "tracker" not in row.text
    assert "a log" not in row.text
    assert b"closed" not in bytes(reply.box or b"")


def test_an_answer_proves_that_the_report_arrived(sent: Report, now) -> None:
    take_in_message(raw=written(reply_address_for(sent.pk)), now=now)
    assert state_of(sent) == "delivered"
    assert sent.delivered_at == now


def test_a_number_in_the_subject_is_kept(sent: Report, now) -> None:
    take_in_message(raw=written(reply_address_for(sent.pk)), now=now)
    assert replies_of(sent)[0].text == "Re: Report E-31 [#4711]\n\nDone."


@pytest.mark.parametrize("how", ["header", "precedence", "subject"])
def test_a_ticket_system_s_first_word_is_automatic(sent: Report, now, how: str) -> None:
    raw = automatic_reply(letter_of(sent), sender=WHO, how=how)
    reply = take_in_message(raw=raw, now=now)
    assert reply is not None
    assert reply.kind == "automatic"


def test_a_bounce_ends_the_report_and_its_contact(sent: Report, now) -> None:
    address = reply_address_for(sent.pk)
    raw = bounce_of(letter_of(sent), "abuse@northwind.example", to=address)
    reply = take_in_message(raw=raw, now=now)
    assert reply is not None
    assert (reply.kind, reply.left_out) == ("bounce", 0)
    assert (state_of(sent), sent.outcome) == ("bounced", "wrong_contact")
    assert sent.contact is not None
    sent.contact.refresh_from_db()
    assert sent.contact.state == "bounced"
    assert Event.objects.filter(what="report_bounced", subject=f"report:{sent.pk}").count() == 1


def test_a_bounce_that_names_no_address_of_ours_finds_its_report(sent: Report, now) -> None:
    raw = bounce_of(letter_of(sent), "abuse@northwind.example", to="replies@helpline.example")
    take_in_message(raw=raw, now=now)
    assert state_of(sent) == "bounced"


def test_a_bounce_after_the_quiet_hour_still_counts(sent: Report, now) -> None:
    settle_delivered(now + timedelta(hours=1))
    assert state_of(sent) == "delivered"
    raw = bounce_of(letter_of(sent), "x@y.example", to=reply_address_for(sent.pk))
    take_in_message(raw=raw, now=now + timedelta(days=2))
    assert state_of(sent) == "bounced"


def test_a_bounce_that_comes_before_the_sending_was_noted_stops_it(signed, now) -> None:
    report = signed(tries=1, next_try_at=now + timedelta(minutes=10))
    raw = bounce_of(letter_of(report), "x@y.example", to=reply_address_for(report.pk))
    take_in_message(raw=raw, now=now)
    assert (state_of(report), report.next_try_at) == ("bounced", None)


def test_a_bounce_of_what_never_left_changes_nothing(signed, now) -> None:
    report = signed(state="draft")
    raw = bounce_of(letter_of(report), "x@y.example", to=reply_address_for(report.pk))
    take_in_message(raw=raw, now=now)
    assert state_of(report) == "draft"


def test_a_mail_that_is_late_gets_more_time(sent: Report, now) -> None:
    raw = bounce_of(letter_of(sent), "x@y.example", "4.4.1", to=reply_address_for(sent.pk))
    reply = take_in_message(raw=raw, now=now)
    assert reply is not None
    assert reply.kind == "automatic"
    assert settle_delivered(now + timedelta(hours=23)) == 0
    assert (state_of(sent), sent.outcome) == ("sent", "")
    assert settle_delivered(now + timedelta(hours=24)) == 1


def test_giving_up_after_days_of_being_late_is_a_bounce(sent: Report, now) -> None:
    raw = bounce_of(letter_of(sent), "x@y.example", "4.4.1", to=reply_address_for(sent.pk))
    take_in_message(raw=raw.replace(b"Action: delayed", b"Action: failed"), now=now)
    assert state_of(sent) == "bounced"


@pytest.mark.parametrize(
    "extra",
    [
        "From: MAILER-DAEMON@mx.example\r\n\r\nSorry, 550 no such user",
        "Return-Path: <>\r\n\r\n#5.1.1 bad destination",
        "X-Failed-Recipients: abuse@northwind.example\r\n\r\ntext",
    ],
)
def test_old_forms_of_bounces_are_bounces(sent: Report, now, extra: str) -> None:
    raw = f"To: {reply_address_for(sent.pk)}\r\n{extra}".encode()
    take_in_message(raw=raw, now=now)
    assert state_of(sent) == "bounced"


def test_a_person_who_quotes_an_error_is_no_bounce(sent: Report, now) -> None:
    raw = written(reply_address_for(sent.pk), "Your last mail gave 550 5.1.1. This one came.")
    take_in_message(raw=raw, now=now)
    assert state_of(sent) == "delivered"


# Once, and read


def test_a_message_that_comes_twice_is_kept_once(sent: Report, now) -> None:
    raw = written(reply_address_for(sent.pk))
    assert take_in(raw=raw, now=now).why == "kept"
    assert take_in(raw=b"Received: again\r\n" + raw, now=now).why == "double"
    assert Reply.objects.count() == 1


def test_a_message_without_an_id_is_known_by_what_it_says(sent: Report, now) -> None:
    raw = f"To: {reply_address_for(sent.pk)}\r\n\r\ntext".encode()
    assert [take_in(raw=raw, now=now).why for _ in range(2)] == ["kept", "double"]
    assert take_in(raw=raw + b"!", now=now).why == "kept"


def test_unread_replies_are_counted_until_somebody_reads_them(sent: Report, signers, now) -> None:
    reply = take_in_message(raw=written(reply_address_for(sent.pk)), now=now)
    assert reply is not None
    assert (unread_count(), unread_replies()[0].id) == (1, reply.pk)
    mark_read(reply_id=reply.pk, user=signers[0], now=now)
    mark_read(reply_id=reply.pk, user=signers[1], now=now + timedelta(hours=1))
    reply.refresh_from_db()
    assert (unread_count(), reply.read_at, reply.read_by) == (0, now, signers[0])
    with pytest.raises(RecordNotFoundError):
        mark_read(reply_id=new_id(), user=signers[0], now=now)


def test_nothing_that_a_reply_says_is_logged_or_audited(
    sent: Report, now, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    raw = written(reply_address_for(sent.pk), "Ada Example lives in Exampletown")
    take_in_message(raw=raw, now=now)
    told = caplog.text + str(list(Event.objects.values_list("facts", flat=True)))
    assert "Exampletown" not in told
    assert "northwind" not in told
