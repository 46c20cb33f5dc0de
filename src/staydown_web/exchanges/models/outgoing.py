"""What partners are told, and what they were given."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.banks.models import Entry
from staydown_web.base.ids import new_id
from staydown_web.exchanges.models.exchange import Exchange


class Contributed(models.Model):
    """An entry of ours that a partner was given.

    ``raw_box`` and ``key_box`` (contexts ``contributed-raw:<id>``, ``contributed-key:<id>``) are
    what it takes to take it back; both are destroyed as soon as the partner has been told that.
    """

    class State(models.TextChoices):
        """How far it got."""

        DUE = "due", _("Waiting")
        GIVEN = "given", _("Given")
        ENDING = "ending", _("Being taken back")
        ENDED = "ended", _("Taken back")
        UNTAKEN = "untaken", _("Not of a kind that the partner takes")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    exchange = models.ForeignKey(Exchange, on_delete=models.CASCADE, related_name="contributed")
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="contributed")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    raw_box = models.BinaryField(null=True)
    key_box = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    given_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["exchange", "entry"],
                condition=~models.Q(state="ended"),
                name="contributed_once_at_a_time",
            ),
        )


class Outgoing(models.Model):
    """One thing to tell a partner about one entry.

    ``what`` is a kind of feedback, or ``given`` for an entry of ours that the partner gets.
    ``cause`` is the number of the event of the audit that it follows from, so that reading the same
    event again makes no second one.
    """

    class State(models.TextChoices):
        """How far it got."""

        DUE = "due", _("Waiting")
        SENT = "sent", _("Told")
        DEAD = "dead", _("Given up")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    exchange = models.ForeignKey(Exchange, on_delete=models.CASCADE, related_name="outgoing")
    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="outgoing")
    contributed = models.ForeignKey(
        Contributed, on_delete=models.CASCADE, null=True, blank=True, related_name="outgoing"
    )
    what = models.CharField(max_length=12)
    cause = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    error_code = models.CharField(max_length=40, blank=True)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["exchange", "entry", "what", "cause"], name="outgoing_once_a_cause"
            ),
        )
        indexes = (
            models.Index(
                fields=["next_try_at"], condition=models.Q(state="due"), name="outgoing_due"
            ),
        )
