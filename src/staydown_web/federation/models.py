"""Other installations of Staydown, what was told to them, and what they said."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.banks.models import Bank
from staydown_web.base.ids import new_id


class Member(models.Model):
    """Another installation, and what was agreed with it.

    ``identity`` is the fingerprint of the first key it ever had: it stays when keys change.
    ``feed`` names our feed for it, ``their_feed`` theirs for us; who joins again has new ones.
    ``cursor`` is how far we took in theirs; ``ahead`` how far we looked for withdrawals while the
    member is paused. ``told_seq`` is how far it has read ours.
    """

    class State(models.TextChoices):
        """How we stand with it."""

        ASKED = "asked", _("Waits for a second person")
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        EXPELLED = "expelled", _("Expelled")

    class Pause(models.TextChoices):
        """Why nothing new of it is taken in."""

        NONE = "", _("Not paused")
        PERSON = "person", _("Somebody here paused it")
        DAY = "day", _("It sent more in a day than was agreed")
        TOTAL = "total", _("It sent more in all than was agreed")
        BROKEN = "broken", _("Its feed is not as it was signed")
        RESTARTED = "restarted", _("It began a new feed; invite it again")

    class Gives(models.TextChoices):
        """Which entries of our banks it gets, of people who agreed to that."""

        NOTHING = "nothing", _("No fingerprints")
        CONFIRMED = "confirmed", _("Entries that a person confirmed")
        SEEDS = "seeds", _("Confirmed entries and seeds")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=300)
    is_private = models.BooleanField(default=False)
    identity = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    pause = models.CharField(max_length=10, choices=Pause.choices, blank=True, default=Pause.NONE)
    bank = models.ForeignKey(
        Bank, on_delete=models.PROTECT, null=True, blank=True, related_name="members"
    )
    gives = models.CharField(max_length=10, choices=Gives.choices, default=Gives.NOTHING)
    gives_banks = models.JSONField(default=list, blank=True)
    takes = models.BooleanField(default=True)
    cap_day = models.PositiveIntegerField()
    cap_total = models.PositiveIntegerField()
    asked = models.JSONField(default=dict, blank=True, help_text="an agreement not approved yet")
    approval_id = models.UUIDField(null=True, blank=True)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    expelled_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)

    their_feed = models.UUIDField(null=True, blank=True)
    cursor = models.BigIntegerField(default=0)
    cursor_digest = models.CharField(max_length=64, blank=True)
    cursor_key = models.PositiveIntegerField(default=0)
    ahead = models.BigIntegerField(default=0)
    ahead_digest = models.CharField(max_length=64, blank=True)
    ahead_key = models.PositiveIntegerField(default=0)
    day = models.DateField(null=True, blank=True)
    day_count = models.PositiveIntegerField(default=0)
    refused_count = models.PositiveIntegerField(default=0)
    next_read_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=40, blank=True)

    feed = models.UUIDField(default=new_id, unique=True)
    feed_seq = models.BigIntegerField(default=0)
    feed_digest = models.CharField(max_length=64, blank=True)
    told_seq = models.BigIntegerField(default=0)
    sweep_at = models.DateTimeField(null=True, blank=True)
    sweep_after = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["identity"],
                condition=~models.Q(state="expelled"),
                name="member_once",
            ),
        )

    def __str__(self) -> str:
        return self.name


class MemberKey(models.Model):
    """A public key of a member: 64 hex digits, and its fingerprint by which calls name it."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="keys")
    number = models.PositiveIntegerField()
    public = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64, db_index=True)
    learnt_at = models.DateTimeField()
    ends_at = models.DateTimeField(
        null=True, blank=True, help_text="from then on it signs no call; set when a later is known"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["member", "number"], name="member_key_number"),
        )


class KeyStatement(models.Model):
    """Our own keys, each stated by the one before it; the first by itself."""

    number = models.PositiveIntegerField(primary_key=True)
    public = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64, unique=True)
    previous = models.CharField(max_length=64, blank=True)
    signature = models.CharField(max_length=128)
    at = models.DateTimeField()


class FeedEvent(models.Model):
    """One event of our feed for a member: signed, and chained to the one before.

    ``subject`` is the public id of an entry, ``origin`` the identity of the installation that it
    is from. ``box`` holds salt and fingerprint, sealed in the context ``feed:<feed>:<seq>``; it is
    destroyed when the entry is withdrawn, and ``seal``, a digest of both, says nothing alone.
    """

    class What(models.TextChoices):
        """How whoever writes the feed holds the entry now; a new key of theirs."""

        SEED = "seed", _("Seed")
        CONFIRM = "confirm", _("Confirmed")
        DISPUTE = "dispute", _("Disputed")
        WITHDRAW = "withdraw", _("Withdrawn")
        KEY = "key", _("New key")

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="events")
    seq = models.BigIntegerField()
    what = models.CharField(max_length=8, choices=What.choices)
    origin = models.CharField(max_length=64)
    subject = models.CharField(max_length=36, blank=True)
    entry_id = models.UUIDField(null=True, blank=True)
    seal = models.CharField(max_length=64, blank=True)
    box = models.BinaryField(null=True)
    statement = models.JSONField(null=True, blank=True)
    at = models.DateTimeField()
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["member", "seq"], name="feed_event_once"),
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="feed_event_from_one"),
        )
        indexes = (models.Index(fields=["member", "subject"], name="feed_event_subject"),)


class Told(models.Model):
    """What a member was last told of an entry: of ours, or of another member's as we hold it."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="told")
    origin = models.CharField(max_length=64)
    subject = models.CharField(max_length=36)
    entry_id = models.UUIDField(db_index=True)
    what = models.CharField(max_length=8, choices=FeedEvent.What.choices)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["member", "origin", "subject"], name="told_once"),
        )


class RemoteEntry(models.Model):
    """An entry of a member, under its id; ``entry_id`` is ours that stands for it in its bank.

    The numbers are of its events: the last one, the last with a fingerprint, the last withdrawal.
    A later one wins, so that deliveries in any order end the same.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="remote_entries")
    subject = models.CharField(max_length=36)
    entry_id = models.UUIDField(null=True, blank=True, db_index=True)
    what = models.CharField(max_length=8, choices=FeedEvent.What.choices)
    seq = models.BigIntegerField()
    raw_seq = models.BigIntegerField(default=0)
    withdrawn_seq = models.BigIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["member", "subject"], name="remote_entry_once"),
        )


class Opinion(models.Model):
    """What a member says of an entry, its own or another's; the later number of its feed wins.

    ``looked_at``: somebody here had a second look at what it doubts.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="opinions")
    origin = models.CharField(max_length=64)
    subject = models.CharField(max_length=36)
    what = models.CharField(max_length=8, choices=FeedEvent.What.choices)
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["member", "origin", "subject"], name="opinion_once"),
        )
        indexes = (models.Index(fields=["what", "looked_at"], name="opinion_what"),)


class SeenNonce(models.Model):
    """A signed call that came; it does not count again."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="nonces")
    nonce = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["member", "nonce"], name="nonce_once"),)
