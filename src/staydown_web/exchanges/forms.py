"""What administrators type about lists of partners."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from staydown_web.banks.models import Response
from staydown_web.exchanges.partners.wire import Field
from staydown_web.screening.services.kept import LEAST_PER_DAY, MOST_DAYS, MOST_PER_DAY

POLICY = ("on_identical", "on_same", "on_part", "on_altered")
EVERY = (
    (300, _("every 5 minutes")),
    (900, _("every quarter of an hour")),
    (3600, _("every hour")),
    (21600, _("every 6 hours")),
    (86400, _("once a day")),
)


class PartnerForm(forms.Form):
    """A list's name, and what its partner's code has to know.

    Args:
        fields_wanted: those of the partner's code.
        has_secrets: True where secrets are stored already; then an empty one stays as it is.
        name: the name of a list that is there; None asks for one.
    """

    def __init__(
        self,
        *args: Any,
        fields_wanted: tuple[Field, ...],
        has_secrets: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._wanted = fields_wanted
        if name is None:
            self.fields["name"] = forms.CharField(
                label=_("Name"), max_length=80, help_text=_("As your colleagues will know it.")
            )
        for wanted in fields_wanted:
            self.fields[f"set_{wanted.name}"] = _field(wanted, has_secrets=has_secrets)

    @property
    def config(self) -> dict[str, str]:
        """What is no secret, by the partner's names."""
        return self._values(is_secret=False)

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets that were entered, by the partner's names."""
        return {name: value for name, value in self._values(is_secret=True).items() if value}

    def add_wrong(self, wrong: dict[str, str]) -> None:
        """Put errors by the partner's names where they belong."""
        for name, remedy in wrong.items():
            places = [place for place in (f"set_{name}", name) if place in self.fields]
            self.add_error(places[0] if places else None, remedy)

    def _values(self, *, is_secret: bool) -> dict[str, str]:
        return {
            wanted.name: str(self.cleaned_data.get(f"set_{wanted.name}") or "")
            for wanted in self._wanted
            if wanted.is_secret == is_secret
        }


def _field(wanted: Field, *, has_secrets: bool) -> forms.Field:
    given: dict[str, Any] = {
        "label": wanted.label,
        "help_text": wanted.help,
        "required": wanted.is_required,
        "initial": wanted.default,
    }
    if wanted.choices:
        return forms.ChoiceField(choices=wanted.choices, **given)
    if wanted.is_secret:
        if has_secrets:
            given |= {"required": False, "help_text": _("Leave it empty to keep the one in use.")}
        attrs = {"autocomplete": "off", "spellcheck": "false"}
        widget = forms.PasswordInput(attrs=attrs)
        return forms.CharField(max_length=4000, widget=widget, **given)
    attrs = {"autocomplete": "off", "spellcheck": "false"}
    return forms.CharField(max_length=500, widget=forms.TextInput(attrs=attrs), **given)


class RulesForm(forms.Form):
    """What a list does here, how often it is read, and what its partner is told.

    Args:
        takes: values and words of what the partner can be told.
        has_policy: False where the list is on; then a second person is asked, with its bank.
        every_s: how often it is read now.
    """

    on_identical = forms.ChoiceField(label=_("The same bytes"), choices=Response.choices)
    on_same = forms.ChoiceField(label=_("The same picture or video"), choices=Response.choices)
    on_part = forms.ChoiceField(label=_("A part of it"), choices=Response.choices)
    on_altered = forms.ChoiceField(label=_("An altered copy"), choices=Response.choices)
    every_s = forms.TypedChoiceField(label=_("How often it is read"), coerce=int)
    tells = forms.MultipleChoiceField(
        label=_("What the partner is told"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        takes: list[tuple[str, str]],
        has_policy: bool,
        every_s: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        # A pace that was set by another way stays among the choices.
        other = [(every_s, _("as now"))] if every_s not in dict(EVERY) else []
        self.fields["every_s"].choices = [*EVERY, *other]  # type: ignore[attr-defined]
        self.fields["tells"].choices = takes  # type: ignore[attr-defined]
        for name in () if has_policy else POLICY:
            del self.fields[name]

    @property
    def changes(self) -> dict[str, Any]:
        """As ``change_exchange`` takes them."""
        good = self.cleaned_data
        policy = {name: good[name] for name in POLICY if name in good}
        changes: dict[str, Any] = {"every_s": good["every_s"], "tells": good["tells"]}
        return changes | ({"policy": policy} if policy else {})

    def add_wrong(self, wrong: dict[str, str]) -> None:
        """Put errors where they belong."""
        for name, remedy in wrong.items():
            self.add_error(name if name in self.fields else None, remedy)


class WhyForm(forms.Form):
    """Why something takes effect that needs two people."""

    reason = forms.CharField(
        label=_("Why"),
        help_text=_("The second person reads it. Name nobody."),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DaysForm(forms.Form):
    """How far back a dry run looks."""

    days = forms.IntegerField(
        label=_("How many days back"),
        min_value=1,
        max_value=MOST_DAYS,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class KeepForm(forms.Form):
    """How long, and how many, clear uploads are kept for dry runs."""

    days = forms.IntegerField(
        label=_("Days that each is kept"), min_value=1, max_value=MOST_DAYS, initial=7
    )
    per_day = forms.IntegerField(
        label=_("How many a day at most"),
        help_text=_("Of more, a fair sample is kept."),
        min_value=LEAST_PER_DAY,
        max_value=MOST_PER_DAY,
        initial=10_000,
    )


class ToldForm(forms.Form):
    """Which messages a page shows; anything odd shows all of them from the start."""

    tab = forms.ChoiceField(
        choices=[(t, t) for t in ("all", "due", "sent", "dead")], required=False
    )
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)

    def chosen(self) -> tuple[str, int]:
        """The tab and the number of the page."""
        good = self.cleaned_data if self.is_valid() else {}
        return good.get("tab") or "all", good.get("page") or 1


class LeaveForm(forms.Form):
    """That somebody means to leave: the list's own name, typed.

    Args:
        name: of the list.
    """

    name = forms.CharField(
        label=_("Type the name of the list to leave it"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._name = name

    def clean_name(self) -> str:
        """The name, where it is the right one."""
        typed = str(self.cleaned_data["name"])
        if typed.strip() != self._name:
            raise ValidationError(
                _("This is not its name. Write it as it stands above: %(name)s."),
                params={"name": self._name},
            )
        return typed
