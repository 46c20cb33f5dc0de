"""What a site or a provider wrote against a report."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from staydown_web.escalation.models import Appeal


class AppealForm(forms.Form):
    """Who appeals, and what they wrote."""

    side = forms.ChoiceField(
        label=_("Who appeals"), choices=[("", _("Choose who appeals")), *Appeal.Side.choices]
    )
    text = forms.CharField(
        label=_("What they wrote"),
        help_text=_("In their words. It is sealed for the case."),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
