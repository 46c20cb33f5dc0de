"""Lines between the person and the reviewers, sealed under the case's key."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from staydown_web.base.errors import FieldsError, RateLimitedError, RecordConflictError
from staydown_web.base.lengths import too_long
from staydown_web.base.sealing import seal_for_case
from staydown_web.cases.models import Case, Message
from staydown_web.cases.services.clock_pauses import resume_answered
from staydown_web.cases.services.contacts import write_news
from staydown_web.cases.services.events import Events

MOST_CHARACTERS = 4000
MOST_A_DAY = 30
_FROM = {
    Message.Sender.PERSON: (Message.Sender.STAFF,),
    Message.Sender.STAFF: (Message.Sender.PERSON, Message.Sender.HELPLINE),
}
"""Whose words a side reads. A helpline notes for itself what it read: see ``Access.read_until``."""
_ENDED = (Case.State.WITHDRAWN, Case.State.CLOSED)


@transaction.atomic
def send_message(
    *, case: Case, sender: str, text: str, now: datetime, actor: str = "person"
) -> Message:
    """Store a message; where staff wrote it, the person's confirmed address is told of news.

    Args:
        case: open.
        sender: of ``Message.Sender``.
        text: as typed; line ends are kept.
        now: the moment, aware UTC.
        actor: ``person``, or the member of staff.

    Raises:
        FieldsError: empty or too long.
        RateLimitedError: more than 30 from one side in a day.
        RecordConflictError: the case has ended.
    """
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise FieldsError(
            {"text": _("Write between 1 and %(most)d letters.") % {"most": MOST_CHARACTERS}}
        )
    if len(text) > MOST_CHARACTERS:
        raise FieldsError({"text": too_long(text, MOST_CHARACTERS)})
    if Case.objects.filter(pk=case.pk, state__in=_ENDED).exists() or case.erased_at is not None:
        raise RecordConflictError("this case has ended; nobody would read a message")
    recent = case.messages.filter(sender=sender, at__gt=now - timedelta(days=1))
    if recent.count() >= MOST_A_DAY:
        raise RateLimitedError("these are many messages for one day; please wait until tomorrow")
    message = Message(case=case, sender=sender, at=now)
    message.box = seal_for_case(case.pk, text, context=f"message:{message.pk}")
    message.save(force_insert=True)
    Case.objects.filter(pk=case.pk).update(touched_at=now)
    if sender == Message.Sender.STAFF:
        write_news(case=case, now=now)
    events = Events(case.pk, actor, now)
    events.add("message_sent", f"message:{message.pk}", sender=sender)
    if sender == Message.Sender.PERSON:
        resume_answered(case=case, now=now, events=events)
    events.record()
    return message


@transaction.atomic
def read_messages(*, case: Case, reader: str, now: datetime, actor: str = "person") -> int:
    """Note that one side has read what the other wrote.

    Args:
        case: whose messages.
        reader: the side that reads: the person or staff, of ``Message.Sender``.
        now: the moment at which they were shown, aware UTC; what came later stays unread.
        actor: ``person``, or the member of staff.

    Returns:
        How many were new to it.
    """
    shown = case.messages.filter(at__lte=now, sender__in=_FROM[Message.Sender(reader)])
    read = shown.filter(read_at__isnull=True).update(read_at=now)
    if read:
        events = Events(case.pk, actor, now)
        events.add("message_read", f"case:{case.pk}", reader=reader, count=read)
        events.record()
    return read
