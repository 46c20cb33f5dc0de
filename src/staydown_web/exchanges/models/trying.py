"""What a list would have matched: counts of a dry run over uploads that were kept for it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import Platform
from staydown_web.banks.models import Entry
from staydown_web.base.ids import new_id
from staydown_web.exchanges.models.exchange import Exchange


class DryRun(models.Model):
    """One dry run of a list. It holds counts, and nothing by which an upload could be told.

    ``policy`` is what the list would have done, as it stood when the run was asked for. ``most`` is
    how many uploads there were to look at, ``looked`` how many were.
    """

    class State(models.TextChoices):
        """How far it got."""

        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Working")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    exchange = models.ForeignKey(Exchange, on_delete=models.CASCADE, related_name="dry_runs")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    policy = models.JSONField(default=dict)
    most = models.PositiveIntegerField(default=0)
    looked = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["exchange"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="dry_run_one_at_a_time",
            ),
        )


class DryRunDay(models.Model):
    """A platform's day within a dry run, and how far it got in it.

    ``seen`` and ``kept`` are those of the day when the run was asked for. ``after_lot`` is where
    the next piece begins. ``distances`` counts by bits between hashes: ``{"0": 3, "8": 1}``.
    """

    run = models.ForeignKey(DryRun, on_delete=models.CASCADE, related_name="days")
    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    seen = models.PositiveBigIntegerField()
    other = models.PositiveBigIntegerField()
    kept = models.PositiveIntegerField()
    after_lot = models.BigIntegerField(default=-1)
    is_done = models.BooleanField(default=False)
    looked = models.PositiveIntegerField(default=0)
    logged = models.PositiveIntegerField(default=0)
    held = models.PositiveIntegerField(default=0)
    blocked = models.PositiveIntegerField(default=0)
    kinds = models.JSONField(default=dict)
    distances = models.JSONField(default=dict)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["run", "platform", "day"], name="dry_run_day_once_a_platform"
            ),
        )


class DryRunEntry(models.Model):
    """How many uploads an entry of the list would have matched within a dry run."""

    run = models.ForeignKey(DryRun, on_delete=models.CASCADE, related_name="entries")
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="+")
    uploads = models.PositiveIntegerField(default=0)
    nearest = models.PositiveSmallIntegerField(help_text="bits")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["run", "entry"], name="dry_run_entry_once_a_run"),
        )
        indexes = (models.Index(fields=["run", "-uploads"], name="dry_run_entry_most"),)
