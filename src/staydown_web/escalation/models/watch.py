"""Looking again at links that were reported: what was there, and when to look next."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case, Location
from staydown_web.escalation.models.site import Site


class SiteTurn(models.Model):
    """Whose turn a site is: links on it are looked at one after the other, with pauses.

    ``at`` is when it is next to be looked at, None where nothing is; ``free_at`` the earliest that
    is polite. Whoever moves both on holds the site for a while. ``failures`` counts looks in a row
    that got no answer. ADR-0085.
    """

    site = models.OneToOneField(
        Site, on_delete=models.CASCADE, primary_key=True, related_name="turn"
    )
    at = models.DateTimeField(null=True, blank=True)
    free_at = models.DateTimeField()
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = (models.Index(fields=["at"], name="site_turn_due"),)


class CaseTurn(models.Model):
    """Whose turn a case's links on a site are: cases take turns, however many links each has.

    ``at`` is when its earliest link is due, or when it was last served where that is later.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # The index of both has the site first; that of the site alone would be a second one.
    site = models.ForeignKey(
        Site, on_delete=models.CASCADE, related_name="case_turns", db_index=False
    )
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="turns")
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["site", "case"], name="case_turn_once_a_site"),
        )
        indexes = (models.Index(fields=["site", "at"], name="case_turn_due"),)


class Watch(models.Model):
    """One link of a case on a site that we do not serve, looked at ever more rarely.

    ``round`` counts looks since the state last changed; it sets the pause to the next.
    """

    class State(models.TextChoices):
        """What the last look said."""

        NEW = "new", _("Not looked at yet")
        THERE = "there", _("Still there")
        GONE = "gone", _("Gone")
        MOVED = "moved", _("Moved")
        GEO_BLOCKED = "geo_blocked", _("Closed to our country")
        UNREACHABLE = "unreachable", _("No answer")
        BACK = "back", _("Back again")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    location = models.OneToOneField(Location, on_delete=models.CASCADE, related_name="watch")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="watches")
    turn = models.ForeignKey(
        CaseTurn,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="watches",
        db_index=False,
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.NEW)
    round = models.PositiveSmallIntegerField(default=0)
    next_look_at = models.DateTimeField(null=True, blank=True)
    looked_at = models.DateTimeField(null=True, blank=True)
    state_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["next_look_at"], name="watch_due"),
            models.Index(fields=["turn", "next_look_at"], name="watch_turn_due"),
        )


class Look(models.Model):
    """One look that changed what is known, with its evidence: no media, no body.

    ``facts`` holds ``status``, ``redirected`` (to the same site or another), ``from`` (which way
    out), ``content_type``; ``mark`` is a blind of the answer's kind and size, by which two looks
    are compared.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    watch = models.ForeignKey(Watch, on_delete=models.CASCADE, related_name="looks")
    state = models.CharField(max_length=12, choices=Watch.State.choices)
    facts = models.JSONField(default=dict)
    mark = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
