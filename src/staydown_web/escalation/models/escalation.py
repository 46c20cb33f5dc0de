"""An escalation: one case, one site, a ladder of steps, and the people who signed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import User
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case
from staydown_web.escalation.models.chain import Mapping
from staydown_web.escalation.models.site import Site


class Escalation(models.Model):
    """All that is done so that the services behind a site act on one case's links.

    ``number`` counts up: E-1, E-2, …. ``served_at`` is when the site's notice was proven delivered,
    ``deadline_at`` when its full time was over. ``ladder`` and ``ladder_version`` name the data
    file; ``step`` is the last step whose reports were made (0: none).
    """

    class State(models.TextChoices):
        """How far it got."""

        MAPPING = "mapping", _("Finding the services")
        READY = "ready", _("Reports ready to sign")
        RUNNING = "running", _("Waiting for answers")
        ENDED = "ended", _("The links are gone")
        STOPPED = "stopped", _("Stopped")

    class Stopped(models.TextChoices):
        """Why it stopped."""

        NONE = "", _("None")
        TAKEN_BACK = "taken_back", _("She took her request back")
        OVERTURNED = "overturned", _("The decision was overturned")
        SITE_ANSWERED = "site_answered", _("The site answered and acts")
        LAWFUL = "lawful", _("Seems lawful after all")
        STAFF = "staff", _("Stopped by staff")
        MINOR = "minor", _("Someone shown may have been under 18")
        EXHAUSTED = "exhausted", _("Every step was taken")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.PositiveIntegerField(unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="escalations")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="escalations")
    mapping = models.ForeignKey(
        Mapping, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.MAPPING)
    stopped = models.CharField(max_length=16, choices=Stopped.choices, blank=True)
    ladder = models.CharField(max_length=40)
    ladder_version = models.CharField(max_length=20)
    step = models.PositiveSmallIntegerField(default=0)
    next_step_at = models.DateTimeField(null=True, blank=True)
    served_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["case", "site"],
                condition=~models.Q(state__in=["ended", "stopped"]),
                name="escalation_once_open",
            ),
            models.CheckConstraint(
                condition=models.Q(opened_at__gte=models.F("deadline_at")),
                name="escalation_after_full_time",
            ),
        )
        indexes = (
            models.Index(fields=["state", "next_step_at"], name="escalation_due"),
            # A site or a case can have thousands; both together have a few.
            models.Index(fields=["case", "site"], name="escalation_of_both"),
        )

    def __str__(self) -> str:
        return f"E-{self.number}"


class SignOff(models.Model):
    """One person's signature under one report: two different people, before it leaves.

    ``digest`` is SHA-256 of the bytes that were shown: another text needs new signatures.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    report = models.ForeignKey("escalation.Report", on_delete=models.CASCADE, related_name="signs")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="signs")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["report", "user"], name="sign_once_a_person"),
        )
