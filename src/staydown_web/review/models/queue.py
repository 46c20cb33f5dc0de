"""What waits for a person, what was decided, and what it cost them to look."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import Platform, User
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case, Item
from staydown_web.screening.models import Copy

DUE_RULE: Final = 1
"""Of ``selectors.limits.due_of``. Raised where that changes, so that open tasks are dated anew."""


class Task(models.Model):
    """One thing that waits for a decision: all identical copies of one content, or a link.

    ``group`` is the blind digest of ``screening.Copy``: copies that arrive later join the task.
    ``failed_order`` is the order that the platform could not carry out, where that brought it here;
    ``answer_box`` (sealed, context ``task:<id>``) is what the platform wrote. ``due_rule`` is the
    ``DUE_RULE`` by which ``due_at`` was set.
    """

    class Source(models.TextChoices):
        """How it got here; one queue for all."""

        NOTICE = "notice", _("Notice")
        UPLOAD = "upload", _("Held upload")
        LIBRARY = "library", _("Library")

    class State(models.TextChoices):
        """How far it got."""

        OPEN = "open", _("Waiting")
        SECOND = "second", _("Waiting for a second reviewer")
        DONE = "done", _("Decided")
        DROPPED = "dropped", _("No longer needed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=12, unique=True)
    source = models.CharField(max_length=8, choices=Source.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="tasks")
    case = models.ForeignKey(
        Case, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    item = models.ForeignKey(
        Item, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    copies = models.ManyToManyField(Copy, related_name="tasks", blank=True)
    group = models.CharField(max_length=64, blank=True, db_index=True)
    severity = models.PositiveSmallIntegerField(default=50)
    due_at = models.DateTimeField(null=True, blank=True)
    due_rule = models.PositiveSmallIntegerField(default=DUE_RULE, db_default=0)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks_taken"
    )
    taken_at = models.DateTimeField(null=True, blank=True)
    handed_to = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks_handed"
    )

    failed_order = models.UUIDField(null=True, blank=True)
    answer_box = models.BinaryField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["state", "due_at", "-severity"], name="task_queue"),
            models.Index(
                fields=["due_rule"],
                condition=models.Q(state__in=["open", "second"]),
                name="task_due_rule",
            ),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["platform", "group"],
                condition=models.Q(state__in=["open", "second"]) & ~models.Q(group=""),
                name="task_open_once_a_group",
            ),
        )


OPEN_STATES = (Task.State.OPEN, Task.State.SECOND)
"""Waiting for a reviewer."""
NOT_HERE = "not_here"
"""The ground that nothing was found: for tasks without a copy alone."""


class Decision(models.Model):
    """A reviewer's finding on a task. It can be undone until ``firm_at``; then it is carried out.

    Where a person is told first (``told_at``), ``firm_at`` is when her time to answer is over.

    ``facts_box`` (sealed, context ``decision:<id>``) holds the facts for the uploader, in
    ``facts_language`` as whoever typed them said; empty where nobody did. ``before``
    is how task and copies stood, so that an undo gives back exactly that. ``reverses`` is the
    earlier decision on the same task that a complaint was about.
    """

    class Outcome(models.TextChoices):
        """What happens to it."""

        REMOVE = "remove", _("Remove and keep down")
        HOLD = "hold", _("Hold for a second reviewer")
        RESTORE = "restore", _("Restore")

    class Restriction(models.TextChoices):
        """What the uploader's content suffers; empty where nothing is restricted."""

        REMOVED = "removed", _("Removed from the site")
        DISABLED = "disabled", _("Kept, but nobody can open it")

    class Scope(models.TextChoices):
        """Where the restriction holds."""

        WORLD = "world", _("Everywhere")
        EEA = "eea", _("In the European Economic Area")
        UK = "uk", _("In the United Kingdom")
        US = "us", _("In the United States")

    class Duration(models.TextChoices):
        """How long it holds."""

        PERMANENT = "permanent", _("Without an end")
        LIMITED = "limited", _("Until a day")
        UNTIL_REVIEW = "until_review", _("Until a second person has decided")

    class Automation(models.TextChoices):
        """What software had a part in."""

        NONE = "none", _("A notice named it, a person decided")
        DETECTED = "detected", _("Software found it, a person decided")
        FULL = "full", _("Software found it and decided")

    class Unopened(models.TextChoices):
        """Why whoever says that they looked at a copy did not open it here; in ``needs_box``."""

        NOT_SHOWN = "not_shown", _("It cannot be shown here")
        GONE = "gone", _("It is gone from the site")
        ON_SITE = "on_site", _("I looked at it on the site itself")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="decisions")
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    grounds = models.JSONField(default=list)
    ground_id = models.CharField(max_length=40, blank=True)
    restriction = models.CharField(max_length=10, choices=Restriction.choices, blank=True)
    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.WORLD)
    duration = models.CharField(max_length=12, choices=Duration.choices, default=Duration.PERMANENT)
    ends_on = models.DateField(null=True, blank=True)
    automation = models.CharField(
        max_length=8, choices=Automation.choices, default=Automation.DETECTED
    )
    needs_box = models.BinaryField(null=True)
    facts_box = models.BinaryField(null=True)
    facts_language = models.CharField(max_length=12, blank=True, default="", db_default="")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="decisions")
    decided_at = models.DateTimeField()
    firm_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True, help_text="it waits for an answer since")
    made_firm_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    entries_confirmed = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    reverses = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="reversals"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(undone_at__isnull=True) | models.Q(made_firm_at__isnull=True),
                name="decision_undone_or_firm",
            ),
            models.CheckConstraint(
                condition=models.Q(duration="limited", ends_on__isnull=False)
                | (~models.Q(duration="limited") & models.Q(ends_on__isnull=True)),
                name="decision_limited_has_a_day",
            ),
            models.UniqueConstraint(
                fields=["reverses"],
                condition=models.Q(undone_at__isnull=True),
                name="decision_reversed_once",
            ),
        )
        indexes = (
            models.Index(
                fields=["firm_at"],
                condition=models.Q(made_firm_at__isnull=True, undone_at__isnull=True),
                name="decision_not_firm_yet",
            ),
            models.Index(fields=["decided_by", "decided_at"], name="decision_by_whom"),
        )

    @property
    def had_copies(self) -> bool:
        """Whether it was about a copy; without one nothing is ordered, confirmed or restored."""
        return bool(self.before.get("copies")) or self.task.copies.exists()

    @property
    def outcome_words(self) -> str:
        """What happens to it. Without a copy nothing is ordered, and nothing restored."""
        if NOT_HERE in self.grounds:
            return gettext("Nothing found")
        if self.had_copies or self.outcome == self.Outcome.HOLD:
            return str(self.get_outcome_display())
        is_removal = self.outcome == self.Outcome.REMOVE
        return (
            gettext("Removed on the platform by hand")
            if is_removal
            else gettext("Nothing is removed")
        )


class Telling(models.Model):
    """A case was told that something may be shown again, and can answer until ``until``.

    It has ended (``ended_at``) when the decision is firm or was taken back; where the person's
    answer took it back, ``answered_at`` says so.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="tellings")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tellings")
    is_hidden = models.BooleanField(help_text="a copy was out of sight when she was told")
    told_at = models.DateTimeField()
    until = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["decision", "case"], name="telling_once_a_case"),
        )
        indexes = (
            models.Index(
                fields=["until"],
                condition=models.Q(ended_at__isnull=True),
                name="telling_open",
            ),
        )


class Exposure(models.Model):
    """A reviewer opened a picture; only Clear counts towards the limit."""

    class Level(models.TextChoices):
        """How much was shown."""

        SHAPES = "shapes", _("Shapes")
        SOFTER = "softer", _("Softer")
        CLEAR = "clear", _("Clear")

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="exposures")
    task = models.ForeignKey(Task, on_delete=models.SET_NULL, null=True)
    level = models.CharField(max_length=8, choices=Level.choices)
    at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["user", "level", "at"], name="exposure_of_the_day"),)


class Pause(models.Model):
    """A break: from when, and until when where it has ended."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="pauses")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
