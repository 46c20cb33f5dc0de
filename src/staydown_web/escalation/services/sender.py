"""The settings of who writes: by an administrator, secrets sealed, switched on when it is whole."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.access import has_rank
from staydown_web.base.errors import FieldsError, NotAllowedError
from staydown_web.base.sealing import seal
from staydown_web.escalation.models import Sender
from staydown_web.escalation.selectors.secrets import CONTEXT, NAMES, all_secrets
from staydown_web.escalation.selectors.sender import missing_fields
from staydown_web.escalation.services.ladders import ladders

FIELDS = (
    *("org", "contact_name", "contact_email", "domain", "appeal_email", "postal"),
    *("reply_address", "imap_host", "imap_port", "imap_user", "ladder"),
)
_EMAILS = ("contact_email", "appeal_email", "reply_address")
_HOSTS = ("domain", "imap_host")
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]{1,63}")
_LONGEST = {
    **dict.fromkeys(("org", "contact_name"), 120),
    **dict.fromkeys(("contact_email", "appeal_email", "reply_address", "imap_user"), 254),
    **dict.fromkeys(_HOSTS, 253),
    "postal": 300,
    "ladder": 40,
}
_LONGEST_SECRET = 4096
_LAST_PORT = 65_535


@transaction.atomic
def change_sender(
    *,
    values: Mapping[str, Any],
    secrets: Mapping[str, str] | None = None,
    is_on: bool | None = None,
    user: User,
    now: datetime,
) -> Sender:
    """Change who writes, and whether anything leaves.

    Args:
        values: new values by name, of ``FIELDS``; what is not named stays.
        secrets: new secrets by name, of ``selectors.secrets.NAMES``; empty deletes one.
        is_on: switch on or off; None leaves it.
        user: an administrator.
        now: the moment, aware UTC.

    Raises:
        FieldsError: a value is wrong, or what switching on needs is missing.
        NotAllowedError: not an administrator.
    """
    if not has_rank(user, "admin"):
        raise NotAllowedError("only an administrator changes who writes to providers")
    given = dict(secrets or {})
    cleaned, wrong = _clean(values)
    wrong |= {
        name: _("There is no such secret, or it is too long.")
        for name, value in given.items()
        if name not in NAMES or len(value) > _LONGEST_SECRET
    }
    row = Sender.objects.select_for_update().filter(pk=1).first() or Sender(pk=1)
    was_on = row.is_on
    changed = sorted(name for name, value in cleaned.items() if getattr(row, name) != value)
    for name, value in cleaned.items():
        setattr(row, name, value)
    row.is_on = row.is_on if is_on is None else is_on
    if row.is_on:
        wrong |= {
            name: _("This is needed before anything can leave.")
            for name in missing_fields(row)
            if name not in wrong
        }
    if wrong:
        raise FieldsError(wrong)
    if given:
        _seal(row, given)
    row.changed_at = now
    row.save()
    record_event(
        what="sender_changed",
        actor=f"user:{user.pk}",
        at=now,
        subject="sender:1",
        facts={"fields": changed, "secrets": sorted(given), "is_on": row.is_on, "was_on": was_on},
    )
    return row


def _clean(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    cleaned: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in values.items():
        if name not in FIELDS:
            wrong[name] = _("There is no such setting.")
            continue
        cleaned[name] = value if name == "imap_port" else _one_line(str(value))
        if name in _HOSTS:
            cleaned[name] = cleaned[name].lower()
        why = _why_wrong(name, cleaned[name])
        if why:
            wrong[name] = why
    return cleaned, wrong


def _one_line(text: str) -> str:
    # They stand in headers of mails: no line breaks, no control characters.
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _why_wrong(name: str, value: Any) -> str:
    if name == "imap_port":
        is_port = isinstance(value, int) and 1 <= value <= _LAST_PORT
        return "" if is_port else _("Enter a number from 1 to 65535.")
    if len(value) > _LONGEST[name]:
        return _("Use at most %(n)s characters.") % {"n": _LONGEST[name]}
    wrong = ""
    if value and name == "ladder" and value not in ladders():
        wrong = _("There is no such ladder.")
    elif value and name in _HOSTS and not _HOST.fullmatch(value):
        wrong = _("Enter a name such as helpline.example.")
    elif value and name in _EMAILS and not _is_email(value):
        wrong = _("Enter an e-mail address.")
    return wrong


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def _seal(row: Sender, given: Mapping[str, str]) -> None:
    held = {name: value for name, value in {**all_secrets(), **given}.items() if value}
    row.secrets_box = seal(json.dumps(held).encode(), context=CONTEXT) if held else None
