"""What the setup pages write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from staydown_web.accounts.models import Platform, ServiceSettings
from staydown_web.accounts.selectors import default_platform
from staydown_web.accounts.services.platforms import save_platform
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank
from staydown_web.banks.services import default_bank, set_policy


@transaction.atomic
def save_site(*, answers: dict[str, Any], actor: str, now: datetime) -> Platform:
    """Store the second step: the platform, and the policy while the bank is still empty."""
    platform = default_platform()
    bank = default_bank(now)
    saved = save_platform(
        platform_id=platform.pk if platform else None,
        name=answers["name"],
        public_url=answers["media_origins"][0],
        legal_email=answers["legal_email"],
        minors_contact=answers["legal_email"],
        media_origins=answers["media_origins"],
        regimes=answers["laws"],
        size=answers["size"],
        is_default=True,
        actor=actor,
        now=now,
    )
    policy = answers["policy"]
    if may_set_policy(bank) and policy_of(bank) != policy:
        set_policy(bank=bank, actor=actor, now=now, on_identical=policy, on_same=policy)
    ServiceSettings.objects.filter(pk=1).update(name=answers["name"])
    return saved


@transaction.atomic
def finish_setup(*, actor: str, now: datetime) -> bool:
    """Note that setting up is done.

    Returns:
        False where it was done before.
    """
    ServiceSettings.objects.get_or_create(id=1)
    rows = ServiceSettings.objects.filter(id=1, setup_done_at__isnull=True)
    if not rows.update(setup_done_at=now):
        return False
    record_event(what="setup_done", actor=actor, at=now)
    return True


def may_set_policy(bank: Bank) -> bool:
    """Whether one person may: while nothing is in the bank. Later it takes two."""
    return not bank.entries.exists()


def policy_of(bank: Bank | None) -> str:
    """What the bank does with confirmed copies of the same picture."""
    return str(bank.on_same) if bank else "block"
