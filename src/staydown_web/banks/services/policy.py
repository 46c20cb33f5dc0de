"""Banks and what they do with each kind of match."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank, EntryChange, Response
from staydown_web.banks.services.changes import publish_after_commit
from staydown_web.base.errors import FieldsError, RecordConflictError

REPORTED = "reported"
_POLICY = ("on_identical", "on_same", "on_part", "on_altered")


def default_bank(now: datetime) -> Bank:
    """The bank that notices go to; made when it is missing."""
    bank, _ = Bank.objects.get_or_create(
        slug=REPORTED, defaults={"name": "Reported", "created_at": now}
    )
    return bank


@transaction.atomic
def make_bank(*, name: str, slug: str, kind: Bank.Kind, actor: str, now: datetime) -> Bank:
    """Make a bank with the usual policy.

    Raises:
        RecordConflictError: there is one of this slug.
    """
    try:
        with transaction.atomic():
            bank = Bank.objects.create(name=name, slug=slug, kind=kind, created_at=now)
    except IntegrityError:
        raise RecordConflictError("there is a bank of this name already") from None
    record_event(what="bank_made", actor=actor, at=now, subject=f"bank:{bank.pk}")
    return bank


@transaction.atomic
def set_policy(*, bank: Bank, actor: str, now: datetime, **changes: Any) -> Bank:
    """Change what kinds of match do, or whether the bank counts at all; felt within a second.

    A change of a whole bank takes two people: the caller has had it approved.

    Args:
        bank: which one.
        actor: who asks.
        now: the moment, aware UTC.
        changes: ``on_identical``, ``on_same``, ``on_part``, ``on_altered``: a ``Response``;
            ``is_active``: True or False.

    Raises:
        FieldsError: an unknown name or response.
    """
    wrong = {
        name: "one of: " + ", ".join(Response.values)
        for name, value in changes.items()
        if (name in _POLICY and value not in Response.values)
        or (name not in _POLICY and not (name == "is_active" and isinstance(value, bool)))
    }
    if wrong:
        raise FieldsError(wrong)
    Bank.objects.filter(pk=bank.pk).update(**changes)
    record_event(
        what="bank_changed", actor=actor, at=now, subject=f"bank:{bank.pk}", facts=dict(changes)
    )
    EntryChange.objects.create(bank=bank, what=EntryChange.What.POLICY, at=now, actor=actor)
    publish_after_commit()
    bank.refresh_from_db()
    return bank
