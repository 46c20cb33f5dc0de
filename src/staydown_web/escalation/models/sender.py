"""In whose name reports leave: the helpline or body that runs this installation."""

from __future__ import annotations

from django.db import models


class Sender(models.Model):
    """One row. Nothing leaves before it is filled in and switched on.

    ``secrets_box`` (context ``sender``) holds JSON by name: ``cloudflare_account``,
    ``cloudflare_token``, ``aws_key``, ``aws_secret``, ``imap_password``, ``inbound_secret``.
    ``reply_address`` is the mailbox to which answers come; each report has a signed address of its
    own in it (``name+<token>@domain``).
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    is_on = models.BooleanField(default=False)
    org = models.CharField(max_length=120, blank=True)
    contact_name = models.CharField(max_length=120, blank=True)
    contact_email = models.EmailField(blank=True)
    domain = models.CharField(max_length=253, blank=True)
    appeal_email = models.EmailField(blank=True)
    postal = models.CharField(max_length=300, blank=True)
    reply_address = models.EmailField(blank=True)
    imap_host = models.CharField(max_length=253, blank=True)
    imap_port = models.PositiveIntegerField(default=993)
    imap_user = models.CharField(max_length=254, blank=True)
    imap_seen = models.CharField(max_length=60, blank=True, help_text="validity and last UID read")
    ladder = models.CharField(max_length=40, default="default", help_text="id of its data file")
    secrets_box = models.BinaryField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="sender_one_row"),)
