"""What a reviewer saw at a link."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from staydown_web.escalation.models import Sighting
from staydown_web.escalation.services.sightings import MINOR


class SightingForm(forms.Form):
    """One answer; nothing else of what was seen is kept."""

    says = forms.ChoiceField(
        label=_("What does it show?"),
        choices=[*Sighting.Says.choices, (MINOR, _("Someone shown may be under 18"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what the link shows.")},
    )
