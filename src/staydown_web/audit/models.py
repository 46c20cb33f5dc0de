"""Events, each chained to the one before it. They hold opaque ids, never a hash, name or URL."""

from __future__ import annotations

from django.db import models


class Event(models.Model):
    """One thing that happened. Never changed and never removed.

    ``actor`` is ``user:<id>``, ``key:<id>``, ``person`` (of the case) or ``system``. ``subject`` is
    ``<kind>:<id>``. ``digest`` is SHA-256 over the other fields and the digest before.
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    what = models.CharField(max_length=60)
    actor = models.CharField(max_length=60)
    case_id = models.UUIDField(null=True, blank=True, db_index=True)
    subject = models.CharField(max_length=80, blank=True, db_index=True)
    facts = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="event_seq_from_one"),
        )
        indexes = (models.Index(fields=["what", "seq"], name="event_what_seq"),)


class ChainHead(models.Model):
    """The last event; its row serialises writers where the database has row locks."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="chain_head_one_row"),)


class Checkpoint(models.Model):
    """A signature over the chain up to an event, ed25519 by a key outside the database."""

    seq = models.BigIntegerField(primary_key=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField()
    signature = models.CharField(max_length=128)


class AuditKey(models.Model):
    """A later key of the checkpoints, stated by the one before it.

    Checkpoints after event ``after_seq`` are signed by it, up to the next key's. The first key of
    an installation has no row. ``public`` and ``previous`` are ed25519 keys of 32 bytes, in hex.
    """

    number = models.PositiveIntegerField(primary_key=True)
    after_seq = models.BigIntegerField(unique=True)
    public = models.CharField(max_length=64)
    previous = models.CharField(max_length=64)
    at = models.DateTimeField()
    signature = models.CharField(max_length=128)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(number__gte=2), name="audit_key_number_from_two"
            ),
        )


class Cursor(models.Model):
    """How far a downstream reader has read."""

    reader = models.CharField(max_length=60, primary_key=True)
    seq = models.BigIntegerField(default=0)
