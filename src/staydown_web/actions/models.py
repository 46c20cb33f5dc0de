"""What a platform is told to do, how it was delivered, and what it answered."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import Platform
from staydown_web.base.ids import new_id
from staydown_web.review.models import Decision
from staydown_web.screening.models import Copy


class Order(models.Model):
    """One thing for the platform to do with one copy. Its answer becomes part of the case."""

    class What(models.TextChoices):
        """The four actions."""

        BLOCK = "block", _("Block")
        HOLD = "hold", _("Hold")
        REMOVE = "remove", _("Remove")
        RESTORE = "restore", _("Restore")

    class State(models.TextChoices):
        """How far it got."""

        WAITING = "waiting", _("Waiting for the platform")
        DONE = "done", _("Done")
        FAILED = "failed", _("The platform could not do it")
        CANCELLED = "cancelled", _("Taken back before it was sent")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    seq = models.BigIntegerField(unique=True)
    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="orders")
    copy = models.ForeignKey(Copy, on_delete=models.CASCADE, related_name="orders")
    decision = models.ForeignKey(
        Decision, on_delete=models.SET_NULL, null=True, blank=True, related_name="orders"
    )
    what = models.CharField(max_length=8, choices=What.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True)


class Endpoint(models.Model):
    """Where a platform receives webhooks. ``secret_box`` has the context ``endpoint:<id>``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="endpoints")
    url = models.CharField(max_length=500)
    secret_box = models.BinaryField()
    is_active = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True, blank=True)


class Delivery(models.Model):
    """One webhook message; its id is the ``webhook-id``, the same at each try."""

    class State(models.TextChoices):
        """How far it got."""

        DUE = "due", _("Waiting")
        SENT = "sent", _("Delivered")
        DEAD = "dead", _("Given up")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(db_index=True)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)


class Attempt(models.Model):
    """One try of a delivery: when, what status or error code, how long."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    duration_ms = models.PositiveIntegerField()
