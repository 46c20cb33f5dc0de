"""What a message says: to which report it belongs, of what kind it is, and its text.

Only the first plain text is read. Pictures, attachments and HTML are counted and thrown away
unread: whoever answers a report may send the very thing that was reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from staydown_web.base.errors import BodyError
from staydown_web.escalation.models import Reply
from staydown_web.escalation.services.receiving.structure import (
    clean,
    header_of,
    headers_of,
    leaves_of,
    parsed,
    parsed_head,
    text_of_part,
    words_of,
)
from staydown_web.escalation.services.reply_addresses import tokens_in

LONGEST_TEXT = 20_000
LONGEST_SUBJECT = 300
_RECIPIENTS = (
    *("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to"),
    *("to", "cc", "resent-to"),
)
_ID = re.compile(r"<[^<>\s]{3,250}>")
_RETURNED_ID = re.compile(r"(?im)^message-id:\s*(<[^<>\s]{3,250}>)")
_MOST_IDS = 50
_STATUS = re.compile(r"\s*([245])\.\d{1,3}\.\d{1,3}")
_FAILED = re.compile(r"(?m)(?:^|[\s(#])5(?:\.\d{1,3}\.\d{1,3}|\d\d)\b")
_AUTOMATIC_SUBJECT = re.compile(
    r"\s*(?:auto(?:matic|mated)?[ -]?(?:reply|response)|out of (?:the )?office|"
    r"automatische antwort|abwesenheit|réponse automatique|absence du bureau|"
    r"respuesta automática)",
    re.IGNORECASE,
)
_BULK = {"bulk", "junk", "list", "auto_reply"}
_MARKS = ("x-autoreply", "x-autorespond", "x-auto-reply", "x-autorespond-to")


@dataclass(frozen=True, slots=True)
class Read:
    """What a message says.

    Attributes:
        message_id: its own; empty where it has none.
        tokens: of reply addresses that it was sent to, the surest header first.
        references: ids of messages that it answers or returns.
        kind: ``Reply.Kind`` value.
        is_late: it says that a mail has not arrived yet and is still tried.
        text: subject, an empty line, and the first plain text.
        left_out: how many parts were thrown away.
    """

    message_id: str
    tokens: tuple[str, ...]
    references: tuple[str, ...]
    kind: str
    is_late: bool
    text: str
    left_out: int


def read_message(raw: bytes) -> Read:
    """What a message says; of one that is built to break readers, its headers alone.

    Raises:
        BodyError: not even its headers can be read.
    """
    try:
        message, is_whole = parsed(raw), True
    except BodyError:
        message, is_whole = parsed_head(raw), False
    parts = list(leaves_of(message)) if is_whole else []
    statuses = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    returned = [part for part in parts if _is_returned(part)] if statuses else []
    first = next((part for part in parts if _is_text(part)), None)
    text = text_of_part(first, longest=LONGEST_TEXT) if first is not None else ""
    kind, is_late = _kind_of(message, statuses, text)
    left = [part for part in parts if part is not first and part not in (*statuses, *returned)]
    subject = words_of(header_of(message, "subject"), longest=LONGEST_SUBJECT)
    return Read(
        message_id=header_of(message, "message-id")[:250],
        tokens=_tokens_of(message),
        references=_references_of(message, returned),
        kind=kind,
        is_late=is_late,
        text=clean(f"{subject}\n\n{text}", longest=LONGEST_TEXT + LONGEST_SUBJECT + 2),
        left_out=len(left) if is_whole else 1,
    )


def _is_text(part: Message) -> bool:
    how = header_of(part, "content-disposition").lower()
    return part.get_content_type() == "text/plain" and not how.startswith("attachment")


def _is_returned(part: Message) -> bool:
    return part.get_content_type() in {"message/rfc822", "text/rfc822-headers"}


def _tokens_of(message: Message) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in _RECIPIENTS:
        for value in headers_of(message, name):
            found |= dict.fromkeys(tokens_in("".join(value.split())))
    return tuple(found)


def _references_of(message: Message, returned: list[Message]) -> tuple[str, ...]:
    found: list[str] = []
    for part in returned:
        found += _RETURNED_ID.findall(_head_of(part))[:1]
    for name in ("in-reply-to", "references"):
        for value in headers_of(message, name):
            found += _ID.findall(value)
    return tuple(dict.fromkeys(found[:_MOST_IDS]))


def _head_of(part: Message) -> str:
    inner = part.get_payload()
    if isinstance(inner, list):
        ids = [header_of(m, "message-id") for m in inner[:1] if isinstance(m, Message)]
        return f"message-id: {ids[0]}" if ids else ""
    return text_of_part(part, longest=LONGEST_TEXT)


def _kind_of(message: Message, statuses: list[Message], text: str) -> tuple[str, bool]:
    if statuses:
        return _kind_of_report(statuses)
    if headers_of(message, "x-failed-recipients") or (
        _is_from_mailer(message) and _FAILED.search(text)
    ):
        return Reply.Kind.BOUNCE, False
    return (Reply.Kind.AUTOMATIC if _is_automatic(message) else Reply.Kind.ANSWER), False


def _kind_of_report(statuses: list[Message]) -> tuple[str, bool]:
    """A delivery report (RFC 3464): failed for good, late, or merely passed on."""
    classes, actions = set(), set()
    for part in statuses:
        inner = part.get_payload()
        blocks = inner if isinstance(inner, list) else []
        for block in (one for one in blocks if isinstance(one, Message)):
            classes |= {m[1] for v in headers_of(block, "status") if (m := _STATUS.match(v))}
            actions |= {value.strip().lower() for value in headers_of(block, "action")}
    # A server that gives up after days says "failed" with the class of its last try, which is 4.
    if "5" in classes or "failed" in actions:
        return Reply.Kind.BOUNCE, False
    return Reply.Kind.AUTOMATIC, "4" in classes or "delayed" in actions


def _is_from_mailer(message: Message) -> bool:
    sender = header_of(message, "from").lower()
    return "mailer-daemon@" in sender or header_of(message, "return-path") == "<>"


def _is_automatic(message: Message) -> bool:
    how = header_of(message, "auto-submitted").partition(";")[0].strip().lower()
    return (
        how not in {"", "no"}
        or header_of(message, "precedence").lower() in _BULK
        or bool(headers_of(message, *_MARKS))
        or message.get_content_type() == "multipart/report"
        or bool(
            _AUTOMATIC_SUBJECT.match(
                words_of(header_of(message, "subject"), longest=LONGEST_SUBJECT)
            )
        )
    )
