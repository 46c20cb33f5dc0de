"""What caseworkers type, checked for its shape; what values must be, ``cases.services`` says."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import User
from staydown_web.accounts.selectors import teammates
from staydown_web.cases.models import Access, Authority, Client, Telling
from staydown_web.cases.services.clients import MOST_LABEL, MOST_NOTE, Given
from staydown_web.cases.services.telling import Told


def _day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


class AuthorityForm(forms.Form):
    """How a client gave authority."""

    how = forms.ChoiceField(
        label=_("How they asked you to act"),
        choices=[row for row in Authority.How.choices if row[0] != Authority.How.PAGE],
    )
    on = _day(_("On which day"))
    until = _day(
        _("Until when (if they named an end)"), required=False, help_text=_("The last day.")
    )
    note = forms.CharField(
        label=_("Note (if you like)"),
        help_text=_("For your colleagues. Please write no names and no addresses."),
        max_length=MOST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "low"}),
    )
    digest = forms.CharField(
        label=_("SHA-256 sum of the signed paper (if you have one)"),
        help_text=_("The paper stays with you. The sum proves later that it is the same one."),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )

    def given(self) -> Given:
        """The authority, of a valid form."""
        return Given(
            **{name: self.cleaned_data[name] for name in ("how", "on", "until", "note")},
            digest=self.cleaned_data["digest"],
        )


class LabelForm(forms.Form):
    """What the helpline calls a client."""

    label = forms.CharField(
        label=_("Your own file number or label"),
        help_text=_("As in your own files. Better a number than a name."),
        max_length=MOST_LABEL,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ClientForm(AuthorityForm, LabelForm):
    """A new client, with their authority."""

    field_order = ("label", "how", "on", "until", "note", "digest")


class ToldForm(forms.Form):
    """How places were told."""

    how = forms.ChoiceField(label=_("How you told them"), choices=Telling.How.choices)
    on = _day(_("On which day"))
    ask_again_on = _day(
        _("Ask again on (if you like)"), required=False, help_text=_("Else a week later.")
    )
    note = forms.CharField(
        label=_("Note (if you like)"),
        help_text=_("Such as the number of your report there."),
        max_length=500,
        required=False,
    )

    def told(self) -> Told:
        """How they were told, of a valid form."""
        return Told(**self.cleaned_data)


class AnsweredForm(forms.Form):
    """When a place answered."""

    on = _day(_("Answered on"))


class TakeOnForm(forms.Form):
    """Taking on a case that a person shared: of a client, or of somebody new.

    Args:
        clients: of the helpline; with none, nobody is chosen, and the words speak of nobody else.
        labels: id -> what the helpline calls each.
    """

    client = forms.ModelChoiceField(
        label=_("Whose case it is"),
        help_text=_("Choose them if you act for them already."),
        queryset=Client.objects.none(),
        required=False,
        empty_label=_("Somebody new"),
    )
    label = forms.CharField(
        label=_("For somebody new: your own file number or label"),
        max_length=MOST_LABEL,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(label=_("Who sees this case"), choices=Access.Scope.choices)

    def __init__(self, *args: Any, clients: Any, labels: dict[Any, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not labels:
            del self.fields["client"]
            alone = LabelForm.base_fields["label"]
            self.fields["label"].label = alone.label
            self.fields["label"].help_text = alone.help_text
            return
        field = self.fields["client"]
        field.queryset = clients  # type: ignore[attr-defined]
        field.label_from_instance = lambda client: labels[client.pk]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Without a choice it is somebody new."""
        return {"client": None, **(super().clean() or {})}


class ScopeForm(forms.Form):
    """Who of the team sees a case."""

    scope = forms.ChoiceField(label=_("Who sees this case"), choices=Access.Scope.choices)


class ColleagueForm(forms.Form):
    """A colleague of the same helpline."""

    taker = forms.ModelChoiceField(
        label=_("Colleague"), queryset=User.objects.none(), empty_label=None
    )
    note = forms.CharField(
        label=_("What they should know (if you like)"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "low"}),
    )

    def __init__(self, *args: Any, user: User, includes_self: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mates = teammates(user)
        field = self.fields["taker"]
        field.queryset = mates if includes_self else mates.exclude(pk=user.pk)  # type: ignore[attr-defined]
        field.label_from_instance = lambda mate: mate.pseudonym  # type: ignore[attr-defined]


class WordsForm(forms.Form):
    """A message to the reviewers."""

    text = forms.CharField(
        label=_("Your message"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
