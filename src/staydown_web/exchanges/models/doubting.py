"""What a partner doubts though a person here has confirmed it."""

from __future__ import annotations

from django.db import models

from staydown_web.banks.models import Entry
from staydown_web.exchanges.models.exchange import Exchange


class Doubt(models.Model):
    """The partner of a list disputes an entry that somebody here has confirmed: who looks again?

    The entry goes on counting until a person decides. ``looked_at``: somebody had a second look,
    and it stays. Another key of the partner's that disputes it asks again, and so does a later
    doubt: the row goes when no key disputes it any more.
    """

    id = models.BigAutoField(primary_key=True)
    exchange = models.ForeignKey(Exchange, on_delete=models.CASCADE, related_name="doubts")
    entry = models.OneToOneField(Entry, on_delete=models.CASCADE, related_name="doubt")
    at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True)
