"""Before a statement goes out, whoever reported it was told; and can answer."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case
from staydown_web.review.models.queue import Decision


class StatementTelling(models.Model):
    """A case was told that the uploader will be, and can answer until ``until``.

    The statement waits for every open row of its decision: until its time is over, or the person
    or a reviewer cleared it (``cleared_at``). ``answered_at`` is when they wrote: where no law asks
    for the statement it then waits for a reviewer without end (``is_held``), else ``until`` moves.
    ``warned_at`` is when staff were written to, because nobody had read it.
    ``ended_for`` says how the wait ended.
    """

    class End(models.TextChoices):
        """How the wait ended."""

        TOLD = "told", _("The statement was made")
        DROPPED = "dropped", _("Nobody is told")
        OVERTAKEN = "overtaken", _("Decided anew before that")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    decision = models.ForeignKey(
        Decision, on_delete=models.CASCADE, related_name="statement_tellings"
    )
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="statement_tellings")
    told_at = models.DateTimeField()
    until = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    is_held = models.BooleanField(default=False, help_text="until a reviewer has read the answer")
    warned_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_for = models.CharField(max_length=10, choices=End.choices, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["decision", "case"], name="statement_telling_once_a_case"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_for="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(ended_for="")),
                name="statement_telling_ended_for",
            ),
        )
        indexes = (
            models.Index(
                fields=["until"],
                condition=models.Q(ended_at__isnull=True),
                name="statement_telling_open",
            ),
        )
