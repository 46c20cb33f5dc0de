"""What staff type, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import Platform, SignIn, Team, User
from staydown_web.accounts.selectors import is_key_name_taken

_NAME = RegexValidator(
    r"^[a-z0-9][a-z0-9._-]{1,39}$",
    _("Please use 2 to 40 small letters, digits, dots, hyphens or underscores."),
)
_PSEUDONYM = RegexValidator(
    r"^[\w .'-]{2,40}$", _("Please use 2 to 40 letters, digits, spaces, dots or hyphens.")
)


class SignInForm(forms.Form):
    """Name and password."""

    name = forms.CharField(
        label=_("Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """Six digits of the app, or a spare code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )


class PasswordForm(forms.Form):
    """A new password, typed twice."""

    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 12 characters. A few unrelated words are good."),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same password again"),
        max_length=1000,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        """Compare the two, and ask Django's validators: both are told at once."""
        cleaned = super().clean() or {}
        password, again = cleaned.get("password"), cleaned.get("again")
        if password and again and password != again:
            self.add_error("again", _("The two passwords differ. Please type it again."))
        if password:
            try:
                validate_password(password, User(username=cleaned.get("name") or ""))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return cleaned


class JoinForm(PasswordForm):
    """A new colleague."""

    name = forms.CharField(
        label=_("Name to sign in with"),
        help_text=_("Small letters and digits. Only colleagues see it."),
        validators=[_NAME],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    pseudonym = forms.CharField(
        label=_("Pseudonym"),
        help_text=_("Stands instead of your name in everything that leaves this house."),
        validators=[_PSEUDONYM],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("name", "password", "again", "pseudonym")

    def clean_name(self) -> str:
        """Names are small letters, so that none looks like another."""
        return str(self.cleaned_data["name"]).lower()


class PreferencesForm(forms.Form):
    """What each chooses for themselves."""

    exposure_limit = forms.IntegerField(
        label=_("Pictures that you open in a day, at most"),
        help_text=_("A soft stop: you can go on, but you are asked first."),
        min_value=0,
        max_value=500,
    )
    break_every_minutes = forms.IntegerField(
        label=_("Minutes until a break"), min_value=10, max_value=240
    )


class EndSessionsForm(forms.Form):
    """Which of one's other sessions end, and a code as proof.

    Args:
        given: what was sent.
        others: the sessions that can be chosen.
    """

    sessions = forms.MultipleChoiceField(
        label=_("Elsewhere"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    code = forms.CharField(
        label=_("Code"),
        help_text=_("From your authenticator app, or a spare code: it shows that it is you."),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )

    def __init__(self, given: Any = None, *, others: Sequence[SignIn]) -> None:
        super().__init__(given, auto_id="session-%s")
        field = cast("forms.MultipleChoiceField", self.fields["sessions"])
        field.choices = [(str(one.pk), one) for one in others]


class InviteForm(forms.Form):
    """Which role the new colleague has; a caseworker also needs a helpline."""

    role = forms.ChoiceField(label=_("Role"), choices=User.Role.choices)
    team = forms.ModelChoiceField(
        label=_("Helpline"),
        help_text=_("Only for a caseworker."),
        queryset=Team.objects.order_by("name"),
        required=False,
        empty_label=_("None"),
    )
    leads_team = forms.BooleanField(label=_("Leads the team of the helpline"), required=False)

    def clean(self) -> dict[str, Any]:
        """A caseworker belongs to a helpline, and nobody else does."""
        cleaned = super().clean() or {}
        is_caseworker = cleaned.get("role") == User.Role.CASEWORKER
        if is_caseworker and not cleaned.get("team") and "team" not in self.errors:
            self.add_error("team", _("Choose the helpline for which they work."))
        return cleaned


class TeamForm(forms.Form):
    """A new helpline."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("As people know it: they see it when they share their case."),
        max_length=120,
    )


class OpenTeamForm(forms.Form):
    """Whether people can share their case with a helpline."""

    takes_cases = forms.BooleanField(required=False)


_DEEDS = ("role", "disable", "enable", "reset", "team_lead", "sign_out")


class ChangeUserForm(forms.Form):
    """What happens to a colleague."""

    do = forms.ChoiceField(choices=[(name, name) for name in _DEEDS])
    role = forms.ChoiceField(choices=User.Role.choices, required=False)
    leads_team = forms.BooleanField(required=False)


class KeyForm(forms.Form):
    """A new key of a platform's program."""

    name = forms.CharField(
        label=_("What uses it"), help_text=_("Such as “upload check”."), max_length=120
    )
    platform = forms.ModelChoiceField(
        label=_("Platform"), queryset=Platform.objects.order_by("name"), empty_label=None
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"), widget=forms.CheckboxSelectMultiple
    )
    per_minute = forms.IntegerField(
        label=_("Calls a minute, at most"),
        help_text=_("0: no limit."),
        min_value=0,
        max_value=10_000_000,
        initial=0,
    )

    def __init__(self, *args: Any, scopes: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = scopes  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """No second key in use has the name: who revokes one could not tell them apart."""
        data = super().clean() or self.cleaned_data
        if {"name", "platform"} <= data.keys() and is_key_name_taken(
            data["platform"], data["name"]
        ):
            self.add_error(
                "name",
                _(
                    "A key in use for this platform has this name."
                    " Choose another name, or revoke that key first."
                ),
            )
        return data


class FlaggerForm(forms.Form):
    """An organisation with the status of a trusted flagger."""

    # What is missing is said by the service, in words that say what to write.
    name = forms.CharField(label=_("Name of the organisation"), max_length=120, required=False)
    awarded_by = forms.CharField(
        label=_("Which authority gave the status"),
        help_text=_("Such as the Digital Services Coordinator of a country, and the day."),
        max_length=200,
        required=False,
    )
    team = forms.ModelChoiceField(
        label=_("Its helpline here, if it has one"),
        help_text=_("What its caseworkers file then comes first without a code."),
        queryset=Team.objects.order_by("name"),
        required=False,
        empty_label=_("None"),
    )


class ChangeFlaggerForm(forms.Form):
    """What happens to a trusted flagger."""

    do = forms.ChoiceField(choices=[(name, name) for name in ("renew", "end")])
