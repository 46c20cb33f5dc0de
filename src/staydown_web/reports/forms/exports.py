"""What is asked before a record leaves."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class ExportForm(forms.Form):
    """Which case, and why."""

    number = forms.CharField(
        label=_("Case number"),
        help_text=_("Like C-7Q2M-4KXR"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Please write the case number.")},
    )
    reason = forms.CharField(
        label=_("Who asks for it, and by what right"),
        help_text=_("Such as the number of a court order. Do not write the name of the person."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Please say who asks for it, and by what right.")},
    )
