"""Copies of banks that programs near platforms may hold, and who agreed to each."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import ApiKey, Approval, Platform, User
from staydown_web.banks.models import Bank
from staydown_web.base.ids import new_id


class Replica(models.Model):
    """One agreement on one local copy. It counts as a dump of the banks that it names.

    ``public_key`` is that of the program (X25519, hex): what is sent to it opens with its private
    key alone. ``lock_box`` is the hub's half of the key of the copy on its disk, sealed in the
    context ``replica:<id>``; where it is gone, nobody can open that copy again. Nothing of what was
    agreed is ever changed: for something else, another agreement is made.
    """

    class State(models.TextChoices):
        """How far it got."""

        ASKED = "asked", _("Waiting for two people")
        ACTIVE = "active", _("In use")
        ENDED = "ended", _("Ended")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="replicas")
    name = models.CharField(max_length=120)
    banks = models.ManyToManyField(Bank, related_name="replicas")
    public_key = models.CharField(max_length=64)
    reason = models.CharField(max_length=500)
    days = models.PositiveSmallIntegerField()
    stale_hours = models.PositiveSmallIntegerField()
    sees_details = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    first_approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="+")
    second_approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="+")
    api_key = models.OneToOneField(
        ApiKey, on_delete=models.PROTECT, null=True, blank=True, related_name="replica"
    )
    lock_box = models.BinaryField(null=True)
    started_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    seen_at = models.DateTimeField(null=True, blank=True)
    seen_seq = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(state="active")
                | models.Q(api_key__isnull=False, lock_box__isnull=False, expires_at__isnull=False),
                name="replica_active_is_whole",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="ended") | models.Q(lock_box__isnull=True),
                name="replica_ended_has_no_lock",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def is_in_use(self, now: datetime) -> bool:
        """Whether its program may read at this moment."""
        return (
            self.state == self.State.ACTIVE
            and self.expires_at is not None
            and self.expires_at > now
        )
