"""What the person's pages need to remember: counts against abuse, open pages, sent notices.

No row holds an address, a name or a word of hers, and every row goes within days.
"""

from __future__ import annotations

from django.db import models

from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case


class Tally(models.Model):
    """How often something was tried from one address on one day.

    ``blind`` is a keyed digest of address and day: it finds the row again today, and tomorrow the
    same address has another. Of notices that were refused the hour goes into it too.
    """

    class What(models.TextChoices):
        """What is counted."""

        FILE = "file"
        OPEN = "open"
        WRITE = "write"
        REFUSED = "refused"

    day = models.DateField()
    what = models.CharField(max_length=8, choices=What.choices)
    blind = models.CharField(max_length=64)
    times = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["day", "what", "blind"], name="tally_once_a_day"),
        )


class OpenPage(models.Model):
    """A case that is open in a browser. The cookie holds the token, the row only its digest.

    ``is_unveiled`` is false where it was opened with the words from before a withdrawal was
    stopped: whoever forced her to withdraw keeps seeing that it was taken back.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True)
    is_unveiled = models.BooleanField(default=True)
    opened_at = models.DateTimeField()
    used_at = models.DateTimeField()


class Sending(models.Model):
    """One press of "Sign and send", so that a second one from the same draft files nothing twice.

    When the answer is lost on the way, the browser sends the same draft again and gets the same
    receipt. ``box`` holds it, sealed with a key that only the draft's own token yields. After a day
    it is emptied, and only that there was such a draft is known for a while.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    token_blind = models.CharField(max_length=64, unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="+")
    box = models.BinaryField(null=True)
    sent_at = models.DateTimeField()
