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


class Import(models.Model):
    """A list of entries that was brought in at once; none of them counts before all are there."""

    class State(models.TextChoices):
        """How far it got."""

        LOADING = "loading", _("Loading")
        DONE = "done", _("Done")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="imports")
    digest = models.CharField(max_length=64, help_text="blind digest of the list")
    state = models.CharField(max_length=8, choices=State.choices, default=State.LOADING)
    count = models.PositiveIntegerField(default=0)
    actor = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["bank", "digest"],
                condition=models.Q(state="loading"),
                name="import_once_at_a_time",
            ),
        )


class Entry(models.Model):
    """One reported photo or video in a bank: its sealed fingerprint and its state.

    ``box`` is the canonical binary fingerprint, sealed in the context ``entry:<id>``. ``blind`` is
    a keyed digest of the same bytes, so that several claims share one entry; half of it is enough
    to tell them apart, and half the index. ``account_scope`` is a
    blind digest of the account a lawful entry speaks for. An entry ``is_exact_only`` when it is too
    plain, or too like harmless pictures, to stand for anything but the same bytes.
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
        EXCHANGE = "exchange", _("From a partner's list")
        MEMBER = "member", _("From another installation")
        CLIENT = "client", _("Added by a program")

    class ContentKind(models.TextChoices):
        """Photo or video."""

        PHOTO = "photo", _("Picture")
        VIDEO = "video", _("Video")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="entries", db_index=False)
    content_kind = models.CharField(max_length=8, choices=ContentKind.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.SEED)
    origin = models.CharField(max_length=12, choices=Origin.choices)
    box = models.BinaryField(null=True)
    blind = models.CharField(max_length=32, help_text="the first half of the digest")
    is_exact_only = models.BooleanField(default=False)
    collisions = models.PositiveIntegerField(default=0)
    quarantined_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    account_scope = models.CharField(max_length=64, blank=True)
    batch = models.ForeignKey(
        Import, on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(help_text="the latest claim; a lawful entry must be later")
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
        indexes = (
            models.Index(fields=["bank", "state"], name="entry_bank_state"),
            models.Index(
                fields=["expires_at"],
                condition=models.Q(expires_at__isnull=False),
                name="entry_expires",
            ),
        )


class EntryChange(models.Model):
    """What happened to an entry, an import or a bank, in order.

    The history of an entry, and what segments are brought up by: ``seq`` grows in the order in
    which transactions end, because each holds the chain of the audit when it writes here.
    """

    class What(models.TextChoices):
        """What happened."""

        ADDED = "added", _("Added")
        IMPORTED = "imported", _("Imported")
        CONFIRMED = "confirmed", _("Confirmed")
        UNCONFIRMED = "unconfirmed", _("Confirmation taken back")
        DISPUTED = "disputed", _("Disputed")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        QUARANTINED = "quarantined", _("Quarantined")
        RELEASED = "released", _("Released from quarantine")
        POLICY = "policy", _("Policy changed")
        SHARED = "shared", _("Claimed once more")
        SETTLED = "settled", _("Doubt ended")
        RENEWED = "renewed", _("Renewed")
        ALIKE = "alike", _("Agrees in part with a picture that was closed")

    seq = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(
        Entry, on_delete=models.CASCADE, null=True, blank=True, related_name="changes"
    )
    batch = models.ForeignKey(
        Import, on_delete=models.CASCADE, null=True, blank=True, related_name="changes"
    )
    bank = models.ForeignKey(Bank, on_delete=models.CASCADE, related_name="changes")
    what = models.CharField(max_length=20, choices=What.choices)
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    reason = models.CharField(max_length=200, blank=True)
