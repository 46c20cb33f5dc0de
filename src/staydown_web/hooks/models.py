"""Hooks: who asks before storing, what a failure means there, and how often each was answered."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import ApiKey
from staydown_web.base.ids import new_id


class Hook(models.Model):
    """One place where another server asks about an upload.

    Its secret is an API key of its own, with the scope ``check`` alone: so it is kept as a digest,
    counted, limited and revoked as every key is. ``on_failure`` says what to answer where no check
    could be made; nothing chooses it but a person. ``on_hold`` says what a hold means to a caller
    that can only store or refuse. ``failed_open`` and ``failed_closed`` count the failures.
    ``bucket_box`` (sealed, context ``hook:<id>``) holds address and credentials of a bucket.
    """

    class Kind(models.TextChoices):
        """Who calls; also a part of the address."""

        PICT_RS = "pict-rs", _("pict-rs (Lemmy)")
        WEBHOOK = "webhook", _("Another program")
        GUARD = "guard", _("A guard in front of an app")
        BUCKET = "bucket", _("A bucket (S3)")
        CHAT = "chat", _("Public chat rooms")

    class Failure(models.TextChoices):
        """What is answered where no check could be made."""

        OPEN = "open", _("Open: it is stored unchecked")
        CLOSED = "closed", _("Closed: it is refused")

    class Hold(models.TextChoices):
        """What a hold means to a caller that knows two answers."""

        STORE = "store", _("Store it; reviewers look at it")
        REFUSE = "refuse", _("Refuse it")

    class Refusal(models.TextChoices):
        """What becomes of an object in a bucket that is refused."""

        QUARANTINE = "quarantine", _("Moved away, under staydown-quarantine/")
        DELETE = "delete", _("Deleted")
        TAG = "tag", _("Tagged, as all objects are: the bucket shows what passed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.OneToOneField(ApiKey, on_delete=models.CASCADE, related_name="hook")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    on_failure = models.CharField(max_length=6, choices=Failure.choices)
    on_hold = models.CharField(max_length=6, choices=Hold.choices)
    on_refuse = models.CharField(max_length=10, choices=Refusal.choices, blank=True)
    max_bytes = models.PositiveBigIntegerField()
    wait_s = models.PositiveSmallIntegerField()
    takes_private = models.BooleanField(default=False)
    bucket_box = models.BinaryField(null=True)
    passed = models.PositiveBigIntegerField(default=0)
    held = models.PositiveBigIntegerField(default=0)
    stopped = models.PositiveBigIntegerField(default=0)
    failed_open = models.PositiveBigIntegerField(default=0)
    failed_closed = models.PositiveBigIntegerField(default=0)
    last_failure = models.CharField(max_length=40, blank=True)
    last_failure_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(on_failure__in=["open", "closed"]), name="hook_failure_chosen"
            ),
            models.CheckConstraint(
                condition=models.Q(on_hold__in=["store", "refuse"]), name="hook_hold_chosen"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="bucket", bucket_box__isnull=False)
                & ~models.Q(on_refuse="")
                | ~models.Q(kind="bucket") & models.Q(bucket_box__isnull=True, on_refuse=""),
                name="hook_bucket_has_its_own",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="chat") | models.Q(takes_private=False),
                name="hook_private_in_chats_alone",
            ),
        )

    def __str__(self) -> str:
        return f"hook:{self.pk}"


class BucketObject(models.Model):
    """One version of one object in a bucket, from its event until it was dealt with.

    ``blind`` is a keyed digest of name and version, so that an event that comes twice is one row.
    ``box`` (sealed, context ``object:<id>``) holds the name; it goes when the row is done.
    """

    class State(models.TextChoices):
        """How far it got."""

        DUE = "due", _("Waiting")
        PASSED = "passed", _("Passed")
        HELD = "held", _("Held")
        STOPPED = "stopped", _("Stopped")
        FAILED = "failed", _("Not checked")
        GONE = "gone", _("No longer there")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    hook = models.ForeignKey(Hook, on_delete=models.CASCADE, related_name="objects_seen")
    blind = models.CharField(max_length=64)
    box = models.BinaryField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["hook", "blind"], name="bucket_object_once"),
            models.CheckConstraint(
                condition=models.Q(state="due", done_at__isnull=True, box__isnull=False)
                | ~models.Q(state="due") & models.Q(done_at__isnull=False, box__isnull=True),
                name="bucket_object_done_has_moment",
            ),
        )
        indexes = (
            models.Index(fields=["state", "next_try_at"], name="bucket_object_due"),
            models.Index(fields=["done_at"], name="bucket_object_done"),
        )
