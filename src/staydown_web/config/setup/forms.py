"""What the setup pages ask."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import Platform
from staydown_web.banks.models import Response
from staydown_web.base.errors import FetchRefusedError
from staydown_web.base.fetching import is_never_reached
from staydown_web.cases.forms import clean_url, origin_of
from staydown_web.regimes.schemas import Regime
from staydown_web.regimes.selectors import FALLBACK, regimes
from staydown_web.review.forms.platforms import never_fetched

BLOCK, HOLD = str(Response.BLOCK), str(Response.HOLD)
_ADDRESS = _("Please write a full address, such as legal@forum.example")
_SITE = _("Please write a full address, such as https://forum.example")
_MOST_ORIGINS = 20


class SiteForm(forms.Form):
    """Name, legal mail, addresses, laws, and what happens to confirmed copies."""

    name = forms.CharField(label=_("Name that people know"), max_length=120)
    legal_email = forms.EmailField(
        label=_("Who receives legal mail"),
        help_text=_("Also used for cases about people under 18, which never enter Staydown."),
        error_messages={"invalid": _ADDRESS, "required": _ADDRESS},
    )
    media_origins = forms.CharField(
        label=_("Addresses of your site"),
        help_text=_(
            "One a line, with those that serve pictures and videos. Copies are looked at "
            "there and nowhere else."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        error_messages={"required": _SITE},
    )
    laws = forms.MultipleChoiceField(
        label=_("Which laws apply to you"),
        help_text=_("Not sure? Leave it as it is: the form then asks for what any of them needs."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    size = forms.ChoiceField(
        label=_("Size of the company behind it"),
        help_text=_(
            "Some laws spare small companies some duties. Leave it open if you are not sure."
        ),
        choices=Platform.Size.choices,
        required=False,
    )
    policy = forms.ChoiceField(
        label=_("When a confirmed copy is uploaded"),
        choices=[(BLOCK, _("Block it")), (HOLD, _("Hold it for a person"))],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["laws"].choices = [  # type: ignore[attr-defined]
            (law.id, law.short_title) for law in laws()
        ]
        for name, field in self.fields.items():
            if name in self.errors:
                described = f"{self[name].auto_id}_helptext {self[name].auto_id}_error"
                field.widget.attrs["aria-describedby"] = described

    def clean_media_origins(self) -> list[str]:
        """Origins in their one form, each once."""
        origins: dict[str, None] = {}
        for line in self.cleaned_data["media_origins"].split():
            try:
                origin = origin_of(clean_url(line))
                is_of_no_use = is_never_reached(origin, is_owned=True)
            except (FetchRefusedError, ValueError):
                raise ValidationError(_SITE) from None
            if is_of_no_use:
                raise ValidationError(never_fetched(line))
            origins[origin] = None
        if not 0 < len(origins) <= _MOST_ORIGINS:
            raise ValidationError(_SITE)
        return list(origins)


class TryForm(forms.Form):
    """One picture or video."""

    upload = forms.FileField(
        label=_("A picture or video"),
        help_text=_("It is fingerprinted, looked up, and forgotten."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/*,video/*"}),
        error_messages={"required": _("Please choose a file."), "empty": _("This file is empty.")},
    )


def laws() -> list[Regime]:
    """The laws that a site can be bound by; its own rules are always there."""
    return [law for law in regimes().values() if law.id != FALLBACK]


def first_answers(platform: Platform | None, *, policy: str) -> dict[str, Any]:
    """What the form shows before anything is changed."""
    if platform is None:
        return {"laws": [law.id for law in laws()], "policy": policy}
    return {
        "name": platform.name,
        "legal_email": platform.legal_email,
        "media_origins": "\n".join(platform.media_origins),
        "laws": platform.regimes,
        "size": platform.size,
        "policy": policy,
    }
