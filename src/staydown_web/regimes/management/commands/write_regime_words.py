"""Write the words of all regimes where gettext finds them: run after changing a regime file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from staydown_web.regimes.selectors import grounds, regimes
from staydown_web.regimes.selectors.reading import ground_words, shown_words

WORDS = Path(__file__).resolve().parents[2] / "templates" / "regimes" / "words.html"
_HEAD = (
    "{% comment %}Made by `staydown manage write_regime_words` from the regime files; never "
    "shown. From here the translations of their words are gathered.{% endcomment %}\n"
    "{% load i18n %}\n"
)


class Command(BaseCommand):
    """Write the words of all regimes where gettext finds them."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        WORDS.write_text(gathered_words(), encoding="utf-8")
        self.stdout.write(f"wrote {WORDS.name}")


def gathered_words() -> str:
    """Every text of every regime, each once, as a template that gettext reads."""
    words: dict[str, None] = {}
    for law in regimes().values():
        words.update(shown_words(law))
    words.update(ground_words(grounds()))
    return _HEAD + "".join(f'{{% translate "{text}" %}}\n' for text in words)
