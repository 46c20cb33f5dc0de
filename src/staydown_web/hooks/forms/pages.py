"""What administrators type about hooks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import Platform
from staydown_web.hooks.models import Hook
from staydown_web.hooks.services.keeping import MAX_BYTES, MOST_WAIT_S, WAIT_S, BucketPlace

_MIB = 1 << 20
_PLACE = ("endpoint", "bucket", "region", "access_key", "secret_key")


class HookForm(forms.Form):
    """A new hook. Nothing is chosen beforehand where the answer is the platform's to give."""

    name = forms.CharField(
        label=_("What uses it"), help_text=_("Such as “pict-rs of the forum”."), max_length=120
    )
    platform = forms.ModelChoiceField(
        label=_("Platform"), queryset=Platform.objects.order_by("name"), empty_label=None
    )
    kind = forms.ChoiceField(label=_("Who asks"), choices=Hook.Kind.choices)
    on_failure = forms.ChoiceField(
        label=_("If a file cannot be checked"),
        help_text=_(
            "When this service fails or is too slow, or the file cannot be opened. "
            "Every such case is counted on this page."
        ),
        choices=Hook.Failure.choices,
        widget=forms.RadioSelect,
    )
    on_hold = forms.ChoiceField(
        label=_("If the bank says hold"), choices=Hook.Hold.choices, widget=forms.RadioSelect
    )
    max_mib = forms.IntegerField(
        label=_("Largest file in MiB"),
        help_text=_("A larger one counts as a file that cannot be checked."),
        min_value=1,
        max_value=4096,
        initial=MAX_BYTES // _MIB,
    )
    wait_s = forms.IntegerField(
        label=_("Seconds that a check may take"),
        help_text=_("Fewer than the caller waits."),
        min_value=1,
        max_value=MOST_WAIT_S,
        initial=WAIT_S,
    )
    takes_private = forms.BooleanField(
        label=_("Look at files of private rooms too"),
        help_text=_(
            "For chats. Off: nothing of a private message is looked at. Nothing requires it."
        ),
        required=False,
    )
    on_refuse = forms.ChoiceField(
        label=_("What becomes of an object that is refused"),
        choices=[("", _("Not a bucket")), *Hook.Refusal.choices],
        required=False,
    )
    endpoint = forms.CharField(
        label=_("Address of the store"),
        help_text=_("One of the media origins of the platform."),
        max_length=300,
        required=False,
    )
    bucket = forms.CharField(label=_("Bucket"), max_length=100, required=False)
    region = forms.CharField(label=_("Region"), max_length=60, required=False, initial="us-east-1")
    access_key = forms.CharField(
        label=_("Access key"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    secret_key = forms.CharField(
        label=_("Secret key"),
        help_text=_("It is kept encrypted and never shown again."),
        max_length=300,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def wanted(self) -> dict[str, Any]:
        """For ``services.create_hook``, once the form is valid."""
        given = dict(self.cleaned_data)
        place = BucketPlace(**{name: given.pop(name) for name in _PLACE})
        given["max_bytes"] = given.pop("max_mib") * _MIB
        return given | {"place": place if given["kind"] == Hook.Kind.BUCKET else None}

    def add_problems(self, fields: dict[str, str]) -> None:
        """Put what a service found wrong beside its field."""
        for field, remedy in fields.items():
            self.add_error("max_mib" if field == "max_bytes" else field, remedy)
