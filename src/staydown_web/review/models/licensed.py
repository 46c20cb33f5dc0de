"""Accounts that a platform says may show a person's work."""

from __future__ import annotations

from django.db import models

from staydown_web.accounts.models import Platform, User
from staydown_web.base.ids import new_id


class LicensedAccount(models.Model):
    """An account with a licence, such as a performer's own page: a hint, which decides nothing.

    ``account_blind`` is the digest that copies carry; ``box`` (sealed, context ``licensed:<id>``,
    JSON) holds the account as it was typed and what the platform says of it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    platform = models.ForeignKey(
        Platform, on_delete=models.CASCADE, related_name="licensed_accounts"
    )
    account_blind = models.CharField(max_length=64)
    box = models.BinaryField()
    added_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    added_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["platform", "account_blind"], name="licensed_account_once_a_platform"
            ),
        )
