"""How providers answered, as the transparency report shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from staydown_web.reports.selectors.transparency import duration_words
from staydown_web.reports.services.provider_counts import OTHERS


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """What is shown of one provider, or of all others together.

    Attributes:
        name: of the provider; empty for the others.
        told: cases of which it was told; None where it is hidden, like the other numbers.
        another: it was the wrong contact, or asked for more.
        median: time to act in words; empty where hidden.
    """

    name: str
    told: int | None
    actioned: int | None = None
    refused: int | None = None
    no_answer: int | None = None
    another: int | None = None
    median: str = ""

    @property
    def is_others(self) -> bool:
        """Whether it stands for all that are not named."""
        return not self.name


def provider_rows(numbers: Mapping[str, Any]) -> list[ProviderRow]:
    """Providers, most told first, others last; empty where none was told, or before format 3."""
    tables = numbers.get("providers")
    if not tables or tables["told"]["total"] == 0:
        return []
    named = {name: n for name, n in tables["told"]["counts"].items() if name != OTHERS}
    rows = [_provider_row(name, count, tables) for name, count in sorted(named.items(), key=_place)]
    return [*rows, ProviderRow("", tables["told"]["counts"][OTHERS])]


def _provider_row(name: str, told: int | None, tables: Mapping[str, Any]) -> ProviderRow:
    counts = tables["outcome"].get(name, {}).get("counts", {})
    others = [counts.get("wrong_contact"), counts.get("need_more")]
    return ProviderRow(
        name=name,
        told=told,
        actioned=counts.get("actioned"),
        refused=counts.get("refused"),
        no_answer=counts.get("no_answer"),
        another=None if None in others else sum(n or 0 for n in others),
        median=duration_words(tables["median_s"].get(name)),
    )


def _place(pair: tuple[str, int | None]) -> tuple[bool, int, str]:
    """Largest first; what is hidden by its name, so that its place tells nothing."""
    return pair[1] is None, -(pair[1] or 0), pair[0]
