"""Copies on a platform, and the hits that tie them to entries. No media, no open address."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import ApiKey, Platform
from staydown_web.banks.models import Entry
from staydown_web.base.ids import new_id


class Verdict(models.TextChoices):
    """What the platform is told at once."""

    CLEAR = "clear", _("Clear")
    HOLD = "hold", _("Hold")
    BLOCK = "block", _("Block")


class Copy(models.Model):
    """One piece of content on a platform that is like an entry, or that a notice points at.

    ``group`` is a blind digest of the content's exact bytes: identical copies share a decision.
    ``content_ref`` is the platform's own id for it. ``repeats`` counts checks of the very same
    content after the first. ``url_box`` is the sealed address on one of the
    platform's media origins, in the context ``copy:<id>``.
    """

    class Source(models.TextChoices):
        """How we came to know of it."""

        UPLOAD = "upload", _("Upload")
        LIBRARY = "library", _("Library")
        NOTICE = "notice", _("Notice")

    class State(models.TextChoices):
        """What holds for it on the platform now."""

        SEEN = "seen", _("Seen")
        HELD = "held", _("Held")
        BLOCKED = "blocked", _("Blocked")
        REMOVED = "removed", _("Removed")
        RESTORED = "restored", _("Restored")
        GONE = "gone", _("No longer there")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # Each index costs every finding a page; those that another one covers are left out.
    platform = models.ForeignKey(
        Platform, on_delete=models.CASCADE, related_name="copies", db_index=False
    )
    source = models.CharField(max_length=8, choices=Source.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    group = models.CharField(max_length=64, db_index=True)
    content_ref = models.CharField(max_length=200, blank=True)
    account_blind = models.CharField(max_length=64, blank=True)
    url_box = models.BinaryField(null=True)
    content_kind = models.CharField(max_length=8, choices=Entry.ContentKind.choices, blank=True)
    check_id = models.UUIDField(null=True, blank=True, db_index=True)
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.SET_NULL, null=True, blank=True, db_index=False
    )
    repeats = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField()
    state_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["platform", "state"], name="copy_platform_state"),
            models.Index(
                fields=["seen_at"], condition=models.Q(state="blocked"), name="copy_blocked_seen"
            ),
        )


OWN_REASON = "The entry was made of this copy."


class Hit(models.Model):
    """A match stored against real content: which entry, what kind, how sure, and where.

    ``evidence`` is geometry alone (boxes, transform, cells, time span), never a hash.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    copy = models.ForeignKey(Copy, on_delete=models.CASCADE, related_name="hits", db_index=False)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="hits")
    kind = models.CharField(max_length=10)
    score = models.FloatField()
    response = models.CharField(max_length=8)
    evidence = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["copy", "entry"], name="hit_once_a_copy_and_entry"),
        )
        indexes = (models.Index(fields=["at"], name="hit_at"),)

    @property
    def is_own(self) -> bool:
        """Whether the entry was made of this very copy, so that the match says nothing new."""
        return bool(self.evidence.get("reason") == OWN_REASON)


class BlockWeek(models.Model):
    """How many uploads of copies of an entry were stopped in a week; all a person ever sees."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="block_weeks")
    week = models.DateField(help_text="the Monday")
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["entry", "week"], name="block_week_once"),)


class BlockedTogether(models.Model):
    """How many of the uploads in ``BlockWeek`` were stopped because of the same several entries.

    Each of those entries counts such an upload, so whoever adds up entries of one case takes away
    what would be counted more than once. A row for each of the entries; ``together`` is the digest
    of them all.
    """

    # The constraint below begins with the entry, and covers it.
    entry = models.ForeignKey(
        Entry, on_delete=models.CASCADE, related_name="blocked_together", db_index=False
    )
    week = models.DateField(help_text="the Monday")
    together = models.CharField(max_length=64)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["entry", "week", "together"], name="blocked_together_once"
            ),
        )


class RememberedCheck(models.Model):
    """The answer to a check that came with an idempotency key."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE)
    token_digest = models.CharField(max_length=64)
    request_digest = models.CharField(max_length=64)
    answer = models.JSONField()
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["api_key", "token_digest"], name="remembered_check_once"
            ),
        )


class Flood(models.Model):
    """An entry that suddenly matched far more than before: a person should look at it.

    A seed is quarantined at the same moment; a confirmed entry goes on blocking.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="floods")
    hits_in_hour = models.PositiveIntegerField()
    usual_in_hour = models.FloatField()
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["entry"],
                condition=models.Q(seen_at__isnull=True),
                name="flood_open_once_an_entry",
            ),
        )


class Keeping(models.Model):
    """That a platform keeps, for a few days, by what its clear uploads could be found again.

    No row: nothing is kept. It ends by itself at ``until``. Source: ADR-0071.
    """

    platform = models.OneToOneField(
        Platform, on_delete=models.CASCADE, primary_key=True, related_name="keeping"
    )
    days = models.PositiveSmallIntegerField()
    per_day = models.PositiveIntegerField(help_text="more uploads a day are sampled down to these")
    began_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(days__gte=1, days__lte=14), name="keeping_two_weeks_at_most"
            ),
        )


class KeptDay(models.Model):
    """How many clear uploads a platform had on a day while they were kept, and which share is.

    ``seen`` had a hash that could be kept, ``other`` had none. Of the first, those are kept whose
    lot is below ``limit``.
    """

    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="kept_days")
    day = models.DateField()
    seen = models.PositiveBigIntegerField(default=0)
    other = models.PositiveBigIntegerField(default=0)
    kept = models.PositiveIntegerField(default=0)
    limit = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["platform", "day"], name="kept_day_once_a_platform"),
        )


class KeptUpload(models.Model):
    """The ``pdq`` of one clear upload, sealed, and its hour: no account, no address, no id.

    ``lot`` is random, so that no row says which came first, and a smaller limit is a fair sample.
    """

    lot = models.BigIntegerField(primary_key=True)
    platform = models.ForeignKey(
        Platform, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    hour = models.DateTimeField()
    box = models.BinaryField()

    class Meta:
        indexes = (models.Index(fields=["platform", "hour"], name="kept_platform_hour"),)
