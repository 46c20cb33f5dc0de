"""A notifier who was warned for notices that were plainly false, and may be suspended. ADR-0055."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import Team, User
from staydown_web.base.ids import new_id
from staydown_web.cases.models.case import Case


class Suspension(models.Model):
    """A warning, and what came of it: of one confirmed address, or of one helpline's account.

    ``blind`` is that of ``Contact``: the address cannot be read from it. Never an address of the
    network, never a device. ``text_box``, ``appeal_box`` and ``answer_box`` are sealed under the
    installation's key (contexts ``suspension-text:<id>``, ``suspension-appeal:<id>``,
    ``suspension-answer:<id>``). ``refused`` of ``filed`` notices had been refused when the warning
    was written.
    """

    class State(models.TextChoices):
        """How far it got."""

        WARNED = "warned", _("Warned")
        SUSPENDED = "suspended", _("Suspended")
        LIFTED = "lifted", _("Lifted")
        ENDED = "ended", _("Ended")

    class Appeal(models.TextChoices):
        """What became of the notifier's own complaint about it."""

        NONE = "", _("None")
        OPEN = "open", _("Waiting")
        STANDS = "stands", _("The suspension stays")
        LIFTED = "lifted", _("Lifted")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    blind = models.CharField(max_length=64, blank=True, db_index=True)
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="suspensions"
    )
    case = models.ForeignKey(Case, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WARNED)
    text_box = models.BinaryField(null=True)
    filed = models.PositiveSmallIntegerField()
    refused = models.PositiveSmallIntegerField()
    warned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    warned_at = models.DateTimeField()
    asked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    granted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    suspended_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(help_text="when the warning, then the suspension, ends by itself")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    appeal = models.CharField(max_length=8, choices=Appeal.choices, blank=True)
    appeal_box = models.BinaryField(null=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_box = models.BinaryField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(blind="", team__isnull=False)
                | (~models.Q(blind="") & models.Q(team__isnull=True)),
                name="suspension_of_one_notifier",
            ),
            models.UniqueConstraint(
                fields=["blind"],
                condition=models.Q(state__in=["warned", "suspended"]) & ~models.Q(blind=""),
                name="suspension_once_an_address",
            ),
            models.UniqueConstraint(
                fields=["team"],
                condition=models.Q(state__in=["warned", "suspended"], team__isnull=False),
                name="suspension_once_a_team",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="suspended")
                | models.Q(
                    granted_by__isnull=False,
                    asked_by__isnull=False,
                    suspended_at__gt=models.F("warned_at"),
                ),
                name="suspension_after_a_warning",
            ),
            models.CheckConstraint(
                condition=models.Q(granted_by__isnull=True)
                | ~models.Q(granted_by=models.F("asked_by")),
                name="suspension_by_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_by__isnull=True)
                | (
                    ~models.Q(answered_by=models.F("asked_by"))
                    & ~models.Q(answered_by=models.F("granted_by"))
                ),
                name="suspension_appeal_by_another",
            ),
        )
        indexes = (models.Index(fields=["state", "until"], name="suspension_until"),)
