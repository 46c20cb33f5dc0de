"""Translators see every word of every law."""

from __future__ import annotations

from staydown_web.regimes.management.commands.write_regime_words import WORDS, gathered_words


def test_the_words_for_translators_are_those_of_the_regime_files() -> None:
    assert WORDS.read_text(encoding="utf-8") == gathered_words(), (
        "a regime file changed: run `staydown manage write_regime_words`"
    )
