"""Sites on which people's pictures were reported, and by what one is known again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import User
from staydown_web.base.ids import new_id


class Site(models.Model):
    """One site, by its domain (``domains.site_domain``).

    ``domain_box`` is sealed (context ``site:<id>``), ``domain_blind`` finds it again (purpose
    ``site``). ``kind`` decides which steps a ladder may take; a person sets it. ``unsafe_reason``
    says why the site is not invited to reply; empty: it is.
    """

    class Kind(models.TextChoices):
        """What it is for."""

        USER_CONTENT = "user_content", _("A site where people post")
        DEDICATED = "dedicated", _("A site made for such pictures")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    domain_box = models.BinaryField()
    domain_blind = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.USER_CONTENT)
    kind_set_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    kind_reason_box = models.BinaryField(null=True)
    unsafe_reason = models.CharField(max_length=40, blank=True)
    cool_until = models.DateTimeField(
        null=True, blank=True, help_text="no new step against it before; only new facts end it"
    )
    made_at = models.DateTimeField()


class Mark(models.Model):
    """Something by which a site is known again: an account, an address, a template, an entry.

    ``blind`` (purpose ``mark:<kind>``) finds equal ones; ``label_box`` is sealed (context
    ``mark:<id>``) and holds what a person may see of it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="marks")
    kind = models.CharField(max_length=20)
    blind = models.CharField(max_length=64, db_index=True)
    label_box = models.BinaryField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["site", "kind", "blind"], name="mark_once_a_site"),
        )


class Kinship(models.Model):
    """Two sites that seem to be one operation; a person says whether they are.

    ``reasons`` is a list of ``[kind, how many shared]``.
    """

    class State(models.TextChoices):
        """What a person said."""

        PROPOSED = "proposed", _("Proposed")
        ACCEPTED = "accepted", _("The same operation")
        REFUSED = "refused", _("Not the same")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    older = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="kin_newer")
    newer = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="kin_older")
    score = models.FloatField()
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_at = models.DateTimeField()
    answered_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["older", "newer"], name="kinship_once"),
            models.CheckConstraint(
                condition=~models.Q(older=models.F("newer")), name="kinship_of_two"
            ),
        )
