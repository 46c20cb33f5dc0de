"""What a reviewer typed into a decision that was not carried out, as lines to be copied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.forms import BoundField

from staydown_web.review.forms.deciding import DecisionForm
from staydown_web.review.models import Decision


def typed_in(form: DecisionForm) -> str:
    """What was chosen, by its labels, and what was written; each in a line of its own.

    Fields of the other side are left out: nobody saw them with what was chosen.

    Args:
        form: as it was sent; it need not be right.
    """
    outcome = str(form["outcome"].value() or "")
    is_kept = outcome == Decision.Outcome.RESTORE
    own = form.grounds_of(outcome)
    lines = [label for _, label in _chosen(form["outcome"])]
    lines += [label for id_, label in _chosen(form["grounds"]) if id_ in own]
    if is_kept:
        lines += [label for _, label in _chosen(form["needs"])]
    lines.append(str(form["why" if is_kept else "facts"].value() or "").strip())
    return "\n".join(filter(None, lines))


def _chosen(field: BoundField) -> Iterable[tuple[str, str]]:
    given: Any = field.value() or []
    values = [given] if isinstance(given, str) else given
    choices: Any = field.field.choices  # type: ignore[attr-defined]
    return [(str(value), str(label)) for value, label in choices if value in values]
