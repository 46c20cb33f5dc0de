"""A decision as it is typed: what happens, on which ground, how it is restricted, the facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from staydown_web.review.forms.leaks import without_leaks
from staydown_web.review.models import Decision
from staydown_web.review.selectors.grounds import (
    INSTEAD_OF_OPENING,
    LOOK_FIRST,
    LOOK_NEEDS,
    SECOND_NEED,
    Ground,
)
from staydown_web.review.selectors.leaks import Known
from staydown_web.review.selectors.minors import two_people

MOST_FACTS = 2000
MOST_WHY = 1000
WRITTEN_IN = [*settings.LANGUAGES, ("", gettext_lazy("Another language, or not sure"))]
"""In which language somebody wrote; none is guessed from the text."""


def written_in(typed: str) -> str:
    """The code of a language that somebody chose of ``WRITTEN_IN``; empty for any other."""
    return typed if typed in dict(WRITTEN_IN) else ""


def grounds_field() -> forms.MultipleChoiceField:
    """Grounds, or their needs: those of the page, which may have become fewer since."""
    text = gettext_lazy("Please choose among the grounds that stand here.")
    return forms.MultipleChoiceField(required=False, error_messages={"invalid_choice": text})


def unopened_field() -> forms.ChoiceField:
    """Why somebody who looked at a copy did not open it here."""
    why = [(reason.value, reason.label) for reason in INSTEAD_OF_OPENING]
    errors = {"invalid_choice": LOOK_FIRST}
    return forms.ChoiceField(choices=why, required=False, error_messages=errors)


def must_say_why(form: forms.Form, confirmed: Collection[str]) -> bool:
    """Whether it says that somebody looked at a copy, and nothing of how, nor anything wrong."""
    says_how = form.cleaned_data.get("unopened") or "unopened" in form.errors
    return bool(LOOK_NEEDS & set(confirmed)) and not says_how


_REMOVE, _RESTORE = Decision.Outcome.REMOVE, Decision.Outcome.RESTORE


class DecisionForm(forms.Form):
    """Outcome, grounds with what they need, restriction, and the facts for the uploader."""

    outcome = forms.ChoiceField(
        choices=Decision.Outcome.choices,
        error_messages={"required": gettext_lazy("Please choose what happens to it.")},
    )
    grounds = grounds_field()
    needs = grounds_field()
    why = forms.CharField(required=False, max_length=MOST_WHY)
    restriction = forms.ChoiceField(choices=Decision.Restriction.choices, required=False)
    scope = forms.ChoiceField(choices=Decision.Scope.choices, required=False)
    ends_on = forms.DateField(
        required=False,
        error_messages={"invalid": gettext_lazy("Please write the day as 2027-01-31.")},
    )
    facts = forms.CharField(required=False, max_length=MOST_FACTS)
    facts_language = forms.ChoiceField(choices=WRITTEN_IN, required=False)
    unopened = unopened_field()
    confirms_altered = forms.BooleanField(required=False)
    version = forms.CharField(required=False, max_length=60)

    def __init__(
        self,
        *args: Any,
        removal: Sequence[Ground],
        restoring: Sequence[Ground],
        known: Known,
        draft: str = "",
        today: date | None = None,
        has_first: bool = True,
        has_opened: bool = True,
        takes_two: bool = False,
        chosen: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Build the form of one task.

        Args:
            *args: as of Django's forms.
            removal: grounds to remove.
            restoring: grounds to keep it or to show it again.
            known: what no text for the public may hold.
            draft: of the facts; it is shown where nothing was typed.
            today: the first day after which a restriction can end.
            has_first: whether another reviewer looked before: some grounds take two people.
            takes_two: whether two people decide that it is restored, on whatever ground.
            has_opened: whether an opening of the copy by this reviewer is counted.
            chosen: what stood in its fields before; the usual stands where it says nothing.
            **kwargs: as of Django's forms.
        """
        super().__init__(*args, **kwargs)
        self._removal = {ground.id: ground for ground in removal}
        self._restoring = {ground.id: ground for ground in restoring}
        self._known, self._today, self._has_first = known, today, has_first
        self._has_opened, self._takes_two = has_opened, takes_two
        self.draft = draft
        self.fields["facts"].initial = draft
        self.fields["facts_language"].initial = get_language()
        self.fields["restriction"].initial = Decision.Restriction.REMOVED
        self.fields["scope"].initial = Decision.Scope.WORLD
        self.initial.update(chosen or {})
        self.fields["grounds"].choices = [  # type: ignore[attr-defined]
            (ground.id, ground.label) for ground in (*removal, *restoring)
        ]
        self.fields["needs"].choices = [  # type: ignore[attr-defined]
            (need.value, need.label) for ground in restoring for need in ground.needs
        ]

    def grounds_of(self, outcome: str | None) -> dict[str, Ground]:
        """The grounds of one side, by their ids."""
        return self._restoring if outcome == _RESTORE else self._removal

    def clean_facts(self) -> str:
        """Refuse what leads to a person, and say what to take out.

        Where something stays up no facts are told, and their field is not shown.
        """
        if self.cleaned_data.get("outcome") == _RESTORE:
            return ""
        return self._without_leaks("facts")

    def clean(self) -> dict[str, Any]:
        """A finding needs a ground of its own side, and what that side asks for."""
        cleaned = super().clean() or {}
        outcome = cleaned.get("outcome")
        own = self.grounds_of(outcome)
        cleaned["grounds"] = [one for one in cleaned.get("grounds") or [] if one in own]
        if outcome in (_REMOVE, _RESTORE) and not cleaned["grounds"]:
            self.add_error("grounds", _("Please choose at least one ground."))
        if outcome == _RESTORE:
            self._clean_keeping(cleaned)
        else:
            self._clean_restricting(cleaned, is_final=outcome == _REMOVE)
        return cleaned

    def _clean_keeping(self, cleaned: dict[str, Any]) -> None:
        """What a ground to keep it asks for; nothing is restricted, so no facts are told."""
        chosen = [self._restoring[id_] for id_ in cleaned.get("grounds") or []]
        wanted = [need for ground in chosen for need in ground.needs]
        told = set(cleaned.get("needs") or [])
        confirmed = [need.value for need in wanted if need.value in told]
        cleaned |= {"needs": confirmed, "unopened": self._why_unopened(cleaned)}
        if len(confirmed) < len(wanted):
            self.add_error("needs", _("Please tick what this ground needs, or choose another."))
        if self._takes_two and not self._has_first:
            self.add_error("outcome", two_people())
        if not self._has_first and any(need.id == SECOND_NEED for need in wanted):
            text = _("This ground takes two people. Please hold it for a second reviewer first.")
            self.add_error("needs", text)
        if must_say_why(self, confirmed) and not self._has_opened:
            self.add_error("unopened", LOOK_FIRST)
        if not cleaned.get("why") and any(not ground.keeps_entry for ground in chosen):
            text = _("Please say why in a sentence. A colleague reads it if somebody complains.")
            self.add_error("why", text)
        if cleaned.get("facts") == self.draft.strip():
            cleaned["facts"] = ""
        cleaned |= {"restriction": "", "scope": Decision.Scope.WORLD, "ends_on": None}

    def _why_unopened(self, cleaned: dict[str, Any]) -> str:
        return "" if self._has_opened else str(cleaned.get("unopened") or "")

    def _clean_restricting(self, cleaned: dict[str, Any], *, is_final: bool) -> None:
        cleaned |= {"needs": [], "why": "", "unopened": ""}
        if is_final and not cleaned.get("facts") and "facts" not in self.errors:
            self.add_error("facts", _("Please say in a sentence or two what was found."))
        if not is_final and cleaned.get("facts") == self.draft.strip():
            cleaned["facts"] = ""  # the draft speaks of a decision; a hold has sentences of its own
        if not is_final:
            cleaned |= {"restriction": Decision.Restriction.DISABLED, "ends_on": None}
        cleaned["restriction"] = cleaned.get("restriction") or Decision.Restriction.REMOVED
        cleaned["scope"] = cleaned.get("scope") or Decision.Scope.WORLD
        ends_on = cleaned.get("ends_on")
        if ends_on and self._today and ends_on <= self._today:
            self.add_error("ends_on", _("Please choose a day that is still to come."))

    def _without_leaks(self, name: str) -> str:
        return without_leaks(str(self.cleaned_data[name]), self._known)
