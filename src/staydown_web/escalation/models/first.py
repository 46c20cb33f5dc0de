"""Where first notices go to sites that are not in our list, and the links that wait for that."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import User
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Location
from staydown_web.escalation.models.site import Site


class SiteChannel(models.Model):
    """How a site takes notices, as staff found it. It counts before our list.

    ``box`` is sealed (context ``site-channel:<id>``) and holds ``{"address", "source"}``: both can
    name the site. ``laws`` are ids of regimes that bind the site, as far as staff know.
    """

    class Kind(models.TextChoices):
        """How notices are taken."""

        MAIL = "mail", _("By e-mail")
        FORM = "form", _("By a form on its pages")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    site = models.OneToOneField(Site, on_delete=models.CASCADE, related_name="channel")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    box = models.BinaryField()
    language = models.CharField(max_length=8, default="en")
    laws = models.JSONField(default=list)
    set_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    set_at = models.DateTimeField()


class WaitingPlace(models.Model):
    """A link on a site whose channel nobody knows yet: no notice of it can be written."""

    location = models.OneToOneField(
        Location, on_delete=models.CASCADE, primary_key=True, related_name="waits_for_channel"
    )
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="waiting")
    since = models.DateTimeField()
