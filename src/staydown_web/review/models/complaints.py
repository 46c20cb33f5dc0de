"""A complaint: one side asks that another person looks at a firm decision again. ADR-0054."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import User
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case
from staydown_web.review.models.queue import Decision


class Complaint(models.Model):
    """Whoever uploaded it, or whoever reported it, does not agree with a firm decision.

    ``box`` (context ``complaint:<id>``) holds what they say: a notifier's sealed under the case's
    key, so that it goes with the case; an uploader's under the installation's key.
    ``key`` is who complains: the case's id, or the digest of the statement's token; nobody can
    complain twice about one decision. ``answer_box`` (installation's key, context
    ``complaint-answer:<id>``) is what the second reviewer answers. ``undone_box`` (installation's
    key, context ``complaint-undone:<id>``) is what stood in the form of an answer that was undone
    within its minute, until it is answered anew or 45 minutes are over. ``written_in`` and
    ``answer_language`` are the languages of both as whoever wrote them said; empty where nobody
    did. ``language`` is that of the page.
    """

    class Side(models.TextChoices):
        """Who complains."""

        UPLOADER = "uploader", _("The person who uploaded it")
        NOTIFIER = "notifier", _("The person who reported it")

    class State(models.TextChoices):
        """How far it got."""

        OPEN = "open", _("Waiting")
        DECIDED = "decided", _("Decided, not yet carried out")
        SETTLED = "settled", _("Settled")
        DROPPED = "dropped", _("No longer needed")

    class Outcome(models.TextChoices):
        """What the second reviewer found."""

        STANDS = "stands", _("The decision stays")
        REVERSED = "reversed", _("The decision is reversed")

    class Basis(models.TextChoices):
        """What was judged wrongly, as the complainant says; counted in public."""

        PICTURE = "picture", _("Which picture or person it is")
        INTIMATE = "intimate", _("Whether it is intimate")
        CONSENT = "consent", _("Whether there was consent")
        INTEREST = "interest", _("Whether there is a reason to show it, such as news or art")
        OTHER = "other", _("Something else")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="complaints")
    side = models.CharField(max_length=8, choices=Side.choices)
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, null=True, blank=True, related_name="complaints"
    )
    key = models.CharField(max_length=64)
    basis = models.CharField(max_length=10, choices=Basis.choices, default=Basis.OTHER)
    box = models.BinaryField(null=True)
    language = models.CharField(max_length=8, default="en")
    written_in = models.CharField(max_length=12, blank=True, default="", db_default="")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    made_at = models.DateTimeField()
    decided_first_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", help_text="of the decision"
    )
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="complaints_decided"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    firm_at = models.DateTimeField(null=True, blank=True)
    answer_box = models.BinaryField(null=True)
    undone_box = models.BinaryField(null=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    answer_language = models.CharField(max_length=12, blank=True, default="", db_default="")
    reversal = models.ForeignKey(
        Decision, on_delete=models.SET_NULL, null=True, blank=True, related_name="answers"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["decision", "side", "key"], name="complaint_once"),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True)
                | ~models.Q(decided_by=models.F("decided_first_by")),
                name="complaint_by_another_person",
            ),
            models.CheckConstraint(
                condition=models.Q(side="notifier", case__isnull=False)
                | models.Q(side="uploader", case__isnull=True),
                name="complaint_of_one_side",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="settled")
                | models.Q(settled_at__isnull=False, decided_at__isnull=False),
                name="complaint_settled_was_decided",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="open") | models.Q(decided_by__isnull=True, outcome=""),
                name="complaint_open_has_no_outcome",
            ),
        )
        indexes = (
            models.Index(
                fields=["made_at"],
                condition=models.Q(state="open"),
                name="complaint_waits",
            ),
            models.Index(fields=["side", "settled_at"], name="complaint_settled"),
        )
