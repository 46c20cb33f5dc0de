"""The answer to a complaint as it is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from staydown_web.review.forms.deciding import (
    WRITTEN_IN,
    grounds_field,
    must_say_why,
    unopened_field,
)
from staydown_web.review.forms.leaks import without_leaks
from staydown_web.review.models import Complaint
from staydown_web.review.selectors.grounds import LOOK_FIRST, Ground
from staydown_web.review.selectors.leaks import Known

MOST_ANSWER = 2000


class AnswerForm(forms.Form):
    """Whether the decision stays, on which ground it is reversed, and what is answered."""

    outcome = forms.ChoiceField(
        choices=Complaint.Outcome.choices,
        error_messages={"required": gettext_lazy("Please choose whether the decision stays.")},
    )
    grounds = grounds_field()
    needs = grounds_field()
    unopened = unopened_field()
    facts = forms.CharField(
        max_length=MOST_ANSWER,
        error_messages={"required": gettext_lazy("Please say why, in a sentence or two.")},
    )

    facts_language = forms.ChoiceField(choices=WRITTEN_IN, required=False)

    def __init__(
        self,
        *args: Any,
        grounds: Sequence[Ground],
        known: Known,
        has_opened: bool = True,
        **kwargs: Any,
    ) -> None:
        """Build the form of one complaint.

        Args:
            grounds: on which it can be reversed.
            known: what the answer may not hold.
            has_opened: whether an opening of the copy by this reviewer is counted.
            args: of a form.
            kwargs: of a form.
        """
        super().__init__(*args, **kwargs)
        self._grounds = {ground.id: ground for ground in grounds}
        self._known, self._has_opened = known, has_opened
        self.fields["facts_language"].initial = get_language()
        self.fields["grounds"].choices = [  # type: ignore[attr-defined]
            (ground.id, ground.label) for ground in grounds
        ]
        self.fields["needs"].choices = [  # type: ignore[attr-defined]
            (need.value, need.label) for ground in grounds for need in ground.needs
        ]

    def clean_facts(self) -> str:
        """Refuse what leads to a person, and say what to take out."""
        return without_leaks(str(self.cleaned_data["facts"]), self._known)

    def clean(self) -> dict[str, Any]:
        """A reversal needs a ground, and what the ground asks for."""
        cleaned = super().clean() or {}
        if cleaned.get("outcome") != Complaint.Outcome.REVERSED:
            return {**cleaned, "grounds": [], "needs": [], "unopened": ""}
        if not cleaned.get("grounds"):
            self.add_error("grounds", _("Please choose at least one ground."))
            return cleaned
        wanted = {n.value for id_ in cleaned["grounds"] for n in self._grounds[id_].needs}
        confirmed = sorted(wanted & set(cleaned.get("needs") or []))
        unopened = "" if self._has_opened else str(cleaned.get("unopened") or "")
        cleaned |= {"needs": confirmed, "unopened": unopened}
        if len(confirmed) < len(wanted):
            self.add_error("needs", _("Please tick what this ground needs, or choose another."))
        if must_say_why(self, confirmed) and not self._has_opened:
            self.add_error("unopened", LOOK_FIRST)
        return cleaned
