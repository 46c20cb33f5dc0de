"""Licensed accounts: what a platform says of them, and whether a task's copies come from one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from staydown_web.accounts.models import Platform
from staydown_web.base.sealing import unseal
from staydown_web.review.models import LicensedAccount
from staydown_web.screening.models import Copy


@dataclass(frozen=True, slots=True)
class Licence:
    """One licensed account.

    Attributes:
        id: of its row.
        account: as the platform names it.
        note: what the platform says of it.
        added_at: since when it is on the list.
    """

    id: UUID
    account: str
    note: str
    added_at: datetime


def licences_of(platform: Platform) -> list[Licence]:
    """All licensed accounts of a platform, unsealed, in the order of their names."""
    rows = platform.licensed_accounts.order_by("added_at")
    return sorted(map(_opened, rows), key=lambda one: one.account.casefold())


def licences_behind(copies: Sequence[Copy]) -> list[Licence]:
    """The licensed accounts that copies were uploaded by."""
    pairs = {(copy.platform_id, copy.account_blind) for copy in copies if copy.account_blind}
    rows = LicensedAccount.objects.filter(
        platform__in={platform for platform, _blind in pairs},
        account_blind__in={blind for _platform, blind in pairs},
    )
    return [_opened(row) for row in rows if (row.platform_id, row.account_blind) in pairs]


def _opened(row: LicensedAccount) -> Licence:
    told = json.loads(unseal(row.box, context=f"licensed:{row.pk}"))
    return Licence(row.pk, told["account"], told["note"], row.added_at)
