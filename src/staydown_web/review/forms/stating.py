"""What an uploader is told, after whoever reported it answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from staydown_web.review.forms.deciding import MOST_FACTS, WRITTEN_IN
from staydown_web.review.forms.leaks import without_leaks
from staydown_web.review.selectors.leaks import Known


class StatementForm(forms.Form):
    """The facts for the uploader, read once more."""

    facts = forms.CharField(
        label=gettext_lazy("Facts for the uploader"),
        max_length=MOST_FACTS,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    facts_language = forms.ChoiceField(choices=WRITTEN_IN, required=False)

    def __init__(self, *args: Any, known: Known, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known = known

    def clean_facts(self) -> str:
        """Refuse what leads to a person, and say what to take out."""
        return without_leaks(str(self.cleaned_data["facts"]), self._known)
