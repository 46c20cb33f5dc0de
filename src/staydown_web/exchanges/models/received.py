"""What a partner says of each of its records, and which entry stands for it here."""

from __future__ import annotations

from django.db import models

from staydown_web.banks.models import Entry
from staydown_web.exchanges.models.exchange import Exchange


class Received(models.Model):
    """One signal of one record of a partner's list, under the blind digest of exchange and key.

    A record of several signals has several rows, told apart by ``part``; one without any that we
    can use has one row without an entry. A withdrawn key stays, so that an older listing that
    arrives late does not bring it back. ``key_box`` is the partner's key, sealed in the context
    ``received:<blind>``: feedback names it. ``told`` is the last verdict they were told.
    """

    class State(models.TextChoices):
        """What the partner says of it."""

        LISTED = "listed"
        WITHDRAWN = "withdrawn"
        DISPUTED = "disputed"

    id = models.BigAutoField(primary_key=True)
    exchange = models.ForeignKey(
        Exchange, on_delete=models.CASCADE, related_name="received", db_index=False
    )
    blind = models.CharField(max_length=32, help_text="the first half of the digest")
    part = models.PositiveSmallIntegerField(default=0)
    entry = models.ForeignKey(
        Entry, on_delete=models.SET_NULL, null=True, blank=True, related_name="received"
    )
    state = models.CharField(max_length=9, choices=State.choices)
    key_box = models.BinaryField()
    at = models.DateTimeField(null=True, blank=True, help_text="by the partner's clock")
    pass_no = models.PositiveIntegerField(default=0)
    signals = models.CharField(max_length=16, blank=True, help_text="blind digest of them")
    told = models.CharField(max_length=12, blank=True, default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["blind", "part"], name="received_once_a_part"),
        )
        # Rows come in the order of this one, so that a page of a list changes its end alone.
        indexes = (models.Index(fields=["exchange", "pass_no"], name="received_pass"),)
