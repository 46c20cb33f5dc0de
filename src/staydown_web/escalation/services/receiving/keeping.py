"""A message is kept as a reply, once, and what it means for its report is written with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.errors import BodyError, RecordNotFoundError, SealError
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import blind, seal_for_case
from staydown_web.escalation.models import ProviderContact, Reply, Report
from staydown_web.escalation.services.receiving.reading import Read, read_message
from staydown_web.escalation.services.receiving.structure import MOST_BYTES
from staydown_web.escalation.services.receiving.threading import report_of
from staydown_web.escalation.services.sending.due import MAIL_FORMATS
from staydown_web.escalation.services.sending.notes import note_outcome, record
from staydown_web.escalation.services.sending.rules import QUIET_WHEN_LATE
from staydown_web.escalation.services.sending.settling import note_delivered

KEPT, DOUBLE, FOREIGN, FORGED, ERASED, BROKEN = (
    *("kept", "double", "foreign", "forged", "erased", "broken"),
)
_MOST_LEFT_OUT = 30_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a message.

    Attributes:
        why: ``kept``, or why not: ``double``, ``foreign`` (no report of ours), ``forged`` (a token
            that was never signed here), ``erased`` (its case was), ``broken``.
        reply: where it was kept.
    """

    why: str
    reply: Reply | None = None


def take_in_message(*, raw: bytes, now: datetime) -> Reply | None:
    """Keep a message that answers a report; throw any other away.

    Args:
        raw: as it came, RFC 5322.
        now: the moment, aware UTC.

    Returns:
        The reply; None where it belongs to no report, or was kept before.
    """
    return take_in(raw=raw, now=now).reply


def take_in(*, raw: bytes, now: datetime) -> Taken:
    """See ``take_in_message``; says also why a message was thrown away."""
    try:
        read = read_message(raw)
    except BodyError:
        return Taken(BROKEN)
    report = report_of(read)
    if report is None:
        return Taken(FORGED if read.tokens else FOREIGN)
    try:
        return _kept(report, read, raw, now)
    except SealError:
        return Taken(ERASED)


@transaction.atomic
def note_discarded(done: Mapping[str, int], *, now: datetime) -> None:
    """Count what was thrown away in the audit; nothing where all was kept.

    Args:
        done: ``Taken.why`` -> how many messages.
        now: the moment, aware UTC.
    """
    thrown = {why: count for why, count in done.items() if why != KEPT and count}
    if thrown:
        facts = {KEPT: done.get(KEPT, 0), **thrown}
        record_event(what="mail_discarded", actor="system", at=now, facts=facts)


@transaction.atomic
def mark_read(*, reply_id: UUID, user: User, now: datetime) -> None:
    """Somebody has read a reply; the first one counts.

    Raises:
        RecordNotFoundError: no such reply.
    """
    replies = Reply.objects.filter(pk=reply_id)
    if replies.filter(read_at__isnull=True).update(read_at=now, read_by=user):
        reply = replies.select_related("report").get()
        record_event(
            what="reply_read",
            actor=f"user:{user.pk}",
            at=now,
            case_id=reply.report.case_id,
            subject=f"reply:{reply_id}",
            facts={"kind": reply.kind},
        )
    elif not replies.exists():
        raise RecordNotFoundError("there is no such reply")


@transaction.atomic
def _kept(report: Report, read: Read, raw: bytes, now: datetime) -> Taken:
    reply = Reply(
        id=new_id(),
        report=report,
        kind=read.kind,
        key=_key_of(read, raw),
        left_out=min(read.left_out, _MOST_LEFT_OUT),
        at=now,
    )
    reply.box = seal_for_case(report.case_id, read.text, context=f"reply:{reply.pk}")
    try:
        with transaction.atomic():
            reply.save(force_insert=True)
    except IntegrityError:
        return Taken(DOUBLE)
    record(report, "reply_received", now, kind=reply.kind, left_out=reply.left_out)
    _follow(report, read, now)
    return Taken(KEPT, reply)


def _key_of(read: Read, raw: bytes) -> str:
    own = read.message_id.encode("utf-8", "replace")
    return blind(own or hashlib.sha256(raw[:MOST_BYTES]).digest(), purpose="reply")


def _follow(report: Report, read: Read, now: datetime) -> None:
    """What a message means for its report; nothing is ever answered by itself."""
    if read.kind == Reply.Kind.BOUNCE:
        _note_bounce(report, now)
    elif read.is_late:
        sent = Report.objects.filter(pk=report.pk, state=Report.State.SENT)
        sent.update(next_try_at=now + QUIET_WHEN_LATE)
    elif report.format in MAIL_FORMATS:
        note_delivered(report, now)


def _note_bounce(report: Report, now: datetime) -> None:
    """It came back, perhaps before it was noted that it left: it is not sent again."""
    left = Report.objects.filter(pk=report.pk, format__in=MAIL_FORMATS)
    states = (Report.State.SENT, Report.State.DELIVERED)
    changed = left.filter(state__in=states).update(
        state=Report.State.BOUNCED, next_try_at=None
    ) or left.filter(state=Report.State.SIGNED, tries__gt=0).update(
        state=Report.State.BOUNCED, next_try_at=None, sent_at=now
    )
    if not changed:
        return
    contacts = ProviderContact.objects.filter(reports=report, state=ProviderContact.State.USABLE)
    ids = list(contacts.values_list("pk", flat=True))
    ProviderContact.objects.filter(pk__in=ids).update(state=ProviderContact.State.BOUNCED)
    record(report, "report_bounced", now, format=report.format, tries=report.tries)
    note_outcome(report, Report.Outcome.WRONG_CONTACT, now)
