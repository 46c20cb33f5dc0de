"""Which English texts of the law a page shows, so that translators see each of them once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from staydown_web.regimes.schemas import Ground, Regime


def shown_words(regime: Regime) -> Mapping[str, None]:
    """Every English text of a regime that a person meets, in order, each once: for translators.

    What only a lawyer reads (sources, duties, sizes, the answer to each ground and kind of copy)
    stays in English, like the law: a translation of it would be one more reading to check.
    """
    words = [regime.title, regime.short_title, regime.who_may_file]
    for element in regime.elements:
        words += [element.label, element.remedy]
    words += [regime.clock.words, *(deadline.words for deadline in regime.deadlines)]
    words += [*(pause.words for pause in regime.pauses)]
    words += [telling.what for telling in regime.tellings]
    words += [*regime.exemptions, *regime.uncertain]
    for paragraphs in regime.texts.values():
        words += paragraphs
    return dict.fromkeys(words)


def ground_words(grounds: Iterable[Ground]) -> Mapping[str, None]:
    """Every English text of the grounds, in order, each once."""
    words = []
    for ground in grounds:
        words += [ground.label, ground.help, *(proof.label for proof in ground.needs)]
    return dict.fromkeys(words)
