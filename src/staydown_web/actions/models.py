"""What a platform is told to do, how it was delivered, and what it answered."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import Platform
from staydown_web.base.ids import new_id
from staydown_web.review.models import Decision
from staydown_web.screening.models import Copy


class Order(models.Model):
    """One thing for the platform to do with one copy. Its answer becomes part of the case.

    ``seq`` grows by one over all orders, in the order in which they become visible: a program that
    asks for orders after the last it saw misses none. ``number`` is 2 where a reviewer ordered the
    same again, because the platform could not do it. ``seen_at`` is when the platform was first
    sent it or shown it. ``answer_box`` (sealed, context ``order:<id>``) holds what it wrote.
    """

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
    number = models.PositiveSmallIntegerField(default=1, db_default=1)
    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="orders")
    copy = models.ForeignKey(Copy, on_delete=models.CASCADE, related_name="orders")
    decision = models.ForeignKey(
        Decision, on_delete=models.SET_NULL, null=True, blank=True, related_name="orders"
    )
    what = models.CharField(max_length=8, choices=What.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=40, blank=True)
    made_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_box = models.BinaryField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["copy", "decision", "what", "number"],
                name="order_once_a_copy_decision_and_number",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "cancelled"])
                | models.Q(answered_at__isnull=False),
                name="order_answered_has_moment",
            ),
        )
        indexes = (models.Index(fields=["platform", "seq"], name="order_platform_seq"),)


class OrderCount(models.Model):
    """The last number given to an order; its row makes them visible in their order."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="order_count_one_row"),
        )


class Endpoint(models.Model):
    """Where a platform receives webhooks.

    ``url_box`` has the context ``endpoint-url:<id>``, the secrets ``endpoint:<id>``. For a day
    after a change both secrets sign. ``failing_since`` is the first failure after a success.
    While ``behind_since`` is set, the worker makes messages of what was missed.
    """

    class Ended(models.TextChoices):
        """Why nothing is sent there any more."""

        STAFF = "staff", _("Switched off here")
        FAILING = "failing", _("No answer for days")
        GONE = "gone", _("It answered that it is gone")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="endpoints")
    url_box = models.BinaryField()
    secret_box = models.BinaryField()
    old_secret_box = models.BinaryField(null=True)
    old_secret_until = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True, blank=True)
    ended = models.CharField(max_length=8, choices=Ended.choices, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    alerted_at = models.DateTimeField(null=True, blank=True)
    behind_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(is_active=True, ended="") | models.Q(is_active=False),
                name="endpoint_active_has_not_ended",
            ),
        )


class Parcel(models.Model):
    """Something for a platform that is no order, such as a statement of reasons to hand on.

    ``what`` is the type of its message; ``box`` (sealed, context ``parcel:<id>``) holds the JSON of
    the message's data. ``subject`` says in the audit's words what it is about.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="parcels")
    what = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    box = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["what", "subject"], name="parcel_once_a_subject"),
        )


class Delivery(models.Model):
    """One webhook message; its id is the ``webhook-id``, the same at each try.

    A delivery with neither order nor parcel is a test message.
    """

    class State(models.TextChoices):
        """How far it got."""

        DUE = "due", _("Waiting")
        SENT = "sent", _("Delivered")
        DEAD = "dead", _("Given up")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    order = models.ForeignKey(
        Order, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    parcel = models.ForeignKey(
        Parcel, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries"
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["endpoint", "order"],
                condition=models.Q(order__isnull=False),
                name="delivery_once_an_endpoint_and_order",
            ),
            models.UniqueConstraint(
                fields=["endpoint", "parcel"],
                condition=models.Q(parcel__isnull=False),
                name="delivery_once_an_endpoint_and_parcel",
            ),
            models.CheckConstraint(
                condition=models.Q(order__isnull=True) | models.Q(parcel__isnull=True),
                name="delivery_of_one_thing",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(state="due"),
                name="delivery_due",
            ),
        )


class Attempt(models.Model):
    """One try of a delivery: when, what status or error code, how long."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    duration_ms = models.PositiveIntegerField()
