"""The facts of a statement in words for the public database."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from staydown_web.reports.selectors.entry_rules import MOST_FACTS
from staydown_web.review.forms.leaks import without_leaks
from staydown_web.review.selectors.leaks import Known


class PublicFactsForm(forms.Form):
    """Sentences that everybody can read: nothing in them may lead to a person."""

    facts = forms.CharField(
        label=gettext_lazy("Facts for the public database"),
        help_text=gettext_lazy("The page of the uploader stays as it is."),
        max_length=MOST_FACTS,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args: Any, known: Known, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known = known

    def clean_facts(self) -> str:
        """Refuse what leads to a person, and say what to take out."""
        return without_leaks(str(self.cleaned_data["facts"]), self._known)
