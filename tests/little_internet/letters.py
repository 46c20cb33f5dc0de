"""Messages as others write them back: delivery reports, automatic replies, answers of people."""

from __future__ import annotations

from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import cast

DATE = "Thu, 26 Nov 2026 09:30:00 +0000"
_DSN = """\
From: Mail Delivery System <MAILER-DAEMON@mx.northwind.example>
To: {to}
Date: {date}
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-{number}@mx.northwind.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{bound}"

--{bound}
Content-Type: text/plain; charset=utf-8

The message could not be delivered.

--{bound}
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.northwind.example
Arrival-Date: {date}

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} not delivered

--{bound}
Content-Type: text/rfc822-headers

{head}
--{bound}--
"""


def bounce_of(
    letter: bytes, recipient: str, status: str = "5.1.1", *, to: str = "", number: int = 1
) -> bytes:
    """A delivery report (RFC 3464) about a letter.

    Args:
        letter: the letter that comes back.
        recipient: to whom it could not be delivered.
        status: enhanced status; ``4.…`` says that it is still being tried.
        to: where the report goes; usually to the letter's envelope sender or ``Reply-To``.
        number: part of its own id.
    """
    sent = read(letter)
    head = letter.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "replace")
    text = _DSN.format(
        to=to or sent["Reply-To"] or sent["From"],
        date=DATE,
        number=f"{number}-{abs(hash_of(letter)) % 10**9}",
        bound="little-internet-report",
        recipient=recipient,
        action="delayed" if status.startswith("4") else "failed",
        status=status,
        head=head,
    )
    return text.encode().replace(b"\n", b"\r\n")


def hash_of(letter: bytes) -> int:
    """A number of a letter that is the same in every process."""
    return sum(byte * (place % 97 + 1) for place, byte in enumerate(letter))


def automatic_reply(letter: bytes, *, sender: str, to: str = "", how: str = "header") -> bytes:
    """A ticket system's first word.

    ``how``: ``header`` marks it as RFC 3834 says, ``precedence`` as old systems do, ``subject``
    by its subject alone.
    """
    made = _back(letter, sender=sender, to=to)
    made.replace_header("Subject", f"Automatic reply: {read(letter)['Subject']}")
    if how == "header":
        made["Auto-Submitted"] = "auto-replied"
    if how == "precedence":
        made["Precedence"] = "auto_reply"
    made.set_content("We have received your message. Ticket #4711.\n")
    return made.as_bytes(policy=policy.SMTP)


def answer_to(
    letter: bytes,
    text: str,
    *,
    sender: str,
    to: str = "",
    html: str = "",
    attachments: Sequence[tuple[str, bytes]] = (),
    number: int = 1,
) -> bytes:
    """A person's answer, with what programs add to it.

    Args:
        letter: the letter that is answered.
        text: its plain text.
        sender: who writes.
        to: to which address; usually to the letter's ``Reply-To``.
        html: a second form of the text.
        attachments: ``(media type, bytes)``.
        number: part of its own id.
    """
    made = _back(letter, sender=sender, to=to, number=number)
    quoted = "\n".join(f"> {line}" for line in _text_of(letter).splitlines()[:20])
    made.set_content(f"{text}\n\nOn {DATE} you wrote:\n{quoted}\n")
    if html:
        made.add_alternative(html, subtype="html")
    for number_of_it, (media_type, data) in enumerate(attachments, start=1):
        kind, _, subtype = media_type.partition("/")
        name = f"attachment-{number_of_it}"
        made.add_attachment(data, maintype=kind, subtype=subtype, filename=name)
    return made.as_bytes(policy=policy.SMTP)


def read(letter: bytes) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(letter, policy=policy.default))


def _back(letter: bytes, *, sender: str, to: str, number: int = 1) -> EmailMessage:
    sent = read(letter)
    made = EmailMessage(policy=policy.SMTP)
    made["From"], made["To"] = sender, to or sent["Reply-To"] or sent["From"]
    made["Subject"] = f"Re: {sent['Subject']}"
    made["Date"] = DATE
    domain = sender.rpartition("@")[2].rstrip(">")
    made["Message-ID"] = f"<answer-{number}-{abs(hash_of(letter)) % 10**9}@{domain}>"
    if sent["Message-ID"]:
        made["In-Reply-To"] = made["References"] = sent["Message-ID"]
    return made


def _text_of(letter: bytes) -> str:
    body = read(letter).get_body(preferencelist=("plain",))
    return str(body.get_content()) if body is not None else ""
