"""What people type on the pages of this room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import Platform


class EndpointForm(forms.Form):
    """Where a platform wants to receive orders."""

    platform = forms.ModelChoiceField(
        queryset=Platform.objects.none(), label=_("Platform"), empty_label=None
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("It starts with https://, unless it lies on an origin that the platform owns."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["platform"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = Platform.objects.order_by("name")


class TabForm(forms.Form):
    """Which orders a page shows; anything odd shows all of them from the start."""

    tab = forms.ChoiceField(
        choices=[(t, t) for t in ("all", "waiting", "unsent", "undelivered", "failed")],
        required=False,
    )
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)

    def chosen(self) -> tuple[str, int]:
        """The tab and the number of the page."""
        good = self.cleaned_data if self.is_valid() else {}
        return good.get("tab") or "all", good.get("page") or 1
