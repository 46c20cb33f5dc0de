"""What reviewers type, checked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.accounts.models import User
from staydown_web.banks.models import Response
from staydown_web.base.errors import FetchRefusedError
from staydown_web.base.fetching import origin_of
from staydown_web.review.models import Decision
from staydown_web.review.selectors.grounds import Ground

_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_ADDRESS = re.compile(
    r"\b(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S*", re.IGNORECASE
)
_CASE_NUMBER = re.compile(r"\bC-[2-9A-HJ-NP-TV-Z]{4}-?[2-9A-HJ-NP-TV-Z]{0,4}\b", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+|\b00?)\d[\d ()/.-]{6,}\d")
_LEAST_LETTERS = 3
MOST_FACTS = 2000


def plain(text: str) -> str:
    """Small letters without accents, so that a name is found however it is written."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def names_somebody(text: str, secrets: Iterable[str]) -> str:
    """What in a text could lead to the person who asked, in words for the reviewer; else empty.

    Args:
        text: meant for the uploader.
        secrets: what the notifier gave: names, addresses, numbers. Names are compared word by word.
    """
    if _MAIL.search(text):
        return _("Please take out the e-mail address.")
    if _ADDRESS.search(text):
        return _("Please take out the web address.")
    if _CASE_NUMBER.search(text):
        return _("Please take out the case number.")
    if _PHONE.search(text):
        return _("Please take out the telephone number.")
    words = set(re.findall(r"[^\W_]+", plain(text)))
    for secret in secrets:
        parts = re.findall(r"[^\W_]+", plain(secret))
        if any(len(part) >= _LEAST_LETTERS and part in words for part in parts):
            return _("Please take out the name. Nothing here may lead to the person who asked.")
    return ""


class DecisionForm(forms.Form):
    """Outcome, grounds, and the facts for the uploader."""

    outcome = forms.ChoiceField(
        choices=Decision.Outcome.choices,
        error_messages={"required": gettext_lazy("Please choose what happens to it.")},
    )
    grounds = forms.MultipleChoiceField(required=False)
    facts = forms.CharField(required=False, max_length=MOST_FACTS)
    confirms_altered = forms.BooleanField(required=False)
    version = forms.CharField(required=False, max_length=60)

    def __init__(
        self,
        *args: Any,
        removal: list[Ground],
        restoring: list[Ground],
        secrets: Iterable[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._removal = {ground.id for ground in removal}
        self._restoring = {ground.id for ground in restoring}
        self._secrets = list(secrets)
        self.fields["grounds"].choices = [  # type: ignore[attr-defined]
            (ground.id, ground.label) for ground in (*removal, *restoring)
        ]

    def clean_facts(self) -> str:
        """Refuse what leads to the person who asked."""
        facts = str(self.cleaned_data["facts"]).strip()
        if wrong := names_somebody(facts, self._secrets):
            raise ValidationError(wrong)
        return facts

    def clean(self) -> dict[str, Any]:
        """A finding needs a ground of its own side, and facts where it restricts somebody."""
        cleaned = super().clean() or {}
        outcome = cleaned.get("outcome")
        own = self._restoring if outcome == Decision.Outcome.RESTORE else self._removal
        cleaned["grounds"] = [one for one in cleaned.get("grounds") or [] if one in own]
        is_final = outcome in (Decision.Outcome.REMOVE, Decision.Outcome.RESTORE)
        if is_final and not cleaned["grounds"]:
            self.add_error("grounds", _("Please choose at least one ground."))
        restricts = outcome == Decision.Outcome.REMOVE
        if restricts and not cleaned.get("facts") and "facts" not in self.errors:
            self.add_error("facts", _("Please say in a sentence or two what was found."))
        return cleaned


class MessageForm(forms.Form):
    """A line to the person who asked."""

    text = forms.CharField(
        label=gettext_lazy("Your message"),
        help_text=gettext_lazy(
            "They read it on their page. Sign with nothing: your pseudonym stands beside it."
        ),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class HandForm(forms.Form):
    """To whom a task is handed."""

    to = forms.ModelChoiceField(queryset=User.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = User.objects.filter(is_active=True).exclude(pk=user.pk)
        self.fields["to"].queryset = others.order_by("pseudonym")  # type: ignore[attr-defined]


class PolicyForm(forms.Form):
    """What a bank does with each kind of match; a change takes a second person."""

    on_identical = forms.ChoiceField(label=gettext_lazy("The same bytes"), choices=Response.choices)
    on_same = forms.ChoiceField(
        label=gettext_lazy("The same picture or video"), choices=Response.choices
    )
    on_part = forms.ChoiceField(label=gettext_lazy("A part of it"), choices=Response.choices)
    on_altered = forms.ChoiceField(label=gettext_lazy("An altered copy"), choices=Response.choices)
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("The second person reads it. Name nobody."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReasonForm(forms.Form):
    """Why an entry changes."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("A few words for the history. Name nobody."),
        max_length=200,
        widget=forms.TextInput(),
    )


class LawfulForm(forms.Form):
    """A lawful exception for one account, for a time."""

    copy = forms.UUIDField()
    days = forms.IntegerField(
        label=gettext_lazy("For how many days"), min_value=1, max_value=730, initial=365
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("The second person reads it. Name nobody."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @property
    def span(self) -> timedelta:
        """How long the exception lasts."""
        return timedelta(days=self.cleaned_data["days"])


def _is_origin(line: str) -> bool:
    try:
        origin_of(line)
        parts = urlsplit(line)
    except (FetchRefusedError, ValueError):
        return False
    return parts.path in {"", "/"} and not parts.query and not parts.fragment


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
    is_default = forms.BooleanField(
        label=gettext_lazy("Notices that name no platform go to it"), required=False
    )

    def __init__(self, *args: Any, laws: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["regimes"].choices = laws  # type: ignore[attr-defined]

    def clean_media_origins(self) -> list[str]:
        """Each line an origin: nothing behind the port."""
        origins = []
        for line in str(self.cleaned_data["media_origins"]).split():
            if not _is_origin(line):
                raise ValidationError(
                    _("“%(line)s” is not an origin. Write it as https://media.forum.example.")
                    % {"line": line[:80]}
                )
            origins.append(line.rstrip("/").lower())
        return list(dict.fromkeys(origins))
