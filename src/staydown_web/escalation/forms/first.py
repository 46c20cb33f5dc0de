"""What people type about first notices: a channel, and that one was pasted."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from staydown_web.escalation.models import SiteChannel
from staydown_web.escalation.selectors.first_reading import LETTER_LANGUAGES
from staydown_web.regimes.schemas import Kind
from staydown_web.regimes.selectors import regimes

_LANGUAGES = {"en": _("English"), "de": _("German"), "es": _("Spanish"), "fr": _("French")}
_OFF = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}


class ChannelForm(forms.Form):
    """How a site takes notices."""

    kind = forms.ChoiceField(
        label=_("How it takes notices"), choices=SiteChannel.Kind.choices, widget=forms.RadioSelect
    )
    address = forms.CharField(
        label=_("Where to"),
        help_text=_("An e-mail address, or the full address of the form: https://…"),
        max_length=400,
        widget=forms.TextInput(attrs=_OFF),
    )
    source = forms.CharField(
        label=_("Where the site says so"),
        help_text=_("The address of the page on which you read it."),
        max_length=400,
        widget=forms.TextInput(attrs=_OFF),
    )
    language = forms.ChoiceField(
        label=_("In which language to write"),
        choices=[(one, _LANGUAGES[one]) for one in LETTER_LANGUAGES],
    )
    laws = forms.MultipleChoiceField(
        label=_("Laws that bind this site, as far as you know"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        laws = [law for law in regimes().values() if law.kind is Kind.LAW]
        self.fields["laws"].choices = [  # type: ignore[attr-defined]
            (law.id, law.short_title) for law in laws
        ]

    def add_wrong(self, wrong: dict[str, str]) -> None:
        """Show what the service refused beside its field."""
        for name, words in wrong.items():
            self.add_error(name if name in self.fields else None, words)


class PastedForm(forms.Form):
    """When somebody sent the form, and what number it gave."""

    at = forms.DateTimeField(
        label=_("When you sent it (UTC)"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    remote_id = forms.CharField(
        label=_("The number that the form gave you"),
        help_text=_("Leave it empty where it gave none."),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs=_OFF),
    )

    def add_wrong(self, wrong: dict[str, str]) -> None:
        """Show what the service refused beside its field."""
        for name, words in wrong.items():
            self.add_error(name if name in self.fields else None, words)
