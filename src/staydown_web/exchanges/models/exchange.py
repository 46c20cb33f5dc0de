"""A partner whose list we read, and each time that we read it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.banks.models import Bank
from staydown_web.base.ids import new_id
from staydown_web.exchanges.partners.wire import Kind


class Exchange(models.Model):
    """One list of one partner, with a bank of its own.

    ``config`` holds what is no secret. ``secrets_box`` (context ``exchange-secrets:<id>``) and
    ``checkpoint_box`` (context ``exchange-checkpoint:<id>``) are sealed. ``policy`` is what the
    bank does once the exchange is on; while it is tried out, the bank only logs. ``tells`` names
    the kinds of feedback that are switched on. ``pass_no`` counts passes over the whole list.
    ``listed`` and ``withdrawn`` count keys; ``left_out`` those listed with nothing that we can use.
    """

    class State(models.TextChoices):
        """Off: not read, nothing counts. Trial: read, matches are only noted. On: as its policy."""

        OFF = "off", _("Off")
        TRIAL = "trial", _("On trial")
        ON = "on", _("On")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=80, unique=True)
    bank = models.OneToOneField(Bank, on_delete=models.PROTECT, related_name="exchange")
    config = models.JSONField(default=dict)
    secrets_box = models.BinaryField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OFF)
    policy = models.JSONField(default=dict)
    is_trusted = models.BooleanField(default=False, help_text="entries come confirmed")
    is_trust_settled = models.BooleanField(
        default=True, help_text="entries from before are as the trust wants them"
    )
    contributes = models.BooleanField(default=False, help_text="our entries go there")
    tells = models.JSONField(default=list)
    every_s = models.PositiveIntegerField(default=900)
    checkpoint_box = models.BinaryField(null=True)
    pass_no = models.PositiveIntegerField(default=0)
    is_pass_ended = models.BooleanField(default=False, help_text="what it lacked is to go")
    listed = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    fetched_at = models.DateTimeField(null=True, blank=True, help_text="last complete fetch")
    failures = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    is_stopped = models.BooleanField(default=False, help_text="until somebody has acted")
    claimed_until = models.DateTimeField(null=True, blank=True)
    claim = models.CharField(max_length=43, blank=True, help_text="of the worker that fetches")
    made_at = models.DateTimeField()
    state_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True, help_text="gone when all is withdrawn")

    class Meta:
        indexes = (models.Index(fields=["state", "next_try_at"], name="exchange_due"),)

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """One fetch: what came until there was no more, or until it failed."""

    id = models.BigAutoField(primary_key=True)
    exchange = models.ForeignKey(Exchange, on_delete=models.CASCADE, related_name="runs")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    pages = models.PositiveIntegerField(default=0)
    records = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    disputed = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    stale = models.PositiveIntegerField(default=0, help_text="older than what was known")
    left_out = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = (models.Index(fields=["exchange", "began_at"], name="run_exchange_began"),)
