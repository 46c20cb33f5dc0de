"""What leads type to ask for a local copy."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import Platform
from staydown_web.banks.models import Bank
from staydown_web.replicas.services.agreeing import MOST_DAYS, MOST_STALE_HOURS


class ReplicaForm(forms.Form):
    """A new agreement."""

    name = forms.CharField(
        label=_("What uses it"), help_text=_("Such as “upload servers in Oslo”."), max_length=120
    )
    platform = forms.ModelChoiceField(
        label=_("Platform"), queryset=Platform.objects.order_by("name"), empty_label=None
    )
    banks = forms.ModelMultipleChoiceField(
        label=_("Banks that it may hold"),
        help_text=_(
            "Without a lawful bank, its exceptions do not count there, and lawful uploads are held."
        ),
        # A list that was left is being emptied: nothing of it goes anywhere.
        queryset=Bank.objects.exclude(exchange__left_at__isnull=False).order_by("name"),
        widget=forms.CheckboxSelectMultiple,
    )
    public_key = forms.CharField(
        label=_("Its public key"),
        help_text=_("As “staydown edge key” prints it there: 64 letters and digits."),
        max_length=100,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )
    days = forms.IntegerField(
        label=_("For how many days"), min_value=1, max_value=MOST_DAYS, initial=180
    )
    stale_hours = forms.IntegerField(
        label=_("Hours that it may answer without a word from here"),
        help_text=_("After that it locks its copy. A withdrawal reaches it no later than this."),
        min_value=1,
        max_value=MOST_STALE_HOURS,
        initial=24,
    )
    sees_details = forms.BooleanField(
        label=_("It may show kind, score and place of a match, and act on altered copies"),
        required=False,
    )
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("What you agreed with the platform. Two people read it. Name nobody."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_public_key(self) -> str:
        """Without the spaces that come along when it is copied."""
        return "".join(str(self.cleaned_data["public_key"]).split()).lower()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        banks = Bank.objects.filter(is_active=True).values_list("pk", flat=True)
        self.fields["banks"].initial = list(banks)
