"""What somebody typed, as a quotation in the language in which they said that they wrote it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from staydown_web.base.wording import inside


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation.

    Attributes:
        text: what they wrote; empty where it was erased, or nothing was written.
        language: as a code; empty where nobody said so.
    """

    text: str
    language: str = ""

    @property
    def note(self) -> str:
        """In which language it is, where that is another than the one around it; else empty."""
        if not self.language or self.language == get_language():
            return ""
        return _("Written in: %(language)s.") % {"language": spoken(self.language)}

    def __bool__(self) -> bool:
        """Whether there is anything to quote."""
        return bool(self.text)


def spoken(code: str) -> str:
    """A language by its name, as it stands within a sentence."""
    name = str(get_language_info(code)["name_translated"])
    # Capital in English, where all other labels are not; `inside` knows German.
    return name if get_language() == "en" else inside(name)
