"""What is public, and how it is counted."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from staydown_web.reports.models import PublicPages


class PublicPagesForm(forms.Form):
    """Whether the report is public, how long its periods are, and who answers questions."""

    is_report_public = forms.BooleanField(
        label=_("Everybody can read the transparency report"), required=False
    )
    unit = forms.ChoiceField(
        label=_("A new period"),
        help_text=_(
            "Small sites: every three months, else most numbers are too small to be shown. A "
            "change holds from the next period on."
        ),
        choices=PublicPages.Unit.choices,
    )
    contact = forms.CharField(
        label=_("Who answers questions about a request"),
        help_text=_("Shown to everybody. Empty: the legal mail of the platform."),
        max_length=300,
        required=False,
    )
