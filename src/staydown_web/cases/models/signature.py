"""What was shown to be signed, and how it was signed: one row for each time, never changed."""

from __future__ import annotations

from django.db import models

from staydown_web.base.ids import new_id
from staydown_web.cases.models.case import Case, Notice


class Signature(models.Model):
    """That a text was signed or sent under one law, with all that proves it.

    A notice that is completed later is signed anew, and gets another row. ``box`` (context
    ``signature:<id>``, under the case's key) holds the text word for word, the name as typed, the
    declarations that were ticked, and when the browser says that it showed the text. ``digest`` is
    SHA-256 of the text in UTF-8. ``was_sent_back``: the browser returned the digest of what it
    showed, and it was this one; without it the page was drawn here and posted at once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="signatures")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="signatures")
    regime_version = models.CharField(max_length=20)
    language = models.CharField(max_length=8)
    acts_as = models.CharField(max_length=16, choices=Case.ActsAs.choices)
    digest = models.CharField(max_length=64)
    was_sent_back = models.BooleanField(default=False)
    is_typed = models.BooleanField(help_text="a name was typed under it")
    box = models.BinaryField(null=True)
    signed_at = models.DateTimeField(help_text="received here, by our own clock")

    class Meta:
        ordering = ("signed_at", "id")
