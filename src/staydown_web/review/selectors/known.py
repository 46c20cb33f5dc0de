"""What is known of a task and may stand in no text for the public."""

from __future__ import annotations

from staydown_web.review.models import LicensedAccount, Task
from staydown_web.review.selectors.claims import secrets_of
from staydown_web.review.selectors.leaks import Known
from staydown_web.screening.services import account_blind


def known_of(task: Task) -> Known:
    """Names of whoever asked, and the accounts that uploaded; the platform's own name is allowed.

    Accounts are kept as digests alone: each word of a text is compared by its own.
    """
    blinds = {blind for blind in task.copies.values_list("account_blind", flat=True) if blind}
    licensed = LicensedAccount.objects.filter(platform=task.platform_id)
    blinds |= set(licensed.values_list("account_blind", flat=True))
    return Known(
        names=tuple(secrets_of(task)),
        allowed=(task.platform.name,),
        is_account=lambda word: bool(blinds) and account_blind(task.platform_id, word) in blinds,
    )
