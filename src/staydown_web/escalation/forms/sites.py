"""What people say of sites, and of where providers take reports."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from staydown_web.escalation.chain import ContactKind
from staydown_web.escalation.models import Site

UNSAFE = (
    ("", _("It is asked to reply")),
    ("extorts", _("It asks for money to take pictures down")),
    ("publishes_complaints", _("It publishes who complained")),
    ("retaliates", _("It takes revenge on people who write to it")),
    ("names_people", _("It names the people who are shown")),
    ("other", _("It is not safe for another reason")),
)


class KindForm(forms.Form):
    """What a site is for, and why one thinks so."""

    kind = forms.ChoiceField(label=_("What this site is for"), choices=Site.Kind.choices)
    reason = forms.CharField(
        label=_("What shows it"),
        help_text=_("The second person reads it. Name nobody who is shown there."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "class": "low"}),
    )


class UnsafeForm(forms.Form):
    """Whether it is safe to ask a site for a reply, and why one thinks so."""

    unsafe_reason = forms.ChoiceField(
        label=_("Is it safe to ask it?"), choices=UNSAFE, required=False
    )
    reason = forms.CharField(
        label=_("What shows it"),
        help_text=_("The second person reads it. Name nobody who is shown there."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "class": "low"}),
    )


class ContactForm(forms.Form):
    """Where a provider takes reports."""

    kind = forms.ChoiceField(
        label=_("How it takes reports"),
        choices=[(one.value, one.label) for one in (ContactKind.EMAIL, ContactKind.FORM)],
    )
    address = forms.CharField(
        label=_("Its address"),
        help_text=_("An e-mail address, or the https address of the form."),
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    detail = forms.CharField(
        label=_("Where you found it"),
        help_text=_("So that a colleague can check it."),
        max_length=200,
    )
