"""What people type about other installations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as now_gettext
from django.utils.translation import gettext_lazy as _

from staydown_web.base.errors import FetchRefusedError
from staydown_web.base.fetching import origin_of
from staydown_web.federation.models import Member
from staydown_web.federation.selectors import banks_to_give
from staydown_web.federation.services.joining import LEAST_COMPARED, Agreement

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}


class AgreementForm(forms.Form):
    """What we give, what we take, and how much of it."""

    gives = forms.ChoiceField(
        choices=Member.Gives.choices,
        label=_("It is given"),
        help_text=_("Only fingerprints of people who agreed to that on their own page."),
    )
    gives_banks = forms.MultipleChoiceField(
        label=_("Out of these banks"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    takes = forms.BooleanField(
        label=_("We take its fingerprints"),
        required=False,
        help_text=_("They come as seeds into a bank of their own, and hold at most."),
    )
    cap_day = forms.IntegerField(
        label=_("Events a day, at most"),
        min_value=1,
        max_value=1_000_000,
        help_text=_("When more come, nothing new is taken until somebody looks."),
    )
    cap_total = forms.IntegerField(
        label=_("Living entries in all, at most"), min_value=0, max_value=10_000_000
    )
    reason = forms.CharField(
        label=_("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["gives_banks"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - for the type checker
        field.choices = [(str(bank.pk), bank.name) for bank in banks_to_give()]

    def clean(self) -> dict[str, Any]:
        """Giving needs a bank to give from."""
        cleaned = super().clean() or {}
        gives, banks = cleaned.get("gives"), cleaned.get("gives_banks")
        if gives and gives != Member.Gives.NOTHING and not banks:
            self.add_error("gives_banks", now_gettext("Choose at least one bank."))
        return cleaned

    def agreement(self) -> Agreement:
        """What was typed, after ``is_valid``."""
        gives = self.cleaned_data["gives"]
        is_giving = gives != Member.Gives.NOTHING
        return Agreement(
            gives=gives,
            gives_banks=self.cleaned_data["gives_banks"] if is_giving else [],
            takes=self.cleaned_data["takes"],
            cap_day=self.cleaned_data["cap_day"],
            cap_total=self.cleaned_data["cap_total"],
        )


class InvitationForm(AgreementForm):
    """Another installation, as its people told ours."""

    name = forms.CharField(label=_("Name"), max_length=80)
    address = forms.CharField(
        label=_("Address"),
        max_length=300,
        help_text=_("Such as https://staydown.example, without anything after it."),
        widget=forms.URLInput(attrs=_PLAIN),
    )
    is_private = forms.BooleanField(
        label=_("It lies in a private network of ours"),
        required=False,
        help_text=_("Then the address may be an internal one, and start with http://."),
    )
    compared = forms.CharField(
        label=_("Its fingerprint"),
        max_length=120,
        help_text=_(
            "The 32 digits that its people told you by telephone or by hand. "
            "They stand on their page “Other installations”."
        ),
        widget=forms.TextInput(attrs=_PLAIN),
    )
    field_order = ("name", "address", "is_private", "compared")

    def clean_compared(self) -> str:
        """At least the digits that stand on the page."""
        text = "".join(self.cleaned_data["compared"].lower().split())
        if len(text) < LEAST_COMPARED or any(c not in "0123456789abcdef" for c in text):
            raise forms.ValidationError(_("These are not the 32 digits of a fingerprint."))
        return text

    def clean(self) -> dict[str, Any]:
        """An address with nothing after its host; plain http in a private network alone."""
        cleaned = super().clean()
        address = str(cleaned.get("address", "")).strip().rstrip("/")
        if address:
            try:
                origin = origin_of(address)
            except FetchRefusedError:
                origin = ""
            if not origin or address.count("/") != 2 or set(address) & set("?#"):
                self.add_error("address", now_gettext("This is not the address of a server."))
            elif address.lower().startswith("http://") and not cleaned.get("is_private"):
                self.add_error("address", now_gettext("A public address starts with https://."))
            cleaned["address"] = address
        return cleaned
