"""The chain as it was found: maps of a site, providers, and where they take reports."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import User
from staydown_web.base.ids import new_id
from staydown_web.escalation.chain import Confidence, ContactKind, Role, Source
from staydown_web.escalation.models.site import Site


class Provider(models.Model):
    """An organisation that keeps sites online. Public facts only.

    ``key`` is ``ServiceFound.key``.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=8, blank=True, help_text="that it reads; empty: English")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ProviderContact(models.Model):
    """Where a provider takes reports, as found or as staff entered it."""

    class State(models.TextChoices):
        """Whether it can be used."""

        USABLE = "usable", _("Can be used")
        REFUSED = "refused", _("Not to be used")
        BOUNCED = "bounced", _("Reports came back")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="contacts")
    kind = models.CharField(max_length=12, choices=ContactKind.choices)
    address = models.CharField(max_length=400)
    scope = models.CharField(max_length=20)
    source = models.CharField(max_length=16, choices=Source.choices)
    detail = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.USABLE)
    refused = models.CharField(max_length=20, blank=True)
    rank = models.PositiveSmallIntegerField(default=0, help_text="lower ones first")
    found_at = models.DateTimeField()
    entered_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["provider", "kind", "address"], name="provider_contact_once"
            ),
        )


class Mapping(models.Model):
    """One map of a site: what was found at one moment. The newest that is done stands."""

    class State(models.TextChoices):
        """How far it got."""

        DUE = "due", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Could not be made")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="mappings")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    troubles = models.JSONField(default=list, help_text="pairs of part and code")
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=["state", "next_try_at"], name="mapping_due"),)


class Service(models.Model):
    """One edge of a map. ``evidence``: list of ``[source, detail, moment]``; ``facts`` by name."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    mapping = models.ForeignKey(Mapping, on_delete=models.CASCADE, related_name="services")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="services")
    role = models.CharField(max_length=12, choices=Role.choices)
    confidence = models.CharField(max_length=8, choices=Confidence.choices)
    evidence = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["mapping", "provider", "role"], name="service_once_a_mapping"
            ),
        )
