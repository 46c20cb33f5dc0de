"""Why an escalation is stopped by a person."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from staydown_web.escalation.models import Escalation
from staydown_web.escalation.services.stopping import BY_STAFF


class StopForm(forms.Form):
    """The reason; each has its consequences, which the page says."""

    reason = forms.ChoiceField(label=_("Why it stops"))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        words = dict(Escalation.Stopped.choices)
        choices = [("", _("Choose a reason")), *((name, words[name]) for name in sorted(BY_STAFF))]
        self.fields["reason"].choices = choices  # type: ignore[attr-defined]
