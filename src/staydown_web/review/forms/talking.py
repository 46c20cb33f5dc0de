"""What reviewers write to others: a line to the person who asked, a task to a colleague."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from staydown_web.accounts.models import User
from staydown_web.base.access import RANKS


class MessageForm(forms.Form):
    """A line to the person who asked."""

    text = forms.CharField(
        label=gettext_lazy("Your message"),
        help_text=gettext_lazy(
            "They read it on their page. Do not sign it: it stands there as from a reviewer."
        ),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class HandForm(forms.Form):
    """To whom a task is handed."""

    to = forms.ModelChoiceField(queryset=User.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = User.objects.filter(is_active=True, role__in=RANKS).exclude(pk=user.pk)
        self.fields["to"].queryset = others.order_by("pseudonym")  # type: ignore[attr-defined]
