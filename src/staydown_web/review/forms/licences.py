"""An account that a platform says holds a licence."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy


class LicenceForm(forms.Form):
    """The account as the platform's program names it, and what the platform says of it."""

    account = forms.CharField(
        label=gettext_lazy("Account"),
        help_text=gettext_lazy(
            "Exactly as the program of the platform sends it with a check, such as a number "
            "or a name."
        ),
        max_length=200,
        error_messages={"required": gettext_lazy("Please write the account.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    note = forms.CharField(
        label=gettext_lazy("What the platform says of it"),
        help_text=gettext_lazy(
            "Which licence or contract, since when, and who of the platform confirmed it."
        ),
        max_length=500,
        error_messages={"required": gettext_lazy("Please write what the platform says of it.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_account(self) -> str:
        """Without the spaces around it: they are never part of an account."""
        return str(self.cleaned_data["account"]).strip()
