"""Time limits: when one began, what let it stand still, who was warned, and how it ended."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import User
from staydown_web.base.ids import new_id
from staydown_web.cases.models.case import Item, Notice


class Clock(models.Model):
    """One time limit of one notice: a later addition to a valid notice has one of its own.

    It covers what was received after ``since`` (None: from the first) up to ``began_at``, the
    receipt of the last required element; that of an answer covers the items that the answer is
    ``about`` (ADR-0064). ``due_at`` is ``began_at + length_s`` and all finished
    pauses; while one lasts (``paused_at``), the clock stands still. ``next_at`` is when something
    is to be done about it next: a warning or the breach. ``breached_at`` stays, whatever comes
    later. See ADR-0049.
    """

    class Outcome(models.TextChoices):
        """How it ended."""

        OPEN = "", _("Still open")
        KEPT = "kept", _("Done in time")
        LATE = "late", _("Done after the time limit")
        VOID = "void", _("The case ended")

    class Cause(models.TextChoices):
        """What began it."""

        RECEIPT = "receipt", _("Notice")
        ANSWER = "answer", _("The person answered")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="clocks")
    cause = models.CharField(max_length=8, choices=Cause.choices, default=Cause.RECEIPT)
    about = models.ManyToManyField(Item, related_name="clocks", blank=True)
    since = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField()
    length_s = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(
        max_length=8, choices=Outcome.choices, blank=True, default=Outcome.OPEN
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["notice", "began_at", "cause"], name="clock_once_a_beginning"
            ),
            models.CheckConstraint(
                condition=models.Q(due_at__gt=models.F("began_at")),
                name="clock_due_after_beginning",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="", ended_at__isnull=True)
                | models.Q(outcome__in=["kept", "late", "void"], ended_at__isnull=False),
                name="clock_ended_with_outcome",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(paused_at__isnull=True),
                name="clock_ended_not_paused",
            ),
            models.CheckConstraint(
                condition=~models.Q(outcome="kept", breached_at__isnull=False),
                name="clock_breached_never_kept",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_at"],
                condition=models.Q(ended_at__isnull=True, paused_at__isnull=True),
                name="clock_running",
            ),
        )


class ClockPause(models.Model):
    """A while in which a clock stood still, and why; only reasons that its regime names."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="pauses")
    reason = models.CharField(max_length=40)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["clock"],
                condition=models.Q(ended_at__isnull=True),
                name="clock_pause_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True)
                | models.Q(ended_at__gte=models.F("began_at")),
                name="clock_pause_ends_after_it_begins",
            ),
        )


class ClockWarning(models.Model):
    """A warning that a time limit comes near, or is over; each mark once a clock.

    ``told_at`` is when letters about it were lined up, or None while they wait for the next batch.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="warnings")
    mark = models.CharField(max_length=12)
    made_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["clock", "mark"], name="clock_warning_once_a_mark"),
        )
        indexes = (
            models.Index(
                fields=["made_at"],
                condition=models.Q(told_at__isnull=True),
                name="clock_warning_untold",
            ),
        )


class StaffLetter(models.Model):
    """A neutral e-mail to a lead or administrator: something needs attention. Sent once."""

    class State(models.TextChoices):
        """How far it got."""

        DUE = "due", _("Waiting")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Given up")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="letters")
    warnings = models.ManyToManyField(ClockWarning, related_name="letters")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=["state", "next_try_at"], name="staff_letter_due"),)


class CalendarFeed(models.Model):
    """A private address at which one member of staff subscribes to the time limits."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="calendar_feed"
    )
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
