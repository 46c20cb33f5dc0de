"""What a reviewer typed into a decision that was not carried out, as lines to be copied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.forms import BoundField, Form

_CHOSEN = ("outcome", "grounds", "needs")
_WRITTEN = ("why", "facts")


def typed_in(form: Form) -> str:
    """What was chosen, by its labels, and what was written; each in a line of its own.

    Args:
        form: as it was sent; it need not be right.
    """
    chosen = [line for name in _CHOSEN for line in _labels(form[name])]
    written = [str(form[name].value() or "").strip() for name in _WRITTEN]
    return "\n".join(filter(None, [*chosen, *written]))


def _labels(field: BoundField) -> Iterable[str]:
    given: Any = field.value() or []
    values = [given] if isinstance(given, str) else given
    choices: Any = field.field.choices  # type: ignore[attr-defined]
    return [str(label) for value, label in choices if value in values]
