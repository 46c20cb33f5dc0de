"""Statements of reasons for uploaders, and what goes to the public database of the EU."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.base.ids import new_id
from staydown_web.review.models import Decision
from staydown_web.screening.models import Copy


class Statement(models.Model):
    """Why one piece of content was restricted, for whoever uploaded it. Nothing of the notifier.

    One for each copy that a decision restricts, so that each uploader has a page of their own;
    ``copy`` is empty where the content is known by its address alone, or its record is gone.
    ``box`` (sealed, context ``statement:<id>``, JSON) holds the token of its page and everything
    that it says: ids of grounds and states, and the facts as the reviewer wrote them.
    """

    class State(models.TextChoices):
        """Whether what it says still holds."""

        STANDING = "standing", _("In force")
        ENDED = "ended", _("No longer in force")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="statements")
    copy = models.ForeignKey(
        Copy, on_delete=models.SET_NULL, null=True, blank=True, related_name="statements"
    )
    token_digest = models.CharField(max_length=64, unique=True)
    box = models.BinaryField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.STANDING)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["decision", "copy"], name="statement_once_a_decision_and_copy"
            ),
            models.CheckConstraint(
                condition=models.Q(state="standing", ended_at__isnull=True)
                | models.Q(state="ended", ended_at__isnull=False),
                name="statement_ended_has_moment",
            ),
        )


class Submission(models.Model):
    """A statement's entry for the Transparency Database: sent once, under a ``puid`` that stays.

    ``sent_at`` is when the database said that it has it. ``why`` says what stopped it: the kind of
    leak that a person must take out, or the code of an error. No text is kept here.
    """

    class State(models.TextChoices):
        """How far it got."""

        WAITING = "waiting", _("Waiting")
        SENDING = "sending", _("On its way")
        UNSURE = "unsure", _("Sent, without an answer")
        SENT = "sent", _("Taken")
        STOPPED = "stopped", _("Stopped here")
        REFUSED = "refused", _("Refused by the database")
        GIVEN_UP = "given_up", _("Given up")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    statement = models.OneToOneField(Statement, on_delete=models.CASCADE, related_name="submission")
    puid = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    is_alone = models.BooleanField(default=False, help_text="sent by itself after a refused batch")
    next_try_at = models.DateTimeField()
    why = models.CharField(max_length=40, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at__isnull=True)),
                name="submission_sent_has_moment",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(state__in=["waiting", "sending", "unsure"]),
                name="submission_due",
            ),
        )
