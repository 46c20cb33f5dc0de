"""What HMA's calls name that we name otherwise: banks in capitals, contents by number."""

from __future__ import annotations

from django.db import models

from staydown_web.banks.models import Bank, Entry

MATCHES, MATCHES_NEVER = 1, 0
"""Values of ``HmaContent.disable_until_ts`` that are no moments, as HMA has them."""


class HmaBank(models.Model):
    """A bank under the name by which HMA's calls know it.

    Banks that were made through these calls are ``is_own``: only those are changed through them.
    A bank is sensitive, so that every call about it needs a key, unless it was made without one.
    A deleted bank frees its name; its entries are withdrawn piece by piece.
    """

    bank = models.OneToOneField(Bank, on_delete=models.PROTECT, related_name="hma")
    name = models.CharField(max_length=255)
    enabled_ratio = models.FloatField(default=1.0)
    is_own = models.BooleanField(default=False)
    is_sensitive = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(deleted_at__isnull=True),
                name="hma_bank_name_once",
            ),
        )

    def __str__(self) -> str:
        return self.name


class HmaContent(models.Model):
    """A content of HMA's: a number that stands for an entry.

    Those that a program added are ``is_own``; several may stand for one entry, which is withdrawn
    with the last of them. Of every other entry the number is made when a call first names it.
    ``box`` (context ``hma-content:<id>``) holds what the program noted beside it. It matches while
    ``disable_until_ts`` is 1 or has passed, in seconds since 1970; 0 is never.
    """

    hma_bank = models.ForeignKey(HmaBank, on_delete=models.CASCADE, related_name="contents")
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="hma_contents")
    is_own = models.BooleanField(default=False)
    disable_until_ts = models.BigIntegerField(default=MATCHES)
    box = models.BinaryField(null=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["entry"], condition=models.Q(is_own=False), name="hma_content_once"
            ),
        )
        indexes = (models.Index(fields=["disable_until_ts"], name="hma_content_until"),)


class HmaSignalType(models.Model):
    """How far a signal type is switched on for HMA's calls; without a row, wholly."""

    name = models.CharField(max_length=40, primary_key=True)
    enabled_ratio = models.FloatField(default=1.0)


class HmaCredentials(models.Model):
    """Credentials of a kind of partner, for exchanges that bring none of their own.

    ``box`` is sealed in the context ``hma-credentials:<api>``.
    """

    api = models.CharField(max_length=40, primary_key=True)
    box = models.BinaryField()
    set_at = models.DateTimeField()
