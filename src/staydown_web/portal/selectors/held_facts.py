"""What is held, one thing after another: values with their names, on the page and in the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Fact:
    """One value.

    Attributes:
        key: in the file.
        label: on the page.
        value: text, number, moment, or None where nothing was given.
        words: the value on the page, where it is a code.
    """

    key: str
    label: str
    value: Any
    words: str = ""

    @property
    def shown(self) -> str:
        """The value as the page shows it."""
        if self.words:
            return self.words
        match self.value:
            case None | "":
                return ""
            case bool():
                return _("Yes") if self.value else _("No")
            case datetime():
                return f"{date_format(self.value, 'DATETIME_FORMAT')} UTC"
            case list() | tuple():
                return "\n".join(str(part) for part in self.value)
            case _:
                return str(self.value)


@dataclass(frozen=True, slots=True)
class Section:
    """Things of one kind.

    Attributes:
        key: in the file.
        title: on the page.
        entries: one list of facts for each thing.
        is_lines: each entry is a moment and a sentence.
    """

    key: str
    title: str
    entries: list[list[Fact]]
    is_lines: bool = False
