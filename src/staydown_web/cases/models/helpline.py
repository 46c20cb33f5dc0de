"""What a helpline keeps: its clients, by what authority it acts, and who works on which case.

A helpline's own words about a client are sealed under the client's own key, its words about a case
under the case's: erasing either key erases them everywhere, as with all that a person wrote.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import Team, User
from staydown_web.base.ids import new_id
from staydown_web.cases.models.case import Case, Location


class Client(models.Model):
    """A person for whom a helpline acts.

    ``label_box`` (context ``client``, under the client's own key) holds what the helpline calls
    them in its own files. Nothing else about them is asked: what a notice needs is in the case.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="clients")
    holder = models.ForeignKey(User, on_delete=models.PROTECT, related_name="clients")
    label_box = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, blank=True)


class Authority(models.Model):
    """By what right the helpline acts for a client: one record for each time it was given.

    ``box`` (context ``authority:<id>``, under the client's key) holds the note and the SHA-256 of
    the signed paper, if there is one. The paper itself stays with the helpline.
    """

    class How(models.TextChoices):
        """How it was given."""

        SIGNED = "signed", _("Signed on paper")
        SPOKEN = "spoken", _("Spoken, by telephone or in person")
        WRITTEN = "written", _("Written in a message")
        PAGE = "page", _("Given on the case page")
        LAW = "law", _("By law or by a court")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="authorities")
    how = models.CharField(max_length=8, choices=How.choices)
    given_on = models.DateField()
    until = models.DateField(null=True, blank=True, help_text="the last day; none: until ended")
    box = models.BinaryField(null=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("given_on")),
                name="authority_ends_after_it_began",
            ),
        )


class Access(models.Model):
    """That a helpline works on a case: one caseworker, or the whole team.

    Offered by the person on her case page until a caseworker takes it on; of a case that the
    helpline filed itself it begins taken. ``holder`` is who works on it now. ``read_until`` is up
    to when the reviewers' messages were read here.
    """

    class Origin(models.TextChoices):
        """How the helpline came to it."""

        FILED = "filed", _("Filed by the helpline")
        SHARED = "shared", _("Shared by the person")

    class State(models.TextChoices):
        """How far it got."""

        OFFERED = "offered", _("Offered to the helpline")
        TAKEN = "taken", _("Taken on")
        ENDED = "ended", _("Ended")

    class Scope(models.TextChoices):
        """Who of the helpline sees it."""

        HOLDER = "holder", _("Only the caseworker who has it")
        TEAM = "team", _("The whole team")

    class Ending(models.TextChoices):
        """Who ended it."""

        PERSON = "person", _("Ended by the person")
        HELPLINE = "helpline", _("Given back by the helpline")
        DECLINED = "declined", _("Not taken on")
        CASE = "case", _("The case was taken back or erased")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="accesses")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="accesses")
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, null=True, blank=True, related_name="accesses"
    )
    holder = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="accesses"
    )
    origin = models.CharField(max_length=8, choices=Origin.choices)
    state = models.CharField(max_length=8, choices=State.choices)
    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.HOLDER)
    made_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    read_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=8, choices=Ending.choices, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["case", "team"],
                condition=~models.Q(state="ended"),
                name="access_once_a_case_and_team",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="taken")
                | models.Q(holder__isnull=False, client__isnull=False, taken_at__isnull=False),
                name="access_taken_has_a_holder",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="ended") | models.Q(ended_at__isnull=False),
                name="access_ended_has_a_moment",
            ),
        )
        indexes = (models.Index(fields=["team", "state"], name="access_team_state"),)


class HandOver(models.Model):
    """A case passes from one caseworker to a colleague; ``note_box`` (context ``handover:<id>``).

    The giver keeps the case until the colleague accepts, so nothing is without a holder.
    """

    class State(models.TextChoices):
        """How far it got."""

        OFFERED = "offered", _("Offered")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        TAKEN_BACK = "back", _("Taken back")
        REASSIGNED = "moved", _("Given by the lead of the team")
        LAPSED = "lapsed", _("Lapsed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    access = models.ForeignKey(Access, on_delete=models.CASCADE, related_name="hand_overs")
    giver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    taker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note_box = models.BinaryField(null=True)
    state = models.CharField(max_length=8, choices=State.choices)
    made_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["access"],
                condition=models.Q(state="offered"),
                name="handover_one_offer_an_access",
            ),
            models.CheckConstraint(
                condition=~models.Q(giver=models.F("taker")), name="handover_to_another"
            ),
        )


class Telling(models.Model):
    """That a place was told by other means than through this service, and whether it answered.

    ``batch`` ties together what was marked with one press, so that one press takes it back.
    ``note_box`` (context ``telling:<id>``) is sealed under the case's key.
    """

    class How(models.TextChoices):
        """By what means."""

        FORM = "form", _("A form on the website")
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Telephone")
        LETTER = "letter", _("Letter")
        OTHER = "other", _("Another way")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    batch = models.UUIDField(db_index=True)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="tellings")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    how = models.CharField(max_length=8, choices=How.choices)
    told_on = models.DateField()
    ask_again_on = models.DateField(null=True, blank=True)
    note_box = models.BinaryField(null=True)
    made_at = models.DateTimeField()
    answered_on = models.DateField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["location"],
                condition=models.Q(undone_at__isnull=True),
                name="telling_one_a_place",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_on__isnull=True)
                | models.Q(answered_on__gte=models.F("told_on")),
                name="telling_answered_after_told",
            ),
        )
