"""Contacts of providers that staff enter or correct: they count before those that were found."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.errors import FieldsError, RecordConflictError, RecordNotFoundError
from staydown_web.escalation.chain import ContactKind, Source
from staydown_web.escalation.models import Provider, ProviderContact

KINDS = (ContactKind.EMAIL, ContactKind.FORM)
"""What a person may enter; interfaces have addresses of their own."""


@transaction.atomic
def add_contact(
    *, provider_id: UUID, kind: str, address: str, detail: str, user: User, now: datetime
) -> ProviderContact:
    """Enter where a provider takes reports; one that is there already is made usable again.

    Args:
        provider_id: of the provider.
        kind: ``email`` or ``form``.
        address: an e-mail address, or the https address of a form.
        detail: where the person found it.
        user: who enters it.
        now: the moment, aware UTC.

    Raises:
        FieldsError: the address does not fit its kind.
        RecordNotFoundError: no such provider.
    """
    if not Provider.objects.filter(pk=provider_id).exists():
        raise RecordNotFoundError("there is no such provider")
    _check(kind, address)
    made, _is_new = ProviderContact.objects.update_or_create(
        provider_id=provider_id,
        kind=kind,
        address=address,
        defaults={
            "scope": "general",
            "source": Source.STAFF,
            "detail": detail,
            "state": ProviderContact.State.USABLE,
            "refused": "",
            "rank": 0,
            "found_at": now,
            "entered_by": user,
        },
    )
    _record("provider_contact_added", made, user, now)
    return made


@transaction.atomic
def change_contact(
    *, contact_id: UUID, is_usable: bool, user: User, now: datetime
) -> ProviderContact:
    """Use a contact, or do not use it any more.

    Raises:
        RecordConflictError: it is so already.
        RecordNotFoundError: no such contact.
    """
    rows = ProviderContact.objects.filter(pk=contact_id)
    usable, refused = ProviderContact.State.USABLE, ProviderContact.State.REFUSED
    if is_usable:
        changed = rows.exclude(state=usable).update(state=usable, refused="", entered_by=user)
    else:
        changed = rows.exclude(state=refused).update(
            state=refused, refused="staff", entered_by=user
        )
    made = rows.first()
    if made is None:
        raise RecordNotFoundError("there is no such contact")
    if not changed:
        raise RecordConflictError("the contact is so already")
    _record("provider_contact_changed", made, user, now)
    return made


def _check(kind: str, address: str) -> None:
    if kind not in KINDS:
        raise FieldsError({"kind": _("Choose an e-mail address or a form.")})
    try:
        if kind == ContactKind.EMAIL:
            validate_email(address)
        else:
            URLValidator(schemes=["https"])(address)
    except ValidationError:
        wrong = (
            _("Enter an address such as abuse@provider.example.")
            if kind == ContactKind.EMAIL
            else _("Enter the whole address of the form, such as https://provider.example/abuse.")
        )
        raise FieldsError({"address": wrong}) from None


def _record(what: str, contact: ProviderContact, user: User, now: datetime) -> None:
    record_event(
        what=what,
        actor=f"user:{user.pk}",
        at=now,
        subject=f"provider:{contact.provider_id}",
        facts={"contact": contact.pk, "kind": contact.kind, "state": contact.state},
    )
