"""What came of a report, as a person records it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from staydown_web.escalation.models import Report


class OutcomeForm(forms.Form):
    """What the recipient did."""

    outcome = forms.ChoiceField(
        label=_("What came of it"),
        choices=[("", _("Choose what came of it")), *Report.Outcome.choices[1:]],
    )
