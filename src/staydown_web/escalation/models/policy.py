"""What people say before and against an escalation: sightings of links, and appeals."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import User
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Location
from staydown_web.escalation.models.escalation import Escalation
from staydown_web.escalation.models.report import Report


class Sighting(models.Model):
    """A reviewer opened a link on a site that we do not serve, and says what it shows.

    Nothing of what was seen is kept: only who looked, when, and which of the answers it was.
    """

    class Says(models.TextChoices):
        """What the link shows."""

        SHOWS = "shows", _("It shows what the notice describes")
        OTHER = "other", _("It shows something else")
        LAWFUL = "lawful", _("It shows something that seems lawful")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="sightings")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sightings")
    says = models.CharField(max_length=8, choices=Says.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["location", "user"], name="sighting_once_a_person"),
        )


class Appeal(models.Model):
    """A provider or the site says that a report is wrong: the ladder waits for two people.

    ``box`` (sealed for the case, context ``appeal:<id>``) holds what they wrote. Two different
    people must give the same answer; ``first_*`` is the one that waits for a second.
    """

    class Side(models.TextChoices):
        """Who appeals."""

        PROVIDER = "provider", _("A provider")
        SITE = "site", _("The site")

    class State(models.TextChoices):
        """How far it got."""

        OPEN = "open", _("Waiting for two people")
        UPHELD = "upheld", _("They are right")
        REFUSED = "refused", _("The report stands")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    escalation = models.ForeignKey(Escalation, on_delete=models.CASCADE, related_name="appeals")
    report = models.ForeignKey(
        Report, on_delete=models.SET_NULL, null=True, blank=True, related_name="appeals"
    )
    side = models.CharField(max_length=8, choices=Side.choices)
    box = models.BinaryField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    made_at = models.DateTimeField()
    first_upholds = models.BooleanField(null=True, blank=True)
    first_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    second_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(second_by__isnull=True)
                | ~models.Q(second_by=models.F("first_by")),
                name="appeal_by_two_people",
            ),
        )
        indexes = (
            models.Index(
                fields=["escalation"], condition=models.Q(state="open"), name="appeal_open"
            ),
        )
