"""Which events a page shows."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError

from staydown_web.audit.services.numbers import case_of_number


class EventFilter(forms.Form):
    """All optional: one case by id or number, one kind of event, and older than a number."""

    case = forms.CharField(required=False, max_length=36)
    what = forms.RegexField(regex=r"^[a-z_]{1,60}$", required=False)
    before = forms.IntegerField(min_value=1, max_value=(1 << 63) - 1, required=False)

    def clean_case(self) -> UUID | None:
        """The case's id, from its id or its number."""
        text = self.cleaned_data["case"].strip()
        if not text:
            return None
        try:
            return UUID(text)
        except ValueError:
            found = case_of_number(text)
        if found is None:
            raise ValidationError("no case", code="unknown")
        return found
