"""The people a helpline acts for, and by what right: sealed under a key of each client's own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from staydown_web.accounts.models import User
from staydown_web.accounts.selectors import team_of
from staydown_web.audit.services import record_event
from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.base.ids import new_id
from staydown_web.base.keys import erase_case_key
from staydown_web.base.retention import keeps
from staydown_web.base.sealing import installation_keys, seal_for_case
from staydown_web.cases.models import Access, Authority, Client
from staydown_web.cases.services.new_keys import new_key

KEEP_CLIENT = keeps("client")
AT_ONCE = 200
MOST_LABEL = 80
MOST_NOTE = 1000
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Given:
    """How a client gave authority.

    Attributes:
        how: of ``Authority.How``.
        on: the day it was given.
        until: the last day it holds; None: until somebody ends it.
        note: in the helpline's words; at most 1000 letters.
        digest: SHA-256 of the signed paper or recording, 64 hex digits; empty for none.
    """

    how: str
    on: date
    until: date | None = None
    note: str = ""
    digest: str = ""


def add_client(*, user: User, label: str, given: Given | None, now: datetime) -> Client:
    """A client with a key of its own, and the authority that they gave.

    Args:
        user: the caseworker who begins.
        label: what the helpline calls them in its own files.
        given: how they gave authority; None where that comes with the case they shared.
        now: the moment, aware UTC.

    Raises:
        FieldsError: field -> what to do.
    """
    label = clean_label(label)
    cleaned = clean_given(given, now) if given else None
    client = Client(id=new_id(), team=team_of(user), holder=user, made_at=now)
    with new_key(client.pk), transaction.atomic():
        client.label_box = seal_for_case(client.pk, label, context="client")
        client.save(force_insert=True)
        _record("client_added", f"client:{client.pk}", user, now)
        if cleaned:
            store_authority(client=client, given=cleaned, user=user, now=now)
    return client


@transaction.atomic
def rename_client(*, client: Client, label: str, user: User, now: datetime) -> None:
    """Call a client otherwise in the helpline's own files.

    Raises:
        FieldsError: no label, or one too long.
    """
    box = seal_for_case(client.pk, clean_label(label), context="client")
    Client.objects.filter(pk=client.pk, erased_at__isnull=True).update(label_box=box)
    _record("client_renamed", f"client:{client.pk}", user, now)


@transaction.atomic
def record_authority(*, client: Client, given: Given, user: User, now: datetime) -> Authority:
    """Record that a client gave authority, once more or for longer.

    Raises:
        FieldsError: field -> what to do.
        RecordConflictError: the client was forgotten meanwhile.
    """
    cleaned = clean_given(given, now)
    if not Client.objects.filter(pk=client.pk, erased_at__isnull=True).exists():
        raise RecordConflictError("what was held of this client was erased")
    return store_authority(client=client, given=cleaned, user=user, now=now)


@transaction.atomic
def end_authority(*, authority: Authority, user: User, now: datetime) -> None:
    """Note that an authority holds no more.

    Raises:
        RecordConflictError: it was ended before.
    """
    living = Authority.objects.filter(pk=authority.pk, ended_at__isnull=True)
    if not living.update(ended_at=now):
        raise RecordConflictError("this authority was ended before")
    _record("authority_ended", f"authority:{authority.pk}", user, now)


@transaction.atomic
def forget_client(*, client: Client, user: User, now: datetime) -> None:
    """Erase what is held of a client for whom nothing goes on any more.

    Raises:
        RecordConflictError: a case of theirs is still worked on, or it was erased before.
    """
    if Access.objects.filter(client=client).exclude(state=Access.State.ENDED).exists():
        raise RecordConflictError("a case of this client is still worked on; give it back first")
    if not erase_client(client_id=client.pk, actor=f"user:{user.pk}", now=now):
        raise RecordConflictError("what was held of this client was erased before")


def erase_client(*, client_id: UUID, actor: str, now: datetime) -> bool:
    """Destroy a client's key, within the caller's transaction.

    Returns:
        False where it was erased before.
    """
    changed = Client.objects.filter(pk=client_id, erased_at__isnull=True)
    if not changed.update(erased_at=now, label_box=None):
        return False
    Authority.objects.filter(client=client_id).update(box=None)
    Authority.objects.filter(client=client_id, ended_at__isnull=True).update(ended_at=now)
    record_event(what="client_erased", actor=actor, at=now, subject=f"client:{client_id}")
    folder = installation_keys().folder
    transaction.on_commit(partial(_erase_key, folder, client_id))
    return True


def forget_idle_clients(now: datetime) -> int:
    """Erase clients for whom a helpline has not worked for ``KEEP_CLIENT``.

    Returns:
        How many.
    """
    before = now - KEEP_CLIENT
    living = Access.objects.filter(client=OuterRef("pk")).exclude(
        state=Access.State.ENDED, ended_at__lte=before
    )
    given = Authority.objects.filter(client=OuterRef("pk"), made_at__gt=before)
    idle = Client.objects.filter(~Exists(living), ~Exists(given), made_at__lte=before)
    ids = list(idle.filter(erased_at__isnull=True).values_list("pk", flat=True)[:AT_ONCE])
    return sum(_forget_idle(client_id, now) for client_id in ids)


@transaction.atomic
def _forget_idle(client_id: UUID, now: datetime) -> bool:
    return erase_client(client_id=client_id, actor="system", now=now)


def store_authority(*, client: Client, given: Given, user: User, now: datetime) -> Authority:
    """Store a clean authority, within the caller's transaction."""
    authority = Authority(
        client=client,
        how=given.how,
        given_on=given.on,
        until=given.until,
        made_by=user,
        made_at=now,
    )
    held = {"note": given.note, "digest": given.digest}
    authority.box = seal_for_case(client.pk, held, context=f"authority:{authority.pk}")
    authority.save(force_insert=True)
    subject = f"authority:{authority.pk}"
    _record("authority_recorded", subject, user, now, how=given.how, has_until=bool(given.until))
    return authority


def clean_label(label: str) -> str:
    """A label as it is stored.

    Raises:
        FieldsError: empty or too long.
    """
    cleaned = " ".join(label.split())
    if not cleaned or len(cleaned) > MOST_LABEL:
        words = _("Write your own file number or a short label, at most %(most)d letters.")
        raise FieldsError({"label": words % {"most": MOST_LABEL}})
    return cleaned


def clean_given(given: Given, now: datetime) -> Given:
    """An authority as it is stored.

    Raises:
        FieldsError: field -> what to do.
    """
    wrong: dict[str, str] = {}
    if given.how not in Authority.How.values:
        wrong["how"] = _("Choose how they gave it.")
    if given.on > now.date():
        wrong["on"] = _("This day is still to come. Give the day on which they gave it.")
    if given.until is not None and given.until < max(given.on, now.date()):
        wrong["until"] = _("This day has gone. Leave it empty if they named no end.")
    if len(given.note) > MOST_NOTE:
        wrong["note"] = _("Write at most %(most)d letters.") % {"most": MOST_NOTE}
    digest = given.digest.strip().lower().removeprefix("sha256:")
    if digest and not _DIGEST.fullmatch(digest):
        wrong["digest"] = _("A SHA-256 sum has 64 digits and letters from a to f.")
    if wrong:
        raise FieldsError(wrong)
    return Given(given.how, given.on, given.until, given.note.strip(), digest)


def _erase_key(folder: Path, client_id: UUID) -> None:
    erase_case_key(folder, client_id)


def _record(what: str, subject: str, user: User, now: datetime, **facts: object) -> None:
    record_event(what=what, actor=f"user:{user.pk}", at=now, subject=subject, facts=facts)
