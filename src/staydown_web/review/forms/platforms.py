"""What leads and administrators type: policies of banks, reasons, exceptions, platforms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.accounts.models import Platform
from staydown_web.banks.models import Response
from staydown_web.base.errors import FetchRefusedError
from staydown_web.base.fetching import is_never_reached, origin_of


class AskForm(forms.Form):
    """Why something is to be done that takes a second person."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("The second person reads it. Name nobody."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PolicyForm(AskForm):
    """What a bank does with each kind of match; a change takes a second person."""

    field_order = ("on_identical", "on_same", "on_part", "on_altered", "reason")

    on_identical = forms.ChoiceField(label=gettext_lazy("The same bytes"), choices=Response.choices)
    on_same = forms.ChoiceField(
        label=gettext_lazy("The same picture or video"), choices=Response.choices
    )
    on_part = forms.ChoiceField(label=gettext_lazy("A part of it"), choices=Response.choices)
    on_altered = forms.ChoiceField(label=gettext_lazy("An altered copy"), choices=Response.choices)


class ReasonForm(forms.Form):
    """Why an entry changes."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("A few words for the history. Name nobody."),
        max_length=200,
        widget=forms.TextInput(),
    )


class RenewalForm(AskForm):
    """A lawful exception lasts longer."""

    days = forms.IntegerField(
        label=gettext_lazy("For how many days"), min_value=1, max_value=730, initial=365
    )

    @property
    def span(self) -> timedelta:
        """How long the exception lasts."""
        return timedelta(days=self.cleaned_data["days"])


class LawfulForm(RenewalForm):
    """A lawful exception for one account, for a time."""

    copy = forms.UUIDField()


def _is_origin(line: str) -> bool:
    try:
        origin_of(line)
        parts = urlsplit(line)
    except (FetchRefusedError, ValueError):
        return False
    return parts.path in {"", "/"} and not parts.query and not parts.fragment


def never_fetched(line: str) -> str:
    """What is said of an origin that no fetch ever reaches, whoever lists it."""
    return _("Nothing is ever fetched from “%(line)s”. Use another address.") % {"line": line[:80]}


class PlatformForm(forms.Form):
    """Who a platform is, what it owns, and which laws bind it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    public_url = forms.URLField(
        label=gettext_lazy("Address of the site"), required=False, assume_scheme="https"
    )
    media_origins = forms.CharField(
        label=gettext_lazy("Media origins"),
        help_text=gettext_lazy(
            "Where its pictures and videos lie: scheme, host and port, one a line, such as "
            "https://media.forum.example. Only from there are copies fetched, to be looked at."
        ),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )
    legal_email = forms.EmailField(
        label=gettext_lazy("Who answers for it in law (e-mail)"), required=False
    )
    minors_contact = forms.CharField(
        label=gettext_lazy("Where pictures of someone under 18 are reported"),
        required=False,
        max_length=300,
    )
    regimes = forms.MultipleChoiceField(
        label=gettext_lazy("Laws that bind it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    size = forms.ChoiceField(
        label=gettext_lazy("Size of the company behind it"),
        help_text=gettext_lazy(
            "Some laws spare small companies some duties. Leave it open if you are not sure."
        ),
        choices=Platform.Size.choices,
        required=False,
    )
    is_default = forms.BooleanField(
        label=gettext_lazy("Notices that name no platform go to it"), required=False
    )

    def __init__(self, *args: Any, laws: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["regimes"].choices = laws  # type: ignore[attr-defined]

    def clean_public_url(self) -> str:
        """An address that people could open: notices are tied to the platform by it."""
        url = str(self.cleaned_data["public_url"])
        try:
            is_of_no_use = bool(url) and is_never_reached(url, is_owned=True)
        except FetchRefusedError:
            raise ValidationError(
                _("Write a whole address, such as https://forum.example, and no user name.")
            ) from None
        if is_of_no_use:
            raise ValidationError(never_fetched(url))
        return url

    def clean_media_origins(self) -> list[str]:
        """Each line an origin: nothing behind the port."""
        origins = []
        for line in str(self.cleaned_data["media_origins"]).split():
            if not _is_origin(line):
                raise ValidationError(
                    _("“%(line)s” is not an origin. Write it as https://media.forum.example.")
                    % {"line": line[:80]}
                )
            if is_never_reached(line, is_owned=True):
                raise ValidationError(never_fetched(line))
            origins.append(line.rstrip("/").lower())
        return list(dict.fromkeys(origins))
