"""Which events a page shows."""

from __future__ import annotations

from django import forms


class EventFilter(forms.Form):
    """All optional: one case, one kind of event, and older than a number."""

    case = forms.UUIDField(required=False)
    what = forms.RegexField(regex=r"^[a-z_]{1,60}$", required=False)
    before = forms.IntegerField(min_value=1, max_value=(1 << 63) - 1, required=False)
