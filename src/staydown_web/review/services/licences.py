"""The list of licensed accounts of a platform: added to and taken from by administrators."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from staydown_web.accounts.models import Platform, User
from staydown_web.audit.services import record_event
from staydown_web.base.errors import FieldsError, RecordNotFoundError
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal
from staydown_web.review.models import LicensedAccount
from staydown_web.screening.services import account_blind


@transaction.atomic
def add_licence(
    *, platform: Platform, account: str, note: str, user: User, now: datetime
) -> LicensedAccount:
    """Put an account on the list. It changes no verdict: a reviewer sees it as a hint.

    Raises:
        FieldsError: it is on the list already.
    """
    made = LicensedAccount(
        id=new_id(),
        platform=platform,
        account_blind=account_blind(platform.pk, account),
        added_by=user,
        added_at=now,
    )
    told = {"account": account, "note": note}
    made.box = seal(json.dumps(told).encode(), context=f"licensed:{made.pk}")
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        raise FieldsError({"account": "this account is on the list already"}) from None
    _record("licence_added", made, user, now)
    return made


@transaction.atomic
def remove_licence(*, platform: Platform, licence_id: UUID, user: User, now: datetime) -> None:
    """Take an account off the list.

    Raises:
        RecordNotFoundError: it is not on the list of this platform.
    """
    found = platform.licensed_accounts.filter(pk=licence_id).first()
    if found is None:
        raise RecordNotFoundError("this account is not on the list")
    _record("licence_removed", found, user, now)
    found.delete()


def _record(what: str, licence: LicensedAccount, user: User, now: datetime) -> None:
    record_event(
        what=what,
        actor=f"user:{user.pk}",
        at=now,
        subject=f"licence:{licence.pk}",
        facts={"platform": licence.platform_id},
    )
