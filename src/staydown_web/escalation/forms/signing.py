"""What somebody says when a report is not to leave, and when it was pasted into a form."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from staydown_web.escalation.services.signing import REASONS

WORDS = {
    "wrong_contact": _("It goes to the wrong address"),
    "wrong_facts": _("A fact in it is wrong"),
    "wrong_text": _("The words are wrong"),
    "not_needed": _("It is not needed any more"),
    "too_early": _("It is too early"),
    "other": _("Another reason"),
}


class SendBackForm(forms.Form):
    """Why a report does not leave."""

    reason = forms.ChoiceField(label=_("Why it does not leave"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [("", _("Choose a reason")), *((name, WORDS[name]) for name in REASONS)]
        self.fields["reason"].choices = choices  # type: ignore[attr-defined]


class DigestForm(forms.Form):
    """Which text was shown when somebody pressed the button."""

    digest = forms.RegexField(regex=r"^[0-9a-f]{64}$")
