"""Banks, their entries, and what happened to each entry."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.base.ids import new_id


class Response(models.TextChoices):
    """What a kind of match does to an upload."""

    LOG = "log", _("Note it, let it through")
    HOLD = "hold", _("Hold it for a person")
    BLOCK = "block", _("Block it")


class Bank(models.Model):
    """A named set of entries handled alike.

    A seed never does more than hold, whatever the policy says. A lawful bank is negative: its
    entries are known to be lawful within their scope.
    """

    class Kind(models.TextChoices):
        """What its entries stand for."""

        REPORTED = "reported", _("Reported")
        LAWFUL = "lawful", _("Known to be lawful")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.REPORTED)
    on_identical = models.CharField(max_length=8, choices=Response.choices, default=Response.BLOCK)
    on_same = models.CharField(max_length=8, choices=Response.choices, default=Response.BLOCK)
    on_part = models.CharField(max_length=8, choices=Response.choices, default=Response.HOLD)
    on_altered = models.CharField(max_length=8, choices=Response.choices, default=Response.LOG)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Entry(models.Model):
    """One reported photo or video in a bank: its sealed fingerprint and its state.

    ``box`` is the canonical binary fingerprint, sealed in the context ``entry:<id>``. ``blind`` is
    a keyed digest of the same bytes, so that several claims share one entry.
    """

    class State(models.TextChoices):
        """Seed: claimed by someone. Confirmed: a person looked at the platform's own copy."""

        SEED = "seed", _("Seed")
        CONFIRMED = "confirmed", _("Confirmed")
        DISPUTED = "disputed", _("Disputed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Origin(models.TextChoices):
        """Where the fingerprint came from."""

        NOTICE = "notice", _("Made by the person")
        COPY = "copy", _("Made from the platform's copy")
        IMPORT = "import", _("Imported")

    class ContentKind(models.TextChoices):
        """Photo or video."""

        PHOTO = "photo", _("Picture")
        VIDEO = "video", _("Video")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="entries")
    content_kind = models.CharField(max_length=8, choices=ContentKind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.SEED)
    origin = models.CharField(max_length=12, choices=Origin.choices)
    box = models.BinaryField(null=True)
    blind = models.CharField(max_length=64, db_index=True)
    collisions = models.PositiveIntegerField(default=0)
    quarantined_at = models.DateTimeField(null=True, blank=True)
    account_scope = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["bank", "blind"],
                condition=~models.Q(state="withdrawn"),
                name="entry_once_a_bank",
            ),
            models.CheckConstraint(
                condition=models.Q(state="withdrawn") | models.Q(box__isnull=False),
                name="entry_living_has_fingerprint",
            ),
        )
        indexes = (models.Index(fields=["bank", "state"], name="entry_bank_state"),)


class EntryChange(models.Model):
    """What happened to an entry, in order: its history, and what the segments are brought up by."""

    seq = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="changes")
    what = models.CharField(max_length=20)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    reason = models.CharField(max_length=200, blank=True)
