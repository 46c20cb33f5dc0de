"""What a lead types to warn, to suspend, or to answer a complaint about a suspension."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

MOST_TEXT = 2000


class WarningForm(forms.Form):
    """What was wrong, for the notifier."""

    text = forms.CharField(
        label=gettext_lazy("What was wrong"),
        help_text=gettext_lazy(
            "They read it on the page of this case, after a plain sentence that this is a "
            "warning. Name nobody."
        ),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class SuspendForm(forms.Form):
    """For how long, and why."""

    days = forms.IntegerField(
        label=gettext_lazy("For how many days"), min_value=1, max_value=180, initial=30
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("The second person reads it. Name nobody."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AppealAnswerForm(forms.Form):
    """Whether the suspension ends, and what is answered."""

    outcome = forms.ChoiceField(
        choices=[
            ("stays", gettext_lazy("The suspension stays")),
            ("lifted", gettext_lazy("The suspension ends now")),
        ],
        error_messages={"required": gettext_lazy("Please choose whether it stays.")},
    )
    text = forms.CharField(
        label=gettext_lazy("What you answer to them"),
        max_length=MOST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
