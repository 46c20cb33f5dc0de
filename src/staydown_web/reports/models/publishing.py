"""What a platform shows to everybody: its notice, and the numbers of periods that are over."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import Platform
from staydown_web.base.ids import new_id
from staydown_web.review.models import Task


class PublicPages(models.Model):
    """What an administrator chose for the public pages of one platform.

    ``counts_from`` is where the first period begins; a change of ``unit`` holds for periods that
    have not begun to be counted, never for one that was published. ``contact`` is shown to people
    who have a question; empty: the legal mail of the platform.
    """

    class Unit(models.TextChoices):
        """How long a period is."""

        MONTH = "month", _("Every month")
        QUARTER = "quarter", _("Every three months")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    platform = models.OneToOneField(Platform, on_delete=models.CASCADE, related_name="public_pages")
    is_report_public = models.BooleanField(default=True)
    unit = models.CharField(max_length=8, choices=Unit.choices, default=Unit.QUARTER)
    counts_from = models.DateField()
    contact = models.CharField(max_length=300, blank=True)


class PublishedPeriod(models.Model):
    """The numbers of one period, as they are shown: small ones are gone from here too.

    Never changed once it is made: two versions of one period could be subtracted from each other.
    ``numbers`` has the shape of ``reports.services.counting``; ``ends_on`` is the last day.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    pages = models.ForeignKey(PublicPages, on_delete=models.CASCADE, related_name="periods")
    starts_on = models.DateField()
    ends_on = models.DateField()
    numbers = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["pages", "starts_on"], name="period_once"),
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")), name="period_has_days"
            ),
        )
        indexes = (models.Index(fields=["pages", "-starts_on"], name="period_latest"),)


class LegalAlert(models.Model):
    """A task was closed because someone shown may be under 18: the platform's contact is told.

    One row a task, so that nobody is told twice. It holds nothing of the case.
    """

    class State(models.TextChoices):
        """How far it got."""

        DUE = "due", _("Waiting")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Given up")
        NOBODY = "nobody", _("No contact is set")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task = models.OneToOneField(Task, on_delete=models.CASCADE, related_name="legal_alert")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=["state", "next_try_at"], name="legal_alert_due"),)
