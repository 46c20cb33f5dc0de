"""Which entries a list shows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.banks.models import Bank, Entry
from staydown_web.review.selectors.entries import EntryFilter, lists_in_words, states_in_words


class EntriesForm(forms.Form):
    """All optional: a bank, a state, a source, a list. What is not known narrows nothing."""

    bank = forms.ChoiceField(label=gettext_lazy("Bank"), required=False)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    origin = forms.ChoiceField(label=gettext_lazy("Source"), required=False)
    batch = forms.ChoiceField(label=gettext_lazy("List"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        banks = Bank.objects.order_by("kind", "name").values_list("slug", "name")
        sources = [(value, str(label)) for value, label in Entry.Origin.choices]
        for name, choices in (
            ("bank", list(banks)),
            ("state", states_in_words()),
            ("origin", sources),
            ("batch", lists_in_words()),
        ):
            self.fields[name].choices = [("", _("Any")), *choices]  # type: ignore[attr-defined]

    def wanted(self) -> EntryFilter:
        """What is listed."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        batch = given.pop("batch", "")
        return EntryFilter(**given, batch=UUID(batch) if batch else None)
